//! What becomes of the frames of a capture under one policy and did not under another.

use std::cmp::Reverse;

use enforcer_common::{
    Address,
    ledger::{Outcome, What},
    table::CameraId,
};
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{
    batch::Taken,
    book::{NOTHING, add, line, name},
    judge::Judged,
};
use crate::{
    kernel::ledger::{Subject, Sum},
    ledger::{Action, Line},
    record::Record,
};

/// So many are told apart; the rest is counted.
const MOST: usize = 65_536;

/// What is different, flow by flow.
#[derive(Debug, Default)]
pub struct Changes {
    /// Frames that pass now and did not.
    pub allowed: u64,
    /// Frames that passed and do not now.
    pub dropped: u64,
    /// Frames that come to the same end in another way: another reason, camera, or an audit.
    pub otherwise: u64,
    /// Frames of flows that are not in the list, for which there was no room.
    pub others: u64,
    flows: FxHashMap<(Way, Way, Address), (u32, Sum)>,
}

/// How a frame was judged by one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Way {
    camera: CameraId,
    outcome: Option<Outcome>,
    what: What,
}

/// A flow of which something else becomes.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// What.
    pub becomes: Becomes,
    /// As it is judged by the policy; of what is no camera's, that it passes.
    #[serde(flatten)]
    pub now: Line,
    /// As it was judged by the other one.
    pub was: Was,
}

/// What is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Becomes {
    /// It passes.
    Allowed,
    /// It is dropped.
    Dropped,
    /// Neither.
    Otherwise,
}

/// How the other policy judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Was {
    /// Whose it was; null for nobody's.
    pub camera: Option<String>,
    /// What became of it.
    pub action: Action,
    /// Why, if it was dropped or would have been.
    pub reason: Option<String>,
    /// The line of the policy that decided last.
    pub rule: Option<String>,
}

impl Changes {
    pub(super) fn count(
        &mut self,
        taken: &Taken<'_>,
        (was, before_names): (&Judged, &Record),
        (is, names): (&Judged, &Record),
    ) {
        let both = [was, is].map(|judged| Way {
            camera: judged.camera,
            outcome: judged.outcome,
            what: judged.entry.what,
        });
        let [before, now] = both;
        // The numbers of cameras are each policy's own.
        let is_same = || told(before_names, before.camera) == told(names, now.camera);
        if before.outcome == now.outcome && is_same() {
            return;
        }
        match becomes(before, now) {
            Becomes::Allowed => self.allowed += 1,
            Becomes::Dropped => self.dropped += 1,
            Becomes::Otherwise => self.otherwise += 1,
        }
        // A frame that is ignored is not read to its end.
        let destination = if is.outcome.is_none() {
            was.entry.destination
        } else {
            is.entry.destination
        };
        let key = (before, now, destination);
        if self.flows.len() >= MOST && !self.flows.contains_key(&key) {
            self.others += 1;
            return;
        }
        let bytes = u64::try_from(taken.length).unwrap_or_default();
        let (rule, sum) = self.flows.entry(key).or_insert((0, NOTHING));
        *rule = was.entry.rule;
        add(sum, is.entry.rule, bytes, taken.time);
    }

    /// Whether there is nothing different.
    pub const fn is_empty(&self) -> bool {
        self.allowed + self.dropped + self.otherwise == 0
    }

    /// All that there was room for, most frames first.
    pub fn list(&self, before: &Record, now: &Record) -> Vec<Change> {
        let flows = self.flows.iter();
        let mut all: Vec<Change> = flows
            .map(|((was, is, destination), (rule, sum))| {
                let what = if is.outcome.is_none() { was } else { is };
                let subject = Subject::Flow(*destination, what.what);
                let mut line = line(now, is.camera, &subject, sum);
                if is.outcome.is_none() {
                    (line.action, line.reason, line.rule) = (Action::Allowed, None, None);
                }
                let reason = was.outcome.and_then(Outcome::reason);
                Change {
                    becomes: becomes(*was, *is),
                    now: line,
                    was: Was {
                        camera: name(before, was.camera),
                        action: was.outcome.map_or(Action::Allowed, Action::of),
                        reason: reason.map(|reason| reason.name().to_owned()),
                        rule: before.rules.get(rule).cloned(),
                    },
                }
            })
            .collect();
        all.sort_by_cached_key(|change| {
            let Change { becomes, now, was } = change;
            let to = (now.camera.clone(), now.dest_ip, now.service());
            (*becomes, Reverse(now.packets), to, was.clone())
        });
        all
    }
}

fn told(names: &Record, camera: CameraId) -> Option<&str> {
    let camera = names.cameras.get(&camera);
    camera.map(|camera| camera.name.as_str())
}

fn becomes(was: Way, is: Way) -> Becomes {
    let passes = |way: Way| way.outcome.is_none_or(Outcome::passes);
    match (passes(was), passes(is)) {
        (false, true) => Becomes::Allowed,
        (true, false) => Becomes::Dropped,
        _ => Becomes::Otherwise,
    }
}
