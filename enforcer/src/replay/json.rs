//! A report for programs: whole, with names that stay.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Report,
    book::Fates,
    changes::Change,
    text::{About, Reason, judged_by, read, reasons},
};
use crate::ledger::{Line, line::time};

/// A report as one document.
#[derive(Serialize)]
struct Document<'a> {
    capture: &'a str,
    policy: &'a str,
    judged_by: &'static str,
    packets: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    frames: Fates,
    cut: u64,
    unsure: u64,
    host_alone: u64,
    outgoing: u64,
    foreign: u64,
    strangers_left_out: u64,
    cameras: Vec<Camera<'a>>,
    reasons: Vec<Reason>,
    lines: Vec<Line>,
    against: Option<Against<'a>>,
    error: Option<String>,
}

#[derive(Serialize)]
struct Camera<'a> {
    camera: Option<&'a str>,
    #[serde(flatten)]
    frames: Fates,
}

#[derive(Serialize)]
struct Against<'a> {
    policy: &'a str,
    becomes_allowed: u64,
    becomes_dropped: u64,
    otherwise: u64,
    others: u64,
    changes: Vec<Change>,
}

/// As one JSON document.
pub fn write(report: &Report, about: &About<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let book = &report.book;
    let against = report.changes.as_ref().zip(about.against);
    let (first, last) = book.span.unzip();
    let document = Document {
        capture: about.capture,
        policy: &about.names.policy,
        judged_by: judged_by(about),
        packets: read(report),
        first: first.map(time),
        last: last.map(time),
        frames: book.fates,
        cut: book.cut,
        unsure: book.unsure,
        host_alone: book.hosts,
        outgoing: book.outgoing,
        foreign: book.foreign,
        strangers_left_out: book.strangers,
        cameras: book
            .cameras
            .iter()
            .map(|(camera, frames)| Camera {
                camera: camera.as_deref(),
                frames: *frames,
            })
            .collect(),
        reasons: reasons(report),
        lines: book.lines(about.names),
        against: against.map(|(changes, names)| Against {
            policy: &names.policy,
            becomes_allowed: changes.allowed,
            becomes_dropped: changes.dropped,
            otherwise: changes.otherwise,
            others: changes.others,
            changes: changes.list(names, about.names),
        }),
        error: error(report),
    };
    writeln!(out, "{}", serde_json::to_string(&document)?)?;
    Ok(())
}

/// Why it was not read to its end.
fn error(report: &Report) -> Option<String> {
    let interrupted = report.is_interrupted.then(|| "interrupted".to_owned());
    let broken = report.broken.as_ref();
    broken.map(ToString::to_string).or(interrupted)
}
