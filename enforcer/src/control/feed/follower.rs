//! One who follows: where they are, and how far they are behind.

use std::sync::{Arc, atomic::Ordering};

use super::{Cursor, Feed, Kept};
use crate::events::{Fact, One};

/// How many events are taken at once.
const BATCH: usize = 64;

/// One who follows.
#[derive(Debug)]
pub struct Follower {
    feed: Arc<Feed>,
    /// The number of the event that is theirs next.
    next: u64,
}

/// Some events, in order.
#[derive(Debug)]
pub struct Batch {
    /// How many are missing before these.
    pub missed: u64,
    /// Those that are there.
    pub facts: Vec<One>,
    /// Where the first of them stands.
    first: Cursor,
}

impl Batch {
    /// Every event, and where who has taken it is.
    pub fn facts(&self) -> impl Iterator<Item = (Cursor, &Fact)> {
        let Cursor { run, next } = self.first;
        self.facts.iter().zip(next + 1..).map(move |(fact, next)| {
            let behind = Cursor { run, next };
            (behind, &**fact)
        })
    }

    /// Where who has taken nothing of it but the number of those missed is.
    pub const fn first(&self) -> Cursor {
        self.first
    }
}

impl Follower {
    pub(super) fn new(feed: &Arc<Feed>, kept: &mut Kept, next: u64) -> Self {
        kept.followers += 1;
        Self {
            feed: Arc::clone(feed),
            next,
        }
    }

    /// Where they are.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            run: self.feed.run,
            next: self.next,
        }
    }

    /// What comes next; nothing once none will come any more.
    pub async fn next(&mut self) -> Option<Batch> {
        loop {
            // What comes from here on is noticed.
            let come = Arc::clone(&self.feed);
            let come = come.come.notified();
            match self.take() {
                Ok(batch) => return Some(batch),
                Err(Nothing { is_over: true }) => return None,
                Err(Nothing { is_over: false }) => come.await,
            }
        }
    }

    fn take(&mut self) -> Result<Batch, Nothing> {
        let kept = self.feed.kept();
        let first = kept.first();
        let missed = first.saturating_sub(self.next);
        let start = first.max(self.next);
        let skipped = usize::try_from(start - first).unwrap_or(usize::MAX);
        let facts: Vec<_> = kept
            .facts
            .iter()
            .skip(skipped)
            .take(BATCH)
            .cloned()
            .collect();
        let is_over = kept.is_over;
        drop(kept);
        if missed == 0 && facts.is_empty() {
            return Err(Nothing { is_over });
        }
        self.feed.missed.fetch_add(missed, Ordering::Relaxed);
        let taken = u64::try_from(facts.len()).unwrap_or(u64::MAX);
        self.next = start + taken;
        let first = Cursor {
            run: self.feed.run,
            next: start,
        };
        Ok(Batch {
            missed,
            facts,
            first,
        })
    }
}

/// There is nothing to take.
struct Nothing {
    is_over: bool,
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut kept = self.feed.kept();
        kept.followers -= 1;
        let forgotten = kept.shrink();
        drop(kept);
        drop(forgotten);
    }
}
