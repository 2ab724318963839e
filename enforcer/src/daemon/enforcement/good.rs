//! The last good policy: kept once a policy is in force, and read where there is no other.

use anyhow::Result;
use tracing::{error, info, warn};

use super::{Enforcement, Provenance};
use crate::{
    daemon::RETRY, good::Good, kernel::links::Elsewhere, netlink::Netlink, policy::Policy,
    stand_in::StandIn,
};

/// What could not be kept yet.
pub(super) struct Unkept {
    good: Good,
    /// Why not, as it was told.
    told: Option<String>,
}

impl Enforcement<'_> {
    /// Keeps the policy that has been put in force as the last good one: that which the next start falls back to.
    /// Enforcement does not wait for it.
    pub(in crate::daemon) fn keep_as_good(&mut self, good: Option<Good>) {
        self.unkept = None;
        if let Some(good) = good {
            self.keep(Unkept { good, told: None });
        }
    }

    pub(super) fn keep(&mut self, Unkept { good, told }: Unkept) {
        let Err(error) = good.keep(self.directories) else {
            if told.is_some() {
                info!("the policy in force is kept as the last good one now");
            }
            return;
        };
        let words = format!("{error:#}");
        if told.as_ref() != Some(&words) {
            error!(
                "generation {} is in force, and would not be after a reboot if its policy file were broken \
                 then: it cannot be kept as the last good policy; tried again every {} s: {words}",
                self.record.generation,
                RETRY.as_secs()
            );
        }
        let told = Some(words);
        self.unkept = Some(Unkept { good, told });
    }

    /// Notes what is wrong with the policy that something else is in force in place of.
    pub(in crate::daemon) fn still_instead(&mut self, error: &anyhow::Error) {
        let Some(stand_in) = &mut self.record.stand_in else {
            return;
        };
        let now = StandIn::new(stand_in.what, error);
        if *stand_in != now {
            *stand_in = now;
            self.write_down();
        }
    }

    /// Makes the generation in force anew, of its policy as that is kept: it is of an earlier daemon, and what
    /// changes from here on must make other tables of it. Whatever fails, it stays as it is.
    pub(super) async fn make_anew(&mut self, netlink: &Netlink) -> Result<()> {
        let made = match self.policy_of_record() {
            Some(policy) => {
                let from = Provenance::of(&self.record);
                self.put(policy, from, Elsewhere::Done, netlink).await
            }
            None => Ok(()),
        };
        self.tell_unmade();
        made
    }

    /// The policy of the generation in force, if it is kept.
    pub(super) fn policy_of_record(&self) -> Option<Policy> {
        let good = Good::of(&self.record.read, self.directories)?;
        let policy = good.policy();
        let words = "the policy in force cannot be read as it is kept";
        policy.map_err(|error| warn!("{words}: {error:#}")).ok()
    }
}
