//! The YAML reader's places (a line and a column, and only in words) turned into bytes.

/// A place as the reader counts: from zero, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    line: usize,
    column: usize,
}

impl Mark {
    /// The place at the end of an error's words; the very first place is the one that they leave out.
    pub(super) fn of(error: &str) -> Self {
        let numbers = error
            .rsplit_once(" at line ")
            .and_then(|(_, place)| place.split_once(" column "))
            .and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?)));
        let (line, column) = numbers.unwrap_or((1_usize, 1_usize));
        Self {
            line: line.saturating_sub(1),
            column: column.saturating_sub(1),
        }
    }
}

/// Turns marks into bytes; cheap when they come in file order, be the whole file one line.
#[derive(Debug)]
pub(super) struct Marks<'t> {
    text: &'t str,
    starts: Vec<usize>,
    last: (Mark, usize),
}

impl<'t> Marks<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut starts = vec![0];
        let mut letters = text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let carriage_return =
                letter == '\r' && letters.peek().is_some_and(|next| next.1 == '\n');
            // YAML 1.1 breaks lines at more places than editors do.
            if matches!(letter, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
                && !carriage_return
            {
                starts.push(at + letter.len_utf8());
            }
        }
        Self {
            text,
            starts,
            last: (Mark { line: 0, column: 0 }, 0),
        }
    }

    pub(super) fn offset(&mut self, mark: Mark) -> usize {
        let (last, at) = self.last;
        let (column, start) = if last.line == mark.line && last.column <= mark.column {
            (last.column, at)
        } else {
            (
                0,
                self.starts
                    .get(mark.line)
                    .copied()
                    .unwrap_or(self.text.len()),
            )
        };
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest
            .char_indices()
            .nth(mark.column - column)
            .map_or(rest.len(), |(at, _)| at);
        self.last = (mark, start + length);
        start + length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_read_from_the_words() {
        let mark = |line, column| Mark { line, column };
        assert_eq!(
            Mark::of("a at line 9.b: located at line 3 column 5"),
            mark(2, 4)
        );
        assert_eq!(Mark::of("located"), mark(0, 0));
    }

    #[test]
    fn marks_become_bytes_in_any_order() {
        let text = "é: a\r\nb: é c\u{85}d";
        let mut marks = Marks::new(text);
        for (line, column, expected) in [(0, 3, "a"), (1, 5, "c"), (1, 3, "é c"), (2, 0, "d")] {
            let at = marks.offset(Mark { line, column });
            assert!(text[at..].starts_with(expected), "{line}:{column}");
        }
        assert_eq!(marks.offset(Mark { line: 9, column: 9 }), text.len());
    }
}
