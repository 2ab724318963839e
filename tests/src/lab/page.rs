//! The look of what the lab prints.

use std::fmt::Display;
use std::io::{self, Write};

/// Every line but the first and the last stands a little to the right.
pub(super) const INDENT: &str = "  ";

/// Width of the column that names the step.
const STEP: usize = 21;

/// How a piece of text looks on a terminal (ECMA-48, SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
}

/// Where the lab prints.
pub struct Page<W> {
    out: W,
    color: bool,
}

impl<W: Write> Page<W> {
    /// A page in colour or not.
    pub const fn new(out: W, color: bool) -> Self {
        Self { out, color }
    }

    /// A line of its own.
    pub(super) fn line(&mut self, ink: Ink, text: impl Display) -> io::Result<()> {
        let text = self.paint(ink, text);
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// One step of the lab, in two columns.
    pub(super) fn step(&mut self, step: &str, text: impl Display) -> io::Result<()> {
        let step = self.paint(Ink::Dim, format_args!("{step:STEP$}"));
        self.line(Ink::Plain, format!("{INDENT}{step}{text}"))
    }

    /// What the daemon tells, in its own words.
    pub(super) fn event(&mut self, line: &str) -> io::Result<()> {
        self.line(Ink::Plain, format!("{INDENT}{INDENT}{line}"))
    }

    /// Nothing.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Text as it looks; padding belongs outside.
    pub(super) fn paint(&self, ink: Ink, text: impl Display) -> String {
        let code = match ink {
            Ink::Bold if self.color => "1",
            Ink::Dim if self.color => "2",
            Ink::Good if self.color => "32",
            Ink::Bad if self.color => "1;31",
            Ink::Plain | Ink::Bold | Ink::Dim | Ink::Good | Ink::Bad => return text.to_string(),
        };
        format!("\u{1b}[{code}m{text}\u{1b}[m")
    }
}
