//! The generation that was in force before, and going back to it.

use anyhow::{Context as _, Result};
use tracing::info;

use super::{Enforcement, InForce, Made};
use crate::{
    kernel::links::{self, Before},
    netlink::Netlink,
    numbering::CameraIds,
    policy::Policy,
    record::Record,
    unconfirmed::Step,
};

/// The generation that was in force before, of another policy. Its program is pinned.
pub(super) struct Kept {
    pub(super) record: Record,
    /// What it was made of; none of one that an earlier daemon made.
    pub(super) made: Option<Made>,
}

impl Enforcement<'_> {
    /// Stays with the generation that was gone back to, if that was from these very files: only another
    /// change of them, or a reload, brings them back. Whether it does.
    pub(in crate::daemon) async fn stay_back(
        &mut self,
        read: &str,
        netlink: &Netlink,
    ) -> Result<bool> {
        let from = self.kept.as_ref().map(|kept| &kept.record);
        // Its number is the higher one: it was not before this one, but gone back from.
        let from = from.filter(|from| from.generation > self.record.generation);
        let Some(from) = from.filter(|from| from.read == read) else {
            return Ok(false);
        };
        let (from, policy) = (from.generation, from.policy.clone());
        if !self.adopt(netlink).await? {
            return Ok(false);
        }
        info!(
            "generation {from} was gone back from, and {policy} has not changed since; `enforcer \
             reload` puts it in force all the same"
        );
        self.go_on(netlink).await?;
        Ok(true)
    }

    /// Stays with the generation that an earlier daemon put in force, whatever the files are. Whether it is
    /// known which that is.
    pub(in crate::daemon) async fn stay(&mut self, netlink: &Netlink) -> Result<bool> {
        let is_known = self.adopt(netlink).await?;
        if is_known {
            self.go_on(netlink).await?;
        }
        Ok(is_known)
    }

    async fn adopt(&mut self, netlink: &Netlink) -> Result<bool> {
        let program = links::in_force(self.directories)?;
        let Some(program) = program else {
            return Ok(false);
        };
        let number = program.info()?.id();
        if number != self.record.program {
            return Ok(false);
        }
        self.in_force = Some(InForce {
            made: None,
            wanted: self.record.wanted(&netlink.topology().await?),
            program,
        });
        Ok(true)
    }

    async fn go_on(&mut self, netlink: &Netlink) -> Result<()> {
        self.tell_unmade();
        self.complete(netlink).await?;
        self.announce(netlink).await;
        Ok(())
    }

    /// Puts the generation in force again that was before, of another policy, as it is: nothing is
    /// compiled or proved. Whatever fails, what was in force stays.
    pub(in crate::daemon) async fn revert(&mut self, netlink: &Netlink) -> Result<()> {
        let topology = netlink.topology().await?;
        let kept = self.kept.as_ref().context(links::NOTHING_KEPT)?;
        let wanted = kept.record.wanted(&topology);
        let done = links::go_back(&wanted, self.directories)?;
        let Some(Kept { record, made }) = self.kept.take() else {
            return Ok(());
        };
        let (from, to) = (self.record.generation, record.generation);
        info!("going back from generation {from} to generation {to}");
        self.learn(&record, &topology);
        self.took_over(done, record, made, wanted, Before::Stays, netlink)
            .await;
        self.tell_unmade();
        // What it was made for may have changed since.
        self.adapt(netlink).await
    }

    /// Whether there is a generation to go back to.
    pub(in crate::daemon) const fn can_go_back(&self) -> bool {
        self.kept.is_some()
    }

    /// Whether a policy, read from these files, is another than the one in force.
    pub(in crate::daemon) fn is_another(&self, policy: &Policy, read: &str) -> bool {
        let in_force = self.in_force.as_ref().and_then(InForce::policy);
        in_force != Some(policy) && read != self.record.read
    }

    /// What tells the files that the policy in force was read from.
    pub(in crate::daemon) fn read(&self) -> &str {
        &self.record.read
    }

    /// What the next policy would be gone back to from.
    pub(in crate::daemon) fn next_step(&self) -> Step {
        Step {
            generation: self.next_generation(),
            back_to: self.record.generation,
            back_to_program: self.record.program,
        }
    }

    /// What the policy in force can be gone back to from; nothing if it was itself gone back to.
    pub(in crate::daemon) fn last_step(&self) -> Option<Step> {
        let kept = &self.kept.as_ref()?.record;
        let is_before = kept.generation < self.record.generation;
        is_before.then_some(Step {
            generation: self.record.generation,
            back_to: kept.generation,
            back_to_program: kept.program,
        })
    }

    /// Whether the policy in force is at hand: none that an earlier daemon put in force is.
    pub(in crate::daemon) fn has_policy(&self) -> bool {
        self.in_force.as_ref().and_then(InForce::policy).is_some()
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
