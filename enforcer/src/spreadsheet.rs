//! CSV for a spreadsheet, which takes no cell of it for a formula: much of what is told here comes from a name server or
//! from a camera, and so from whoever has it in hand.

use std::{borrow::Cow, io::Write};

use anyhow::Result;
use serde::Serialize;

/// Rows with a head, as RFC 4180 has them.
pub(crate) struct Sheet<W: Write>(csv::Writer<W>);

impl<W: Write> Sheet<W> {
    pub(crate) fn new(out: W) -> Self {
        Self(csv::Writer::from_writer(out))
    }

    /// A row, or the head.
    pub(crate) fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> Result<()> {
        for cell in cells {
            self.0.write_field(text(cell).as_bytes())?;
        }
        Ok(self.0.write_record(None::<&[u8]>)?)
    }

    /// Rows of what has a name for each of its cells; the head stands above the first.
    pub(crate) fn rows(&mut self, rows: impl IntoIterator<Item = impl Serialize>) -> Result<()> {
        let mut is_first = true;
        for row in rows {
            // Its cells as they are, whatever they are of.
            let mut plain = csv::WriterBuilder::new()
                .has_headers(is_first)
                .from_writer(Vec::new());
            plain.serialize(row)?;
            let plain = plain.into_inner()?;
            let cells = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(&plain[..]);
            for cells in cells.into_records() {
                self.row(&cells?)?;
            }
            is_first = false;
        }
        Ok(())
    }

    pub(crate) fn end(mut self) -> Result<()> {
        Ok(self.0.flush()?)
    }
}

/// What a spreadsheet would take for a formula stands behind an apostrophe, so that it is text. No number here is less
/// than zero.
fn text(cell: &str) -> Cow<'_, str> {
    if cell.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠',
    ]) {
        return format!("'{cell}").into();
    }
    cell.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_formula() {
        for formula in [
            "=HYPERLINK(\"http://x\")",
            "+1",
            "-2+3",
            "@SUM(1)",
            "\t=1",
            "\r=1",
        ] {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        for other in ["gate", "198.51.100.7", "", "a=b", "2030-01-31T18:00:00Z"] {
            assert_eq!(text(other), other);
        }
    }

    #[test]
    fn the_head_stands_above_the_first_row_and_cells_keep_what_is_in_them() {
        #[derive(Serialize)]
        struct Named {
            name: &'static str,
            port: Option<u16>,
        }
        let written = |fill: &dyn Fn(&mut Sheet<&mut Vec<u8>>)| {
            let mut out = Vec::new();
            let mut sheet = Sheet::new(&mut out);
            fill(&mut sheet);
            sheet.end().unwrap();
            String::from_utf8(out).unwrap()
        };
        let rows = [("=a(\"b\",1)", Some(443)), ("a\nb", None)];
        let named = rows.map(|(name, port)| Named { name, port });
        assert_eq!(
            written(&|sheet| sheet.rows(&named).unwrap()),
            "name,port\n\"'=a(\"\"b\"\",1)\",443\n\"a\nb\",\n"
        );
        assert_eq!(written(&|sheet| sheet.rows(&named[..0]).unwrap()), "");
    }
}
