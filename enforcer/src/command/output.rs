//! Where a verb writes what it was asked for (`-o`, `--pcap`): to the standard output, to a file, which comes to be in one
//! step and for its owner alone, or to what else is there, a pipe or a device, which stays what it is.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use rustix::{fs::fstat, io::Errno};
use tempfile::NamedTempFile;

/// The path that stands for the standard output.
const STANDARD: &str = "-";

/// As many links lead on to others in the kernel, too (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

/// A place to write to.
pub(super) struct Output<'a, W> {
    out: &'a mut W,
    place: Place,
    /// As it was named.
    name: PathBuf,
}

enum Place {
    Standard,
    /// A pipe, a device, or a file that has no name any more.
    AsItIs(File),
    /// A file to be, where links lead to.
    ToBe(PathBuf),
    /// A file, and how much of it is whole.
    Written {
        file: File,
        whole: u64,
    },
}

impl<'a, W: Write> Output<'a, W> {
    /// Opens a place, or says why nothing can be written there. What is there stays until [`Self::replace`].
    pub(super) fn open(path: Option<&Path>, out: &'a mut W) -> Result<Self> {
        let name = path.unwrap_or(Path::new(STANDARD));
        let place = if is_standard(name) {
            Place::Standard
        } else {
            Place::at(name).with_context(|| name.display().to_string())?
        };
        let name = name.to_owned();
        Ok(Self { out, place, name })
    }

    /// Writes this in place of what a file holds. If that fails, what was there is there still, and nothing else.
    pub(super) fn replace(&mut self, bytes: &[u8]) -> Result<()> {
        let Place::ToBe(path) = &self.place else {
            return self.put(bytes);
        };
        let file = written(path, bytes).with_context(|| self.name.display().to_string())?;
        let whole = u64::try_from(bytes.len())?;
        self.place = Place::Written { file, whole };
        Ok(())
    }

    /// Writes more. Of a file nothing is left of what could not be written whole.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let put = match &mut self.place {
            Place::Standard => return Ok(self.out.write_all(bytes)?),
            Place::AsItIs(file) => file.write_all(bytes),
            Place::ToBe(_) => return self.replace(bytes),
            Place::Written { file, whole } => put(file, whole, bytes),
        };
        put.with_context(|| self.name.display().to_string())
    }

    /// Lets whoever reads have all there is.
    pub(super) fn flush(&mut self) -> Result<()> {
        match &self.place {
            Place::Standard => Ok(self.out.flush()?),
            // Nothing of it is held back.
            Place::AsItIs(_) | Place::ToBe(_) | Place::Written { .. } => Ok(()),
        }
    }

    /// Whether it is the standard output, by whatever name.
    pub(super) const fn is_standard(&self) -> bool {
        matches!(self.place, Place::Standard)
    }

    /// The standard output itself, for what is not meant for this place.
    pub(super) const fn standard(&mut self) -> &mut W {
        self.out
    }

    /// What it was called, unless it is the standard output.
    pub(super) fn name(&self) -> Option<&Path> {
        (!self.is_standard()).then_some(&self.name)
    }
}

impl<W: AsFd> Output<'_, W> {
    /// What shows when nobody reads it any more; of a file that never is.
    pub(super) fn reader(&self) -> Option<BorrowedFd<'_>> {
        match &self.place {
            Place::Standard => Some(self.out.as_fd()),
            Place::AsItIs(file) => Some(file.as_fd()),
            Place::ToBe(_) | Place::Written { .. } => None,
        }
    }
}

impl Place {
    fn at(path: &Path) -> Result<Self> {
        let there = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            there => Some(there?),
        };
        let target = target(path)?;
        match there {
            Some(there) if there.is_dir() => Err(io::Error::from(ErrorKind::IsADirectory).into()),
            // Links in `/proc` lead to what has no name, or no longer the one that they say.
            Some(there) if !there.is_file() || !is_at(&target, (there.dev(), there.ino())) => {
                let mut options = OpenOptions::new();
                Ok(Self::AsItIs(options.write(true).truncate(true).open(path)?))
            }
            Some(_) | None => {
                // Before anything is asked or made that could then not be written.
                drop(beside(&target)?);
                Ok(Self::ToBe(target))
            }
        }
    }
}

/// `-`, and what leads there: a file in place of the one that a shell has opened would not be the shell's.
fn is_standard(path: &Path) -> bool {
    if path == Path::new(STANDARD) {
        return true;
    }
    let standard = fstat(io::stdout());
    standard.is_ok_and(|standard| {
        fs::metadata(path)
            .is_ok_and(|there| (there.dev(), there.ino()) == (standard.st_dev, standard.st_ino))
    })
}

/// Where links lead to, whether or not something is there.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&target) {
            Ok(link) => target = directory(&target).join(link),
            // There is nothing, or it is no link.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput) => {
                return Ok(target);
            }
            Err(error) => return Err(error),
        }
    }
    Err(Errno::LOOP.into())
}

fn is_at(path: &Path, identity: (u64, u64)) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == identity)
}

/// A file with these bytes in place of what is there.
fn written(path: &Path, bytes: &[u8]) -> Result<File> {
    let mut file = beside(path)?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file.persist(path).map_err(|error| error.error)?)
}

/// A new file in the same directory, under a name that nobody else has, until it gets its own or is dropped.
fn beside(path: &Path) -> Result<NamedTempFile<File>> {
    let directory = directory(path);
    let name = path.file_name().unwrap_or_default().display();
    let made = tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .make_in(directory, |path| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600).open(path)
        });
    made.with_context(|| format!("no file can be made in {}", directory.display()))
}

/// That of a file that is named without one is the one at hand.
fn directory(path: &Path) -> &Path {
    let parent = path.parent().unwrap_or(Path::new(""));
    if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    }
}

fn put(file: &mut File, whole: &mut u64, bytes: &[u8]) -> io::Result<()> {
    if let Err(error) = file.write_all(bytes) {
        // Else it would end in the middle of a block. If that fails, too, readers say so, and read what is before.
        drop(file.set_len(*whole));
        return Err(error);
    }
    *whole += bytes.len() as u64;
    Ok(())
}

#[cfg(test)]
mod tests;
