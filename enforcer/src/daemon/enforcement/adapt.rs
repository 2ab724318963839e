//! The policy in force goes on while the clock, links and addresses change.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tracing::{error, info, warn};

use super::{Enforcement, InForce, Made, New, Provenance, StillOpen};
use crate::{
    daemon::{RETRY, WATCH, audits},
    kernel::links::{self, Elsewhere, Restored, Wanted},
    netlink::{Look, Netlink},
    words::Count,
};

impl Enforcement<'_> {
    /// When the next audit ends; then is the time to adapt.
    pub(in crate::daemon) fn next_end(&self) -> Option<Timestamp> {
        self.in_force.as_ref()?.policy()?.next_end()
    }

    /// Puts the policy in force anew, if an audit in it is over, or other links or addresses make
    /// other tables of it. If not, the generation in force is put on the interfaces that do not run it.
    pub(in crate::daemon) async fn adapt(&mut self, netlink: &Netlink) -> Result<()> {
        self.put_pins_back()?;
        let Some(in_force) = &mut self.in_force else {
            return Ok(());
        };
        let Some(policy) = in_force.policy() else {
            // Its tables know nothing of what is new, and drop what comes from there.
            let now = netlink.look().await?;
            in_force.wanted = self.record.wanted(&now.topology);
            return self.complete(&now, netlink).await;
        };
        let now = Timestamp::now();
        let over = audits::over(policy, now);
        if over.is_empty() {
            return self.adapt_to_links(netlink).await;
        }
        // Kept as it holds now: what is enforced stays so, even if the clock steps back.
        let policy = policy.clone().at(now);
        let from = Provenance::of(&self.record);
        let put = self.put(policy, from, Elsewhere::Done, netlink).await;
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
        let now = netlink.look().await?;
        let Some(InForce {
            made: Some(Made {
                policy, compiled, ..
            }),
            wanted,
            ..
        }) = &self.in_force
        else {
            return Ok(());
        };
        let new = New {
            compiled: self.compile(policy, &now.topology)?,
            policy: policy.clone(),
            from: Provenance::of(&self.record),
            elsewhere: Elsewhere::Done,
        };
        if new.compiled == compiled.0 && self.record.wanted(&now.topology) == *wanted {
            return self.complete(&now, netlink).await;
        }
        self.tell_lost(&now);
        self.change(new, &now.topology, netlink).await
    }

    /// Puts the program on again wherever somebody has taken it off, and where somebody has taken off another
    /// that was in the way; true if there was anything to do.
    ///
    /// The kernel tells nobody that a link was detached by force, so it is looked at every now and then.
    pub(in crate::daemon) async fn watch(&mut self, netlink: &Netlink) -> Result<bool> {
        // What is wrong with pins is no reason not to look at programs.
        let restored = self.put_pins_back();
        let done = self.look_after(netlink).await?;
        restored.map(|()| done)
    }

    async fn look_after(&mut self, netlink: &Netlink) -> Result<bool> {
        let Some(in_force) = &self.in_force else {
            return Ok(false);
        };
        let attached = netlink.attached().await?;
        let is_free = |(index, open): (&u32, &StillOpen)| open.is_free(attached.get(index));
        let is_free = self.open.iter().any(is_free);
        let missing = in_force.missing(self.record.program, &attached);
        if !is_free && !missing.iter().any(|one| self.held.has(one.index)) {
            return Ok(false);
        }
        let now = netlink.look().await?;
        if !is_free && self.lost(&now).is_empty() {
            return Ok(false);
        }
        self.complete(&now, netlink).await?;
        Ok(true)
    }

    /// The interfaces that somebody has taken the program off.
    fn lost(&self, now: &Look) -> Vec<Wanted> {
        let Some(in_force) = &self.in_force else {
            return Vec::new();
        };
        let mut lost = in_force.missing(self.record.program, &now.attached);
        // One that is gone is told of by the kernel, and is nobody's doing.
        let there = self.record.wanted(&now.topology);
        lost.retain(|one| self.held.has(one.index) && there.contains(one));
        lost
    }

    /// Tells of those and counts them; whether there are any.
    fn tell_lost(&mut self, now: &Look) -> bool {
        let lost = self.lost(now);
        for interface in &lost {
            self.record.taken_off += 1;
            error!(
                "{}: the program was taken off, and cameras behind it were not enforced, for {} ms at \
                 most until now; putting it on again",
                interface.name,
                WATCH.as_millis()
            );
        }
        !lost.is_empty()
    }

    /// Pins again what somebody has taken the pins of, be it by unmounting their file system, once there is one again.
    pub(super) fn put_pins_back(&mut self) -> Result<()> {
        let Some(in_force) = &mut self.in_force else {
            return Ok(());
        };
        let restored = self.held.restore(&mut in_force.program, self.directories);
        let Restored { links, others } = restored.context(
            "enforcement would end with this daemon: its pins in the BPF file system are gone",
        )?;
        if links + others > 0 {
            warn!(
                "the pins of {} were taken away, and are back; enforcement went on",
                if links > 0 {
                    Count(links, "link").to_string()
                } else {
                    Count(others, "program or map").to_string()
                }
            );
        }
        Ok(())
    }

    /// Puts the generation in force on the interfaces that it is missing on, as they are now, and takes all
    /// others off.
    pub(super) async fn complete(&mut self, now: &Look, netlink: &Netlink) -> Result<()> {
        let is_lost = self.tell_lost(now);
        if let Some(unkept) = self.unkept.take() {
            self.keep(unkept);
        }
        let Some(in_force) = &mut self.in_force else {
            return Ok(());
        };
        let missing = in_force.missing(self.record.program, &now.attached);
        let count = missing.len();
        let open = links::complete(&mut in_force.program, missing, self.directories);
        let released = links::release(&in_force.wanted, self.directories);
        self.hold();
        if open.len() < count {
            self.announce(netlink).await;
        }
        self.tell_released(released, &[]);
        self.tell_open(open, &now.attached);
        if is_lost || self.unwritten.is_some() {
            self.write_down();
        }
        Ok(())
    }
}
