//! A policy from a file.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::place::Lines;
use super::{Location, Policy, PolicyError};

/// A million prefixes, and thousands of cameras.
const MAX_SIZE: u64 = 32 << 20;

/// Why a file yields no policy.
#[derive(Debug, Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("{}: no such file", path.display())]
    NotFound {
        /// The path as the operator gave it.
        path: PathBuf,
    },
    /// The file may not be read.
    #[error("{}: permission denied", path.display())]
    PermissionDenied {
        /// The path as the operator gave it.
        path: PathBuf,
    },
    /// It is a directory.
    #[error("{}: a directory as policy is not supported yet; name one file", path.display())]
    Directory {
        /// The path as the operator gave it.
        path: PathBuf,
    },
    /// Reading it could take forever, or twice yield different things.
    #[error("{}: {kind}, not a file", path.display())]
    NotAFile {
        /// The path as the operator gave it.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// It is too large for a policy.
    #[error("{}: larger than {} MiB", path.display(), MAX_SIZE >> 20)]
    TooLarge {
        /// The path as the operator gave it.
        path: PathBuf,
    },
    /// It is no text, or a text in another encoding.
    #[error("{}:{at}: not UTF-8 from here on", path.display())]
    NotUtf8 {
        /// The path as the operator gave it.
        path: PathBuf,
        /// The first place that is not.
        at: Location,
    },
    /// Anything else.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path as the operator gave it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file can be read and the policy is wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Policy {
    /// Reads the policy in a file.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = text(path)?;
        Ok(Self::parse(&path.display().to_string(), &text)?)
    }
}

fn text(path: &Path) -> Result<String, ReadError> {
    let owned = || path.to_owned();
    let failed = |source: io::Error| {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::NotFound {
            ReadError::NotFound { path }
        } else if source.kind() == io::ErrorKind::PermissionDenied {
            ReadError::PermissionDenied { path }
        } else {
            ReadError::Io { path, source }
        }
    };
    // Before opening: that alone would wait for the other end of a FIFO.
    let kind = fs::metadata(path).map_err(failed)?.file_type();
    if kind.is_dir() {
        return Err(ReadError::Directory { path: owned() });
    }
    if !kind.is_file() {
        return Err(ReadError::NotAFile {
            path: owned(),
            kind: name(kind),
        });
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(ReadError::TooLarge { path: owned() });
    }
    String::from_utf8(bytes).map_err(|error| {
        let end = error.utf8_error().valid_up_to();
        let valid = String::from_utf8_lossy(error.as_bytes().get(..end).unwrap_or_default());
        ReadError::NotUtf8 {
            path: owned(),
            at: Lines::new(&valid).location(end),
        }
    })
}

fn name(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn what_is_no_file_is_refused_without_reading() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        for (path, part) in [
            (
                directory.path().join("none.yaml"),
                "none.yaml: no such file",
            ),
            (
                directory.path().to_owned(),
                "a directory as policy is not supported yet",
            ),
            (socket, "a socket, not a file"),
            (
                PathBuf::from("/dev/zero"),
                "/dev/zero: a device, not a file",
            ),
        ] {
            let words = Policy::read(&path).unwrap_err().to_string();
            assert!(words.contains(part), "{words}");
        }
        drop(listener);
    }

    #[test]
    fn a_file_in_another_encoding_is_told_by_its_place() {
        let path = tempfile::NamedTempFile::new().unwrap();
        fs::write(&path, b"version: 1\n# caf\xe9\n").unwrap();
        let words = Policy::read(path.path()).unwrap_err().to_string();
        assert!(words.ends_with(":2:6: not UTF-8 from here on"), "{words}");
    }

    #[test]
    fn a_file_too_large_is_not_read_to_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(MAX_SIZE + 1).unwrap();
        assert!(matches!(
            Policy::read(file.path()),
            Err(ReadError::TooLarge { .. })
        ));
    }

    #[test]
    fn the_path_as_given_stands_in_the_policy() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "\u{feff}version: 1\r\ninterfaces: {lan1: {}}\r\n").unwrap();
        let policy = Policy::read(file.path()).unwrap();
        assert_eq!(policy.path, file.path().display().to_string());
        assert_eq!(
            policy.interfaces[0].at,
            Location {
                line: 2,
                column: 14
            }
        );
    }
}
