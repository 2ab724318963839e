//! Findings as an operator sees them: the words, the line, a caret, and what to do.

use std::fmt::{self, Display};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Renderer, Snippet};

use super::Location;
use super::place::{Lines, Located, Span};

/// More than this nobody reads at once.
const MAX_SHOWN: usize = 50;

/// Two places this many lines apart or fewer are shown in one picture.
const MAX_LINES: usize = 100;

/// Lines longer than this are cut, since drawing takes time with their length.
const MAX_LINE: usize = 4096;

/// What is wrong with one file, or remarkable in it, in file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<T> {
    /// The path as the operator gave it.
    pub path: String,
    /// What the places are places in; empty if there are none.
    pub text: String,
    /// What was found.
    pub findings: Vec<Located<T>>,
}

/// What a report needs to know of what it shows.
pub trait Finding: Display {
    /// How bad it is.
    fn level(&self) -> Level;
    /// Its name for machines and manuals.
    fn code(&self) -> &'static str;
    /// The words at the caret.
    fn label(&self) -> &'static str;
    /// The earlier place that it disagrees with.
    fn first(&self) -> Option<Span>;
    /// What to do.
    fn help(&self) -> Option<String>;
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The policy is refused.
    Error,
    /// The policy is accepted.
    Warning,
}

impl<T: Finding> Report<T> {
    pub(super) fn new(path: &str, text: &str, mut findings: Vec<Located<T>>) -> Self
    where
        T: PartialEq,
    {
        findings.sort_by_key(|finding| (finding.at.start, finding.at.end));
        // What an alias stands for is read once for each alias.
        findings.dedup();
        let text = if findings.is_empty() {
            String::new()
        } else {
            text.to_owned()
        };
        Self {
            path: path.to_owned(),
            text,
            findings,
        }
    }

    /// Each finding with its line and column.
    pub fn located(&self) -> impl Iterator<Item = (Location, &T)> {
        let lines = Lines::new(&self.text);
        self.findings
            .iter()
            .map(move |found| (lines.location(found.at.start), &found.value))
    }

    /// The findings with their source lines, in colour or plain.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let lines = Lines::new(&self.text);
        let mut shown: Vec<String> = self
            .findings
            .iter()
            .take(MAX_SHOWN)
            .map(|finding| renderer.render(&[self.picture(finding, &lines)]))
            .collect();
        let more = self.findings.len().saturating_sub(MAX_SHOWN);
        if more > 0 {
            shown.push(format!("... and {more} more"));
        }
        shown.join("\n\n")
    }

    fn picture<'s>(&'s self, finding: &'s Located<T>, lines: &Lines<'s>) -> Group<'s> {
        let Located { value, at } = finding;
        let level = match value.level() {
            Level::Error => annotate_snippets::Level::ERROR,
            Level::Warning => annotate_snippets::Level::WARNING,
        };
        let title = level.primary_title(value.to_string()).id(value.code());
        let line = lines.index(at.start);
        let first = value.first().map(|first| (lines.index(first.start), first));
        let near = first.filter(|(first, _)| first.abs_diff(line) <= MAX_LINES);
        let (top, bottom) = near.map_or((line, line), |(first, _)| {
            (first.min(line), first.max(line))
        });

        let excerpt = self.excerpt(lines.bytes(top, bottom), *at);
        let mut snippet = self.snippet(&excerpt, top).annotation(
            AnnotationKind::Primary
                .span(within(&excerpt, *at))
                .label(value.label()),
        );
        let mut group = Group::with_title(title);
        if let Some((_, first)) = near {
            let span = within(&excerpt, first);
            snippet = snippet.annotation(AnnotationKind::Context.span(span).label("first here"));
        }
        group = group.element(snippet);
        if let Some((line, first)) = first.filter(|_| near.is_none()) {
            let excerpt = self.excerpt(lines.bytes(line, line), first);
            let annotation = AnnotationKind::Context.span(within(&excerpt, first));
            group = group.element(
                self.snippet(&excerpt, line)
                    .annotation(annotation.label("first here")),
            );
        }
        match value.help() {
            Some(help) => group.element(annotate_snippets::Level::HELP.message(help)),
            None => group,
        }
    }

    fn snippet<'s, A: Clone>(&'s self, excerpt: &Range<usize>, line: usize) -> Snippet<'s, A> {
        let source = self.text.get(excerpt.clone()).unwrap_or_default();
        Snippet::source(source)
            .line_start(line + 1)
            .path(self.path.as_str())
    }

    /// A line of megabytes is cut short after the place, but never before it: columns stay true.
    fn excerpt(&self, lines: Range<usize>, at: Span) -> Range<usize> {
        if lines.len() <= MAX_LINE {
            return lines;
        }
        let end = self
            .text
            .floor_char_boundary(at.end.saturating_add(MAX_LINE))
            .min(lines.end);
        lines.start..end.max(lines.start)
    }
}

impl<T: Finding> Display for Report<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl<T: Finding + fmt::Debug> std::error::Error for Report<T> {}

fn within(excerpt: &Range<usize>, at: Span) -> Range<usize> {
    let relative = |offset: usize| offset.clamp(excerpt.start, excerpt.end) - excerpt.start;
    relative(at.start)..relative(at.end)
}
