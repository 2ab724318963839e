//! What is in force, and the ways to change it: compile, load, prove, put in force; or go back to what was
//! in force before.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::Arc,
};

use anyhow::Result;
use enforcer_common::{
    compiled::Compiled,
    table::{CameraId, STRANGERS},
};
use rustix::io::Errno;
use tracing::{error, info, warn};

use super::{RETRY, diagnostics::Diagnostics, listener::Listener, stream::Names};
use crate::{
    compile::CompiledPolicy,
    control::desk::Desk,
    directories::Directories,
    exit::{Exit, Failure},
    kernel::{
        counters, errno,
        generation::{Loaded, Proved, Settings},
        hits,
        links::{self, Before, Done, Elsewhere, Held, Wanted},
    },
    netlink::{Attached, Netlink},
    numbering::CameraIds,
    policy::Policy,
    record::{Record, Records},
    topology::Topology,
};

mod adapt;
mod back;
mod good;
mod in_force;
mod tell;

use back::Kept;
use good::Unkept;
pub(super) use in_force::Provenance;
use in_force::{InForce, Made};

/// What is in force.
pub(super) struct Enforcement<'d> {
    directories: &'d Directories,
    settings: Settings,
    names: Names,
    desk: Desk,
    /// Hears what names cameras are told, if that is asked for.
    listener: Option<Listener>,
    record: Record,
    in_force: Option<InForce>,
    /// What can be gone back to.
    kept: Option<Kept>,
    /// The interfaces that it is not in force on and should be, by index.
    open: BTreeMap<u32, StillOpen>,
    /// So that taking the pins away alone ends nothing.
    held: Held,
    /// What holds interfaces that it should not be in force on, as it was told.
    stuck: Vec<String>,
    /// Why it is not written down what is in force, as it was told.
    unwritten: Option<String>,
    /// What is not kept yet as the last good policy, and should be.
    unkept: Option<Unkept>,
    /// What was said last of what is in force.
    announced: String,
}

/// An interface that it is not in force on and should be.
struct StillOpen {
    /// Why, as it was told.
    words: String,
    /// The program that is on it; another's.
    program: Option<u32>,
}

/// A policy that is to be put in force.
struct New {
    policy: Policy,
    from: Provenance,
    compiled: CompiledPolicy,
    elsewhere: Elsewhere,
}

impl<'d> Enforcement<'d> {
    /// Takes over what an earlier daemon left.
    pub(super) fn new(
        directories: &'d Directories,
        settings: Settings,
        (names, listener): (Names, Option<Listener>),
        desk: Desk,
    ) -> Self {
        let Records { in_force, kept } = Records::read(directories).unwrap_or_else(|error| {
            warn!("what was in force is not known, so cameras get new numbers: {error:#}");
            Records::default()
        });
        for record in kept.iter().chain(&in_force) {
            names.learn(record.clone(), std::iter::empty());
        }
        if let Some(record) = &in_force {
            info!(
                "generation {} is in force already; taking over",
                record.generation
            );
        }
        tell_leftovers(directories);
        Self {
            directories,
            settings,
            names,
            desk,
            listener,
            record: in_force.unwrap_or_else(|| Record {
                ids: unknown_ids(directories),
                ..Record::default()
            }),
            in_force: None,
            kept: kept.map(|record| Kept { record, made: None }),
            open: BTreeMap::new(),
            held: Held::default(),
            stuck: Vec::new(),
            unwritten: None,
            unkept: None,
            announced: String::new(),
        }
    }

    /// Where everything is kept.
    pub(super) const fn directories(&self) -> &'d Directories {
        self.directories
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
        let open = (!open.is_empty()).then(|| format!("NOT on {}", open.join(", ")));
        let stand_in = self.record.stand_in.as_ref();
        let stand_in = stand_in.map(|stand_in| format!("this is {stand_in}"));
        let words = [Some(self.announced.clone()), open, stand_in];
        words.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// The interfaces that it is not in force on and should be, by index.
    fn open_indexes(&self) -> BTreeSet<u32> {
        self.open.keys().copied().collect()
    }

    /// Whether it is in force on every interface that it should be and on no other, and written down.
    pub(super) fn is_complete(&self) -> bool {
        self.open.is_empty()
            && self.stuck.is_empty()
            && self.unwritten.is_none()
            && self.unkept.is_none()
    }

    /// Puts the first policy of a daemon in force. An interface that somebody else holds stays as it is, and
    /// is tried again; an error if all are.
    pub(super) async fn start(
        &mut self,
        policy: Policy,
        from: Provenance,
        netlink: &Netlink,
    ) -> Result<()> {
        self.put(policy, from, Elsewhere::Free, netlink).await
    }

    /// Puts a policy in force on the links that are there, all in one step. Whatever fails, what
    /// was in force stays.
    pub(super) async fn put_in_force(
        &mut self,
        policy: Policy,
        from: Provenance,
        netlink: &Netlink,
    ) -> Result<()> {
        let elsewhere = Elsewhere::Undone(self.open_indexes());
        self.put(policy, from, elsewhere, netlink).await
    }

    async fn put(
        &mut self,
        policy: Policy,
        from: Provenance,
        elsewhere: Elsewhere,
        netlink: &Netlink,
    ) -> Result<()> {
        self.put_pins_back()?;
        let topology = netlink.topology().await?;
        let new = New {
            compiled: self.compile(&policy, &topology)?,
            policy,
            from,
            elsewhere,
        };
        self.change(new, &topology, netlink).await
    }

    fn compile(&self, policy: &Policy, topology: &Topology) -> Result<CompiledPolicy> {
        let ids = self.ids().assign(policy);
        CompiledPolicy::new(policy, topology, &ids).map_err(|error| {
            let words = format!("{}: too large for the kernel's tables", policy.path);
            anyhow::Error::new(error).context(Failure::new(Exit::BadPolicy, words))
        })
    }

    async fn change(&mut self, new: New, topology: &Topology, netlink: &Netlink) -> Result<()> {
        let before = self.before(&new);
        let New {
            policy,
            from,
            compiled,
            elsewhere,
        } = new;
        let ids = self.ids().assign(&policy);
        let mut record = Record::new(self.next_generation(), &policy, ids.clone());
        record.read = from.read;
        record.stand_in = from.stand_in;
        record.back_from = from.back_from;
        record.taken_off = self.record.taken_off;
        let loaded = Loaded::new(&compiled, &record, self.directories, self.settings)?;
        let mut proved = loaded.prove_policy(&policy, topology, &ids)?;
        self.learn(&record, topology);
        let diagnostics = self.listen(&mut proved)?;
        let wanted = record.wanted(topology);
        record.program = proved.program()?.info()?.id();
        let put = links::put_in_force(proved, &wanted, &elsewhere, before, self.directories);
        if put.is_err() {
            self.forget();
        }
        let made = Made {
            policy,
            compiled: Arc::new(Compiled(compiled)),
            _diagnostics: diagnostics,
        };
        self.took_over(put?, record, Some(made), wanted, before, netlink)
            .await;
        Ok(())
    }

    /// Notes and tells what is in force now. Whatever fails here, it is in force.
    async fn took_over(
        &mut self,
        done: Done,
        record: Record,
        made: Option<Made>,
        wanted: Vec<Wanted>,
        before: Before,
        netlink: &Netlink,
    ) {
        let Done {
            program,
            open,
            released,
        } = done;
        let record = record.after(&self.record);
        let record = mem::replace(&mut self.record, record);
        let in_force = InForce {
            made,
            wanted,
            program,
        };
        let replaced = self.in_force.replace(in_force);
        let (wanted, made) = replaced.map_or_else(Default::default, |replaced| {
            (replaced.wanted, replaced.made)
        });
        if before == Before::Stays {
            let is_kept = links::kept_number(self.directories) == Some(record.program);
            self.kept = is_kept.then_some(Kept { record, made });
        }
        self.tell_released(released, &wanted);
        self.write_down();
        self.forget();
        self.hold();
        self.listen_for_names();
        let attached = self.announce(netlink).await;
        self.tell_open(open, &attached);
    }

    /// Names are heard where it is in force now, for its cameras. The tables of a generation that an earlier daemon
    /// made are not at hand; another comes soon.
    fn listen_for_names(&self) {
        let made = self.in_force.as_ref();
        let made = made.and_then(|it| Some((it.made.as_ref()?, &*it.wanted)));
        if let (Some(listener), Some((made, wanted))) = (&self.listener, made) {
            listener.follow(&made.compiled, &self.record, wanted);
        }
    }

    /// What becomes of the generation in force when another comes. Only if that is of another policy there
    /// would be a point in going back; and never to a policy that nobody wrote.
    fn before(&self, new: &New) -> Before {
        if self.is_another(&new.policy, &new.from.read) {
            Before::Stays
        } else {
            Before::Goes
        }
    }

    /// The generations whose programs are loaded: the one in force, and the one that can be gone back to.
    fn loaded(&self) -> BTreeSet<u32> {
        let kept = self.kept.as_ref().map(|kept| kept.record.generation);
        kept.into_iter().chain([self.record.generation]).collect()
    }

    /// Holds the links that are pinned now.
    fn hold(&mut self) {
        if let Err(error) = self.held.update(self.directories, &self.loaded()) {
            warn!("enforcement ends if the pins of its links are taken away: {error:#}");
        }
    }

    /// Removes what no program counts any more: of cameras, and of rules. Enforcement does not wait for it.
    fn forget(&self) {
        let kept = self.kept.as_ref().map(|kept| &kept.record);
        let is_counted = |camera: CameraId| {
            let mut records = kept.into_iter().chain([&self.record]);
            camera == STRANGERS || records.any(|record| record.cameras.contains_key(&camera))
        };
        let loaded = self.loaded();
        let is_loaded = |generation| loaded.contains(&generation);
        // What older ones wrote is taken down first.
        self.desk.loaded(loaded.clone());
        let forgotten = counters::forget(self.directories, is_counted)
            .and_then(|()| hits::forget(self.directories, is_loaded));
        if let Err(error) = forgotten {
            let generation = self.record.generation;
            warn!(
                "generation {generation} is in force; counters of what is gone stay until the next: \
                 {error:#}"
            );
        }
    }

    fn listen(&self, generation: &mut Proved) -> Result<Option<Diagnostics>> {
        let is_asked = self.settings.log_level > 0;
        is_asked
            .then(|| Diagnostics::start(generation.ebpf()))
            .transpose()
    }

    fn learn(&self, record: &Record, topology: &Topology) {
        let links = topology.links.iter();
        let links = links.map(|link| (link.index, link.name.clone()));
        self.names.learn(record.clone(), links);
    }

    /// Keeps the records for whoever comes next. Enforcement does not wait for it.
    fn write_down(&mut self) {
        let records = Records {
            in_force: Some(self.record.clone()),
            kept: self.kept.as_ref().map(|kept| kept.record.clone()),
        };
        let failure = records.write(self.directories).err();
        let failure = failure.map(|error| {
            let is_denied = errno(&*error) == Some(Errno::ACCESS);
            let advice = if is_denied {
                "; a directory that was made anew is not the daemon's: start the daemon anew"
            } else {
                ""
            };
            format!("{error:#}{advice}")
        });
        if let Some(words) = failure.as_ref().filter(|_| self.unwritten != failure) {
            error!(
                "generation {} is in force and `enforcer status` cannot know of it, or `enforcer revert` of the \
                 one before; tried again every {} s: {words}",
                self.record.generation,
                RETRY.as_secs()
            );
        }
        self.unwritten = failure;
    }
}

impl StillOpen {
    /// Whether another's program was on it that is there no more.
    fn is_free(&self, attached: Option<&Attached>) -> bool {
        self.program.is_some() && self.program != attached.map(|attached| attached.program)
    }
}

/// Tells what is among the pins and is nobody's that is known.
fn tell_leftovers(directories: &Directories) {
    match links::leftovers(directories) {
        Ok(leftovers) => {
            for path in leftovers {
                warn!(
                    "{}: among the pins, and not of this program; left alone, remove it if it is nobody's",
                    path.display()
                );
            }
        }
        Err(error) => warn!("what is among the pins is not known: {error:#}"),
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
