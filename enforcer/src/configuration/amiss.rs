//! What of the daemon's settings does not hold, kept beside what is in force: whoever asks what that is learns it too.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::directories::{self, Directories};

/// In words: what is wrong, what comes of it, and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amiss(pub Vec<String>);

impl Amiss {
    /// As the daemon found it that was started last.
    pub fn read(directories: &Directories) -> Result<Self> {
        let read = directories::read_json(&directories.amiss())?;
        Ok(read.unwrap_or_default())
    }

    /// Writes it down; where nothing is amiss there is nothing to read.
    pub fn write(&self, directories: &Directories) -> Result<()> {
        let path = directories.amiss();
        if self.0.is_empty() {
            return directories::remove(&path);
        }
        directories::write_whole(&path, &serde_json::to_vec(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_amiss_is_known_until_a_daemon_finds_nothing() {
        let root = tempfile::tempdir().unwrap();
        let directories = Directories {
            run: root.path().to_owned(),
            state: root.path().to_owned(),
            bpffs: root.path().to_owned(),
        };
        let read = || Amiss::read(&directories).unwrap();
        assert_eq!(read(), Amiss::default());
        let amiss = Amiss(vec!["enforcer.yaml:1:1: wrong".to_owned()]);
        amiss.write(&directories).unwrap();
        assert_eq!(read(), amiss);
        Amiss::default().write(&directories).unwrap();
        assert_eq!(read(), Amiss::default());
        assert!(!directories.amiss().exists());
    }
}
