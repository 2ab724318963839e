//! What is in force, and the one way to change it: compile, load, prove, put in force.

use std::{collections::BTreeMap, mem};

use anyhow::{Context as _, Result};
use enforcer_common::table::STRANGERS;
use jiff::Timestamp;
use tracing::{error, info, warn};

use super::{RETRY, audits, diagnostics::Diagnostics, stream::Names};
use crate::{
    compile::CompiledPolicy,
    directories::Directories,
    exit::{Exit, Failure},
    kernel::{
        counters,
        generation::{Loaded, Proved, Settings},
        links::{self, Done, Elsewhere, Open, Wanted},
    },
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
    /// The interfaces that it is not in force on and should be, by index, with what was told of each.
    open: BTreeMap<u32, String>,
    /// Why it is not written down what is in force, as it was told.
    unwritten: Option<String>,
    diagnostics: Option<Diagnostics>,
    /// What was said last of what is in force.
    announced: String,
}

/// The generation in force: a policy on the links that there were.
struct InForce {
    policy: Policy,
    compiled: CompiledPolicy,
    wanted: Vec<Wanted>,
    generation: Proved,
    /// Number of its program.
    program: u32,
}

impl InForce {
    /// The wanted interfaces that do not run the program. One that was made anew with the index of
    /// the one before is among them.
    fn missing(&self, attached: &BTreeMap<u32, Attached>) -> Vec<Wanted> {
        let missing = self.wanted.iter().filter(|interface| {
            let attached = attached.get(&interface.index);
            attached.is_none_or(|attached| attached.program != self.program)
        });
        missing.cloned().collect()
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
            open: BTreeMap::new(),
            unwritten: None,
            diagnostics: None,
            announced: String::new(),
        }
    }

    /// Number of the generation in force.
    pub(super) const fn generation(&self) -> u32 {
        self.record.generation
    }

    /// What is in force, where, and where it should be and is not: one line.
    pub(super) fn in_words(&self) -> String {
        let wanted = self.in_force.iter().flat_map(|in_force| &in_force.wanted);
        let open = wanted.filter(|interface| self.open.contains_key(&interface.index));
        let open: Vec<&str> = open.map(|interface| interface.name.as_str()).collect();
        if open.is_empty() {
            return self.announced.clone();
        }
        format!("{}; NOT on {}", self.announced, open.join(", "))
    }

    /// Whether it is in force on every interface that it should be, and written down.
    pub(super) fn is_complete(&self) -> bool {
        self.open.is_empty() && self.unwritten.is_none()
    }

    /// Puts a policy in force on the links that are there, all in one step. Whatever fails, what
    /// was in force stays.
    pub(super) async fn put_in_force(&mut self, policy: Policy, netlink: &Netlink) -> Result<()> {
        self.put(policy, Elsewhere::Undone, netlink).await
    }

    /// When the next audit ends; then is the time to adapt.
    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.in_force.as_ref()?.policy.next_end()
    }

    /// Puts the policy in force anew, if an audit in it is over, or other links or addresses make
    /// other tables of it. If not, the generation in force is put on the interfaces that do not run it.
    pub(super) async fn adapt(&mut self, netlink: &Netlink) -> Result<()> {
        let Some(in_force) = &self.in_force else {
            return Ok(());
        };
        let now = Timestamp::now();
        let over = audits::over(&in_force.policy, now);
        if over.is_empty() {
            return self.adapt_to_links(netlink).await;
        }
        // Kept as it holds now: what is enforced stays so, even if the clock steps back.
        let policy = in_force.policy.clone().at(now);
        let put = self.put(policy, Elsewhere::Done, netlink).await;
        if self.next_end().is_some_and(|end| end <= now) {
            let (over, seconds) = (over.join(", "), RETRY.as_secs());
            return put.context(format!(
                "{over}, and it is NOT ENFORCED yet; tried again every {seconds} s"
            ));
        }
        for words in over {
            info!("{words}: enforcing");
        }
        put
    }

    /// Puts the policy in force anew, if other links or addresses make other tables of it.
    async fn adapt_to_links(&mut self, netlink: &Netlink) -> Result<()> {
        let Some(in_force) = &self.in_force else {
            return Ok(());
        };
        let topology = netlink.topology().await?;
        let compiled = self.compile(&in_force.policy, &topology)?;
        let same =
            compiled == in_force.compiled && wanted(&in_force.policy, &topology) == in_force.wanted;
        if same {
            return self.complete(netlink).await;
        }
        let policy = in_force.policy.clone();
        let elsewhere = Elsewhere::Done;
        self.change(policy, &topology, compiled, elsewhere, netlink)
            .await
    }

    async fn put(&mut self, policy: Policy, elsewhere: Elsewhere, netlink: &Netlink) -> Result<()> {
        let topology = netlink.topology().await?;
        let compiled = self.compile(&policy, &topology)?;
        self.change(policy, &topology, compiled, elsewhere, netlink)
            .await
    }

    async fn complete(&mut self, netlink: &Netlink) -> Result<()> {
        if self.unwritten.is_some() {
            self.write_down();
        }
        let Some(in_force) = &mut self.in_force else {
            return Ok(());
        };
        let missing = in_force.missing(&netlink.attached().await?);
        let count = missing.len();
        let open = links::complete(&mut in_force.generation, missing, self.directories)?;
        if open.len() < count {
            self.announce(netlink).await?;
        }
        self.tell_open(open);
        Ok(())
    }

    /// Keeps the record for whoever comes next. Enforcement does not wait for it.
    fn write_down(&mut self) {
        let failure = self.record.write(self.directories).err();
        let failure = failure.map(|error| format!("{error:#}"));
        if let Some(words) = failure.as_ref().filter(|_| self.unwritten != failure) {
            error!(
                "generation {} is in force and `enforcer status` cannot know of it; tried again \
                 every {} s: {words}",
                self.record.generation,
                RETRY.as_secs()
            );
        }
        self.unwritten = failure;
    }

    /// Tells which interfaces are let go, by the names that they had.
    fn tell_removed(&self, removed: &[u32]) {
        let wanted = self.in_force.as_ref().map(|in_force| &in_force.wanted);
        for index in removed {
            let mut wanted = wanted.into_iter().flatten();
            let name = wanted.find(|interface| interface.index == *index);
            let name = name.map_or_else(
                || format!("interface {index}"),
                |interface| interface.name.clone(),
            );
            info!("{name} is no longer enforced: it is gone, or the policy does not name it");
        }
    }

    /// Tells about each open interface once, for as long as the cause is the same.
    fn tell_open(&mut self, open: Vec<Open>) {
        let told = mem::take(&mut self.open);
        for Open { interface, error } in open {
            let words = format!("{error:#}");
            if told.get(&interface.index) != Some(&words) {
                error!(
                    interface = interface.name,
                    "{} is not enforced; tried again every {} s: {words}",
                    interface.name,
                    RETRY.as_secs()
                );
            }
            self.open.insert(interface.index, words);
        }
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
        let mut proved = loaded.prove_policy(&policy, topology, &ids)?;
        let links = topology.links.iter();
        self.names.learn(
            record.clone(),
            links.map(|link| (link.index, link.name.clone())),
        );
        let diagnostics = self.listen(&mut proved)?;
        let wanted = wanted(&policy, topology);
        let program = proved.program()?.info()?.id();
        let Done {
            generation,
            open,
            removed,
        } = links::put_in_force(proved, &wanted, elsewhere, self.directories)?;
        self.tell_removed(&removed);
        self.diagnostics = diagnostics;
        self.record = record;
        self.in_force = Some(InForce {
            policy,
            compiled,
            wanted,
            generation,
            program,
        });
        self.write_down();
        counters::forget(self.directories, |camera| {
            self.record.cameras.contains_key(&camera) || camera == STRANGERS
        })?;
        self.announce(netlink).await?;
        self.tell_open(open);
        Ok(())
    }

    fn listen(&self, generation: &mut Proved) -> Result<Option<Diagnostics>> {
        let is_asked = self.settings.log_level > 0;
        is_asked
            .then(|| Diagnostics::start(generation.ebpf()))
            .transpose()
    }

    /// Says what is in force, where, and where not yet.
    async fn announce(&mut self, netlink: &Netlink) -> Result<()> {
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
        let generation = self.record.generation;
        let announced = format!("generation {generation} in force on {places}");
        info!(
            generation,
            policy = policy.path,
            interfaces = places,
            "{announced}"
        );
        for row in &policy.interfaces {
            if !wanted
                .iter()
                .any(|interface| row.name.matches(&interface.name))
            {
                info!("no interface {} now; waiting for it", row.name);
            }
        }
        self.announced = announced;
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
