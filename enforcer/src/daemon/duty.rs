//! What the daemon does when it is asked to, by the policy's files, by a signal or over the control socket.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use tracing::{info, warn};

use super::{
    confirmation::Confirmation, enforcement::Enforcement, enforcement::Provenance,
    policy_file::PolicyFile, read,
};
use crate::{
    control::{
        answer::{Done, Kind, Refusal},
        numbers::Numbers,
        order::{Asked, Order},
    },
    good::Good,
    kernel::links,
    netlink::Netlink,
    policy::Policy,
};

/// Whoever writes a file and then asks for it, typing, may find it in force after no longer than this.
const MOMENT: Duration = Duration::from_secs(10);

/// What there is to work on.
pub(super) struct Duty<'e, 'd> {
    pub(super) enforcement: &'e mut Enforcement<'d>,
    pub(super) netlink: Netlink,
    pub(super) file: PolicyFile,
    pub(super) confirmation: Confirmation<'d>,
    pub(super) numbers: Arc<Numbers>,
    /// When another policy was put in force since its files had changed, and nobody has asked for it yet.
    pub(super) unasked: Option<Instant>,
    /// What waits to be confirmed, to be kept as the last good policy then.
    pub(super) good: Option<Good>,
}

/// Why the files are read.
#[derive(Clone, Copy)]
enum Because {
    /// They have changed.
    Changed,
    /// Somebody asked for it, and wants to confirm it within a time, if one is given.
    Asked(Option<Duration>),
}

impl Duty<'_, '_> {
    /// Puts the policy in force as it is now, unless another waits to be confirmed.
    pub(super) async fn reload(&mut self) -> Result<()> {
        self.put(Because::Asked(None)).await.map(drop)
    }

    /// The policy's files have changed.
    pub(super) async fn follow_files(&mut self) -> Result<()> {
        let Some(waits) = self.confirmation.waiting() else {
            return self.put(Because::Changed).await.map(drop);
        };
        self.file.leave();
        self.confirmation.note_left_alone(&self.file.fingerprint());
        warn!("the policy's files have changed and are left alone: {waits}");
        Ok(())
    }

    /// Goes back from a policy that was not confirmed in time.
    pub(super) async fn go_back(&mut self) -> Result<()> {
        let read = self.file.fingerprint();
        self.good = None;
        self.unasked = None;
        self.confirmation
            .go_back(&read, self.enforcement, &self.netlink)
            .await
    }

    /// Carries out an order, and answers. What could not be done is an error; an order that makes no sense as
    /// things are is not.
    pub(super) async fn carry_out(&mut self, asked: Asked) -> Result<()> {
        let order = asked.order.clone();
        let done = match &order {
            Order::Reload { confirm } => self.put(Because::Asked(*confirm)).await,
            Order::Confirm => self.confirm().await.map(|()| None),
            Order::Revert { unless_confirmed } => self.revert(*unless_confirmed).await,
        };
        // Whoever has the answer may ask for numbers at once.
        self.note_stale();
        asked.answer(self.answer(&done));
        match done {
            Ok(_) if order == Order::Confirm => self.catch_up().await,
            Ok(_) => Ok(()),
            Err(error) => match error.downcast::<Refusal>() {
                Ok(refusal) => {
                    info!("refused: {refusal}");
                    Ok(())
                }
                Err(error) => Err(error),
            },
        }
    }

    /// Tells whether the files are what is in force.
    pub(super) fn note_stale(&self) {
        let is_stale = self.enforcement.read() != self.file.fingerprint();
        self.numbers.set_stale(is_stale);
    }

    /// Puts the policy in force, to be confirmed within a time if one is given. What there is to say about it.
    async fn put(&mut self, because: Because) -> Result<Option<String>> {
        self.confirmation.require_none()?;
        let put = self.try_put(because).await;
        if put.is_err() {
            self.numbers.count_reload_error();
        }
        put
    }

    async fn try_put(&mut self, because: Because) -> Result<Option<String>> {
        let policy =
            read(&mut self.file).inspect_err(|error| self.enforcement.still_instead(error))?;
        let read = self.file.fingerprint();
        let is_another = self.enforcement.is_another(&policy, &read);
        let unasked = self.unasked.take().filter(|at| at.elapsed() < MOMENT);
        let Because::Asked(confirm) = because else {
            self.put_for_good(policy, read).await?;
            // The same once more puts nothing off.
            self.unasked = if is_another {
                Some(Instant::now())
            } else {
                unasked
            };
            return Ok(None);
        };
        // Whoever writes the file and asks at once may find it in force.
        let step = if is_another {
            Some(self.enforcement.next_step())
        } else {
            self.enforcement.last_step().filter(|_| unasked.is_some())
        };
        let Some((patience, step)) = confirm.zip(step) else {
            let note = if self.enforcement.is_closed() || unasked.is_some() {
                "no other policy was in force before: nothing waits to be confirmed"
            } else {
                "this policy is in force already: nothing waits to be confirmed"
            };
            self.put_for_good(policy, read).await?;
            return Ok(confirm.map(|_| note.to_owned()));
        };
        let before = self.confirmation.arm(patience, &read, step).await?;
        if !is_another {
            // It was kept when it was put in force.
            let before = self.enforcement.good_before();
            self.enforcement.keep_as_good(before);
            self.good = self.file.good();
            self.confirmation.begin(patience);
            return Ok(None);
        }
        let from = Provenance::files(read);
        let put = self
            .enforcement
            .put_in_force(policy, from, &self.netlink)
            .await;
        match put {
            Ok(()) => {
                self.good = self.file.good();
                self.confirmation.begin(patience);
            }
            Err(_) => self.confirmation.disarm(before).await,
        }
        put.map(|()| None)
    }

    /// Puts a policy in force that need not be confirmed.
    async fn put_for_good(&mut self, policy: Policy, read: String) -> Result<()> {
        let from = Provenance::files(read);
        self.enforcement
            .put_in_force(policy, from, &self.netlink)
            .await?;
        self.enforcement.keep_as_good(self.file.good());
        self.confirmation.forget();
        Ok(())
    }

    async fn confirm(&mut self) -> Result<()> {
        self.confirmation.confirm().await?;
        self.enforcement.keep_as_good(self.good.take());
        Ok(())
    }

    async fn revert(&mut self, unless_confirmed: Option<u32>) -> Result<Option<String>> {
        let waiting = self.confirmation.waiting().map(|waits| waits.generation);
        if let Some(generation) = unless_confirmed.filter(|_| waiting != unless_confirmed) {
            let note = format!("generation {generation} does not wait to be confirmed any more");
            return Ok(Some(note));
        }
        if waiting.is_some() {
            return self.go_back().await.map(|()| None);
        }
        if !self.enforcement.can_go_back() {
            return Err(Refusal::new(Kind::NothingKept, links::NOTHING_KEPT).into());
        }
        let reverted = self.enforcement.revert(&self.netlink).await;
        // Whoever goes forward again means it.
        self.confirmation.forget();
        reverted.map(|()| None)
    }

    /// Files that have changed while a policy waited are read once that is confirmed; and the policy itself, if
    /// an earlier daemon put it in force.
    async fn catch_up(&mut self) -> Result<()> {
        let is_read = self.enforcement.read() == self.file.fingerprint();
        if is_read && self.enforcement.has_policy() {
            return Ok(());
        }
        self.reload().await
    }

    fn answer(&self, done: &Result<Option<String>>) -> Result<Done, Refusal> {
        let in_force = self.enforcement.in_words();
        match done {
            Ok(note) => Ok(Done {
                generation: self.enforcement.generation(),
                in_force,
                unconfirmed: self.confirmation.waiting(),
                note: note.clone(),
            }),
            Err(error) => Err(Refusal {
                in_force: Some(in_force),
                ..Refusal::from(error)
            }),
        }
    }
}
