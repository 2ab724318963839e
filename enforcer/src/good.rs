//! Policies that were in force, with all that they were read from: for when their files are gone or wrong,
//! and for a generation that an earlier daemon made.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use tracing::warn;

use crate::{
    directories::{self, Directories},
    policy::{Policy, Texts, require_trusted},
};

/// How these files are written; any other is not read.
const VERSION: u32 = 1;

/// What such a file may hold, in bytes: the texts of any policy, the most of them escaped.
const MOST: u64 = 256 << 20;

/// A policy that was put in force, and is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Good {
    /// What told its files from others ([`crate::policy::Seen::fingerprint`]).
    pub read: String,
    /// Since when it is good.
    pub at: Timestamp,
    /// What it is.
    pub texts: Texts,
}

/// The first line of a file; the texts are the second.
#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    at: Timestamp,
    read: String,
    /// Tells the second line from any other.
    digest: String,
}

/// What every version begins with.
#[derive(Deserialize)]
struct Written {
    version: u32,
}

impl Good {
    /// A policy that has been put in force just now.
    pub fn new(read: String, texts: Texts) -> Self {
        let now = Timestamp::now();
        Self {
            read,
            // Nobody asks for the nanosecond.
            at: Timestamp::from_second(now.as_second()).unwrap_or(now),
            texts,
        }
    }

    /// The last good policy, if there is one. One that others could have written is refused.
    pub fn last(directories: &Directories) -> Result<Option<Self>> {
        Self::read(&directories.last_good())
    }

    /// The policy that was read from files with this fingerprint, if it is kept. What is wrong with one of those
    /// that are kept is told, and it is none.
    pub fn of(read: &str, directories: &Directories) -> Option<Self> {
        let paths = [directories.last_good(), directories.previous_good()];
        let mut goods = paths.iter().filter_map(|path| {
            Self::read(path).unwrap_or_else(|error| {
                warn!("a policy that is kept cannot be used: {error:#}");
                None
            })
        });
        goods.find(|good| good.read == read)
    }

    /// Keeps this as the last good policy, and the one before as the previous.
    pub fn keep(&self, directories: &Directories) -> Result<()> {
        let (last, previous) = (directories.last_good(), directories.previous_good());
        let is_there = |good: Option<Self>| good.is_some_and(|good| good.read == self.read);
        if Self::read(&last).is_ok_and(is_there) {
            return Ok(());
        }
        // First, since that may be the room that the new one needs.
        directories::remove(&previous)?;
        match fs::hard_link(&last, &previous) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| previous.display().to_string());
            }
            _ => {}
        }
        directories::write_whole(&last, &self.to_bytes()?)
    }

    /// The policy as it holds now. A clock that is behind the time at which it became good is wrong: an audit that
    /// was over then is over.
    pub fn policy(&self) -> Result<Policy> {
        let policy = self.texts.policy()?;
        Ok(policy.at(Timestamp::now().max(self.at)))
    }

    fn read(path: &Path) -> Result<Option<Self>> {
        let context = || path.display().to_string();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(context),
        };
        require_trusted(path)?;
        let mut bytes = Vec::new();
        let read = file.take(MOST).read_to_end(&mut bytes);
        read.with_context(context)?;
        Self::from_bytes(&bytes).map(Some).with_context(context)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let texts = serde_json::to_vec(&self.texts).context("the texts of the policy")?;
        let head = Head {
            version: VERSION,
            at: self.at,
            read: self.read.clone(),
            digest: digest(&texts),
        };
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.push(b'\n');
        bytes.extend(texts);
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        const DAMAGED: &str = "damaged";
        let mut lines = bytes.splitn(3, |&byte| byte == b'\n');
        let head = lines.next().unwrap_or_default();
        let Written { version } = serde_json::from_slice(head).context(DAMAGED)?;
        if version != VERSION {
            bail!(
                "written by another version of enforcer (format {version}, this one knows {VERSION})"
            );
        }
        let Head {
            at,
            read,
            digest: told,
            ..
        } = serde_json::from_slice(head).context(DAMAGED)?;
        let texts = lines.next().unwrap_or_default();
        ensure!(
            digest(texts) == told,
            "{DAMAGED}: the texts are not those that were written"
        );
        let texts = serde_json::from_slice(texts).context(DAMAGED)?;
        Ok(Self { read, at, texts })
    }
}

fn digest(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha1::digest(bytes))
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

    use super::*;
    use crate::policy::Reading;

    #[test]
    fn a_policy_is_kept_as_the_last_and_the_one_before_beside_it() {
        let (root, directories) = place();
        let [a, b] = [good(root.path(), "lan1"), good(root.path(), "lan2")];
        assert_eq!(Good::last(&directories).unwrap(), None);
        a.keep(&directories).unwrap();
        assert_eq!(Good::last(&directories).unwrap().as_ref(), Some(&a));
        b.keep(&directories).unwrap();
        b.keep(&directories).unwrap();
        assert_eq!(Good::last(&directories).unwrap().as_ref(), Some(&b));
        for good in [&a, &b] {
            assert_eq!(Good::of(&good.read, &directories).as_ref(), Some(good));
        }
        assert_eq!(Good::of("another", &directories), None);
        a.keep(&directories).unwrap();
        assert_eq!(Good::last(&directories).unwrap().as_ref(), Some(&a));
        assert_eq!(Good::of(&b.read, &directories).as_ref(), Some(&b));
        let mode = fs::metadata(directories.last_good()).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_damaged_of_another_version_or_writable_by_others_is_refused_with_words() {
        let (root, directories) = place();
        let path = directories.last_good();
        let whole = good(root.path(), "lan1").to_bytes().unwrap();
        let text = String::from_utf8(whole.clone()).unwrap();
        let cut = &text[..text.len() - 9];
        for (written, words) in [
            ("", "damaged"),
            ("{}\n", "damaged"),
            (cut, "damaged: the texts are not"),
            (&text.replace("lan1", "lan2"), "damaged: the texts are not"),
            (
                &text.replace("\"version\":1,", "\"version\":2,"),
                "(format 2, this one knows 1)",
            ),
        ] {
            fs::write(&path, written).unwrap();
            let error = format!("{:#}", Good::last(&directories).unwrap_err());
            assert!(error.contains(words), "{error}");
            assert!(error.starts_with(path.to_str().unwrap()), "{error}");
        }
        fs::write(&path, whole).unwrap();
        Good::last(&directories).unwrap().unwrap();
        fs::set_permissions(&directories.state, Permissions::from_mode(0o770)).unwrap();
        let error = Good::last(&directories).unwrap_err().to_string();
        assert!(error.contains("others can write it (mode 0770)"), "{error}");
    }

    fn place() -> (tempfile::TempDir, Directories) {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let directories = Directories {
            run: at("run"),
            state: at("state"),
            bpffs: at("bpffs"),
        };
        fs::create_dir(&directories.state).unwrap();
        (root, directories)
    }

    fn good(root: &Path, interface: &str) -> Good {
        let path = root.join("policy.yaml");
        let text = format!("version: 1\ninterfaces: {{{interface}: }}\n");
        fs::write(&path, text).unwrap();
        let Reading { seen, texts, .. } = Reading::new(&path);
        Good::new(seen.fingerprint(), texts)
    }
}
