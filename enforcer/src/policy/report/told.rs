//! Findings for machines: what a person sees, without the picture.

use super::{Finding, Level, Report};
use crate::policy::place::{Lines, Span};

/// A finding with its places as lines and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<'r> {
    /// Its name for machines and manuals.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What it is.
    pub message: String,
    /// Where it is.
    pub at: Extent<'r>,
    /// What to do.
    pub help: Option<String>,
    /// The other place that it is about, with the words for it.
    pub related: Option<(&'static str, Extent<'r>)>,
}

/// A part of a source; lines and columns count from one, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent<'r> {
    /// The path of the source.
    pub path: &'r str,
    /// The line of the first character.
    pub line: u32,
    /// Its column.
    pub column: u32,
    /// The line that it ends in.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
}

impl<T: Finding> Report<T> {
    /// Every finding, in the order of the sources.
    pub fn told(&self) -> impl Iterator<Item = Told<'_>> {
        let lines = self.lines();
        self.findings.iter().map(move |finding| {
            let value = &finding.value;
            let first = value.first();
            Told {
                code: value.code(),
                level: value.level(),
                message: value.to_string(),
                at: self.extent(&lines, finding.at),
                help: value.help(),
                related: first.map(|first| (value.first_label(), self.extent(&lines, first))),
            }
        })
    }

    fn extent(&self, lines: &[Lines<'_>], at: Span) -> Extent<'_> {
        let source = usize::from(at.source);
        let lines = lines.get(source);
        let location = |offset| lines.map(|lines| lines.location(offset));
        let start = location(at.start).unwrap_or_default();
        let end = location(at.end).unwrap_or_default();
        let source = self.sources.get(source);
        Extent {
            path: source.map_or(&self.path, |source| &source.path),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}
