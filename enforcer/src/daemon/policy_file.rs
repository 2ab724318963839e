//! Noticing that the policy file has changed.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// How often the file is looked at. It must look the same twice before it is read, so that one that
/// is being written is left alone.
const INTERVAL: Duration = Duration::from_millis(250);

/// The policy file as it was when it was read last.
///
/// Looked at, rather than watched: that sees a write in place, a rename over it and a changed link
/// on the way to it alike, on every file system.
#[derive(Debug)]
pub(super) struct PolicyFile {
    path: PathBuf,
    read: Option<Look>,
    last: Option<Look>,
    /// When it is looked at next. Kept here, so that a wait which is given up again and again still
    /// comes to it.
    next: Instant,
}

/// What tells one content of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    file: (u64, u64),
    modified: (i64, i64),
    changed: (i64, i64),
    size: u64,
}

impl PolicyFile {
    /// Remembers how the file looks; to be called before it is read.
    pub(super) fn new(path: &Path) -> Self {
        let look = Look::at(path);
        Self {
            path: path.to_owned(),
            read: look,
            last: look,
            next: Instant::now() + INTERVAL,
        }
    }

    /// The path as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Remembers how the file looks; to be called before it is read again.
    pub(super) fn look(&mut self) {
        *self = Self::new(&self.path);
    }

    /// Waits until the file is another than when it was looked at, and at rest.
    pub(super) async fn changed(&mut self) {
        loop {
            sleep_until(self.next).await;
            self.next = Instant::now() + INTERVAL;
            let now = Look::at(&self.path);
            let at_rest = now == self.last;
            self.last = now;
            if at_rest && now != self.read {
                return;
            }
        }
    }
}

impl Look {
    fn at(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            file: (metadata.dev(), metadata.ino()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.size(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn every_way_to_change_a_file_is_noticed_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy.yaml");
        let other = directory.path().join("other.yaml");
        fs::write(&path, "a").unwrap();
        let mut file = PolicyFile::new(&path);
        assert!(!is_noticed(&mut file).await, "nothing has changed");

        fs::write(&path, "b").unwrap();
        assert!(
            is_noticed(&mut file).await,
            "written in place, of the same length"
        );
        file.look();
        assert!(!is_noticed(&mut file).await, "it was read");

        fs::write(&other, "c").unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(is_noticed(&mut file).await, "renamed over");
        file.look();

        fs::write(&other, "d").unwrap();
        fs::remove_file(&path).unwrap();
        assert!(is_noticed(&mut file).await, "gone");
        file.look();
        symlink(&other, &path).unwrap();
        assert!(is_noticed(&mut file).await, "a link to another");
    }

    #[tokio::test]
    async fn a_change_is_noticed_by_whoever_waits_a_little_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy.yaml");
        fs::write(&path, "a").unwrap();
        let mut file = PolicyFile::new(&path);
        fs::write(&path, "bc").unwrap();
        let mut noticed = false;
        for _ in 0..16 {
            noticed = noticed || timeout(INTERVAL / 4, file.changed()).await.is_ok();
        }
        assert!(noticed);
    }

    async fn is_noticed(file: &mut PolicyFile) -> bool {
        timeout(4 * INTERVAL, file.changed()).await.is_ok()
    }
}
