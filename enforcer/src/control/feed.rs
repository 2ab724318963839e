//! Events as they come, for whoever asks: the last of them are kept, and who follows reads from there, each at a
//! pace of their own. Nobody who reads holds up who writes; what is gone before it was read is counted.

mod cursor;
mod follower;

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use tokio::sync::Notify;

pub use cursor::Cursor;
pub use follower::{Batch, Follower};

use crate::events::{Facts, One};

/// How many events are kept while nobody follows.
pub const KEPT: usize = 1024;

/// And while somebody does: what they may be behind before they miss any.
const KEPT_FOR_FOLLOWERS: usize = 8 * KEPT;

/// Names are kept with events. Where generations come faster than events, those of so many are enough.
const GENERATIONS: u32 = 64;

/// The last events, and those who wait for the next.
#[derive(Debug)]
pub struct Feed {
    /// Tells this daemon's events from those of the one before.
    run: u64,
    kept: Mutex<Kept>,
    come: Notify,
    missed: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    facts: VecDeque<One>,
    /// How many have come.
    come: u64,
    followers: usize,
    is_over: bool,
}

impl Default for Feed {
    fn default() -> Self {
        let now = Timestamp::now().as_nanosecond();
        Self {
            run: u64::try_from(now).unwrap_or_default(),
            kept: Mutex::default(),
            come: Notify::new(),
            missed: AtomicU64::new(0),
        }
    }
}

impl Feed {
    /// More events.
    pub fn give(&self, facts: &Facts) {
        let mut kept = self.kept();
        One::each(facts).for_each(|one| kept.push(one));
        let is_followed = kept.followers > 0;
        drop(kept);
        if is_followed {
            self.come.notify_waiters();
        }
    }

    /// There will never be any more.
    pub fn end(&self) {
        self.kept().is_over = true;
        self.come.notify_waiters();
    }

    /// Whether none will come any more.
    pub fn is_over(&self) -> bool {
        self.kept().is_over
    }

    /// The events that are kept, the oldest first, and who follows from there on.
    pub fn follow(self: &Arc<Self>) -> (Vec<One>, Follower) {
        let mut kept = self.kept();
        let facts = kept.facts.iter().cloned().collect();
        let next = kept.come;
        let follower = Follower::new(self, &mut kept, next);
        (facts, follower)
    }

    /// Who follows from where they were. Of another daemon's events nothing is known here, and all that came since
    /// this one was started is new.
    pub fn follow_after(self: &Arc<Self>, cursor: Cursor) -> Follower {
        let mut kept = self.kept();
        let next = if cursor.run == self.run {
            cursor.next.min(kept.come)
        } else {
            0
        };
        Follower::new(self, &mut kept, next)
    }

    /// How many follow.
    pub fn followers(&self) -> usize {
        self.kept().followers
    }

    /// How many events followers were told that they missed, all taken together.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Keeps one more.
    fn push(&mut self, one: One) {
        let generation = one.event.generation;
        let is_old = |kept: &One| {
            // Events of two generations come in any order.
            let behind = generation.saturating_sub(kept.event.generation);
            behind >= GENERATIONS
        };
        while self.facts.front().is_some_and(is_old) {
            self.facts.pop_front();
        }
        if self.facts.len() >= self.room() {
            self.facts.pop_front();
        }
        self.facts.push_back(one);
        self.come += 1;
    }

    const fn room(&self) -> usize {
        if self.followers == 0 {
            KEPT
        } else {
            KEPT_FOR_FOLLOWERS
        }
    }

    /// The number of the oldest that is kept.
    fn first(&self) -> u64 {
        let kept = u64::try_from(self.facts.len()).unwrap_or(u64::MAX);
        self.come.saturating_sub(kept)
    }

    /// Lets go of what was kept for the last follower.
    fn shrink(&mut self) -> VecDeque<One> {
        let over = self.facts.len().saturating_sub(self.room());
        let rest = self.facts.split_off(over);
        mem::replace(&mut self.facts, rest)
    }
}

#[cfg(test)]
mod tests;
