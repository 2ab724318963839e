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
    /// None yet, where it could not be opened.
    file: Option<File>,
    /// What is done once it could be opened after all.
    mended: Option<Mended>,
    complaint: Quiet,
}

/// What is done once something is right that was not.
pub(in crate::daemon) type Mended = Box<dyn FnOnce() + Send>;

impl Appended {
    /// Opens it. Where that cannot be done now it is tried again whenever there is something to write, and said why.
    pub(super) fn open(path: &Path) -> (Self, Option<io::Error>) {
        let (file, error) = match open(path) {
            Ok(file) => (Some(file), None),
            Err(error) => (None, Some(error)),
        };
        let appended = Self {
            path: path.to_owned(),
            file,
            mended: None,
            complaint: Quiet::default(),
        };
        (appended, error)
    }

    /// The file that is open, of which the name may be another's by now.
    fn file(&mut self) -> io::Result<&File> {
        if self.file.is_none() {
            let file = open(&self.path)?;
            if let Some(mended) = self.mended.take() {
                mended();
            }
            return Ok(self.file.insert(file));
        }
        self.file
            .as_ref()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The file of this name still is the one that is open.
    fn is_there(&mut self) -> io::Result<bool> {
        let open = self.file()?.metadata()?;
        let there = fs::metadata(&self.path);
        Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (open.dev(), open.ino())))
    }
}

impl Channel for Appended {
    fn send(&mut self, batch: &mut Batch, ending: &Ending) -> io::Result<()> {
        self.look(batch)?;
        let file = self.file()?;
        let most = if file.metadata()?.is_file() {
            ALL
        } else {
            PIPE_BUF
        };
        channel::write(file, batch, most, ending)
    }

    fn once_mended(&mut self, mended: Mended) {
        self.mended = Some(mended);
    }

    /// One that was moved or removed is left, and a new one opened. What cannot be opened anew is
    /// written to for as long as it has a name elsewhere.
    fn look(&mut self, batch: &mut Batch) -> io::Result<()> {
        if self.is_there()? {
            return Ok(());
        }
        match open(&self.path) {
            Ok(file) => {
                self.file = Some(file);
                batch.rewind();
                Ok(())
            }
            Err(error) if self.file()?.metadata()?.nlink() > 0 => {
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
