//! What the numbers in a ledger stand for, as it is pinned.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use enforcer_common::{rule::RuleId, table::CameraId};
use serde::{Deserialize, Serialize};
use zerocopy::IntoBytes as _;

use crate::record::Record;

/// What the numbers in a ledger stand for. It is pinned beside it: rows may have to wait for a daemon, or for
/// room on the disk, for longer than anybody else remembers the generation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Names of cameras.
    pub cameras: BTreeMap<CameraId, String>,
    /// Lines of the policy: `policy.yaml:12`.
    pub rules: BTreeMap<RuleId, String>,
}

impl Names {
    pub(super) fn of(record: &Record) -> Self {
        let cameras = record.cameras.iter();
        Self {
            cameras: cameras
                .map(|(id, camera)| (*id, camera.name.clone()))
                .collect(),
            rules: record.rules.clone(),
        }
    }

    /// The length of its text in bytes, and its text.
    pub(super) fn words(&self) -> Result<Vec<u64>> {
        let text = serde_json::to_vec(self)?;
        let mut words = vec![0; 1 + text.len().div_ceil(size_of::<u64>())];
        if let Some((length, rest)) = words.split_first_mut() {
            *length = u64::try_from(text.len())?;
            rest.as_mut_bytes()
                .split_at_mut(text.len())
                .0
                .copy_from_slice(&text);
        }
        Ok(words)
    }

    pub(super) fn read(words: &[u64]) -> Result<Self> {
        let (length, rest) = words.split_first().context("no names")?;
        let text = rest.as_bytes().get(..usize::try_from(*length)?);
        Ok(serde_json::from_slice(text.context("half of the names")?)?)
    }
}
