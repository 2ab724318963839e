//! A file that may come, go and change.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
};

use tracing::{info, warn};

use super::record::Database;

/// A file, and what was seen of it.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    /// What it was when it was read.
    read: Option<Stamp>,
    /// What it was when it was looked at for the last time; nothing before the first.
    seen: Option<Option<Stamp>>,
    /// Why there is nothing of it, as it was told.
    told: String,
}

/// What tells a file from itself after it has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl File {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            read: None,
            seen: None,
            told: String::new(),
        }
    }

    /// What is in it now, if that is something else than what was read. Whoever writes it is left time to finish:
    /// it must have looked the same twice, but at the start.
    pub(super) fn read_if_changed(&mut self) -> Option<Option<Database>> {
        let stamp = self.stamp();
        let before = self.seen.replace(stamp);
        let is_new = before.is_none();
        let has_changed = before == Some(stamp) && stamp != self.read;
        self.read = if is_new || has_changed {
            stamp
        } else {
            self.read
        };
        (is_new || has_changed).then(|| self.read())
    }

    fn read(&mut self) -> Option<Database> {
        let path = self.path.display();
        match Database::read(&self.path) {
            Ok(database) => {
                let (kind, of) = (database.kind(), database.built());
                info!("owners of addresses: {path}: {kind} of {of}");
                self.told.clear();
                Some(database)
            }
            Err(error) => {
                let words = format!("{path}: {error}");
                if words != self.told {
                    warn!("owners of addresses: {words}; labels that it would give are left out");
                    self.told = words;
                }
                None
            }
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        let metadata: io::Result<Metadata> = fs::metadata(&self.path);
        metadata.ok().map(|it| Stamp {
            device: it.dev(),
            inode: it.ino(),
            length: it.len(),
            changed: (it.mtime(), it.mtime_nsec()),
        })
    }
}
