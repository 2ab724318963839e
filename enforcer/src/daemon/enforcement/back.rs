//! The generation that was in force before, and going back to it.

use anyhow::{Context as _, Result};
use tracing::{error, info};

use super::{Enforcement, InForce, Made};
use crate::{
    good::Good,
    kernel::links::{self, Before},
    netlink::Netlink,
    numbering::CameraIds,
    policy::{NamePattern, Policy},
    record::Record,
    stand_in::{StandIn, What},
    unconfirmed::Step,
};

/// The generation that was in force before, of another policy. Its program is pinned.
pub(super) struct Kept {
    pub(super) record: Record,
    /// What it was made of; none of one that an earlier daemon made.
    pub(super) made: Option<Made>,
}

impl Enforcement<'_> {
    /// Stays with the policy that was gone back to, if that was from these very files: only another
    /// change of them, or a reload, brings them back. Whether it does.
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

    /// Goes on with what was adopted; made anew, if its policy is kept.
    async fn go_on(&mut self, netlink: &Netlink) -> Result<()> {
        if let Err(error) = self.make_anew(netlink).await {
            error!("what was in force stays in force as it is: {error:#}");
        }
        if self.announced.is_empty() {
            let now = netlink.look().await?;
            self.complete(&now, netlink).await?;
            self.announce(netlink).await;
        }
        Ok(())
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

    /// Whether there is a generation to go back to.
    pub(in crate::daemon) const fn can_go_back(&self) -> bool {
        self.kept.is_some()
    }

    /// Whether a policy, read from these files, is another than the one in force, and that one worth to go back
    /// to: nobody wrote one that lets nothing pass.
    pub(in crate::daemon) fn is_another(&self, policy: &Policy, read: &str) -> bool {
        let in_force = self.in_force.as_ref().and_then(InForce::policy);
        !self.is_closed() && in_force != Some(policy) && read != self.record.read
    }

    /// Whether what is in force is no policy that anybody wrote.
    pub(in crate::daemon) fn is_closed(&self) -> bool {
        let stand_in = self.record.stand_in.as_ref();
        stand_in.is_some_and(|stand_in| stand_in.what == What::FailClosed)
    }

    /// The policy that can be gone back to, if it is kept.
    pub(in crate::daemon) fn good_before(&self) -> Option<Good> {
        let kept = self.kept.as_ref()?;
        Good::of(&kept.record.read, self.directories)
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
        let is_back = self.record.back_from.is_some() || self.record.stand_in.is_some();
        let is_before = !is_back && kept.generation < self.record.generation;
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
