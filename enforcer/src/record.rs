//! What is in force, in words: the numbers in the kernel and what they stand for. Written when a
//! generation is put in force, and read by whoever comes when the daemon is gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
    path::Path,
};

use anyhow::Result;
use enforcer_common::{rule::RuleId, table::CameraId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::{
    directories::{self, Directories},
    kernel::links::{self, Wanted},
    labels::makers::maker,
    numbering::{CameraIds, Rules},
    policy::{self, Attach, Mode, NamePattern, Policy},
    stand_in::StandIn,
    topology::Topology,
};

/// What is in force.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    /// Number of the generation.
    pub generation: u32,
    /// Path of its policy, as the operator gave it, from the root on.
    pub policy: String,
    /// Number of its program, while the machine runs.
    #[serde(default)]
    pub program: u32,
    /// What tells the files that it was read from, as they were then ([`crate::policy::Seen`]).
    #[serde(default)]
    pub read: String,
    /// What this is in place of another policy, if it is.
    #[serde(default)]
    pub stand_in: Option<StandIn>,
    /// Since when a policy that was read from these files is in force.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// The same as `read` of the policy that was gone back from to this one.
    #[serde(default)]
    pub back_from: Option<String>,
    /// The interfaces that the policy names, wildcards and all.
    pub interfaces: Vec<String>,
    /// How the program is attached to each of them.
    #[serde(default)]
    pub attach: Vec<Attach>,
    /// Numbers of the cameras, those to come included.
    pub ids: CameraIds,
    /// What the numbers of cameras stand for.
    pub cameras: BTreeMap<CameraId, Camera>,
    /// What holds for sources that are no camera's.
    #[serde(default)]
    pub unlisted: Mode,
    /// How often somebody else took the program off an interface, under this generation and those before.
    #[serde(default)]
    pub taken_off: u64,
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
    /// Who made it, as its MAC address says; all of those that may have.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub makers: BTreeSet<String>,
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
                makers: makers_of(camera),
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
            program: 0,
            read: String::new(),
            stand_in: None,
            since: None,
            back_from: None,
            interfaces,
            attach: policy.interfaces.iter().map(|row| row.attach).collect(),
            ids,
            cameras,
            unlisted: policy.mode,
            taken_off: 0,
            rules,
        }
    }

    /// This, gone back to from another.
    #[must_use]
    pub fn back_from(self, other: &Self) -> Self {
        Self {
            stand_in: None,
            back_from: Some(other.read.clone()),
            ..self
        }
    }

    /// This, put in force now in place of another.
    #[must_use]
    pub fn after(self, before: &Self) -> Self {
        let now = Timestamp::now();
        let since = before.since.filter(|_| before.read == self.read);
        // Nobody asks for the nanosecond.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self {
            since: Some(since.unwrap_or(now)),
            ..self
        }
    }

    /// What was put in force last, since the machine was started.
    pub fn read(directories: &Directories) -> Result<Option<Self>> {
        directories::read_json(&directories.record())
    }

    /// The interfaces that the policy names, as patterns.
    pub fn patterns(&self) -> impl Iterator<Item = NamePattern> {
        // Each was one when it was written down.
        self.interfaces.iter().filter_map(|name| name.parse().ok())
    }

    /// The interfaces that the policy names and that are there.
    pub fn wanted(&self, topology: &Topology) -> Vec<Wanted> {
        let attach = self
            .attach
            .iter()
            .copied()
            .chain(iter::repeat(Attach::Auto));
        let rows: Vec<(NamePattern, Attach)> = self.patterns().zip(attach).collect();
        let wanted = topology.links.iter().filter_map(|link| {
            // As in `Policy::interface_for`: of equals the first.
            let rows = rows
                .iter()
                .filter(|(pattern, _)| pattern.matches(&link.name));
            let (_, attach) = rows
                .rev()
                .max_by_key(|(pattern, _)| pattern.specificity())?;
            Some(Wanted {
                index: link.index,
                name: link.name.clone(),
                attach: *attach,
            })
        });
        wanted.collect()
    }

    /// Keeps this as what is in force.
    pub fn write(&self, directories: &Directories) -> Result<()> {
        self.write_to(&directories.record())
    }

    fn write_to(&self, path: &Path) -> Result<()> {
        directories::write_whole(path, &serde_json::to_vec(self)?)
    }
}

fn makers_of(camera: &policy::Camera) -> BTreeSet<String> {
    let macs = camera.identity.mac.iter();
    let makers = macs.filter_map(|mac| maker(*mac));
    makers.map(str::to_owned).collect()
}

/// What is in force, and what can be gone back to.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// What was put in force last.
    pub in_force: Option<Record>,
    /// What was in force before, of another policy, while its program is still loaded.
    pub kept: Option<Record>,
}

impl Records {
    /// Reads both. Which is which the pinned programs say, should somebody have been interrupted between
    /// changing these and writing it down. What is wrong with the one that can be gone back to is no
    /// reason not to know the other.
    pub fn read(directories: &Directories) -> Result<Self> {
        let written = Record::read(directories)?;
        let Some(kept) = links::kept_number(directories) else {
            return Ok(Self {
                in_force: written,
                kept: None,
            });
        };
        let before = directories::read_json(&directories.kept_record()).unwrap_or_else(|error| {
            warn!("it is not known what can be gone back to: {error:#}");
            None
        });
        let of = |number: Option<u32>| {
            let mut records = [&written, &before].into_iter().flatten();
            let record = records.find(|record| Some(record.program) == number);
            record.cloned()
        };
        Ok(Self {
            kept: of(Some(kept)),
            in_force: of(links::in_force_number(directories)).or_else(|| written.clone()),
        })
    }

    /// Writes both down.
    pub fn write(&self, directories: &Directories) -> Result<()> {
        // First, since it stands elsewhere than what outlives a boot, which may be read-only.
        if let Some(in_force) = &self.in_force {
            in_force.write(directories)?;
        }
        if let Some(kept) = &self.kept {
            kept.write_to(&directories.kept_record())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Link;

    #[test]
    fn who_made_a_camera_is_known_by_its_mac_addresses_and_not_guessed() {
        let text = r#"{version: 1, interfaces: {lan: }, groups: {g: {allow: [{to: 192.0.2.1}]}}, cameras: {
            one: {match: {mac: "44:19:b6:00:00:01"}, group: g},
            some: {match: {mac: ["44:19:b6", "3c:ef:8c", "44:19:b6:00:00:02"]}, group: g},
            none: {match: {mac: "02:00:00:00:00:01"}, group: g},
            address: {match: {ip: 192.0.2.7}, group: g}}}"#;
        let policy = Policy::parse("policy.yaml", text).unwrap_or_else(|error| panic!("{error}"));
        let ids = CameraIds::default().assign(&policy);
        let record = Record::new(1, &policy, ids);
        let stored = serde_json::to_string(&record).unwrap();
        let record: Record = serde_json::from_str(&stored).unwrap();
        let told = record.cameras.values().map(|camera| {
            let makers = camera.makers.iter().map(String::as_str);
            (camera.name.as_str(), makers.collect::<Vec<_>>())
        });
        let told: BTreeMap<_, _> = told.collect();
        assert_eq!(told["one"], ["Hikvision"]);
        assert_eq!(told["some"], ["Dahua", "Hikvision"]);
        assert!(told["none"].is_empty() && told["address"].is_empty());
        // As earlier versions wrote it.
        let before = stored.replace(r#","makers":["Hikvision"]"#, "");
        let record: Record = serde_json::from_str(&before).unwrap();
        assert_eq!(record.cameras.len(), 4);
    }

    #[test]
    fn a_record_wants_what_its_policy_names_in_the_mode_that_it_names() {
        let text = "{version: 1, interfaces: {'lan*': {attach: generic}, 'l*1': {attach: native}, lan2: }}";
        let policy = Policy::parse("policy.yaml", text).unwrap_or_else(|error| panic!("{error}"));
        let record = Record::new(1, &policy, CameraIds::default());
        let names = ["lan1", "lan2", "lan3", "lo1", "wan1"];
        let links = names.iter().zip(2..).map(|(name, index)| Link {
            index,
            name: (*name).to_owned(),
            ..Link::default()
        });
        let topology = Topology {
            links: links.collect(),
        };
        let expected: Vec<_> = names
            .iter()
            .zip(2..)
            .filter_map(|(name, index)| {
                let attach = policy.interface_for(name)?.attach;
                Some((index, *name, attach))
            })
            .collect();
        let stored = serde_json::to_string(&record).unwrap();
        let record: Record = serde_json::from_str(&stored).unwrap();
        let wanted = record.wanted(&topology);
        let wanted: Vec<_> = wanted
            .iter()
            .map(|wanted| (wanted.index, wanted.name.as_str(), wanted.attach))
            .collect();
        assert_eq!(wanted, expected);
        assert_eq!(wanted.len(), 4);
    }
}
