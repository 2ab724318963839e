//! Sends the same frames again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::Wire;
use crate::sandbox::Namespace;

/// A thread that sends until told to stop, or dropped.
#[derive(Debug)]
pub struct Flood {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    sent: AtomicU64,
}

/// How many frames at once, and then how long nothing.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Frames in a burst.
    pub burst: usize,
    /// Pause after it.
    pub pause: Duration,
}

impl Pace {
    /// Some ten thousand frames a second.
    pub const FLOOD: Self = Self {
        burst: 32,
        pause: Duration::from_millis(2),
    };

    /// As fast as the kernel takes them.
    pub const STORM: Self = Self {
        burst: 4096,
        pause: Duration::ZERO,
    };

    /// A frame every now and then, as a camera streams.
    pub const STREAM: Self = Self {
        burst: 1,
        pause: Duration::from_millis(1),
    };
}

impl Flood {
    /// Starts to send from an interface of a namespace, one frame after the other and then from the first on.
    pub fn start(
        namespace: &Namespace,
        interface: &str,
        frames: Vec<Vec<u8>>,
        pace: Pace,
    ) -> Result<Self> {
        let wire = Wire::open(namespace, interface)?;
        let shared = Arc::new(Shared::default());
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.send(&wire, &frames, pace)
        });
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Frames sent until now.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// Waits until so many more frames are sent.
    pub fn wait_for(&self, more: u64) -> Result<()> {
        let enough = self.sent() + more;
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.sent() < enough {
            ensure!(
                Instant::now() < deadline,
                "{} of {enough} frames sent",
                self.sent()
            );
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Stops; how many frames were sent.
    pub fn stop(mut self) -> Result<u64> {
        self.shared.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().context("a flood stops once")?;
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok(self.sent())
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Here a failed test ends, and its error is told already.
            thread.join().ok();
        }
    }
}

impl Shared {
    fn send(&self, wire: &Wire, frames: &[Vec<u8>], pace: Pace) -> Result<()> {
        let mut frames = frames.iter().cycle();
        while !self.stop.load(Ordering::Relaxed) {
            for frame in frames.by_ref().take(pace.burst) {
                wire.send(frame)?;
                self.sent.fetch_add(1, Ordering::Relaxed);
            }
            thread::sleep(pace.pause);
        }
        Ok(())
    }
}
