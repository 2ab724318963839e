//! What a policy was read from, so that a change of it is noticed.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha1::{Digest as _, Sha1};

use super::files::FileError;
use super::source::MAX_SOURCES;

/// What a policy was read from, as it was when it was read. What could not be read is part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The directory that is the policy, if it is one.
    pub(super) directory: Option<Listing>,
    /// Every file.
    pub(super) files: Vec<(PathBuf, Option<Stamp>)>,
}

/// The YAML files of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) path: PathBuf,
    /// In order; none if the directory cannot be read.
    pub(super) names: Option<Vec<OsString>>,
}

/// What tells one content of a file from another without reading it, and who may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    file: (u64, u64),
    modified: (i64, i64),
    changed: (i64, i64),
    size: u64,
    /// The owner's user id.
    pub(super) owner: u32,
    /// Type and permissions.
    pub(super) mode: u32,
}

impl Seen {
    /// What tells this from other files, and from the same when they have changed, in few letters. It may be
    /// written down and compared after a restart.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha1::new();
        if let Some(listing) = &self.directory {
            hash.update(format!("{:?}\n", (&listing.path, &listing.names)));
        }
        for (path, stamp) in &self.files {
            let stamp = stamp.map(|stamp| {
                let Stamp {
                    file,
                    modified,
                    changed,
                    size,
                    owner: _,
                    mode: _,
                } = stamp;
                (file, modified, changed, size)
            });
            hash.update(format!("{:?}\n", (path, stamp)));
        }
        BASE64_STANDARD.encode(hash.finalize())
    }

    /// The same files and the same directory as they are now.
    #[must_use]
    pub fn now(&self) -> Self {
        let directory = self.directory.as_ref();
        let files = self.files.iter();
        Self {
            directory: directory.map(|listing| Listing {
                path: listing.path.clone(),
                names: names(&listing.path).ok(),
            }),
            files: files
                .map(|(path, _)| (path.clone(), Stamp::at(path)))
                .collect(),
        }
    }
}

impl Stamp {
    /// The clock of file systems is coarser than its numbers: two changes within this time may leave
    /// the same stamp.
    pub(super) const TICK: Duration = Duration::from_millis(20);

    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.size(),
            owner: metadata.uid(),
            mode: metadata.mode(),
        }
    }

    pub(super) fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().as_ref().map(Self::of)
    }

    /// Whether another change would not show.
    pub(super) fn is_fresh(&self) -> bool {
        let (seconds, nanoseconds) = self.changed;
        let (Ok(seconds), Ok(nanoseconds)) = (u64::try_from(seconds), u32::try_from(nanoseconds))
        else {
            return false;
        };
        let changed = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds));
        let age = changed.and_then(|changed| changed.elapsed().ok());
        age.is_some_and(|age| age < Self::TICK)
    }
}

/// The names of the YAML files in a directory, in order. Hidden files are left out, and so are what
/// editors leave behind: `.policy.yaml.swp`, `policy.yaml~`, `#policy.yaml#`.
pub(super) fn names(directory: &Path) -> Result<Vec<OsString>, FileError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        if name.as_bytes().ends_with(b".yaml") && !name.as_bytes().starts_with(b".") {
            names.push(name);
        }
        if names.len() > MAX_SOURCES {
            return Err(FileError::TooMany);
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Reading;

    #[test]
    fn a_fingerprint_is_that_of_these_files_until_one_of_them_changes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy.yaml");
        let text = "version: 1\ninterfaces: {lan1: }\nprefixes: {a: {file: a.txt}}\n";
        fs::write(&path, text).unwrap();
        let print = || Reading::new(&path).seen.fingerprint();
        let first = print();
        assert_eq!(print(), first);
        fs::write(directory.path().join("a.txt"), "192.0.2.1\n").unwrap();
        let second = print();
        assert_ne!(second, first, "a list is there that was not");
        fs::write(&path, text.replace("lan1", "lan2")).unwrap();
        let third = print();
        assert_ne!(third, second, "written in place, of the same length");
        assert_eq!(print(), third);
    }
}
