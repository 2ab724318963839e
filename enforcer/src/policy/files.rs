//! Files to texts: each read as one whole, in bounded time and memory.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use rustix::fs::{Mode, OFlags};
use thiserror::Error;

use super::document::is_allowed;
use super::place::Lines;
use super::seen::{Seen, Stamp};
use super::source::MAX_SOURCES;
use super::texts::Texts;
use crate::words::Grouped;

/// What all files of a policy may hold together, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// How often a file is read that changes while it is read.
const ATTEMPTS: usize = 5;

/// Why a file yields no text.
#[derive(Debug, Error)]
pub enum FileError {
    /// There is no such file.
    #[error("no such file")]
    NotFound,
    /// It may not be read.
    #[error("permission denied")]
    PermissionDenied,
    /// Reading it could take forever, or twice yield different things.
    #[error("{0}, not a file")]
    NotAFile(&'static str),
    /// It is too large.
    #[error(
        "{} bytes, and there is room for {}: one YAML file may hold {} MiB, all files of a policy {} MiB",
        Grouped(*size), Grouped(*room), super::read::MAX_YAML >> 20, MAX_BYTES >> 20
    )]
    TooLarge {
        /// How large it is, or at least.
        size: u64,
        /// How large it might be.
        room: u64,
    },
    /// There are too many.
    #[error("one file too many: a policy may have {MAX_SOURCES}")]
    TooMany,
    /// It was another each time.
    #[error("it changes while it is read")]
    Unsettled,
    /// It is no text, or a text in another encoding.
    #[error("not UTF-8")]
    NotUtf8 {
        /// Where it is not.
        line: u32,
        /// Where in the line.
        column: u32,
    },
    /// It holds what no text holds.
    #[error("the character U+{:04X}", u32::from(*found))]
    ControlCharacter {
        /// The character.
        found: char,
        /// Where it is.
        line: u32,
        /// Where in the line.
        column: u32,
    },
    /// A policy that is no file has no files beside it.
    #[error("this policy is not in a file, so there is nothing beside it")]
    NoFiles,
    /// Anything else.
    #[error("{0}")]
    Io(io::Error),
}

impl FileError {
    /// `:line:column` of the place in the file that is wrong; nothing where it is the whole file.
    pub fn place(&self) -> String {
        match self {
            Self::NotUtf8 { line, column } | Self::ControlCharacter { line, column, .. } => {
                format!(":{line}:{column}")
            }
            Self::NotFound
            | Self::PermissionDenied
            | Self::NotAFile(_)
            | Self::TooLarge { .. }
            | Self::TooMany
            | Self::Unsettled
            | Self::NoFiles
            | Self::Io(_) => String::new(),
        }
    }
}

/// The files of one policy, and how much of them may still be read.
#[derive(Debug)]
pub(super) struct Files {
    origin: Origin,
    /// What was read; or, of a policy that is kept, all that there is.
    texts: Texts,
    room: u64,
    seen: Seen,
}

/// Where the files are.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// Nowhere: the policy is a text alone.
    Nowhere,
    Disk,
    /// Among the texts.
    Kept,
}

impl Files {
    /// For a policy that is no file.
    pub(super) fn none() -> Self {
        Self {
            origin: Origin::Nowhere,
            texts: Texts::new(PathBuf::new(), PathBuf::new(), Vec::new()),
            room: 0,
            seen: Seen::default(),
        }
    }

    /// For a policy of which nothing is read yet.
    pub(super) const fn new(texts: Texts, seen: Seen) -> Self {
        Self {
            origin: Origin::Disk,
            texts,
            room: MAX_BYTES,
            seen,
        }
    }

    /// For a policy that was read earlier, and whose files are not looked at.
    pub(super) fn kept(texts: Texts) -> Self {
        Self {
            origin: Origin::Kept,
            texts,
            room: 0,
            seen: Seen::default(),
        }
    }

    /// The path of the policy, and those of its YAML files.
    pub(super) fn names(&self) -> (PathBuf, Vec<PathBuf>) {
        (self.texts.path.clone(), self.texts.yaml.clone())
    }

    /// Where the file is that a policy calls `written`.
    pub(super) fn locate(&self, written: &str) -> PathBuf {
        self.texts.directory.join(written).components().collect()
    }

    /// Reads a file of at most `most` bytes.
    pub(super) fn read(&mut self, path: &Path, most: u64) -> Result<Arc<str>, FileError> {
        match self.origin {
            Origin::Nowhere => return Err(FileError::NoFiles),
            Origin::Kept => {
                let text = self.texts.files.get(path);
                return text.cloned().ok_or(FileError::NotFound);
            }
            Origin::Disk => {}
        }
        if self.seen.files.len() >= MAX_SOURCES {
            return Err(FileError::TooMany);
        }
        let mut stamp = None;
        let bytes = whole(path, most.min(self.room), &mut stamp, || {});
        self.seen.files.push((path.to_owned(), stamp));
        let bytes = bytes?;
        self.room -= bytes.len() as u64;
        let text: Arc<str> = text(bytes)?.into();
        self.texts.files.insert(path.to_owned(), Arc::clone(&text));
        Ok(text)
    }

    /// Reads a list file: only it may be as large as there is room.
    pub(super) fn read_list(&mut self, path: &Path) -> Result<Arc<str>, FileError> {
        let text = self.read(path, MAX_BYTES)?;
        if is_plain(&text) {
            return Ok(text);
        }
        if let Some((at, found)) = text.char_indices().find(|&(_, letter)| !is_allowed(letter)) {
            let at = Lines::new(0, &text).location(at);
            let (line, column) = (at.line, at.column);
            return Err(FileError::ControlCharacter {
                found,
                line,
                column,
            });
        }
        Ok(text)
    }

    /// What was looked at, and what was read of it.
    pub(super) fn into_parts(self) -> (Seen, Texts) {
        (self.seen, self.texts)
    }
}

impl FileError {
    /// What to do about it in a list.
    pub(super) const fn advice(&self) -> Option<&'static str> {
        match self {
            Self::NotFound => Some("a relative path begins in the directory that the policy is in"),
            Self::NotUtf8 { .. } | Self::ControlCharacter { .. } => {
                Some("is this a text file, in UTF-8?")
            }
            Self::Unsettled => Some("write it elsewhere and rename it to here"),
            Self::TooLarge { .. }
            | Self::TooMany
            | Self::PermissionDenied
            | Self::NotAFile(_)
            | Self::NoFiles
            | Self::Io(_) => None,
        }
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound {
            Self::NotFound
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            Self::PermissionDenied
        } else {
            Self::Io(error)
        }
    }
}

/// The bytes of a file as they were at one moment, and its stamp at that moment, or as far as it was
/// looked at. `meanwhile` runs when the bytes are read and the file is not yet known to be the same.
fn whole(
    path: &Path,
    most: u64,
    stamp: &mut Option<Stamp>,
    mut meanwhile: impl FnMut(),
) -> Result<Vec<u8>, FileError> {
    for _ in 0..ATTEMPTS {
        // Before opening: that alone would wait for the other end of a FIFO, or wake a device.
        let metadata = fs::metadata(path)?;
        *stamp = Some(Stamp::of(&metadata));
        require_file(metadata.file_type())?;
        // It may be another by now.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?;
        let file = File::from(file);
        let metadata = file.metadata()?;
        let before = Stamp::of(&metadata);
        *stamp = Some(before);
        require_file(metadata.file_type())?;
        require_room(metadata.len(), most)?;
        if before.is_fresh() {
            thread::sleep(Stamp::TICK);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        (&file).take(most + 1).read_to_end(&mut bytes)?;
        require_room(bytes.len() as u64, most)?;
        meanwhile();
        if Stamp::of(&file.metadata()?) == before {
            return Ok(bytes);
        }
    }
    Err(FileError::Unsettled)
}

fn require_file(kind: FileType) -> Result<(), FileError> {
    Err(FileError::NotAFile(if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }))
}

/// Whether a text holds nothing but printable ASCII, tabs and ends of lines, as nearly all lists do: that is
/// seen of many bytes at once.
fn is_plain(text: &str) -> bool {
    const AT_ONCE: usize = 4096;
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let mut chunks = text.as_bytes().chunks(AT_ONCE);
    chunks.all(|chunk| chunk.iter().fold(true, |all, &byte| all & is_plain(byte)))
}

const fn require_room(size: u64, room: u64) -> Result<(), FileError> {
    if size > room {
        return Err(FileError::TooLarge { size, room });
    }
    Ok(())
}

fn text(bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|error| {
        let end = error.utf8_error().valid_up_to();
        let valid = String::from_utf8_lossy(error.as_bytes().get(..end).unwrap_or_default());
        let at = Lines::new(0, &valid).location(end);
        FileError::NotUtf8 {
            line: at.line,
            column: at.column,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_that_changes_each_time_is_refused_and_one_that_settles_is_read_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "1").unwrap();
        let append = || {
            let mut file = OpenOptions::new().append(true).open(file.path()).unwrap();
            file.write_all(b"2").unwrap();
        };
        let outcome = whole(file.path(), 100, &mut None, append);
        assert!(matches!(outcome, Err(FileError::Unsettled)), "{outcome:?}");

        let mut times = 0;
        let bytes = whole(file.path(), 100, &mut None, || {
            times += 1;
            if times == 1 {
                append();
            }
        });
        assert_eq!(times, 2);
        assert_eq!(bytes.unwrap(), b"1222222");
    }

    #[test]
    fn a_file_that_is_replaced_while_it_is_read_is_read_anew() {
        let directory = tempfile::tempdir().unwrap();
        let (path, other) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&path, "old").unwrap();
        fs::write(&other, "new").unwrap();
        let mut stamp = None;
        let bytes = whole(&path, 100, &mut stamp, || drop(fs::rename(&other, &path)));
        assert_eq!(bytes.unwrap(), b"new");
        assert_eq!(stamp, Stamp::at(&path));
    }

    #[test]
    fn what_is_read_is_charged_to_all_files_together() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("list.txt");
        fs::write(&path, "12345").unwrap();
        let texts = Texts::new(path.clone(), directory.path().to_owned(), Vec::new());
        let mut files = Files::new(texts, Seen::default());
        files.room = 9;
        assert_eq!(&*files.read_list(&path).unwrap(), "12345");
        let error = files.read_list(&path).unwrap_err();
        assert!(matches!(error, FileError::TooLarge { size: 5, room: 4 }));
    }
}
