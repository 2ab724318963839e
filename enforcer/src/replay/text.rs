//! A report for people.

use std::io::{self, Write};

use enforcer_common::DropReason;
use serde::Serialize;

use super::{
    Report,
    book::Fates,
    changes::{Becomes, Change},
};
use crate::{
    ledger::{
        line::{Line, STRANGER, time},
        text as ledger,
    },
    record::Record,
    words::{
        Count, Grouped,
        table::{Column, NOTHING, Table},
    },
};

/// So many of each list are shown, if not all are asked for.
const MOST: usize = 10;

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The capture, as it was named.
    pub capture: &'a str,
    /// What the numbers of the policy stand for.
    pub names: &'a Record,
    /// What those of the other one do, if there is another.
    pub against: Option<&'a Record>,
    /// Whether the kernel judged.
    pub by_kernel: bool,
}

/// How often a reason was met.
#[derive(Serialize)]
pub(super) struct Reason {
    #[serde(rename = "reason")]
    pub(super) name: &'static str,
    pub(super) dropped: u64,
    pub(super) audited: u64,
}

/// For people; ten of each list, or all.
pub fn show(report: &Report, about: &About<'_>, all: bool, out: &mut impl Write) -> io::Result<()> {
    let book = &report.book;
    let most = if all { usize::MAX } else { MOST };
    write!(out, "{}: {}", about.capture, Count(read(report), "frame"))?;
    if let Some((first, last)) = book.span {
        let (first, last) = (ledger::time(time(first)), ledger::time(time(last)));
        write!(out, ", {first} to {last}")?;
    }
    writeln!(out, ", judged by the {}", judged_by(about))?;
    let Fates {
        allowed,
        dropped,
        audited,
        ignored,
    } = book.fates;
    for (number, words) in [
        (allowed, "allowed"),
        (dropped, "dropped"),
        (audited, "audited: would be dropped"),
        (ignored, "ignored: no camera's"),
    ] {
        writeln!(out, "{:>12}  {words}", Grouped(number).to_string())?;
    }
    for (number, words) in [
        (book.strangers, "of strangers, left out"),
        (book.outgoing, "on their way out, which no policy judges"),
        (book.foreign, "without an Ethernet source, not judged"),
        (book.cut, "of those judged are cut"),
        (
            book.unsure,
            "of those cut miss what matters, and were judged as they are",
        ),
        (
            book.hosts,
            "of a length that the kernel cannot test, judged on the host",
        ),
    ] {
        if number > 0 {
            writeln!(out, "{:>12}  {words}", Grouped(number).to_string())?;
        }
    }
    cameras(report, most, out)?;
    reasons_shown(report, out)?;
    let lines = book.lines(about.names).into_iter();
    let lines: Vec<Line> = lines.filter(|line| all || line.reason.is_some()).collect();
    if !lines.is_empty() {
        writeln!(out)?;
        ledger::show(lines.get(..most.min(lines.len())).unwrap_or_default(), out)?;
        more(lines.len(), most, "destination", out)?;
    }
    if let Some((changes, names)) = report.changes.as_ref().zip(about.against) {
        let (old, new) = (&names.policy, &about.names.policy);
        writeln!(out)?;
        if changes.is_empty() {
            writeln!(out, "{old} and {new} judge every frame alike")?;
        }
        let list = changes.list(names, about.names);
        for (number, becomes, words) in [
            (changes.allowed, Becomes::Allowed, "become allowed"),
            (changes.dropped, Becomes::Dropped, "become dropped"),
            (
                changes.otherwise,
                Becomes::Otherwise,
                "come to the same end in another way",
            ),
        ] {
            if number == 0 {
                continue;
            }
            let flows: Vec<&Change> = list.iter().filter(|it| it.becomes == becomes).collect();
            let frames = Count(number, "frame");
            writeln!(out, "{frames} {words} ({old} to {new})")?;
            for change in flows.iter().take(most) {
                writeln!(out, "  {}", flow(change))?;
            }
            more(flows.len(), most, "flow", out)?;
        }
        if changes.others > 0 {
            writeln!(
                out,
                "{} of these frames are of flows past counting",
                Grouped(changes.others)
            )?;
        }
    }
    Ok(())
}

/// `gate to 203.0.113.7 tcp/443: 12 frames, was dropped (not_allowed, old.yaml:12), now allowed (new.yaml:12)`
fn flow(change: &Change) -> String {
    let Change { now, was, .. } = change;
    let judged = |action: &str, reason: Option<&str>, rule: Option<&str>| {
        let details: Vec<&str> = reason.into_iter().chain(rule).collect();
        if details.is_empty() {
            action.to_owned()
        } else {
            format!("{action} ({})", details.join(", "))
        }
    };
    let flow = if was.camera == now.camera {
        now.flow().to_string()
    } else {
        let was = was.camera.as_deref().unwrap_or(STRANGER);
        format!("{was}, now {}", now.flow())
    };
    format!(
        "{flow}: {}, was {}, now {}",
        Count(now.packets, "frame"),
        judged(
            was.action.name(),
            was.reason.as_deref(),
            was.rule.as_deref()
        ),
        judged(
            now.action.name(),
            now.reason.as_deref(),
            now.rule.as_deref()
        ),
    )
}

fn cameras(report: &Report, most: usize, out: &mut impl Write) -> io::Result<()> {
    let mut cameras: Vec<_> = report.book.cameras.iter().collect();
    if cameras.is_empty() {
        return Ok(());
    }
    cameras.sort_by_key(|(_, fates)| std::cmp::Reverse(fates.dropped + fates.audited));
    let rows = cameras.iter().take(most).map(|(camera, fates)| {
        let camera = camera.as_deref().unwrap_or(NOTHING).to_owned();
        let [allowed, dropped, audited] =
            [fates.allowed, fates.dropped, fates.audited].map(|frames| Grouped(frames).to_string());
        [camera, allowed, dropped, audited]
    });
    let columns = [
        Column::of_words("CAMERA"),
        Column::of_numbers("ALLOWED"),
        Column::of_numbers("DROPPED"),
        Column::of_numbers("AUDITED"),
    ];
    writeln!(out)?;
    Table::new(columns).with(rows).write("", out)?;
    more(cameras.len(), most, "camera", out)
}

fn reasons_shown(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let reasons = reasons(report);
    if reasons.is_empty() {
        return Ok(());
    }
    let rows = reasons.into_iter().map(|reason| {
        [
            reason.name.to_owned(),
            Grouped(reason.dropped).to_string(),
            Grouped(reason.audited).to_string(),
        ]
    });
    let columns = [
        Column::of_words("REASON"),
        Column::of_numbers("DROPPED"),
        Column::of_numbers("AUDITED"),
    ];
    writeln!(out)?;
    Table::new(columns).with(rows).write("", out)
}

fn more(number: usize, most: usize, noun: &'static str, out: &mut impl Write) -> io::Result<()> {
    match number.checked_sub(most) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "and {}: --all shows them", Count(more, noun)),
    }
}

pub(super) fn reasons(report: &Report) -> Vec<Reason> {
    let counts = &report.book.reasons;
    let of = |reason, audited| counts.get(&(reason, audited)).copied().unwrap_or_default();
    let all = DropReason::ALL.iter().map(|&reason| Reason {
        name: reason.name(),
        dropped: of(reason, false),
        audited: of(reason, true),
    });
    all.filter(|reason| reason.dropped + reason.audited > 0)
        .collect()
}

/// All frames that were read.
pub(super) const fn read(report: &Report) -> u64 {
    let book = &report.book;
    book.fates.all() + book.strangers + book.outgoing + book.foreign
}

pub(super) const fn judged_by(about: &About<'_>) -> &'static str {
    if about.by_kernel { "kernel" } else { "host" }
}
