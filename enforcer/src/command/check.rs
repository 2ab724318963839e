//! `enforcer check`: is this a policy? Needs no privileges and no kernel.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use super::count::Count;
use crate::policy::{Policy, ReadError};

/// Tells everything that is wrong with a policy, or what it holds; true if it is one.
pub fn check(path: &Path, color: bool, out: &mut impl Write) -> io::Result<bool> {
    let policy = match Policy::read(path) {
        Ok(policy) => policy,
        Err(ReadError::Policy(error)) => {
            writeln!(out, "{}\n", error.render(color))?;
            writeln!(
                out,
                "{}: {}",
                path.display(),
                Count(error.count(), "problem")
            )?;
            return Ok(false);
        }
        Err(error) => {
            writeln!(out, "error: {error}")?;
            return Ok(false);
        }
    };
    if !policy.warnings().findings.is_empty() {
        writeln!(out, "{}\n", policy.warnings().render(color))?;
    }
    writeln!(out, "ok: {}", Summary(&policy))?;
    Ok(true)
}

/// `3 cameras in 2 groups, 4 rules, 2 interfaces`.
struct Summary<'p>(&'p Policy);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(policy) = self;
        let rules = policy
            .groups
            .iter()
            .map(|group| group.allow.len() + group.deny.len())
            .sum();
        let cameras = Count(policy.cameras.len(), "camera");
        let groups = Count(policy.groups.len(), "group");
        let interfaces = Count(policy.interfaces.len(), "interface");
        write!(
            f,
            "{cameras} in {groups}, {}, {interfaces}",
            Count(rules, "rule")
        )
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_policy_is_summed_up_in_one_line() {
        let (valid, words) = checked(
            "version: 1\n\
             interfaces: {lan1: {}, lan2: {}}\n\
             groups: {recorded: {allow: [{to: 192.0.2.1}], deny: [{to: 192.0.2.2}]}}\n\
             cameras: {gate: {match: {mac: \"44:19:b6\"}, group: recorded}}\n",
        );
        assert!(valid);
        assert_eq!(words, "ok: 1 camera in 1 group, 2 rules, 2 interfaces\n");
    }

    #[test]
    fn a_warning_does_not_refuse_the_policy() {
        let (valid, words) = checked("version: 1\ninterfaces: {lan1: {}}\ngroups: {lobby: {}}\n");
        assert!(valid);
        assert!(
            words.starts_with("warning[reaches-nothing]: group `lobby`"),
            "{words}"
        );
        assert!(
            words.ends_with("\n\nok: 0 cameras in 1 group, 0 rules, 1 interface\n"),
            "{words}"
        );
    }

    #[test]
    fn every_problem_is_told_and_counted() {
        let (valid, words) = checked("version: 2\nmode: off\n");
        assert!(!valid);
        assert!(words.contains("error[unsupported-version]"), "{words}");
        assert!(words.contains("error[bad-value]"), "{words}");
        assert!(words.ends_with(": 3 problems\n"), "{words}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_no_policy() {
        let mut out = Vec::new();
        assert!(!check(Path::new("/nonexistent/policy.yaml"), false, &mut out).unwrap());
        assert_eq!(out, b"error: /nonexistent/policy.yaml: no such file\n");
    }

    fn checked(text: &str) -> (bool, String) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, text).unwrap();
        let mut out = Vec::new();
        let valid = check(file.path(), false, &mut out).unwrap();
        (valid, String::from_utf8(out).unwrap())
    }
}
