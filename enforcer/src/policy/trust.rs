//! Who else could change a policy that is put in force.

use std::collections::BTreeSet;
use std::fs;
use std::path::{self, Path, PathBuf};

use thiserror::Error;

use super::seen::{Seen, Stamp};

const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// A file or directory by which users other than root and the one who runs this could change the
/// policy.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Untrusted {
    /// Its permissions let them.
    #[error("{0}: others can write it (mode {mode:04o}), and so the policy; chmod go-w {0}", path.display())]
    Mode {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is theirs.
    #[error("{0}: belongs to user {owner}, who can so write the policy; chown root {0} && chmod go-w {0}", path.display())]
    Owner {
        /// Which.
        path: PathBuf,
        /// The owner's user id.
        owner: u32,
    },
}

impl Seen {
    /// Refuses what others can write: a file, or a directory on the way to one, where they could put
    /// another in its place.
    pub fn require_trusted(&self) -> Result<(), Untrusted> {
        let me = rustix::process::geteuid().as_raw();
        for (path, stamp) in &self.files {
            if let Some(stamp) = stamp {
                judge(path, stamp.owner, stamp.mode, me)?;
            }
        }
        for directory in self.directories() {
            let Some(Stamp {
                owner, mut mode, ..
            }) = Stamp::at(&directory)
            else {
                continue;
            };
            // As in /tmp: there nobody replaces the files of another.
            if mode & STICKY != 0 {
                mode &= !OTHERS_WRITE;
            }
            judge(&directory, owner, mode, me)?;
        }
        Ok(())
    }

    /// The directories that lead to the files, as they are named and as links lead to them.
    fn directories(&self) -> BTreeSet<PathBuf> {
        let mut directories = BTreeSet::new();
        for (path, _) in &self.files {
            for path in [path::absolute(path), fs::canonicalize(path)] {
                let path = path.unwrap_or_default();
                directories.extend(path.ancestors().skip(1).map(Path::to_owned));
            }
        }
        directories
    }
}

/// The same of a file that no policy names.
pub fn require_trusted(path: &Path) -> Result<(), Untrusted> {
    let seen = Seen {
        directory: None,
        files: vec![(path.to_owned(), Stamp::at(path))],
    };
    seen.require_trusted()
}

fn judge(path: &Path, owner: u32, mode: u32, me: u32) -> Result<(), Untrusted> {
    let path = || path.to_owned();
    if owner != 0 && owner != me {
        return Err(Untrusted::Owner {
            path: path(),
            owner,
        });
    }
    if mode & OTHERS_WRITE != 0 {
        return Err(Untrusted::Mode {
            path: path(),
            mode: mode & 0o7777,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::policy::Reading;

    #[test]
    fn root_and_the_one_who_runs_it_are_trusted_and_others_are_not() {
        for (owner, mode, me, trusted) in [
            (0, 0o644, 0, true),
            (0, 0o644, 7, true),
            (7, 0o600, 7, true),
            (7, 0o600, 0, false),
            (0, 0o664, 0, false),
            (0, 0o646, 0, false),
            (7, 0o664, 7, false),
        ] {
            let outcome = judge(Path::new("policy.yaml"), owner, mode, me);
            assert_eq!(outcome.is_ok(), trusted, "{owner} {mode:o} {me}");
        }
    }

    #[test]
    fn every_file_and_every_directory_that_others_can_write_is_told() {
        let root = tempfile::tempdir().unwrap();
        let real = root.path().join("real");
        let policies = root.path().join("policies");
        for directory in [&real, &policies] {
            fs::create_dir(directory).unwrap();
        }
        let policy = policies.join("policy.yaml");
        let list = real.join("branches.txt");
        let text = "version: 1\ninterfaces: {lan1: }\nprefixes: {a: {file: link.txt}}\n";
        fs::write(&policy, text).unwrap();
        fs::write(&list, "192.0.2.1\n").unwrap();
        std::os::unix::fs::symlink(&list, policies.join("link.txt")).unwrap();
        for path in [&policy, &list, &policies, &real, root.path()] {
            let usual = fs::metadata(path).unwrap().permissions().mode() & 0o7755;
            for (mode, trusted) in [
                (usual, true),
                (usual | 0o020, false),
                (usual | 0o002, false),
            ] {
                fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
                let reading = Reading::new(&policy);
                reading.policy.unwrap();
                let outcome = reading.seen.require_trusted();
                assert_eq!(outcome.is_ok(), trusted, "{} {mode:o}", path.display());
            }
            fs::set_permissions(path, Permissions::from_mode(usual)).unwrap();
        }
    }

    #[test]
    fn a_directory_where_nobody_replaces_the_files_of_others_is_trusted() {
        let directory = tempfile::tempdir().unwrap();
        let policy = directory.path().join("policy.yaml");
        fs::write(&policy, "version: 1\ninterfaces: {lan1: }\n").unwrap();
        let sticky = Permissions::from_mode(0o1777);
        fs::set_permissions(directory.path(), sticky).unwrap();
        assert_eq!(Reading::new(&policy).seen.require_trusted(), Ok(()));
    }
}
