//! The texts of a policy, kept so that it can be read again when its files are gone or say something else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Policy;
use super::files::Files;
use super::outline::Outline;
use super::read::{self, ReadError};

/// Everything that a policy was read from, under the paths that the operator and the policy give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// The path of the policy.
    pub path: PathBuf,
    /// Where relative paths in it begin.
    pub(super) directory: PathBuf,
    /// Its YAML files, in order.
    pub(super) yaml: Vec<PathBuf>,
    /// The text of each of those and of the list files.
    pub(super) files: BTreeMap<PathBuf, Arc<str>>,
}

impl Texts {
    pub(super) const fn new(path: PathBuf, directory: PathBuf, yaml: Vec<PathBuf>) -> Self {
        Self {
            path,
            directory,
            yaml,
            files: BTreeMap::new(),
        }
    }

    /// Each file and its text: the YAML files in order, then the list files.
    pub fn sources(&self) -> impl Iterator<Item = (&Path, &str)> {
        let lists = self.files.keys().filter(|path| !self.yaml.contains(path));
        let paths = self.yaml.iter().chain(lists);
        paths.filter_map(|path| Some((path.as_path(), &**self.files.get(path)?)))
    }

    /// Reads the policy that they are. No file is opened; places in it are told by the paths that they had.
    pub fn policy(&self) -> Result<Policy, ReadError> {
        read::policy(&mut Files::kept(self.clone()))
    }

    /// How the policy is written that they are.
    pub fn outline(&self) -> Result<Outline, ReadError> {
        read::outline(&mut Files::kept(self.clone()))
    }

    /// Where relative paths in it begin.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Another policy, of one text, that stands in the same place and may name the same list files.
    #[must_use]
    pub fn beside(&self, path: &Path, text: &str) -> Self {
        let mut files = self.files.clone();
        files.insert(path.to_owned(), text.into());
        Self {
            path: path.to_owned(),
            directory: self.directory.clone(),
            yaml: vec![path.to_owned()],
            files,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::policy::Reading;

    #[test]
    fn a_policy_is_read_from_its_texts_as_it_was_read_from_files_that_are_gone() {
        let root = tempfile::tempdir().unwrap();
        let policy = root.path().join("policy.d");
        fs::create_dir(&policy).unwrap();
        let lists = "version: 1\nprefixes: {a: [{file: ../a.txt}]}\n";
        let rest = "\u{feff}version: 1\ninterfaces: {lan1: }\ngroups: {g: {allow: [{to: a}, {to: {file: ../a.txt}}]}}\n\
             cameras: {c: {match: {vlan: 5}, group: g}}\n";
        fs::write(policy.join("10.yaml"), lists).unwrap();
        fs::write(policy.join("20.yaml"), rest).unwrap();
        fs::write(
            root.path().join("a.txt"),
            "192.0.2.1\n2001:db8::/32 # all\n",
        )
        .unwrap();
        let Reading { policy, texts, .. } = Reading::new(&policy);
        let policy = policy.unwrap();
        root.close().unwrap();

        let stored = serde_json::to_string(&texts).unwrap();
        let texts: Texts = serde_json::from_str(&stored).unwrap();
        assert_eq!(texts.policy().unwrap(), policy);
        assert_eq!(policy.sources.len(), 3);
        let sources = texts.sources().map(|(path, text)| {
            assert!(!text.is_empty());
            path.display().to_string()
        });
        assert_eq!(sources.collect::<Vec<_>>(), policy.sources);
        assert_eq!(policy.groups[0].allow[0].to.len(), 2);
    }

    #[test]
    fn what_is_not_among_the_texts_is_not_looked_for_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("policy.yaml");
        fs::write(
            &path,
            "version: 1\ninterfaces: {lan1: }\nprefixes: {a: [{file: a.txt}]}\n",
        )
        .unwrap();
        fs::write(root.path().join("a.txt"), "192.0.2.1\n").unwrap();
        let mut texts = Reading::new(&path).texts;
        texts.files.remove(&root.path().join("a.txt"));
        let words = texts.policy().unwrap_err().to_string();
        assert!(
            words.contains("a.txt") && words.contains("no such file"),
            "{words}"
        );
    }
}
