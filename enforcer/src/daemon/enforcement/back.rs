//! The generation that was in force before, and going back to it.

use anyhow::{Context as _, Result};
use tracing::{error, info};

use super::{Enforcement, InForce, Made};
use crate::{
    good::Good,
    kernel::links::{self, Before},
    netlink::Netlink,
    numbering::CameraIds,
    policy::NamePattern,
    record::Record,
    stand_in::StandIn,
};

/// The generation that was in force before, of another policy. Its program is pinned.
pub(super) struct Kept {
    pub(super) record: Record,
    /// What it was made of; none of one that an earlier daemon made.
    pub(super) made: Option<Made>,
}

impl Enforcement<'_> {
    /// Stays with the policy that was gone back to, if that was from these very files: only another
    /// change of them, or SIGHUP, brings them back. Whether it does.
    pub(in crate::daemon) async fn stay_back(
        &mut self,
        read: &str,
        netlink: &Netlink,
    ) -> Result<bool> {
        let is_from = |kept: &&Kept| {
            kept.record.read == read && self.record.back_from.as_deref() == Some(read)
        };
        let Some(from) = self.kept.as_ref().filter(is_from) else {
            return Ok(false);
        };
        let (from, policy) = (from.record.generation, from.record.policy.clone());
        if !self.adopt(netlink).await? {
            return Ok(false);
        }
        info!(
            "generation {from} was gone back from, and {policy} has not changed since; SIGHUP puts \
             it in force all the same"
        );
        if let Err(error) = self.make_anew(netlink).await {
            error!("what was in force stays in force as it is: {error:#}");
        }
        if self.announced.is_empty() {
            let now = netlink.look().await?;
            self.complete(&now, netlink).await?;
            self.announce(netlink).await;
        }
        Ok(true)
    }

    /// Goes on with the program that an earlier daemon put in force, as it is; whether there is one of which it is
    /// known what it is.
    async fn adopt(&mut self, netlink: &Netlink) -> Result<bool> {
        let Some(program) = links::in_force(self.directories)? else {
            return Ok(false);
        };
        if program.info()?.id() != self.record.program {
            return Ok(false);
        }
        self.in_force = Some(InForce {
            made: None,
            wanted: self.record.wanted(&netlink.topology().await?),
            program,
        });
        Ok(true)
    }

    /// Goes on with that program where nothing is known of its policy, in place of the policy that should
    /// be, and puts it on more interfaces. Its tables know nothing of those, and drop what they cannot place.
    pub(in crate::daemon) async fn adopt_on(
        &mut self,
        more: &[NamePattern],
        stand_in: StandIn,
        netlink: &Netlink,
    ) -> Result<bool> {
        let before = self.record.clone();
        let more = more.iter().map(ToString::to_string);
        let more = more.filter(|name| !before.interfaces.contains(name));
        self.record.interfaces.extend(more);
        if !self.adopt(netlink).await? {
            self.record = before;
            return Ok(false);
        }
        self.record.stand_in = Some(stand_in);
        self.tell_unmade();
        let now = netlink.look().await?;
        self.complete(&now, netlink).await?;
        self.write_down();
        self.announce(netlink).await;
        Ok(true)
    }

    /// Puts the generation in force again that was before, of another policy, as it is: nothing is
    /// compiled or proved. Whatever fails, what was in force stays.
    pub(in crate::daemon) async fn revert(&mut self, netlink: &Netlink) -> Result<()> {
        self.put_pins_back()?;
        let topology = netlink.topology().await?;
        let kept = self.kept.as_ref().context(links::NOTHING_KEPT)?;
        let wanted = kept.record.wanted(&topology);
        let done = links::go_back(&wanted, self.open_indexes(), self.directories)?;
        let Some(Kept { record, made }) = self.kept.take() else {
            return Ok(());
        };
        let record = record.back_from(&self.record);
        let (from, to) = (self.record.generation, record.generation);
        info!("going back from generation {from} to generation {to}");
        self.learn(&record, &topology);
        self.took_over(done, record, made, wanted, Before::Stays, netlink)
            .await;
        self.keep_as_good(Good::of(&self.record.read, self.directories));
        let is_made = self.in_force.as_ref().is_some_and(|it| it.made.is_some());
        if !is_made {
            self.make_anew(netlink).await?;
        }
        // What it was made for may have changed since.
        self.adapt(netlink).await
    }

    /// The numbers of the cameras that are counted: also of those that can be gone back to.
    pub(super) fn ids(&self) -> CameraIds {
        let kept = self.kept.as_ref().map(|kept| &kept.record.ids);
        kept.map_or_else(
            || self.record.ids.clone(),
            |kept| self.record.ids.joined(kept),
        )
    }

    /// A number that no generation had: not the one in force, and not the one that was gone back from.
    pub(super) fn next_generation(&self) -> u32 {
        let kept = self.kept.as_ref().map_or(0, |kept| kept.record.generation);
        self.record.generation.max(kept) + 1
    }
}
