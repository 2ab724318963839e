//! An impact for people, bounded.

use std::io::{self, Write};

use super::{Change, Impact, Unjudged, Unseen};
use crate::{
    ledger::{Action, text::time},
    words::{Count, Grouped},
};

/// Of each kind so many flows are shown.
const MOST: usize = 20;

/// Whether the new policy is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// It could be.
    Would,
    /// It is.
    Now,
}

impl Impact {
    /// Each kind of change, with the flows that it is about.
    pub fn show(&self, tense: Tense, out: &mut impl Write) -> io::Result<()> {
        let since = time(self.since);
        if self.changes.is_empty() {
            match tense {
                Tense::Would => writeln!(out, "nothing seen since {since} would change")?,
                Tense::Now => writeln!(out, "nothing seen since {since} changes")?,
            }
        }
        for (action, would, now) in [
            (
                Action::Dropped,
                "would be dropped, and is not",
                "dropped now, and was not",
            ),
            (
                Action::Audited,
                "would be a drop that passes: audit",
                "now a drop that passes: audit",
            ),
            (
                Action::Allowed,
                "would be allowed, and is not",
                "allowed now, and was not",
            ),
        ] {
            let changes = self.changes.iter();
            let changes: Vec<&Change> = changes.filter(|it| it.now.action == action).collect();
            if changes.is_empty() {
                continue;
            }
            let words = if tense == Tense::Would { would } else { now };
            let all = frames(&changes);
            writeln!(out, "seen since {since}, {words}: {all}")?;
            for change in changes.iter().take(MOST) {
                writeln!(out, "  {}", flow(change))?;
            }
            let more = changes.get(MOST..).unwrap_or_default();
            if !more.is_empty() {
                let number = Count(more.len(), "more flow");
                writeln!(out, "  and {number}: {}", frames(more))?;
            }
        }
        let Unjudged {
            flows,
            packets,
            strangers,
            housekeeping,
        } = self.unjudged;
        if flows > 0 {
            let flows = Count(flows, "more flow");
            let kinds = [
                (strangers, "of no camera of the two"),
                (housekeeping, "of ARP, DHCP or neighbour discovery"),
            ];
            let kinds = kinds.iter().filter(|(number, _)| *number > 0);
            let kinds = kinds.map(|(number, words)| format!(", {} {words}", Grouped(*number)));
            let kinds: String = kinds.collect();
            let frames = Count(packets, "frame");
            writeln!(out, "{flows} cannot be judged: {frames}{kinds}")?;
        }
        for unseen in &self.unseen {
            let words = match unseen {
                Unseen::Link => {
                    "`link` differs: which ARP, DHCP and neighbour discovery comes to another end is not told"
                }
                Unseen::Unlisted => {
                    "`unlisted`, interfaces or the `mode` for strangers differ: what becomes of frames that are no \
                     camera's is not told"
                }
            };
            writeln!(out, "{words}")?;
        }
        Ok(())
    }
}

/// `gate to 198.51.100.7 tcp/443: 1,204 frames, last 2030-01-31 18:40:51 (not_allowed, new.yaml:12)`
fn flow(Change { now, .. }: &Change) -> String {
    let why: Vec<&str> = now
        .reason
        .as_deref()
        .into_iter()
        .chain(now.rule.as_deref())
        .collect();
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(" ({})", why.join(", "))
    };
    format!(
        "{}: {}, last {}{why}",
        now.flow(),
        Count(now.packets, "frame"),
        time(now.last)
    )
}

fn frames(changes: &[&Change]) -> Count<'static, u64> {
    let frames = changes.iter().map(|change| change.now.packets).sum();
    Count(frames, "frame")
}
