//! A file that may come, go and change.

use std::{fs, mem, os::unix::fs::MetadataExt as _, path::PathBuf};

use tracing::{info, warn};

use super::record::Database;

/// A file, and what was seen of it.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    /// What it was when it was read.
    read: Seen,
    /// What it was when it was looked at for the last time.
    seen: Seen,
    /// Why there is nothing of it, as it was told.
    told: String,
}

/// What a look at a file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// Nobody has looked yet.
    Never,
    Gone,
    There(Stamp),
}

/// What became of a file.
#[derive(Debug)]
pub(super) enum Change {
    None,
    /// There is something else in it now, or nothing that could be read.
    New(Option<Database>),
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
            read: Seen::Never,
            seen: Seen::Never,
            told: String::new(),
        }
    }

    /// What is in it now, if that is something else than what was read. Whoever writes it is left time to finish:
    /// it must have looked the same twice, but at the start.
    pub(super) fn read_if_changed(&mut self) -> Change {
        let seen = self.look();
        let before = mem::replace(&mut self.seen, seen);
        if before != Seen::Never && (before != seen || self.read == seen) {
            return Change::None;
        }
        self.read = seen;
        Change::New(self.read())
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

    fn look(&self) -> Seen {
        match fs::metadata(&self.path) {
            Ok(file) => Seen::There(Stamp {
                device: file.dev(),
                inode: file.ino(),
                length: file.len(),
                changed: (file.mtime(), file.mtime_nsec()),
            }),
            Err(_) => Seen::Gone,
        }
    }
}
