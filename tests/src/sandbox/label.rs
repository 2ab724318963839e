//! Names that say whose they are: the test, cut to length, and the process.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

/// Longer test names are cut, and a hash of the whole keeps them apart.
const MAX_TEST: usize = 24;

/// `enf-<test>-<pid>`, where only the dashes shown are dashes.
#[derive(Debug)]
pub(super) struct Label {
    /// `enf-<test>-`
    family: String,
    process: u32,
}

impl Label {
    pub(super) fn new(test: &str) -> Self {
        Self {
            family: format!("enf-{}-", shorten(test)),
            process: std::process::id(),
        }
    }

    /// The name of a network namespace.
    pub(super) fn namespace(&self, role: &str) -> String {
        format!("{self}-{role}")
    }

    /// Is this the name of something that an earlier process of the same test left behind?
    pub(super) fn is_leftover(&self, name: &str) -> bool {
        let process = name
            .strip_prefix(&self.family)
            .and_then(|rest| rest.split('-').next())
            .and_then(|process| process.parse::<u32>().ok());
        process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists())
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.family, self.process)
    }
}

/// A test's name in letters, digits and underscores, at most [`MAX_TEST`] of them.
fn shorten(test: &str) -> String {
    let name: String = test
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' => c,
            'A'..='Z' => c.to_ascii_lowercase(),
            _ => '_',
        })
        .collect();
    if name.len() <= MAX_TEST {
        return name;
    }
    let mut hasher = DefaultHasher::new();
    test.hash(&mut hasher);
    let hash = format!("{:08x}", hasher.finish() & 0xffff_ffff);
    let kept: String = name.chars().take(MAX_TEST - hash.len() - 1).collect();
    format!("{kept}_{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_stays_as_it_is() {
        assert_eq!(shorten("Drops-told"), "drops_told");
    }

    #[test]
    fn long_names_with_the_same_beginning_stay_apart() {
        let one = shorten("a_dropped_frame_is_told_to_the_daemon_once");
        let two = shorten("a_dropped_frame_is_told_to_the_daemon_twice");
        assert_eq!(one.len(), MAX_TEST);
        assert_ne!(one, two);
    }

    #[test]
    fn only_what_a_dead_process_of_the_same_test_left_is_a_leftover() {
        // Above the largest number that Linux gives a process.
        let dead = (1 << 22) + 1;
        let label = Label::new("gate");
        assert!(label.is_leftover(&format!("enf-gate-{dead}-router")));
        assert!(label.is_leftover(&format!("enf-gate-{dead}-x1y2z3")));
        assert!(!label.is_leftover(&label.namespace("router")));
        assert!(!label.is_leftover(&format!("enf-gate_b-{dead}-router")));
        assert!(!label.is_leftover("enf-gate-router"));
        assert!(!label.is_leftover("gate"));
    }
}
