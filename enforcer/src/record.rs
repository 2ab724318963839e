//! What is in force, in words: the numbers in the kernel and what they stand for. Written when a
//! generation is put in force, and read by whoever comes when the daemon is gone.

use std::{collections::BTreeMap, fs, io::ErrorKind};

use anyhow::{Context as _, Result};
use enforcer_common::{rule::RuleId, table::CameraId};
use serde::{Deserialize, Serialize};

use crate::{
    directories::{self, Directories},
    numbering::{CameraIds, Rules},
    policy::{Mode, Policy},
};

/// What is in force.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    /// Number of the generation.
    pub generation: u32,
    /// Path of its policy, as the operator gave it.
    pub policy: String,
    /// The interfaces that the policy names, wildcards and all.
    pub interfaces: Vec<String>,
    /// Numbers of the cameras, those to come included.
    pub ids: CameraIds,
    /// What the numbers of cameras stand for.
    pub cameras: BTreeMap<CameraId, Camera>,
    /// What holds for sources that are no camera's.
    #[serde(default)]
    pub unlisted: Mode,
    /// What the numbers of rules stand for: `policy.yaml:12`.
    pub rules: BTreeMap<RuleId, String>,
}

/// What is told of a camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Camera {
    /// Its name.
    pub name: String,
    /// Its group's name.
    pub group: String,
    /// Whether its drops drop, and from when on.
    #[serde(flatten)]
    pub mode: Mode,
}

impl Record {
    /// What will be in force with this policy.
    pub fn new(generation: u32, policy: &Policy, ids: CameraIds) -> Self {
        let patterns = policy.interfaces.iter();
        let interfaces = patterns.map(|row| row.name.to_string()).collect();
        let cameras = policy.cameras.iter().filter_map(|camera| {
            let group = policy.groups.get(camera.group)?;
            let told = Camera {
                name: camera.name.clone(),
                group: group.name.clone(),
                mode: camera.mode,
            };
            Some((ids.id(&camera.name)?, told))
        });
        let cameras = cameras.collect();
        let rules = Rules::new(policy);
        let rules = rules.iter();
        let rules = rules
            .map(|(number, rule)| {
                (
                    number,
                    format!("{}:{}", policy.path_of(rule.at), rule.at.line),
                )
            })
            .collect();
        Self {
            generation,
            policy: policy.path.clone(),
            interfaces,
            ids,
            cameras,
            unlisted: policy.mode,
            rules,
        }
    }

    /// What was put in force last, since the machine was started.
    pub fn read(directories: &Directories) -> Result<Option<Self>> {
        let path = directories.record();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let record = serde_json::from_str(&text);
        record.map(Some).with_context(|| path.display().to_string())
    }

    /// Keeps this as what is in force.
    pub fn write(&self, directories: &Directories) -> Result<()> {
        directories::write_whole(&directories.record(), &serde_json::to_vec(self)?)
    }
}
