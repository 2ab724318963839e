//! The lines of the policy that let something through.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Call, Frames};
use crate::ledger::Action;

/// A line of the policy that let something through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Where it stands; null for what passes by no rule, as link housekeeping does.
    pub rule: Option<String>,
    /// Whom it let something through for.
    pub cameras: Vec<String>,
    /// Where to.
    #[schemars(with = "Vec<String>")]
    pub destinations: Vec<IpAddr>,
    /// The services.
    pub services: Vec<String>,
    /// How much.
    #[serde(flatten)]
    pub frames: Frames,
    /// When the last came.
    pub last: Timestamp,
}

/// All of them, those that let the most through first.
pub(super) fn all(calls: &[Call]) -> Vec<Rule> {
    let mut by_rule: BTreeMap<Option<&str>, Vec<&Call>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.action == Action::Allowed) {
        by_rule.entry(call.rule.as_deref()).or_default().push(call);
    }
    let mut rules: Vec<_> = by_rule
        .into_iter()
        .filter_map(|(rule, calls)| {
            let cameras: BTreeSet<_> = calls.iter().map(|call| call.who().to_owned()).collect();
            let goals: BTreeSet<_> = calls.iter().filter_map(|call| call.dest_ip).collect();
            let services: BTreeSet<_> = calls.iter().map(|call| call.service.clone()).collect();
            Some(Rule {
                rule: rule.map(str::to_owned),
                cameras: cameras.into_iter().collect(),
                destinations: goals.into_iter().collect(),
                services: services
                    .into_iter()
                    .filter(|service| !service.is_empty())
                    .collect(),
                frames: Frames {
                    packets: calls.iter().map(|call| call.packets).sum(),
                    bytes: calls.iter().map(|call| call.bytes).sum(),
                },
                last: calls.iter().map(|call| call.last).max()?,
            })
        })
        .collect();
    rules.sort_by_key(|rule| u64::MAX - rule.frames.packets);
    rules
}
