//! A difference for programs: whole, with names that stay.

use serde::Serialize;

use super::reach::Part;
use super::text::prefixes;
use super::{Diff, Kind};
use crate::impact::Impact;
use crate::policy::Protocol;

#[derive(Serialize)]
struct Document<'d> {
    old: &'d str,
    new: &'d str,
    /// In words.
    policy: &'d [String],
    changes: Vec<Change<'d>>,
    /// What changes of what was seen, where that is known.
    seen: Option<&'d Impact>,
}

#[derive(Serialize)]
struct Change<'d> {
    /// `changed`, `added` or `removed`.
    kind: &'static str,
    cameras: &'d [String],
    groups: &'d [String],
    /// What differs but for destinations, in words.
    words: &'d [String],
    gained: Vec<Gained>,
    lost: Vec<Gained>,
}

#[derive(Serialize)]
struct Gained {
    /// In words.
    services: String,
    /// Ports there that may be opened.
    open: Vec<String>,
    /// The camera's own ports that it may answer from.
    answer: Vec<String>,
    icmp: bool,
    /// Other protocols, by name or number.
    protocols: Vec<String>,
    /// How many IPv4 addresses.
    v4: u64,
    /// How many IPv6 addresses, as a text: a number would be too large for many.
    v6: String,
    prefixes: Vec<String>,
    /// The ways of NAT64 by which the IPv4 prefixes are not those in `prefixes`.
    nat64: Vec<Way>,
}

#[derive(Serialize)]
struct Way {
    /// The translator's prefix.
    by: String,
    prefixes: Vec<String>,
}

impl Diff {
    /// As one JSON document, with what it comes to for what was seen.
    pub fn to_json(&self, seen: Option<&Impact>) -> serde_json::Result<String> {
        let changes = self.changes.iter().map(|change| Change {
            kind: match change.kind {
                Kind::Changed => "changed",
                Kind::Added => "added",
                Kind::Removed => "removed",
            },
            cameras: &change.cameras,
            groups: &change.groups,
            words: &change.words,
            gained: change.reach.gained.iter().map(Gained::new).collect(),
            lost: change.reach.lost.iter().map(Gained::new).collect(),
        });
        serde_json::to_string(&Document {
            old: &self.old,
            new: &self.new,
            policy: &self.policy,
            changes: changes.collect(),
            seen,
        })
    }
}

impl Gained {
    fn new(part: &Part) -> Self {
        let services = &part.services;
        let ways = part.other_ways().map(|(by, to)| Way {
            by: by.to_string(),
            prefixes: prefixes(to).map(|prefix| prefix.to_string()).collect(),
        });
        Self {
            services: services.to_string(),
            open: services.open.list(),
            answer: services.answer.list(),
            icmp: services.icmp,
            protocols: services.protocols.iter().map(Protocol::to_string).collect(),
            v4: part.count_v4(),
            v6: part.count_v6().to_string(),
            prefixes: part.prefixes().map(|prefix| prefix.to_string()).collect(),
            nat64: ways.collect(),
        }
    }
}
