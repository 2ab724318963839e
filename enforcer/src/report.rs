//! What cameras did in a period, for people: of the lines of the [ledger](crate::ledger) a [`Report`], and of that a
//! [text], a [table](mod@csv) or a [page](mod@html).

pub mod csv;
pub mod encryption;
pub mod html;
pub mod text;

mod brief;
mod call;
mod camera;
mod period;
mod rule;
mod share;
mod sums;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use call::Call;
pub use camera::{Camera, When};
pub use period::{Period, counted};
pub use rule::Rule;
use share::Kind;
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
    /// When the period begins: with an hour or a day, which the ledger tells from what was before.
    pub since: Timestamp,
    /// When it ends: with an hour or a day, or when the report was made.
    pub until: Timestamp,
    /// When it was to begin, if it begins earlier, with the hour or the day of that; else null.
    pub asked_since: Option<Timestamp>,
    /// When it was to end, if it ends later; else null.
    pub asked_until: Option<Timestamp>,
    /// What was seen for the first time since then is new.
    pub new_since: Timestamp,
    /// Whether something earlier is known that it was compared with: a report that was kept, or what was sent before. Where
    /// nothing is, all is new.
    pub compared: bool,
    /// All of it in a few numbers.
    pub summary: Summary,
    /// Each camera, those with the most that did not pass first.
    pub cameras: Vec<Camera>,
    /// Countries that were called, as far as they are known.
    pub countries: Vec<Share>,
    /// Owners of the addresses that were called, as far as they are known.
    pub owners: Vec<Share>,
    /// Vendors whose clouds were called, as far as these are known.
    pub clouds: Vec<Share>,
    /// The lines of the policy that let something through.
    pub rules: Vec<Rule>,
    /// What was called for the first time since `new_since`, be that before the period or in it; all of what was sent
    /// there since.
    pub new: Vec<Call>,
    /// Each destination and service of each camera, and what became of it.
    pub calls: Vec<Call>,
}

/// All of it in a few numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Cameras that sent anything.
    pub cameras: usize,
    /// Of these, those that sent to a destination, known or not.
    pub callers: usize,
    /// Addresses that cameras sent to; what stays on the link has none that counts.
    pub destinations: usize,
    /// Of these, those with a public address: not a private one, nor one of a link.
    pub public: usize,
    /// In how many countries these are, as far as that is known.
    pub countries: usize,
    /// Of all destinations, those for which the policy allows nothing of what was sent there.
    pub refused: usize,
    /// Those for which it allows a part of that.
    pub partly: usize,
    /// Destinations and services that a camera called for the first time since `new_since`.
    pub new: usize,
    /// Destinations to which something passed, and likely in the clear.
    pub plain: usize,
    /// Destinations in vendors' clouds, as far as their names are known.
    pub clouds: usize,
    /// Destinations in networks of carriers that a state owns, as far as their owners are known.
    pub carriers: usize,
    /// What became of the frames, those of senders that are no camera among them.
    #[serde(flatten)]
    pub sums: Sums,
    /// Frames of cameras that stay on the link: ARP, DHCP, neighbour discovery, and those to groups.
    pub on_link: u64,
    /// Frames without a line of their own in the ledger: where they went is not known.
    pub others: u64,
}

/// A destination and service of a camera; what was not seen before is new.
type Goal<'l> = (Option<&'l str>, Option<std::net::IpAddr>, String);

impl Report {
    /// Of the lines of a period; of all lines that are kept, those of the period among them, which tell what is new; and
    /// of how much was sent when.
    pub fn new(period: &Period, lines: &[Line], kept: &[Line], spans: &[Span]) -> Self {
        let mut firsts: BTreeMap<Goal<'_>, Timestamp> = BTreeMap::new();
        for line in kept {
            let first = firsts.entry(goal(line)).or_insert(line.first);
            *first = line.first.min(*first);
        }
        let is_new = |line: &Line| {
            let first = firsts.get(&goal(line));
            !line.others
                && !call::on_link(line)
                && first.is_some_and(|first| *first >= period.new_since)
        };
        let call = |line| Call::new(line, is_new(line), &period.makers);
        let calls = sorted(lines.iter().map(call));
        let new = kept.iter().filter(|line| is_new(line));
        let mut new = sorted(new.map(call));
        // What stays in the network is for later.
        new.sort_by_key(|call| !call.is_public());
        let is_compared = !period.is_first
            || period.new_since < period.since
            || kept.iter().any(|line| line.first < period.new_since);
        Self {
            host: period.host.clone(),
            made: period.made,
            since: period.since,
            until: period.until,
            asked_since: period.asked_since,
            asked_until: period.asked_until,
            new_since: period.new_since,
            compared: is_compared,
            summary: Summary::of(&calls, &new),
            cameras: camera::all(&calls, &new, spans),
            countries: share::all(&calls, Kind::Country),
            owners: share::all(&calls, Kind::Owner),
            clouds: share::all(&calls, Kind::Cloud),
            rules: rule::all(&calls),
            new,
            calls,
        }
    }
}

fn sorted(calls: impl Iterator<Item = Call>) -> Vec<Call> {
    let mut calls: Vec<_> = calls.collect();
    calls.sort_by(|one, other| one.weight().cmp(&other.weight()));
    calls
}

impl Summary {
    fn of(calls: &[Call], new: &[Call]) -> Self {
        let of_cameras = || calls.iter().filter(|call| call.camera.is_some());
        let named = |calls: &mut dyn Iterator<Item = &Call>| {
            let names: BTreeSet<_> = calls.map(|call| call.camera.clone()).collect();
            names.len()
        };
        let to = |is_one: &dyn Fn(&Call) -> bool| -> BTreeSet<_> {
            let calls = of_cameras().filter(|call| call.is_to_destination() && is_one(call));
            calls.filter_map(|call| call.dest_ip).collect()
        };
        let allowed = to(&|call| call.action == Action::Allowed);
        let refused = to(&|call| call.action != Action::Allowed);
        let plain = to(&|call| call.action != Action::Dropped && call.encryption.is_plain());
        let new = new.iter().filter(|call| call.camera.is_some());
        let countries = of_cameras().filter(|call| call.is_public());
        let countries: BTreeSet<_> = countries.filter_map(|call| call.country.clone()).collect();
        let new: BTreeSet<_> = new
            .map(|call| (&call.camera, call.dest_ip, &call.service))
            .collect();
        let mut sums = Sums::default();
        for call in calls {
            sums.add(call.action, call.frames());
        }
        let on_link = of_cameras().filter(|call| call.on_link);
        let others = calls.iter().filter(|call| call.others);
        Self {
            cameras: named(&mut of_cameras()),
            callers: named(&mut of_cameras().filter(|call| !call.on_link)),
            destinations: to(&|_| true).len(),
            public: to(&Call::is_public).len(),
            countries: countries.len(),
            refused: refused.difference(&allowed).count(),
            partly: refused.intersection(&allowed).count(),
            new: new.len(),
            plain: plain.len(),
            clouds: to(&|call| call.cloud.is_some()).len(),
            carriers: to(&|call| call.carrier.is_some()).len(),
            sums,
            on_link: on_link.map(|call| call.packets).sum(),
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
