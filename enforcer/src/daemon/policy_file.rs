//! Reading the policy, and noticing that what it was read from has changed.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use super::pulse;
use crate::{
    exit::{Exit, Failure},
    good::Good,
    policy::{Policy, ReadError, Reading, Seen, Texts},
};

/// How soon files are looked at again that have changed. They must look the same twice before they are read, so that
/// one that is being written is left alone.
const AGAIN: Duration = Duration::from_millis(250);

/// The policy file, or directory, and all that was read with it last.
///
/// Looked at, rather than watched: that sees a write in place, a rename over it and a changed link
/// on the way to it alike, on every file system.
#[derive(Debug)]
pub(super) struct PolicyFile {
    path: PathBuf,
    /// Whether it is taken although others could write it.
    is_insecure_allowed: bool,
    read: Seen,
    /// What was read last, if it is a policy, until somebody takes it.
    texts: Option<Texts>,
    last: Seen,
    /// When they are looked at next. Kept here, so that a wait which is given up again and again
    /// still comes to it.
    next: Instant,
}

impl PolicyFile {
    pub(super) fn new(path: &Path, is_insecure_allowed: bool) -> Self {
        Self {
            path: path.to_owned(),
            is_insecure_allowed,
            read: Seen::default(),
            texts: None,
            last: Seen::default(),
            next: Instant::now(),
        }
    }

    /// Reads the policy as it is now, unless somebody else could write it.
    pub(super) fn read(&mut self) -> Result<Result<Policy, ReadError>, Failure> {
        let policy = self.look();
        if !self.is_insecure_allowed {
            let trusted = self.read.require_trusted();
            trusted.map_err(|untrusted| Failure::new(Exit::BadPolicy, untrusted.to_string()))?;
        }
        Ok(policy)
    }

    /// Takes the files as they are now for read, and leaves them alone until they change again.
    pub(super) fn leave(&mut self) {
        drop(self.look());
        self.texts = None;
    }

    /// Tells what was read last from anything else.
    pub(super) fn fingerprint(&self) -> String {
        self.read.fingerprint()
    }

    /// What was read last, to be kept now that it is in force. It is large, and handed out once.
    pub(super) fn good(&mut self) -> Option<Good> {
        let texts = self.texts.take()?;
        Some(Good::new(self.fingerprint(), texts))
    }

    fn look(&mut self) -> Result<Policy, ReadError> {
        let Reading {
            policy,
            seen,
            texts,
        } = Reading::new(&self.path);
        self.texts = policy.is_ok().then_some(texts);
        self.read = seen.clone();
        self.last = seen;
        self.next = pulse::next();
        policy
    }

    /// Waits until something is another than when it was read, and at rest.
    pub(super) async fn changed(&mut self) {
        loop {
            sleep_until(self.next).await;
            let now = self.read.now();
            let at_rest = now == self.last;
            self.last = now;
            let is_other = self.last != self.read;
            self.next = if is_other {
                Instant::now() + AGAIN
            } else {
                pulse::next()
            };
            if at_rest && is_other {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use tokio::time::timeout;

    use super::*;

    const TEXT: &str = "version: 1\ninterfaces: {lan1: }\nprefixes: {a: {file: a.txt}}\n";

    #[tokio::test]
    async fn every_way_to_change_a_file_is_noticed_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy.yaml");
        let other = directory.path().join("other.yaml");
        fs::write(&path, "a").unwrap();
        let mut file = PolicyFile::new(&path, false);
        assert!(file.read().unwrap().is_err());
        assert!(!is_noticed(&mut file).await, "nothing has changed");

        fs::write(&path, "b").unwrap();
        assert!(
            is_noticed(&mut file).await,
            "written in place, of the same length"
        );
        assert!(file.read().unwrap().is_err());
        assert!(!is_noticed(&mut file).await, "it was read");

        fs::write(&other, "c").unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(is_noticed(&mut file).await, "renamed over");
        assert!(file.read().unwrap().is_err());

        fs::write(&other, "d").unwrap();
        fs::remove_file(&path).unwrap();
        assert!(is_noticed(&mut file).await, "gone");
        assert!(file.read().unwrap().is_err());
        symlink(&other, &path).unwrap();
        assert!(is_noticed(&mut file).await, "a link to another");
    }

    #[tokio::test]
    async fn a_change_is_noticed_by_whoever_waits_a_little_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy.yaml");
        fs::write(&path, "a").unwrap();
        let mut file = PolicyFile::new(&path, false);
        assert!(file.read().unwrap().is_err());
        fs::write(&path, "bc").unwrap();
        let mut noticed = false;
        for _ in 0..32 {
            noticed = noticed || timeout(AGAIN / 4, file.changed()).await.is_ok();
        }
        assert!(noticed);
    }

    #[tokio::test]
    async fn a_list_file_is_followed_be_it_there_or_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy.yaml");
        let list = directory.path().join("a.txt");
        fs::write(&path, TEXT).unwrap();
        let mut file = PolicyFile::new(&path, false);
        assert!(file.read().unwrap().is_err());
        fs::write(&list, "192.0.2.1\n").unwrap();
        assert!(is_noticed(&mut file).await, "it is there now");
        file.read().unwrap().unwrap();
        assert!(!is_noticed(&mut file).await, "it was read");
        fs::write(&list, "192.0.2.2\n").unwrap();
        assert!(is_noticed(&mut file).await, "it holds something else");
    }

    #[tokio::test]
    async fn a_file_more_or_less_in_the_directory_is_noticed_and_a_leftover_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("10.yaml"), "version: 1\ninterfaces: {lan1: }\n").unwrap();
        let mut file = PolicyFile::new(directory.path(), false);
        file.read().unwrap().unwrap();
        for leftover in [".10.yaml.swp", ".20.yaml", "10.yaml~", "#10.yaml#", "a.txt"] {
            fs::write(at(leftover), "x").unwrap();
        }
        assert!(!is_noticed(&mut file).await, "nothing that is read");
        fs::write(at("20.yaml"), "version: 1\n").unwrap();
        assert!(is_noticed(&mut file).await, "one more");
        file.read().unwrap().unwrap();
        fs::remove_file(at("20.yaml")).unwrap();
        assert!(is_noticed(&mut file).await, "one less");
    }

    async fn is_noticed(file: &mut PolicyFile) -> bool {
        timeout(3 * pulse::PULSE, file.changed()).await.is_ok()
    }
}
