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

    /// One more is given to it.
    pub fn count_given(&self) {
        self.given.fetch_add(1, Ordering::Relaxed);
    }

    /// Some were written.
    pub fn count_written(&self, events: u64) {
        self.written.fetch_add(events, Ordering::Relaxed);
    }

    /// Some never will be.
    pub fn count_missed(&self, events: u64) {
        self.missed.fetch_add(events, Ordering::Relaxed);
    }
}
