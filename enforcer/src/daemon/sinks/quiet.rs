//! How often the log may speak of one thing.

use std::time::{Duration, Instant};

/// A sink that fails all day is a line a minute.
const INTERVAL: Duration = Duration::from_mins(1);

/// When it spoke last.
#[derive(Debug, Default)]
pub(super) struct Quiet(Option<Instant>);

impl Quiet {
    /// Whether it may speak; it does then.
    pub(super) fn may_speak(&mut self) -> bool {
        let Self(spoke) = self;
        if spoke.is_some_and(|at| at.elapsed() < INTERVAL) {
            return false;
        }
        *spoke = Some(Instant::now());
        true
    }
}
