//! The generation that was in force before, and going back to it.

use anyhow::{Context as _, Result};
use tracing::info;

use super::{Enforcement, InForce, Made};
use crate::{
    kernel::links::{self, Before},
    netlink::Netlink,
    numbering::CameraIds,
    record::Record,
};

/// The generation that was in force before, of another policy. Its program is pinned.
pub(super) struct Kept {
    pub(super) record: Record,
    /// What it was made of; none of one that an earlier daemon made.
    pub(super) made: Option<Made>,
}

impl Enforcement<'_> {
    /// Stays with the generation that was gone back to, if that was from these very files: only another
    /// change of them, or SIGHUP, brings them back. Whether it does.
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
        let program = links::in_force(self.directories)?;
        let Some(program) = program else {
            return Ok(false);
        };
        let number = program.info()?.id();
        if number != self.record.program {
            return Ok(false);
        }
        let (from, policy) = (from.generation, &from.policy);
        info!(
            "generation {from} was gone back from, and {policy} has not changed since; SIGHUP puts \
             it in force all the same"
        );
        let now = netlink.look().await?;
        self.in_force = Some(InForce {
            made: None,
            wanted: self.record.wanted(&now.topology),
            program,
        });
        self.tell_unmade();
        self.complete(&now, netlink).await?;
        self.announce(netlink).await;
        Ok(true)
    }

    /// Puts the generation in force again that was before, of another policy, as it is: nothing is
    /// compiled or proved. Whatever fails, what was in force stays.
    pub(in crate::daemon) async fn revert(&mut self, netlink: &Netlink) -> Result<()> {
        let topology = netlink.topology().await?;
        let kept = self.kept.as_ref().context(links::NOTHING_KEPT)?;
        let wanted = kept.record.wanted(&topology);
        let done = links::go_back(&wanted, self.open_indexes(), self.directories)?;
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
