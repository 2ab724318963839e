//! A policy from a file, or from the YAML files of a directory.

use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::files::{FileError, Files};
use super::outline::Outline;
use super::seen::{self, Listing, Seen};
use super::source::Source;
use super::texts::Texts;
use super::{Policy, PolicyError};

/// What one YAML file may hold, in bytes: thousands of cameras, and many a list.
pub(super) const MAX_YAML: u64 = 32 << 20;

/// How often files are read that change while they are read.
const ATTEMPTS: usize = 5;

/// Why there is no policy at a path.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file, or one of those in the directory, cannot be read.
    #[error("{}{}: {why}", path.display(), why.place())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What stands in the way.
        why: FileError,
    },
    /// The directory holds no policy.
    #[error("{}: no file in this directory is called *.yaml", path.display())]
    NothingThere {
        /// The path as the operator gave it.
        path: PathBuf,
    },
    /// Everything can be read and the policy is wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// A policy, or why there is none, and what was looked at to know.
#[derive(Debug)]
pub struct Reading {
    /// The policy.
    pub policy: Result<Policy, ReadError>,
    /// What it was read from. When this is another, reading again may yield another policy.
    pub seen: Seen,
    /// What that said; without what could not be read.
    pub texts: Texts,
}

impl Policy {
    /// Reads the policy in a file, or in the `*.yaml` files of a directory, with the list files that
    /// it names.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        Reading::new(path).policy
    }
}

impl Reading {
    /// Reads the policy at a path.
    pub fn new(path: &Path) -> Self {
        Self::settled(path, || Self::once(path))
    }

    /// Reads until nothing has changed meanwhile: what was read first and what was read last then
    /// stood side by side.
    fn settled(path: &Path, mut read: impl FnMut() -> Self) -> Self {
        let mut reading = read();
        for _ in 1..ATTEMPTS {
            if reading.seen.now() == reading.seen {
                return reading;
            }
            reading = read();
        }
        if reading.seen.now() != reading.seen {
            reading.policy = Err(ReadError::Unreadable {
                path: path.to_owned(),
                why: FileError::Unsettled,
            });
        }
        reading
    }

    fn once(path: &Path) -> Self {
        if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
            return Self::of_directory(path);
        }
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let yaml = vec![path.to_owned()];
        Self::of(Texts::new(path.to_owned(), directory, yaml), None)
    }

    fn of_directory(path: &Path) -> Self {
        let names = seen::names(path);
        let listing = Listing {
            path: path.to_owned(),
            names: names.as_ref().ok().cloned(),
        };
        let owned = path.to_owned();
        let texts = |yaml| Texts::new(owned.clone(), owned.clone(), yaml);
        let error = match names {
            Ok(names) if names.is_empty() => ReadError::NothingThere {
                path: owned.clone(),
            },
            Ok(names) => {
                let paths = names.iter().map(|name| path.join(name)).collect();
                return Self::of(texts(paths), Some(listing));
            }
            Err(why) => ReadError::Unreadable {
                path: owned.clone(),
                why,
            },
        };
        Self {
            policy: Err(error),
            seen: Seen {
                directory: Some(listing),
                files: Vec::new(),
            },
            texts: texts(Vec::new()),
        }
    }

    fn of(texts: Texts, listing: Option<Listing>) -> Self {
        let seen = Seen {
            directory: listing,
            files: Vec::new(),
        };
        let mut files = Files::new(texts, seen);
        let policy = policy(&mut files);
        let (seen, texts) = files.into_parts();
        Self {
            policy,
            seen,
            texts,
        }
    }
}

/// Reads the YAML files, and the list files that they name.
pub(super) fn policy(files: &mut Files) -> Result<Policy, ReadError> {
    let (path, sources) = sources(files)?;
    Ok(Policy::from_sources(&path, sources, files)?)
}

/// The same, and tells how it is written.
pub(super) fn outline(files: &mut Files) -> Result<Outline, ReadError> {
    let (path, sources) = sources(files)?;
    Ok(Policy::outline(&path, sources, files)?)
}

fn sources(files: &mut Files) -> Result<(String, Vec<Source>), ReadError> {
    let (path, yaml) = files.names();
    let sources = yaml.iter().map(|path| match files.read(path, MAX_YAML) {
        Ok(text) => Ok(Source::shared(path.display().to_string(), text)),
        Err(why) => {
            let path = path.clone();
            Err(ReadError::Unreadable { path, why })
        }
    });
    let sources: Result<Vec<Source>, ReadError> = sources.collect();
    Ok((path.display().to_string(), sources?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_directory_that_is_exchanged_while_it_is_read_is_read_anew() {
        let root = tempfile::tempdir().unwrap();
        for (name, interface) in [("old", "lan1"), ("new", "lan2")] {
            let text = format!("version: 1\ninterfaces: {{{interface}: }}\n");
            fs::create_dir(root.path().join(name)).unwrap();
            fs::write(root.path().join(name).join("10.yaml"), text).unwrap();
        }
        let policy = root.path().join("policy");
        let exchange = |target: &str| {
            let next = root.path().join("next");
            symlink(target, &next).unwrap();
            fs::rename(next, &policy).unwrap();
        };
        exchange("old");
        let mut times = 0;
        let reading = Reading::settled(&policy, || {
            let reading = Reading::once(&policy);
            times += 1;
            exchange("new");
            reading
        });
        assert_eq!(times, 2);
        let interfaces = reading.policy.unwrap().interfaces;
        assert_eq!(interfaces[0].name.as_str(), "lan2");

        let reading = Reading::settled(&policy, || {
            let reading = Reading::once(&policy);
            times += 1;
            exchange(if times % 2 == 0 { "new" } else { "old" });
            reading
        });
        let words = reading.policy.unwrap_err().to_string();
        assert!(
            words.ends_with("policy: it changes while it is read"),
            "{words}"
        );
    }
}
