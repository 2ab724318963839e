//! A policy that is in force until somebody confirms it, or until its time is over and what was before it is
//! in force again.

use std::{future, mem, time::Duration};

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{info, warn};

use super::{RETRY, enforcement::Enforcement};
use crate::{
    control::answer::{Kind, Refusal},
    directories::Directories,
    exit::{Exit, Failure},
    netlink::Netlink,
    unconfirmed::{Standing, Step, Unconfirmed, Waits},
};

mod timer;

/// How often the clock is looked at: the machine may sleep while a timer waits.
const INTERVAL: Duration = Duration::from_secs(1);

/// The policy that nobody confirmed yet, if there is one.
pub(super) struct Confirmation<'d> {
    directories: &'d Directories,
    /// As it is written down: it waits, or it was gone back from.
    unconfirmed: Option<Unconfirmed>,
    /// After a failure to go back, when it is tried again.
    again: Option<Instant>,
}

impl<'d> Confirmation<'d> {
    /// As an earlier daemon left it.
    pub(super) fn read(directories: &'d Directories) -> Result<Self> {
        Ok(Self {
            directories,
            unconfirmed: Unconfirmed::read(directories)?,
            again: None,
        })
    }

    /// At the start: a policy that nobody confirmed is not put in force by reading its files once more. What
    /// is in force stays so, or what was before it is put in force. Whether that is so, and the files are to
    /// be left alone.
    pub(super) async fn take_over(
        &mut self,
        read: &str,
        enforcement: &mut Enforcement<'_>,
        netlink: &Netlink,
    ) -> Result<bool> {
        let Some(unconfirmed) = &self.unconfirmed else {
            return Ok(false);
        };
        if unconfirmed.is_left_behind() && unconfirmed.read != read {
            return Ok(false);
        }
        match unconfirmed.standing(self.directories) {
            Standing::Waits => {
                info!("{}", unconfirmed.told());
                if unconfirmed.left().is_zero() || !enforcement.stay(netlink).await? {
                    self.go_back(read, enforcement, netlink).await?;
                }
                Ok(true)
            }
            Standing::Back => {
                let generation = unconfirmed.generation;
                self.note_gone_back(read).await;
                if !enforcement.stay(netlink).await? {
                    return Err(self.lost(read).await);
                }
                info!(
                    "the policy of generation {generation} was not confirmed; its files are read again \
                     when they change, or by `enforcer reload`"
                );
                Ok(true)
            }
            Standing::Lost => Err(self.lost(read).await),
        }
    }

    /// What waits to be confirmed.
    pub(super) fn waiting(&self) -> Option<Waits> {
        self.waits().map(Unconfirmed::told)
    }

    /// Refuses another policy while one waits.
    pub(super) fn require_none(&self) -> Result<(), Refusal> {
        self.waiting().map_or(Ok(()), |waits| {
            let words = format!("{waits}; `enforcer confirm` or `enforcer revert` comes first");
            Err(Refusal::new(Kind::Unconfirmed, words))
        })
    }

    /// Waits until it is to be gone back; for ever where nothing waits to be confirmed.
    pub(super) async fn over(&self) {
        let Some(waiting) = self.waits() else {
            return future::pending().await;
        };
        if let Some(again) = self.again {
            sleep_until(again).await;
        }
        loop {
            let left = waiting.left();
            if left.is_zero() {
                return;
            }
            sleep(left.min(INTERVAL)).await;
        }
    }

    /// Writes down that a step is to be confirmed, before it is taken. What was written down before, in case
    /// that is refused.
    pub(super) async fn arm(
        &mut self,
        patience: Duration,
        read: &str,
        step: Step,
    ) -> Result<Option<Unconfirmed>> {
        let mut unconfirmed = Unconfirmed::new(step, read, patience)?;
        unconfirmed.timer = timer::start(patience, &unconfirmed, self.directories).await;
        if let Err(error) = unconfirmed.write(self.directories) {
            timer::stop(&unconfirmed).await;
            return Err(error.context("what was to be confirmed"));
        }
        self.again = None;
        Ok(self.unconfirmed.replace(unconfirmed))
    }

    /// It was refused: nothing waits.
    pub(super) async fn disarm(&mut self, before: Option<Unconfirmed>) {
        let refused = mem::replace(&mut self.unconfirmed, before);
        let written = match &self.unconfirmed {
            Some(before) => before.write(self.directories),
            None => Unconfirmed::remove(self.directories),
        };
        if let Err(error) = written {
            warn!("the policy in force is taken for one that was gone back to: {error:#}");
        }
        if let Some(refused) = refused {
            timer::stop(&refused).await;
        }
    }

    /// It is in force: its time begins now, however long that took.
    pub(super) fn begin(&mut self, patience: Duration) {
        let Some(unconfirmed) = &mut self.unconfirmed else {
            return;
        };
        unconfirmed.begin(patience);
        info!("{}", unconfirmed.told());
        if let Err(error) = unconfirmed.write(self.directories) {
            warn!("a daemon that is started anew goes back some time earlier: {error:#}");
        }
    }

    /// It stays.
    pub(super) async fn confirm(&mut self) -> Result<()> {
        let Some(generation) = self.waits().map(|waits| waits.generation) else {
            let words = "no policy waits to be confirmed; if one did, it was gone back from";
            return Err(Refusal::new(Kind::NothingWaits, words).into());
        };
        Unconfirmed::remove(self.directories).context("not confirmed")?;
        info!("generation {generation} is confirmed");
        if let Some(confirmed) = self.unconfirmed.take() {
            timer::stop(&confirmed).await;
        }
        Ok(())
    }

    /// Puts what was before it in force again. Files that have changed meanwhile are left alone, too.
    pub(super) async fn go_back(
        &mut self,
        read: &str,
        enforcement: &mut Enforcement<'_>,
        netlink: &Netlink,
    ) -> Result<()> {
        if let Some(waits) = self.waits() {
            info!("generation {} is not confirmed", waits.generation);
        }
        let reverted = enforcement.revert(netlink).await;
        let standing = self.unconfirmed.as_ref();
        let standing = standing.map(|it| it.standing(self.directories));
        if reverted.is_err() && standing == Some(Standing::Waits) {
            self.again = Some(Instant::now() + RETRY);
            return reverted.context("not confirmed, and not gone back from yet; tried again");
        }
        self.note_gone_back(read).await;
        reverted
    }

    /// Its files have changed while it waits; they are not to be put in force at another start either.
    pub(super) fn note_left_alone(&mut self, read: &str) {
        let Some(unconfirmed) = &mut self.unconfirmed else {
            return;
        };
        read.clone_into(&mut unconfirmed.read);
        if let Err(error) = unconfirmed.write(self.directories) {
            warn!("a daemon that is started anew may put the changed files in force: {error:#}");
        }
    }

    /// Somebody put a policy in force that need not be confirmed.
    pub(super) fn forget(&mut self) {
        if self.unconfirmed.take().is_none() {
            return;
        }
        if let Err(error) = Unconfirmed::remove(self.directories) {
            warn!("at the next boot the policy is taken for one that nobody confirmed: {error:#}");
        }
    }

    /// What was gone back from is in force again, since its files were read once more.
    pub(super) fn forget_gone_back(&mut self) {
        if self.waits().is_none() {
            self.forget();
        }
    }

    fn waits(&self) -> Option<&Unconfirmed> {
        self.unconfirmed.as_ref().filter(|it| !it.gone_back)
    }

    async fn note_gone_back(&mut self, read: &str) {
        let Some(unconfirmed) = &mut self.unconfirmed else {
            return;
        };
        unconfirmed.leave_behind(read);
        if let Err(error) = unconfirmed.write(self.directories) {
            warn!("that it was gone back is not written down: {error:#}");
        }
        timer::stop(unconfirmed).await;
        unconfirmed.timer = None;
    }

    /// There is nothing to go back to; from here on its files are left alone as if there were.
    async fn lost(&mut self, read: &str) -> anyhow::Error {
        self.note_gone_back(read).await;
        let words = format!(
            "the policy was put in force to be confirmed, and was not; what was in force before it is no \
             longer loaded. Change it; or remove {} to have it in force as it is",
            self.directories.unconfirmed().display()
        );
        Failure::new(Exit::BadPolicy, words).into()
    }
}
