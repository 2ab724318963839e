//! Files, which others move and remove, and the standard output.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::fs::MetadataExt as _,
    },
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tracing::warn;

use super::{
    Ending, Quiet,
    batch::Batch,
    channel::{self, Channel},
};

/// A file on a disk never keeps a writer waiting, or says so.
const ALL: usize = usize::MAX;

/// What a pipe takes without waiting once it can be written to (`pipe(7)`).
const PIPE_BUF: usize = 4096;

/// The standard output.
pub(super) struct Stdout(OwnedFd);

impl Stdout {
    pub(super) fn open() -> Result<Self> {
        let stdout = io::stdout().as_fd().try_clone_to_owned();
        stdout.map(Self).context("the standard output")
    }
}

impl Channel for Stdout {
    fn send(&mut self, batch: &mut Batch, ending: &Ending) -> io::Result<()> {
        channel::write(&self.0, batch, PIPE_BUF, ending)
    }
}

/// A file that is appended to.
pub(super) struct Appended {
    path: PathBuf,
    file: File,
    complaint: Quiet,
}

impl Appended {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = open(path).with_context(|| format!("events: {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            complaint: Quiet::default(),
        })
    }

    /// The file of this name still is the one that is open.
    fn is_there(&self) -> io::Result<bool> {
        let (open, there) = (self.file.metadata()?, fs::metadata(&self.path));
        Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (open.dev(), open.ino())))
    }
}

impl Channel for Appended {
    fn send(&mut self, batch: &mut Batch, ending: &Ending) -> io::Result<()> {
        self.look(batch)?;
        let most = if self.file.metadata()?.is_file() {
            ALL
        } else {
            PIPE_BUF
        };
        channel::write(&self.file, batch, most, ending)
    }

    /// One that was moved or removed is left, and a new one opened. What cannot be opened anew is
    /// written to for as long as it has a name elsewhere.
    fn look(&mut self, batch: &mut Batch) -> io::Result<()> {
        if self.is_there()? {
            return Ok(());
        }
        match open(&self.path) {
            Ok(file) => {
                self.file = file;
                batch.rewind();
                Ok(())
            }
            Err(error) if self.file.metadata()?.nlink() > 0 => {
                if self.complaint.may_speak() {
                    let path = self.path.display();
                    warn!(
                        "events: {path} was moved and cannot be opened anew, so events go where it \
                         was moved to: {error}"
                    );
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
