//! Places in the texts of a policy: byte spans inside, lines and columns outside.

use std::cell::Cell;
use std::ops::Range;

use super::Location;

/// A part of one source's text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The source, in the order in which they were read.
    pub source: u16,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The part of `text`, which is the source's; empty where the span is not of this text.
    pub fn cut(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A value and where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub at: Span,
}

/// The lines of a text, as an editor counts them.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    source: u16,
    text: &'t str,
    starts: Vec<usize>,
    /// A byte whose column is known: a policy may be one line of megabytes.
    known: Cell<(usize, usize)>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(source: u16, text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        let starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        Self {
            source,
            text,
            starts,
            known: Cell::new((0, 1)),
        }
    }

    /// The line and column of a byte; cheap when asked for in file order.
    pub(super) fn location(&self, offset: usize) -> Location {
        let index = self.index(offset);
        let start = self.start(index);
        let (known, column) = self.known.get();
        let (from, column) = if (start..=offset).contains(&known) {
            (known, column)
        } else {
            (start, 1)
        };
        let column = column
            + self
                .text
                .get(from..offset)
                .unwrap_or_default()
                .chars()
                .count();
        self.known.set((offset, column));
        Location {
            source: self.source,
            line: count(index + 1),
            column: count(column),
        }
    }

    /// The index, from zero, of the line that holds a byte.
    pub(super) fn index(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|&start| start <= offset)
            .saturating_sub(1)
    }

    /// The bytes of some lines, without the last one's line break.
    pub(super) fn bytes(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.start(first);
        let end = self
            .starts
            .get(last + 1)
            .map_or(self.text.len(), |next| next - 1);
        let line = self.text.get(start..end).unwrap_or_default();
        start..end - usize::from(line.ends_with('\r'))
    }

    fn start(&self, index: usize) -> usize {
        self.starts.get(index).copied().unwrap_or(self.text.len())
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a: é\r\nbé: c\n";
        let lines = Lines::new(0, text);
        let at = text.find('c').unwrap();
        assert_eq!(lines.location(at).to_string(), "2:5");
        assert_eq!(lines.location(at - 4).to_string(), "2:2");
        assert_eq!(lines.location(at).to_string(), "2:5");
        assert_eq!(lines.location(0).to_string(), "1:1");
        assert_eq!(lines.location(text.len()).to_string(), "3:1");
    }

    #[test]
    fn a_line_ends_before_its_break() {
        let text = "one\r\ntwo\nthree";
        let lines = Lines::new(0, text);
        assert_eq!(&text[lines.bytes(0, 0)], "one");
        assert_eq!(&text[lines.bytes(0, 1)], "one\r\ntwo");
        assert_eq!(&text[lines.bytes(2, 2)], "three");
    }
}
