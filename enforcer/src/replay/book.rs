//! What became of the frames of a capture: totals that are exact, and lines as the ledger has them, bounded.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
};

use enforcer_common::{
    DropReason,
    ledger::Outcome,
    table::{CameraId, STRANGERS},
};
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{
    batch::{Batch, Taken, note},
    judge::Judged,
};
use crate::{
    kernel::ledger::{Subject, Sum},
    ledger::Line,
    record::Record,
};

/// Each camera has so many lines; the rest is counted in one for each action.
const LINES_OF_A_CAMERA: usize = 4_096;

/// And all together so many.
const LINES: usize = 1 << 20;

/// What became of frames, in words and numbers.
#[derive(Debug, Default)]
pub struct Book {
    /// Packets that were on their way out, which no program sees.
    pub outgoing: u64,
    /// Packets without an Ethernet source.
    pub foreign: u64,
    /// Packets that came in on interfaces that no policy is for.
    pub elsewhere: u64,
    /// Some of those interfaces.
    pub elsewhere_on: BTreeSet<Arc<str>>,
    /// Interfaces that frames came in on and that the capture has no names of, some of them; zero where not even a
    /// number says which.
    pub nameless: BTreeSet<u32>,
    /// Frames that do not pass, and would if their receiver were in one of the router's networks there.
    pub off_link: u64,
    /// Some of these receivers.
    pub off_link_to: BTreeSet<IpAddr>,
    /// Frames of which the capture has the beginning alone.
    pub cut: u64,
    /// Those of them of which more is needed for a verdict; they were judged as they are.
    pub unsure: u64,
    /// Frames that the kernel takes none of that length of, so the host judged them alone.
    pub hosts: u64,
    /// Strangers' frames that are not in the rest.
    pub strangers: u64,
    /// Frames that came in and were judged.
    pub fates: Fates,
    /// By camera's name; null for strangers.
    pub cameras: BTreeMap<Option<String>, Fates>,
    /// By reason and what became of it.
    pub reasons: BTreeMap<(DropReason, bool), u64>,
    /// When the first packet came, and the last: milliseconds since 1970.
    pub span: Option<(i64, i64)>,
    only_cameras: bool,
    lines: FxHashMap<(CameraId, Subject), Sum>,
    room: FxHashMap<CameraId, usize>,
    tallies: FxHashMap<CameraId, Fates>,
}

/// How many frames came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fates {
    /// The policy lets them through.
    pub allowed: u64,
    /// It does not.
    pub dropped: u64,
    /// It does not, and they pass all the same.
    pub audited: u64,
    /// They are no camera's.
    pub ignored: u64,
}

impl Fates {
    /// All.
    pub const fn all(&self) -> u64 {
        self.allowed + self.dropped + self.audited + self.ignored
    }

    const fn count(&mut self, outcome: Option<Outcome>) {
        let of = match outcome {
            None => &mut self.ignored,
            Some(Outcome::Allowed) => &mut self.allowed,
            Some(Outcome::Dropped(_)) => &mut self.dropped,
            Some(Outcome::Audited(_)) => &mut self.audited,
        };
        *of += 1;
    }
}

impl Book {
    pub(super) fn new(only_cameras: bool) -> Self {
        Self {
            only_cameras,
            ..Self::default()
        }
    }

    /// What there is to count of packets that are no frames.
    pub(super) fn see(&mut self, batch: &Batch) {
        self.outgoing += batch.outgoing;
        self.foreign += batch.foreign;
        self.elsewhere += batch.elsewhere;
        for name in &batch.elsewhere_on {
            note(&mut self.elsewhere_on, Arc::clone(name));
        }
        for number in &batch.nameless {
            note(&mut self.nameless, *number);
        }
        if let Some((begin, end)) = batch.span {
            let (first, last) = self.span.unwrap_or((begin, end));
            self.span = Some((first.min(begin), last.max(end)));
        }
    }

    pub(super) fn count(&mut self, taken: &Taken<'_>, judged: &Judged) {
        let Judged {
            camera,
            outcome,
            entry,
            is_unsure,
            is_hosts,
            passes_on_link,
        } = *judged;
        if self.only_cameras && camera == STRANGERS {
            self.strangers += 1;
            return;
        }
        self.cut += u64::from(taken.is_cut());
        self.unsure += u64::from(is_unsure);
        self.hosts += u64::from(is_hosts);
        if passes_on_link {
            self.off_link += 1;
            if let Some(receiver) = entry.destination.ip() {
                note(&mut self.off_link_to, receiver);
            }
        }
        self.fates.count(outcome);
        let Some(outcome) = outcome else { return };
        self.tallies.entry(camera).or_default().count(Some(outcome));
        if let Some(reason) = outcome.reason() {
            *self.reasons.entry((reason, outcome.passes())).or_default() += 1;
        }
        let bytes = u64::try_from(taken.length).unwrap_or_default();
        let flow = (camera, Subject::Flow(entry.destination, entry.what));
        if let Some(sum) = self.lines.get_mut(&flow) {
            return add(sum, entry.rule, bytes, taken.time);
        }
        let key = if self.has_room(camera) {
            flow
        } else {
            (camera, Subject::Rest(entry.kind))
        };
        let sum = self.lines.entry(key).or_insert(NOTHING);
        add(sum, entry.rule, bytes, taken.time);
    }

    /// Takes the place, if there is one.
    fn has_room(&mut self, camera: CameraId) -> bool {
        let lines = self.room.entry(camera).or_default();
        let has_room = *lines < LINES_OF_A_CAMERA && self.lines.len() < LINES;
        *lines += usize::from(has_room);
        has_room
    }

    /// What there is to know of numbers, once all is counted.
    pub(super) fn name(&mut self, names: &Record) {
        let tallies = self.tallies.iter();
        self.cameras = tallies
            .map(|(camera, fates)| (name(names, *camera), *fates))
            .collect();
    }

    /// What each camera sent where, most drops first.
    pub fn lines(&self, names: &Record) -> Vec<Line> {
        let lines = self.lines.iter();
        let mut lines: Vec<Line> = lines
            .map(|((camera, subject), sum)| line(names, *camera, subject, sum))
            .collect();
        lines.sort_by_cached_key(|line| {
            let to = (line.dest_ip, line.service(), line.reason.clone());
            (
                line.reason.is_none(),
                Reverse(line.packets),
                line.camera.clone(),
                to,
            )
        });
        lines
    }
}

/// Nothing so far.
pub(super) const NOTHING: Sum = Sum {
    rule: 0,
    packets: 0,
    bytes: 0,
    first: u64::MAX,
    last: 0,
};

/// Counts a frame. Times are in milliseconds since 1970, and not before.
pub(super) fn add(sum: &mut Sum, rule: u32, bytes: u64, time: i64) {
    let time = u64::try_from(time).unwrap_or_default();
    sum.rule = rule;
    sum.packets += 1;
    sum.bytes += bytes;
    sum.first = sum.first.min(time);
    sum.last = sum.last.max(time);
}

/// A camera's name; none of strangers.
pub(super) fn name(names: &Record, camera: CameraId) -> Option<String> {
    if camera == STRANGERS {
        return None;
    }
    names.cameras.get(&camera).map(|camera| camera.name.clone())
}

/// What is counted, in words.
pub(super) fn line(names: &Record, camera: CameraId, subject: &Subject, sum: &Sum) -> Line {
    let name = name(names, camera).unwrap_or_default();
    let rule = names.rules.get(&sum.rule).cloned().unwrap_or_default();
    Line::counted(&name, subject, sum, rule)
}
