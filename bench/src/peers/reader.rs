//! The events' reader: it waits and reads as the daemon does, so that waking it costs what it costs
//! there.

use std::os::fd::OwnedFd;
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, Result};
use enforcer::kernel::ring::Ring;
use rustix::event::{EventfdFlags, eventfd};

use crate::clock;

/// Does something while the ring is read in another thread, and leaves it empty.
pub(super) fn reading<T>(ring: &mut Ring, task: impl FnOnce() -> Result<T>) -> Result<T> {
    let stop = eventfd(0, EventfdFlags::CLOEXEC).context("eventfd")?;
    thread::scope(|scope| {
        let (tell, ready) = mpsc::channel();
        let reader = scope.spawn(|| {
            clock::leave()?;
            drop(tell);
            read(ring, &stop)
        });
        // It ends when the other end of it is gone: then the reader is on its own processor.
        for () in ready {}
        let done = task();
        rustix::io::write(&stop, &1_u64.to_be_bytes()).context("stop the reader")?;
        let read = reader.join();
        read.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        done
    })
}

fn read(ring: &mut Ring, stop: &OwnedFd) -> Result<()> {
    loop {
        let stopped = ring.wait(stop)?;
        while ring.take(|_| ()).is_some() {}
        if stopped {
            return Ok(());
        }
    }
}
