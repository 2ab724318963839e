//! What a policy is written in: one text, or several that refer to each other.

use std::sync::Arc;

use super::place::Span;

/// More files than this no policy needs.
pub(super) const MAX_SOURCES: usize = 4096;

/// One text of a policy: a YAML file, or a list file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path, as the policy and the operator give it.
    pub path: String,
    /// What is in it; in a report, empty if nothing is told of it.
    pub text: Arc<str>,
}

impl Source {
    pub(super) fn new(path: String, text: &str) -> Self {
        // Some editors begin a file with a byte order mark.
        let text = text.strip_prefix(MARK).unwrap_or(text).into();
        Self { path, text }
    }

    /// The same for a text that somebody else holds too.
    pub(super) fn shared(path: String, text: Arc<str>) -> Self {
        if text.starts_with(MARK) {
            Self::new(path, &text)
        } else {
            Self { path, text }
        }
    }
}

/// The byte order mark.
const MARK: char = '\u{feff}';

/// The source that a span is in.
pub(super) fn of(sources: &[Source], at: Span) -> Option<&Source> {
    sources.get(usize::from(at.source))
}
