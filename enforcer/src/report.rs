//! What cameras did in a period, for people: of the lines of the [ledger](crate::ledger) a [`Report`], and of that a
//! [text], a [table](mod@csv) or a [page](mod@html).

pub mod csv;
pub mod encryption;
pub mod html;
pub mod text;

mod call;
mod camera;
mod rule;
mod share;
mod sums;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use call::Call;
pub use camera::{Camera, When};
pub use rule::Rule;
pub use share::Share;
pub use sums::{Frames, Sums};

use crate::ledger::{Action, Line, Span};

/// What cameras did in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The name of the router.
    pub host: String,
    /// When it was made.
    pub made: Timestamp,
    /// When the period begins, to the hour or the day that the ledger tells apart.
    pub since: Timestamp,
    /// What was seen for the first time since then is new.
    pub new_since: Timestamp,
    /// All of it in a few numbers.
    pub summary: Summary,
    /// Each camera, those with the most that did not pass first.
    pub cameras: Vec<Camera>,
    /// Countries that were called, as far as they are known.
    pub countries: Vec<Share>,
    /// Owners of the addresses that were called, as far as they are known.
    pub owners: Vec<Share>,
    /// The lines of the policy that let something through.
    pub rules: Vec<Rule>,
    /// Each destination and service of each camera, and what became of it.
    pub calls: Vec<Call>,
}

/// All of it in a few numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Cameras that sent anything.
    pub cameras: usize,
    /// Addresses that they sent to.
    pub destinations: usize,
    /// Of these, those to which something did not pass, or would not if it were not for an audit.
    pub refused: usize,
    /// Destinations and services that a camera called for the first time.
    pub new: usize,
    /// Destinations to which something passed, and likely in the clear.
    pub plain: usize,
    /// What became of the frames.
    #[serde(flatten)]
    pub sums: Sums,
    /// Frames without a line of their own in the ledger: where they went is not known.
    pub others: u64,
}

/// What a report is of.
#[derive(Clone, Debug)]
pub struct Period {
    /// The name of the router.
    pub host: String,
    /// When it is made.
    pub made: Timestamp,
    /// When it begins.
    pub since: Timestamp,
    /// What was seen for the first time since then is new.
    pub new_since: Timestamp,
}

/// A destination and service of a camera; what was not seen before is new.
type Goal<'l> = (Option<&'l str>, Option<std::net::IpAddr>, String);

impl Report {
    /// Of the lines of a period; of all lines that are kept, which tell what is new; and of how much was sent when.
    pub fn new(period: &Period, lines: &[Line], kept: &[Line], spans: &[Span]) -> Self {
        let mut firsts: BTreeMap<Goal<'_>, Timestamp> = BTreeMap::new();
        for line in kept.iter().chain(lines) {
            let first = firsts.entry(goal(line)).or_insert(line.first);
            *first = line.first.min(*first);
        }
        let is_new = |line: &Line| {
            let first = firsts.get(&goal(line));
            !line.others && first.is_some_and(|first| *first >= period.new_since)
        };
        let calls = lines.iter().map(|line| Call::new(line, is_new(line)));
        let mut calls: Vec<_> = calls.collect();
        calls.sort_by(|one, other| one.weight().cmp(&other.weight()));
        Self {
            host: period.host.clone(),
            made: period.made,
            since: period.since,
            new_since: period.new_since,
            summary: Summary::of(&calls),
            cameras: camera::all(&calls, spans),
            countries: share::all(&calls, |call| call.country.as_deref()),
            owners: share::all(&calls, |call| call.owner.as_deref()),
            rules: rule::all(&calls),
            calls,
        }
    }
}

impl Summary {
    fn of(calls: &[Call]) -> Self {
        let count = |is_one: &dyn Fn(&&Call) -> bool| {
            let goals = calls.iter().filter(is_one);
            goals
                .filter_map(|call| call.dest_ip)
                .collect::<BTreeSet<_>>()
                .len()
        };
        let cameras: BTreeSet<_> = calls
            .iter()
            .filter_map(|call| call.camera.as_ref())
            .collect();
        let new = calls.iter().filter(|call| call.is_new);
        let new: BTreeSet<_> = new
            .map(|call| (&call.camera, call.dest_ip, &call.service))
            .collect();
        let mut sums = Sums::default();
        for call in calls {
            sums.add(call.action, call.frames());
        }
        let others = calls.iter().filter(|call| call.others);
        Self {
            cameras: cameras.len(),
            destinations: count(&|_| true),
            refused: count(&|call| call.action != Action::Allowed),
            new: new.len(),
            plain: count(&|call| call.action != Action::Dropped && call.encryption.is_plain()),
            sums,
            others: others.map(|call| call.packets).sum(),
        }
    }
}

fn goal(line: &Line) -> Goal<'_> {
    (line.camera.as_deref(), line.dest_ip, line.service())
}

#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;
