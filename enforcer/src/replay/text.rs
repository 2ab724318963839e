//! A report for people.

use std::io::{self, Write};

use enforcer_common::DropReason;
use serde::Serialize;

use super::{
    Report,
    book::Fates,
    changes::{Becomes, Change, Changes},
    notes::{self, frames},
};
use crate::{
    labels::Labels,
    ledger::{
        line::{Line, time},
        text as ledger,
    },
    record::Record,
    words::{Count, Grouped},
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
    /// Whose addresses are.
    pub labels: &'a Labels,
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
    write!(
        out,
        "{}: {}",
        about.capture,
        Count(
            usize::try_from(packets(report)).unwrap_or(usize::MAX),
            "packet"
        )
    )?;
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
    let elsewhere = format!(
        "on {}, which no row of `interfaces` is for, not judged",
        notes::elsewhere(book)
    );
    for (number, words) in [
        (book.strangers, "of strangers, left out"),
        (book.outgoing, "on their way out, which no policy judges"),
        (book.foreign, "without an Ethernet source, not judged"),
        (book.elsewhere, elsewhere.as_str()),
        (book.cut, "of those judged are cut"),
        (
            book.unsure,
            "of those cut miss what matters, and were judged as they are",
        ),
        (
            book.hosts,
            "judged by the host alone: the kernel takes none of that length",
        ),
    ] {
        if number > 0 {
            writeln!(out, "{:>12}  {words}", Grouped(number).to_string())?;
        }
    }
    for note in notes::notes(book) {
        writeln!(out, "note: {note}")?;
    }
    cameras(report, most, out)?;
    reasons_shown(report, out)?;
    let lines = lines(report, about).into_iter();
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
        let list = changed(changes, names, report, about);
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
            writeln!(out, "{} {words} ({old} to {new})", frames(number))?;
            for change in flows.iter().take(most) {
                writeln!(out, "  {}", flow(change))?;
            }
            more(flows.len(), most, "flow", out)?;
        }
        if changes.others > 0 {
            writeln!(
                out,
                "{} of these are of flows past counting",
                frames(changes.others)
            )?;
        }
    }
    Ok(())
}

/// `gate to 203.0.113.7 (dev.vendor.example) tcp/443: 12 frames, was dropped (not_allowed, old.yaml:12), now allowed (new.yaml:12)`
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
    let camera = |name: Option<&str>| name.unwrap_or("a stranger").to_owned();
    let who = if was.camera == now.camera {
        camera(now.camera.as_deref())
    } else {
        let (was, now) = (was.camera.as_deref(), now.camera.as_deref());
        format!("{}, now {}", camera(was), camera(now))
    };
    let to = now
        .dest_ip
        .map_or_else(|| "-".to_owned(), |to| to.to_string());
    let name = now.dest_domain.as_ref();
    let name = name.map_or_else(String::new, |name| format!(" ({name})"));
    format!(
        "{who} to {to}{name} {}: {}, was {}, now {}",
        now.service(),
        frames(now.packets),
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
    let name = |name: &Option<String>| name.as_deref().unwrap_or("-").to_owned();
    let shown = cameras.iter().take(most);
    let width = shown
        .clone()
        .map(|(camera, _)| name(camera).chars().count());
    let width = width.max().unwrap_or_default().max("CAMERA".len());
    writeln!(
        out,
        "\n{:<width$}  {:>12}  {:>12}  {:>12}",
        "CAMERA", "ALLOWED", "DROPPED", "AUDITED"
    )?;
    for (camera, fates) in shown {
        let [allowed, dropped, audited] =
            [fates.allowed, fates.dropped, fates.audited].map(|number| number.to_string());
        let camera = name(camera);
        writeln!(
            out,
            "{camera:<width$}  {allowed:>12}  {dropped:>12}  {audited:>12}"
        )?;
    }
    more(cameras.len(), most, "camera", out)
}

fn reasons_shown(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let reasons = reasons(report);
    let width = reasons.iter().map(|reason| reason.name.len()).max();
    let Some(width) = width.map(|width| width.max("REASON".len())) else {
        return Ok(());
    };
    writeln!(
        out,
        "\n{:<width$}  {:>12}  {:>12}",
        "REASON", "DROPPED", "AUDITED"
    )?;
    for Reason {
        name,
        dropped,
        audited,
    } in reasons
    {
        writeln!(out, "{name:<width$}  {dropped:>12}  {audited:>12}")?;
    }
    Ok(())
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

/// What each camera sent where, with what is known of that.
pub(super) fn lines(report: &Report, about: &About<'_>) -> Vec<Line> {
    let mut lines = report.book.lines(about.names);
    report.names.label(about.labels, &mut lines);
    lines
}

/// What is different, the same way.
pub(super) fn changed(
    changes: &Changes,
    before: &Record,
    report: &Report,
    about: &About<'_>,
) -> Vec<Change> {
    let mut list = changes.list(before, about.names);
    let lines = list.iter_mut().map(|change| &mut change.now);
    report.names.label(about.labels, lines);
    list
}

/// All packets that were read.
pub(super) const fn packets(report: &Report) -> u64 {
    let book = &report.book;
    book.fates.all() + book.strangers + book.outgoing + book.foreign + book.elsewhere
}

pub(super) const fn judged_by(about: &About<'_>) -> &'static str {
    if about.by_kernel { "kernel" } else { "host" }
}
