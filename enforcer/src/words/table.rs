//! Rows under a head, for a terminal.

use std::{
    io::{self, Write},
    iter,
};

use unicode_width::UnicodeWidthStr as _;

use super::Harmless;

/// In the place of what is not known.
pub(crate) const NOTHING: &str = "-";

/// Between two columns.
const GAP: &str = "  ";

/// A column of a [`Table`].
#[derive(Clone, Debug)]
pub(crate) struct Column {
    head: String,
    is_number: bool,
    is_optional: bool,
}

impl Column {
    /// Cells begin under each other.
    pub(crate) fn of_words(head: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            is_number: false,
            is_optional: false,
        }
    }

    /// Cells end under each other, so that digits of the same weight do.
    pub(crate) fn of_numbers(head: impl Into<String>) -> Self {
        Self {
            is_number: true,
            ..Self::of_words(head)
        }
    }

    /// Left out where [`NOTHING`] is all that stands in it.
    pub(crate) fn where_known(self) -> Self {
        Self {
            is_optional: true,
            ..self
        }
    }

    /// The columns of a terminal count, not letters: some take two, some none.
    fn pad(&self, cell: &str, width: usize) -> String {
        let padding = " ".repeat(width.saturating_sub(cell.width()));
        if self.is_number {
            padding + cell
        } else {
            cell.to_owned() + &padding
        }
    }
}

/// Each column is as wide as what stands in it. What a terminal would obey is escaped: names come from the policy, from
/// resolvers and from files of owners, and are not to be trusted with a terminal.
#[derive(Clone, Debug)]
pub(crate) struct Table<const N: usize> {
    columns: [Column; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// Without a row.
    pub(crate) const fn new(columns: [Column; N]) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    /// With these rows under those that are there.
    pub(crate) fn with(mut self, rows: impl IntoIterator<Item = [String; N]>) -> Self {
        let rows = rows.into_iter();
        self.rows
            .extend(rows.map(|row| row.map(|cell| Harmless(&cell).to_string())));
        self
    }

    /// All of it, each line behind this.
    pub(crate) fn write(&self, indent: &str, out: &mut impl Write) -> io::Result<()> {
        let widths = self.widths();
        let heads = self.columns.each_ref().map(|column| &*column.head);
        let rows = self.rows.iter().map(|row| row.each_ref().map(|it| &**it));
        for row in iter::once(heads).chain(rows) {
            let cells = row.into_iter().zip(&self.columns).zip(widths);
            let cells = cells.filter_map(|((cell, column), width)| Some(column.pad(cell, width?)));
            let line = format!("{indent}{}", cells.collect::<Vec<_>>().join(GAP));
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Of the columns that are shown.
    fn widths(&self) -> [Option<usize>; N] {
        let columns = self.columns.each_ref();
        let mut widths = columns.map(|column| (!column.is_optional).then(|| column.head.width()));
        for row in &self.rows {
            for ((width, cell), column) in widths.iter_mut().zip(row).zip(&self.columns) {
                if width.is_some() || cell != NOTHING {
                    let least = width.unwrap_or_else(|| column.head.width());
                    *width = Some(least.max(cell.width()));
                }
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_and_numbers_end_under_each_other_however_wide_their_letters() {
        let table = Table::new([
            Column::of_words("CAMERA"),
            Column::of_numbers("FRAMES"),
            Column::of_words("WHY"),
        ]);
        let rows = [
            ["gate", "3,508", "port"],
            ["\u{6b63}\u{9580}\u{53f3}\u{5074}", "7", "-"],
            ["cafe\u{301}", "1,234,567", ""],
        ];
        let expected = "  CAMERA       FRAMES  WHY\n  \
                        gate          3,508  port\n  \
                        \u{6b63}\u{9580}\u{53f3}\u{5074}          7  -\n  \
                        cafe\u{301}      1,234,567\n";
        assert_eq!(shown(&table.with(rows.map(owned)), "  "), expected);
    }

    #[test]
    fn a_column_of_which_nothing_is_known_may_be_left_out() {
        let shown = |name: &str| {
            let columns = [
                Column::of_words("TO"),
                Column::of_words("NAME").where_known(),
            ];
            let rows = [["192.0.2.1", NOTHING], ["192.0.2.2", name]];
            shown(&Table::new(columns).with(rows.map(owned)), "")
        };
        assert_eq!(shown(NOTHING), "TO\n192.0.2.1\n192.0.2.2\n");
        assert_eq!(
            shown("cloud.example"),
            "TO         NAME\n192.0.2.1  -\n192.0.2.2  cloud.example\n"
        );
    }

    #[test]
    fn no_cell_steers_a_terminal_or_begins_a_line() {
        let cell = "a\u{1b}[2J\u{202e}b\nc";
        let table = Table::new([Column::of_words("NAME"), Column::of_words("TO")]);
        let text = shown(&table.with([owned([cell, "x"])]), "");
        let expected = "NAME                       TO\n\
                        a\\u{1b}[2J\\u{202e}b\\u{a}c  x\n";
        assert_eq!(text, expected);
    }

    fn owned<const N: usize>(row: [&str; N]) -> [String; N] {
        row.map(str::to_owned)
    }

    fn shown<const N: usize>(table: &Table<N>, indent: &str) -> String {
        let mut out = Vec::new();
        table.write(indent, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }
}
