//! Which policy is in force, and what stood in its files when they were read.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Found, look::record};
use crate::{
    directories::Directories,
    good::Good,
    kernel::links,
    policy::{Reading, Texts},
    record::Record,
    stand_in::StandIn,
    unconfirmed::{self, Unconfirmed, Waits},
};

/// How much of all texts is told, in bytes. Files that do not fit are told without their text: long lists, mostly.
const MOST: usize = 4 << 20;

/// The policy in force.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PolicyInForce {
    /// The number of what is in force.
    generation: u32,
    /// The path of the policy, as the operator gave it.
    path: String,
    /// What tells its files from others, and from the same when they have changed.
    fingerprint: String,
    /// Since when it is in force.
    since: Option<Timestamp>,
    /// What this is in place of that policy as it is written, if it is.
    stand_in: Option<StandIn>,
    /// What waits for `enforcer confirm`.
    unconfirmed: Option<Waits>,
    /// The YAML files, then the list files: what it was read from; nothing if that is not kept.
    sources: Option<Vec<PolicySource>>,
}

/// A file that a policy was read from.
#[derive(Debug, Serialize, JsonSchema)]
struct PolicySource {
    /// As the operator and the policy give it.
    path: String,
    /// How long it is.
    bytes: usize,
    /// What stood in it; nothing if all files together are too long.
    text: Option<String>,
}

/// Looks for it.
pub fn policy(directories: &Directories) -> Result<Found<PolicyInForce>> {
    let pinned = links::pinned_programs(directories)?;
    let record = match record(directories, &pinned)? {
        Found::InForce(record) => record,
        Found::Nothing(words) => return Ok(Found::Nothing(words)),
    };
    let unconfirmed = unconfirmed::waiting(directories)?;
    Ok(Found::InForce(PolicyInForce {
        generation: record.generation,
        sources: texts(&record, directories).as_ref().map(sources),
        path: record.policy,
        fingerprint: record.read,
        since: record.since,
        stand_in: record.stand_in,
        unconfirmed: unconfirmed.as_ref().map(Unconfirmed::told),
    }))
}

/// One that waits to be confirmed is not kept yet; then its files may still be as they were read.
pub(crate) fn texts(record: &Record, directories: &Directories) -> Option<Texts> {
    if let Some(good) = Good::of(&record.read, directories) {
        return Some(good.texts);
    }
    let Reading { seen, texts, .. } = Reading::new(Path::new(&record.policy));
    (seen.fingerprint() == record.read).then_some(texts)
}

fn sources(texts: &Texts) -> Vec<PolicySource> {
    let mut room = MOST;
    let sources = texts.sources().map(|(path, text)| {
        let left = room.checked_sub(text.len());
        room = left.unwrap_or(room);
        PolicySource {
            path: path.display().to_string(),
            bytes: text.len(),
            text: left.map(|_| text.to_owned()),
        }
    });
    sources.collect()
}
