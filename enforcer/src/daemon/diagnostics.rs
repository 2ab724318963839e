//! What the kernel program says of itself: into the daemon's own log, and only when asked for.

use std::time::Duration;

use anyhow::{Context as _, Result};
use aya::Ebpf;
use aya_log::EbpfLogger;
use tokio::{task::JoinHandle, time::interval};

/// How often it is asked whether the program has said something.
const INTERVAL: Duration = Duration::from_millis(100);

/// The level that the program is loaded with. At zero, the verifier cuts what would say something.
pub(super) const fn level(verbose: u8) -> u8 {
    if verbose >= 2 {
        aya_log::Level::Debug as u8
    } else {
        0
    }
}

/// Passes on what one program says, until it is dropped.
#[derive(Debug)]
pub(super) struct Diagnostics(JoinHandle<()>);

impl Diagnostics {
    /// Starts to read what a loaded program says.
    pub(super) fn start(ebpf: &mut Ebpf) -> Result<Self> {
        let mut logger = EbpfLogger::init(ebpf).context("the kernel program's diagnostics")?;
        Ok(Self(tokio::spawn(async move {
            let mut ticks = interval(INTERVAL);
            loop {
                ticks.tick().await;
                logger.flush();
            }
        })))
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        self.0.abort();
    }
}
