//! What one camera did, and when.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Call, Frames, Sums};
use crate::ledger::Span;

/// What one camera did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Camera {
    /// Its name; null for all senders that are no camera of the policy.
    pub camera: Option<String>,
    /// Who made it, as its MAC address says; null where that is not known, or it is no maker of cameras.
    pub maker: Option<String>,
    /// Addresses that it sent to; what stays on the link has none that counts.
    pub destinations: usize,
    /// Destinations and services that it called for the first time since `new_since`.
    pub new: usize,
    /// What became of the frames.
    #[serde(flatten)]
    pub sums: Sums,
    /// When the first came, within the period.
    pub first: Timestamp,
    /// When the last came.
    pub last: Timestamp,
    /// How much it sent when, of the times in which it sent anything.
    pub when: Vec<When>,
}

/// How much was sent in an hour or a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct When {
    /// When it begins.
    pub begin: Timestamp,
    /// How many hours it has: 1 or 24.
    pub hours: u32,
    /// What became of the frames.
    #[serde(flatten)]
    pub sums: Sums,
}

impl Camera {
    /// Its name, in what is shown.
    pub fn name(&self) -> &str {
        self.camera.as_deref().unwrap_or(super::call::STRANGERS)
    }
}

/// Each one that sent anything, those with the most that did not pass first.
pub(super) fn all(calls: &[Call], new: &[Call], spans: &[Span]) -> Vec<Camera> {
    let mut cameras: BTreeMap<Option<&str>, Camera> = BTreeMap::new();
    let mut goals: BTreeMap<Option<&str>, BTreeSet<IpAddr>> = BTreeMap::new();
    let mut fresh: BTreeMap<Option<&str>, BTreeSet<(Option<IpAddr>, &str)>> = BTreeMap::new();
    for call in calls {
        let name = call.camera.as_deref();
        let camera = cameras.entry(name).or_insert_with(|| Camera {
            camera: call.camera.clone(),
            maker: call.maker.clone(),
            destinations: 0,
            new: 0,
            sums: Sums::default(),
            first: call.first,
            last: call.last,
            when: Vec::new(),
        });
        camera.sums.add(call.action, call.frames());
        camera.first = camera.first.min(call.first);
        camera.last = camera.last.max(call.last);
        if !call.on_link {
            goals.entry(name).or_default().extend(call.dest_ip);
        }
    }
    for call in new {
        let goal = (call.dest_ip, call.service.as_str());
        let camera = call.camera.as_deref();
        fresh.entry(camera).or_default().insert(goal);
    }
    for (name, camera) in &mut cameras {
        camera.destinations = goals.get(name).map_or(0, BTreeSet::len);
        camera.new = fresh.get(name).map_or(0, BTreeSet::len);
        let own = spans.iter().filter(|span| span.camera.as_deref() == *name);
        camera.when = when(own);
    }
    let mut cameras: Vec<_> = cameras.into_values().collect();
    cameras.sort_by_key(|camera| u64::MAX - camera.sums.refused());
    cameras
}

fn when<'s>(spans: impl Iterator<Item = &'s Span>) -> Vec<When> {
    let mut times: BTreeMap<(Timestamp, u32), Sums> = BTreeMap::new();
    for span in spans {
        let Span {
            begin,
            hours,
            action,
            packets,
            bytes,
            camera: _,
        } = *span;
        let sums = times.entry((begin, hours)).or_default();
        sums.add(action, Frames { packets, bytes });
    }
    let times = times.into_iter();
    times
        .map(|((begin, hours), sums)| When { begin, hours, sums })
        .collect()
}
