//! Where the steps of reading put what they find, and how they word it.

use super::Problem;
use crate::policy::place::{Located, Span};
use crate::policy::report::Report;
use crate::policy::source::Source;
use crate::words;

/// Names that are looked at for a likely one, all problems taken together. Nobody reads on where
/// this would not do, and a policy has room for a million names.
const MAX_LOOKS: usize = 1_000_000;

/// Problems in list files that are kept, all files together. A list of a million lines in some
/// other form has as many.
const MAX_LISTED: usize = 1000;

/// The problems found so far.
#[derive(Debug, Default)]
pub(in crate::policy) struct Problems {
    found: Vec<Located<Problem>>,
    listed: usize,
    omitted: usize,
    looks: usize,
}

impl Problems {
    pub(in crate::policy) fn report(&mut self, at: Span, problem: Problem) {
        self.found.push(Located { value: problem, at });
    }

    /// Reports what is wrong with a line of a list file, or only counts it.
    pub(in crate::policy) fn report_line(&mut self, at: Span, problem: impl FnOnce() -> Problem) {
        if self.listed < MAX_LISTED {
            self.listed += 1;
            self.report(at, problem());
        } else {
            self.omitted += 1;
        }
    }

    /// The name that `text` looks like.
    pub(in crate::policy) fn closest<'n>(
        &mut self,
        text: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<String> {
        let names = names.into_iter().take(MAX_LOOKS - self.looks);
        let names = names.inspect(|_| self.looks += 1);
        words::closest(text, names).map(str::to_owned)
    }

    pub(in crate::policy) const fn len(&self) -> usize {
        self.found.len() + self.omitted
    }

    pub(in crate::policy) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(in crate::policy) fn into_report(self, path: &str, sources: &[Source]) -> Report<Problem> {
        Report::new(path, sources, self.found, self.omitted)
    }

    #[cfg(test)]
    pub(in crate::policy) fn into_vec(self) -> Vec<Located<Problem>> {
        self.found
    }
}

/// A text from the policy, short enough for a message.
pub(in crate::policy) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.split_at(end).0),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_slip_is_recognized_and_another_is_not() {
        let names = ["recorded", "lobby", "router"];
        for (text, expected) in [
            ("recorde", Some("recorded")),
            ("Recorded", Some("recorded")),
            ("lobyb", Some("lobby")),
            ("ruoter", Some("router")),
            ("gate", None),
            ("", None),
        ] {
            assert_eq!(
                Problems::default().closest(text, names).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = "é".repeat(100);
        assert_eq!(shown(&text), format!("{}…", "é".repeat(80)));
        assert_eq!(shown("short"), "short");
    }
}
