//! A place in the policy, with what stands there.

use serde::Serialize;

use super::Texts;
use crate::policy::{Location, Policy};

/// Longer lines are cut.
const MOST: usize = 100;

/// A place in the policy, with what stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Quote {
    /// `policy.yaml:12`
    pub(super) place: String,
    /// The line, without what stands around it.
    pub(super) line: String,
}

impl Quote {
    pub(super) fn new(policy: &Policy, texts: &Texts<'_>, at: Location) -> Self {
        let path = policy.path_of(at);
        let text = texts(path);
        let index = usize::try_from(at.line).unwrap_or(usize::MAX);
        let line = text
            .lines()
            .nth(index.saturating_sub(1))
            .unwrap_or_default();
        let line = line.trim();
        let mut shown: String = line
            .chars()
            .filter(|c| !c.is_control())
            .take(MOST)
            .collect();
        if line.chars().nth(MOST).is_some() {
            shown.push_str(" ...");
        }
        Self {
            place: format!("{path}:{}", at.line),
            line: shown,
        }
    }
}
