//! Numbers of the daemon's own that nobody else can read.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use super::tally::Tally;

/// Written by the daemon's loop, read by whoever asks for metrics.
#[derive(Debug)]
pub struct Numbers {
    started: SystemTime,
    reload_errors: AtomicU64,
    turned_away: AtomicU64,
    is_stale: AtomicBool,
    sinks: OnceLock<Vec<Arc<Tally>>>,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            started: SystemTime::now(),
            reload_errors: AtomicU64::default(),
            turned_away: AtomicU64::default(),
            is_stale: AtomicBool::default(),
            sinks: OnceLock::new(),
        }
    }
}

impl Numbers {
    /// A policy was refused.
    pub fn count_reload_error(&self) {
        self.reload_errors.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the files are not what is in force.
    pub fn set_stale(&self, is_stale: bool) {
        self.is_stale.store(is_stale, Ordering::Relaxed);
    }

    /// When these began to count, in seconds since 1970.
    pub fn started(&self) -> f64 {
        let since = self.started.duration_since(UNIX_EPOCH);
        // A clock before that counts as none.
        since.unwrap_or_default().as_secs_f64()
    }

    /// How many policies were refused since the daemon was started.
    pub fn reload_errors(&self) -> u64 {
        self.reload_errors.load(Ordering::Relaxed)
    }

    /// Frames had no line of their own in the ledger.
    pub fn count_turned_away(&self, frames: u64) {
        self.turned_away.fetch_add(frames, Ordering::Relaxed);
    }

    /// How many had none since the daemon was started.
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Whether the files are not what is in force.
    pub fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Relaxed)
    }

    /// Makes the sinks known, once.
    pub fn set_sinks(&self, sinks: Vec<Arc<Tally>>) {
        self.sinks.get_or_init(|| sinks);
    }

    /// What became of events, for each sink in the order of the configuration.
    pub fn sinks(&self) -> &[Arc<Tally>] {
        self.sinks.get().map_or(&[], Vec::as_slice)
    }
}
