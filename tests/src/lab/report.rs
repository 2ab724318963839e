//! The table at the end: what was expected, what was seen, and why.

use std::collections::BTreeSet;
use std::io::{self, Write};

use enforcer_common::DropReason;

use super::conversation::{Conversation, Fate};
use super::page::{INDENT, Ink, Page};
use crate::actor::Reply;

/// One conversation and what became of it.
pub(super) struct Row<'a> {
    conversation: &'a Conversation,
    reply: Reply,
    reasons: BTreeSet<DropReason>,
}

const HEADINGS: [&str; 7] = [
    "who",
    "whom",
    "over",
    "does what",
    "expected",
    "seen",
    "reason",
];

impl<'a> Row<'a> {
    pub(super) const fn new(
        conversation: &'a Conversation,
        reply: Reply,
        reasons: BTreeSet<DropReason>,
    ) -> Self {
        Self {
            conversation,
            reply,
            reasons,
        }
    }

    /// Is it as the policy says, in the verdict and in the reason told?
    pub(super) fn is_ok(&self) -> bool {
        match self.conversation.fate {
            Fate::Answer => self.reply == Reply::Answered && self.reasons.is_empty(),
            Fate::Drop(reason) => self.reply == Reply::Silent && self.reasons.iter().eq([&reason]),
        }
    }

    /// What the reason should be, if nothing but that is wrong.
    fn wrong_reason(&self) -> Option<DropReason> {
        match self.conversation.fate {
            Fate::Drop(reason) if self.reply == Reply::Silent && !self.is_ok() => Some(reason),
            Fate::Drop(_) | Fate::Answer => None,
        }
    }

    fn cells(&self) -> [String; 7] {
        let Conversation {
            who, whom, topic, ..
        } = self.conversation;
        [
            who.to_string(),
            whom.to_string(),
            self.conversation.service(),
            topic.what.to_owned(),
            word(self.conversation.fate.reply()).to_owned(),
            word(self.reply).to_owned(),
            join(&self.reasons),
        ]
    }
}

/// Prints the table, and says how many rows are as expected and how many are not.
pub(super) fn print(page: &mut Page<impl Write>, rows: &[Row<'_>]) -> io::Result<()> {
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    let widths = widths(&cells);
    let headings = HEADINGS.map(str::to_owned);
    page.line(Ink::Dim, align(&headings, &widths).trim_end())?;
    for (row, cells) in rows.iter().zip(&cells) {
        let end = if row.is_ok() {
            page.paint(Ink::Good, "ok")
        } else {
            page.paint(Ink::Bad, "FAILED")
        };
        page.line(Ink::Plain, format!("{}{end}", align(cells, &widths)))?;
        if let Some(reason) = row.wrong_reason() {
            page.line(
                Ink::Bad,
                format!("{INDENT}^ the reason should be {}", reason.name()),
            )?;
        }
    }
    let passed = rows.iter().filter(|row| row.is_ok()).count();
    let failed = rows.len() - passed;
    page.gap()?;
    page.line(Ink::Bold, format!("{passed} passed, {failed} failed"))
}

fn widths(rows: &[[String; 7]]) -> [usize; 7] {
    let mut widths = HEADINGS.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.len().max(*width);
        }
    }
    widths
}

/// Cells in their columns, each followed by two spaces.
fn align(cells: &[String; 7], widths: &[usize; 7]) -> String {
    cells
        .iter()
        .zip(widths)
        .fold(INDENT.to_owned(), |line, (cell, width)| {
            format!("{line}{cell:width$}  ")
        })
}

/// A reply in the table's words.
pub(super) const fn word(reply: Reply) -> &'static str {
    match reply {
        Reply::Answered => "answer",
        Reply::Refused => "refusal",
        Reply::Silent => "silence",
    }
}

fn join(reasons: &BTreeSet<DropReason>) -> String {
    let names: Vec<_> = reasons.iter().map(|reason| reason.name()).collect();
    names.join(",")
}
