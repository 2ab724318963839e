//! What is in force, and the one way to change it: compile, load, prove, put in force.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use enforcer_common::table::STRANGERS;
use tracing::{info, warn};

use super::{diagnostics::Diagnostics, stream::Names};
use crate::{
    canary::canaries,
    compile::CompiledPolicy,
    directories::Directories,
    exit::{Exit, Failure},
    kernel::{
        counters,
        generation::{Loaded, Proved, Settings},
        links::{self, Elsewhere, Wanted},
    },
    model::Model,
    netlink::{AttachMode, Attached, Netlink},
    numbering::CameraIds,
    policy::{Attach, Policy},
    record::Record,
    topology::Topology,
};

/// What is in force.
pub(super) struct Enforcement<'d> {
    directories: &'d Directories,
    settings: Settings,
    names: Names,
    record: Record,
    in_force: Option<InForce>,
    diagnostics: Option<Diagnostics>,
}

/// The generation in force: a policy on the links that there were.
struct InForce {
    policy: Policy,
    compiled: CompiledPolicy,
    wanted: Vec<Wanted>,
    /// Number of its program.
    program: u32,
}

impl InForce {
    /// Every wanted interface runs the program. One that was made anew with the index of the one
    /// before does not.
    fn is_everywhere(&self, attached: &BTreeMap<u32, Attached>) -> bool {
        self.wanted.iter().all(|interface| {
            let attached = attached.get(&interface.index);
            attached.is_some_and(|attached| attached.program == self.program)
        })
    }
}

impl<'d> Enforcement<'d> {
    /// Takes over what an earlier daemon left.
    pub(super) fn new(directories: &'d Directories, settings: Settings, names: Names) -> Self {
        let record = match Record::read(directories) {
            Ok(record) => record,
            Err(error) => {
                warn!("what was in force is not known, so cameras get new numbers: {error:#}");
                None
            }
        };
        if let Some(record) = &record {
            info!(
                "generation {} is in force already; taking over",
                record.generation
            );
            names.learn(record.clone(), std::iter::empty());
        }
        Self {
            directories,
            settings,
            names,
            record: record.unwrap_or_else(|| Record {
                ids: unknown_ids(directories),
                ..Record::default()
            }),
            in_force: None,
            diagnostics: None,
        }
    }

    /// Number of the generation in force.
    pub(super) const fn generation(&self) -> u32 {
        self.record.generation
    }

    /// Puts a policy in force on the links that are there, all in one step. Whatever fails, what
    /// was in force stays.
    pub(super) async fn put_in_force(&mut self, policy: Policy, netlink: &Netlink) -> Result<()> {
        let topology = netlink.topology().await?;
        let compiled = self.compile(&policy, &topology)?;
        let elsewhere = Elsewhere::Undone;
        self.change(policy, &topology, compiled, elsewhere, netlink)
            .await
    }

    /// Puts the policy in force anew, if other links or addresses make other tables of it, or if an
    /// interface does not run its program any more.
    pub(super) async fn adapt(&mut self, netlink: &Netlink) -> Result<()> {
        let Some(in_force) = &self.in_force else {
            return Ok(());
        };
        let topology = netlink.topology().await?;
        let compiled = self.compile(&in_force.policy, &topology)?;
        let same =
            compiled == in_force.compiled && wanted(&in_force.policy, &topology) == in_force.wanted;
        if same && in_force.is_everywhere(&netlink.attached().await?) {
            return Ok(());
        }
        let policy = in_force.policy.clone();
        let elsewhere = Elsewhere::Done;
        self.change(policy, &topology, compiled, elsewhere, netlink)
            .await
    }

    fn compile(&self, policy: &Policy, topology: &Topology) -> Result<CompiledPolicy> {
        let ids = self.record.ids.assign(policy);
        CompiledPolicy::new(policy, topology, &ids).map_err(|error| {
            let words = format!("{}: too large for the kernel's tables", policy.path);
            anyhow::Error::new(error).context(Failure::new(Exit::BadPolicy, words))
        })
    }

    async fn change(
        &mut self,
        policy: Policy,
        topology: &Topology,
        compiled: CompiledPolicy,
        elsewhere: Elsewhere,
        netlink: &Netlink,
    ) -> Result<()> {
        let ids = self.record.ids.assign(&policy);
        let record = Record::new(self.record.generation + 1, &policy, ids.clone());
        let loaded = Loaded::new(&compiled, &record, self.directories, self.settings)?;
        let model = Model::new(&policy, topology, &ids);
        let mut proved = loaded.prove(canaries(&policy, topology), &model)?;
        let links = topology.links.iter();
        self.names.learn(
            record.clone(),
            links.map(|link| (link.index, link.name.clone())),
        );
        let wanted = wanted(&policy, topology);
        let program = proved.program()?.info()?.id();
        let (generation, everywhere) =
            links::put_in_force(proved, &wanted, elsewhere, self.directories)?;
        self.record = record;
        self.in_force = Some(InForce {
            policy,
            compiled,
            wanted,
            program,
        });
        self.record
            .write(self.directories)
            .context("in force, but what is in force cannot be written down")?;
        counters::forget(self.directories, |camera| {
            self.record.cameras.contains_key(&camera) || camera == STRANGERS
        })?;
        self.listen(generation)?;
        self.announce(netlink).await?;
        everywhere
    }

    fn listen(&mut self, mut generation: Proved) -> Result<()> {
        if self.settings.log_level > 0 {
            self.diagnostics = Some(Diagnostics::start(generation.ebpf())?);
        }
        Ok(())
    }

    /// Says what is in force, where, and where not yet.
    async fn announce(&self, netlink: &Netlink) -> Result<()> {
        let Some(InForce {
            policy,
            wanted,
            program,
            ..
        }) = &self.in_force
        else {
            return Ok(());
        };
        let mut attached = netlink.attached().await?;
        attached.retain(|_, attached| attached.program == *program);
        let places = wanted.iter().filter_map(|interface| {
            let attached = attached.get(&interface.index)?;
            match (interface.attach, attached.mode) {
                (Attach::Auto, AttachMode::Generic) => {
                    warn!(
                        "{}: generic mode; frames cost more than in native mode",
                        interface.name
                    );
                }
                // The kernel changes the mode of a link only by ending it, and that lets frames by.
                (Attach::Native, AttachMode::Generic) | (Attach::Generic, AttachMode::Native) => {
                    warn!(
                        "{} stays in {} mode; another takes `enforcer detach` first",
                        interface.name, attached.mode
                    );
                }
                _ => {}
            }
            Some(format!("{} ({})", interface.name, attached.mode))
        });
        let places: Vec<String> = places.collect();
        let places = if places.is_empty() {
            "no interface yet".to_owned()
        } else {
            places.join(", ")
        };
        info!("generation {} in force on {places}", self.record.generation);
        for row in &policy.interfaces {
            if !wanted
                .iter()
                .any(|interface| row.name.matches(&interface.name))
            {
                info!("no interface {} now; waiting for it", row.name);
            }
        }
        Ok(())
    }
}

/// Numbers for when it is not known whose those are that are counted under: others.
fn unknown_ids(directories: &Directories) -> CameraIds {
    let counted = counters::greatest(directories).unwrap_or_else(|error| {
        warn!("what was counted may be told of other cameras: {error:#}");
        STRANGERS
    });
    CameraIds::after(counted)
}

/// The interfaces that a policy names and that are there.
fn wanted(policy: &Policy, topology: &Topology) -> Vec<Wanted> {
    let links = topology.links.iter();
    let wanted = links.filter_map(|link| {
        let row = policy.interface_for(&link.name)?;
        Some(Wanted {
            index: link.index,
            name: link.name.clone(),
            attach: row.attach,
        })
    });
    wanted.collect()
}
