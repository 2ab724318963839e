//! Ctrl-C and SIGTERM, answered between two steps, so that everything is cleaned up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Whether somebody asked to stop.
pub struct Interrupt(Arc<AtomicBool>);

/// Somebody asked to stop, and everything is cleaned up.
#[derive(Clone, Copy, Debug)]
pub struct Interrupted;

impl Interrupt {
    /// From now on the signals are only noted.
    pub fn catch() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&flag)).context("signal handler")?;
        }
        Ok(Self(flag))
    }

    /// An error if somebody asked to stop.
    pub(super) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            Err(Interrupted.into())
        } else {
            Ok(())
        }
    }
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped, and nothing is left behind")
    }
}

impl std::error::Error for Interrupted {}
