//! How much of what was sent goes to whom: to a country, to an owner of addresses, or to a vendor's cloud.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Call, Sums};

/// What was sent to one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// Which.
    pub name: String,
    /// The carrier that an owner is, if a state owns that.
    pub carrier: Option<String>,
    /// Cameras that sent there, or tried to.
    pub cameras: usize,
    /// Addresses there.
    pub destinations: usize,
    /// What became of the frames.
    #[serde(flatten)]
    pub sums: Sums,
}

/// What there are shares of.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Country,
    Owner,
    Cloud,
}

impl Kind {
    fn of(self, call: &Call) -> Option<&str> {
        match self {
            Self::Country => call.country.as_deref(),
            Self::Owner => call.owner.as_deref(),
            Self::Cloud => call.cloud.as_deref(),
        }
    }
}

/// All of them, those with the most that did not pass first.
pub(super) fn all(calls: &[Call], kind: Kind) -> Vec<Share> {
    let mut by_name: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        if let Some(name) = kind.of(call) {
            by_name.entry(name).or_default().push(call);
        }
    }
    let mut shares: Vec<_> = by_name
        .into_iter()
        .map(|(name, calls)| {
            let mut sums = Sums::default();
            for call in &calls {
                sums.add(call.action, call.frames());
            }
            let cameras: BTreeSet<_> = calls
                .iter()
                .filter_map(|call| call.camera.as_ref())
                .collect();
            let goals: BTreeSet<_> = calls.iter().map(|call| call.dest_ip).collect();
            let carrier = match kind {
                Kind::Owner => calls.iter().find_map(|call| call.carrier.clone()),
                Kind::Country | Kind::Cloud => None,
            };
            Share {
                name: name.to_owned(),
                carrier,
                cameras: cameras.len(),
                destinations: goals.len(),
                sums,
            }
        })
        .collect();
    shares.sort_by_key(|share| {
        let Sums { allowed, .. } = share.sums;
        (u64::MAX - share.sums.refused(), u64::MAX - allowed.packets)
    });
    shares
}
