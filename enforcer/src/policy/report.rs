//! Findings as an operator sees them: the words, the line, a caret, and what to do.

use std::collections::HashSet;
use std::fmt::{self, Display};
use std::mem;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Renderer, Snippet};

use super::Location;
use super::place::{Lines, Located, Span};
use super::source::{self, Source};
use crate::words::Grouped;

mod told;

pub use told::{Extent, Told};

/// More than this nobody reads at once.
const MAX_SHOWN: usize = 50;

/// Two places this many lines apart or fewer are shown in one picture.
const MAX_LINES: usize = 100;

/// Lines longer than this are cut, since drawing takes time with their length.
const MAX_LINE: usize = 4096;

/// What is wrong with a policy, or remarkable in it, in the order of its sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<T> {
    /// The path as the operator gave it.
    pub path: String,
    /// What the places are places in.
    pub sources: Vec<Source>,
    /// What was found.
    pub findings: Vec<Located<T>>,
    /// How much else was found of what nobody would read to the end.
    pub omitted: usize,
}

/// What a report needs to know of what it shows.
pub trait Finding: Display {
    /// How bad it is.
    fn level(&self) -> Level;
    /// Its name for machines and manuals.
    fn code(&self) -> &'static str;
    /// The words at the caret.
    fn label(&self) -> &'static str;
    /// The other place that it is about, which for most is an earlier one.
    fn first(&self) -> Option<Span>;
    /// The words at the other place.
    fn first_label(&self) -> &'static str {
        "first here"
    }
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
    pub(super) fn new(
        path: &str,
        sources: &[Source],
        mut findings: Vec<Located<T>>,
        omitted: usize,
    ) -> Self
    where
        T: PartialEq,
    {
        findings.sort_by_key(|finding| finding.at);
        // What an alias stands for is read once for each alias.
        findings.dedup();
        let firsts = findings.iter().filter_map(|finding| finding.value.first());
        let told: HashSet<u16> = findings
            .iter()
            .map(|finding| finding.at)
            .chain(firsts)
            .map(|at| at.source)
            .collect();
        let sources = (0..).zip(sources).map(|(number, source)| {
            let text = told.contains(&number).then(|| source.text.clone());
            Source {
                path: source.path.clone(),
                text: text.unwrap_or_default(),
            }
        });
        Self {
            path: path.to_owned(),
            sources: sources.collect(),
            findings,
            omitted,
        }
    }

    /// Moves what is so from another report on the same policy.
    pub(super) fn take_from(&mut self, other: &mut Self, is_so: impl Fn(&T) -> bool)
    where
        T: PartialEq,
    {
        let findings = mem::take(&mut other.findings).into_iter();
        let (taken, left): (Vec<_>, _) = findings.partition(|finding| is_so(&finding.value));
        other.findings = left;
        if taken.is_empty() {
            return;
        }
        let mut findings = mem::take(&mut self.findings);
        findings.extend(taken);
        let sources = self.sources.iter().zip(&other.sources);
        let sources: Vec<Source> = sources
            .map(|(own, other)| if own.text.is_empty() { other } else { own })
            .cloned()
            .collect();
        *self = Self::new(&self.path, &sources, findings, self.omitted);
    }

    /// How many there are, those included that nobody would read.
    pub const fn count(&self) -> usize {
        self.findings.len() + self.omitted
    }

    /// The path of the source that a place is in.
    pub fn path_of(&self, at: Location) -> &str {
        let source = self.sources.get(usize::from(at.source));
        source.map_or(&self.path, |source| &source.path)
    }

    /// Each finding with its line and column.
    pub fn located(&self) -> impl Iterator<Item = (Location, &T)> {
        let lines = self.lines();
        self.findings.iter().filter_map(move |found| {
            let lines = lines.get(usize::from(found.at.source))?;
            Some((lines.location(found.at.start), &found.value))
        })
    }

    /// The findings with their source lines, in colour or plain.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let lines = self.lines();
        let findings = self.findings.iter().take(MAX_SHOWN);
        let mut shown: Vec<String> = findings
            .map(|finding| renderer.render(&[self.picture(finding, &lines)]))
            .collect();
        let more = self.count() - shown.len();
        if more > 0 {
            shown.push(format!("... and {} more", Grouped(more)));
        }
        shown.join("\n\n")
    }

    fn lines(&self) -> Vec<Lines<'_>> {
        let sources = (0..).zip(&self.sources);
        sources
            .map(|(number, source)| Lines::new(number, &source.text))
            .collect()
    }

    fn picture<'s>(&'s self, finding: &'s Located<T>, lines: &[Lines<'s>]) -> Group<'s> {
        let Located { value, at } = finding;
        let level = match value.level() {
            Level::Error => annotate_snippets::Level::ERROR,
            Level::Warning => annotate_snippets::Level::WARNING,
        };
        let title = level.primary_title(value.to_string()).id(value.code());
        let index = |at: Span| {
            let lines = lines.get(usize::from(at.source));
            lines.map_or(0, |lines| lines.index(at.start))
        };
        let excerpt = |top: usize, bottom: usize, at: Span| {
            let lines = lines.get(usize::from(at.source));
            self.excerpt(lines.map_or(0..0, |lines| lines.bytes(top, bottom)), at)
        };
        let line = index(*at);
        let first = value.first().map(|first| (index(first), first));
        let near = first.filter(|(other, first)| {
            first.source == at.source && other.abs_diff(line) <= MAX_LINES
        });
        let (top, bottom) = near.map_or((line, line), |(first, _)| {
            (first.min(line), first.max(line))
        });

        let picture = excerpt(top, bottom, *at);
        let mut snippet = self.snippet(&picture, top, *at).annotation(
            AnnotationKind::Primary
                .span(within(&picture, *at))
                .label(value.label()),
        );
        let mut group = Group::with_title(title);
        if let Some((_, first)) = near {
            let span = within(&picture, first);
            snippet = snippet.annotation(
                AnnotationKind::Context
                    .span(span)
                    .label(value.first_label()),
            );
        }
        group = group.element(snippet);
        if let Some((line, first)) = first.filter(|_| near.is_none()) {
            let picture = excerpt(line, line, first);
            let annotation = AnnotationKind::Context.span(within(&picture, first));
            group = group.element(
                self.snippet(&picture, line, first)
                    .annotation(annotation.label(value.first_label())),
            );
        }
        match value.help() {
            Some(help) => group.element(annotate_snippets::Level::HELP.message(help)),
            None => group,
        }
    }

    fn snippet<'s, A: Clone>(
        &'s self,
        excerpt: &Range<usize>,
        line: usize,
        at: Span,
    ) -> Snippet<'s, A> {
        let source = source::of(&self.sources, at);
        let text = source.and_then(|source| source.text.get(excerpt.clone()));
        Snippet::source(text.unwrap_or_default())
            .line_start(line + 1)
            .path(source.map_or(self.path.as_str(), |source| source.path.as_str()))
    }

    /// A line of megabytes is cut short after the place, but never before it: columns stay true.
    fn excerpt(&self, lines: Range<usize>, at: Span) -> Range<usize> {
        if lines.len() <= MAX_LINE {
            return lines;
        }
        let text = source::of(&self.sources, at).map_or("", |source| &source.text);
        let end = text
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
