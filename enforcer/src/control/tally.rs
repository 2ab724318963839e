//! What became of the events that a sink was given.

use std::sync::atomic::{AtomicU64, Ordering};

/// What became of the events that a sink was given: each was written, was missed, or waits.
#[derive(Debug)]
pub struct Tally {
    name: String,
    given: AtomicU64,
    written: AtomicU64,
    missed: AtomicU64,
}

impl Tally {
    /// Of the sink of this name; nothing was given to it yet.
    pub const fn new(name: String) -> Self {
        Self {
            name,
            given: AtomicU64::new(0),
            written: AtomicU64::new(0),
            missed: AtomicU64::new(0),
        }
    }

    /// What the sink is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many events were taken off the ring for it.
    pub fn given(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }

    /// How many the kernel has taken from it.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// How many it will never write: there was no room for them to wait, or they did not fit.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// How many wait: in its queue, or to be sent again.
    pub fn waiting(&self) -> usize {
        let done = self.written() + self.missed();
        usize::try_from(self.given().saturating_sub(done)).unwrap_or(usize::MAX)
    }

    /// Some more are given to it.
    pub fn count_given(&self, events: usize) {
        add(&self.given, events);
    }

    /// Some were written.
    pub fn count_written(&self, events: usize) {
        add(&self.written, events);
    }

    /// Some never will be.
    pub fn count_missed(&self, events: usize) {
        add(&self.missed, events);
    }
}

fn add(count: &AtomicU64, events: usize) {
    if let Ok(events @ 1..) = u64::try_from(events) {
        count.fetch_add(events, Ordering::Relaxed);
    }
}
