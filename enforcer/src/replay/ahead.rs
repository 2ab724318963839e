//! A capture that is read ahead, in a thread of its own: while frames are judged, the next ones are read, and a pipe
//! from which nothing comes keeps nobody waiting.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};

use super::{
    batch::{Batch, Places},
    capture::{Capture, Here},
};

/// So many batches are read ahead.
const AHEAD: usize = 2;

/// How long nothing may come before whoever waits is asked whether to go on.
const TICK: Duration = Duration::from_millis(100);

/// The reader's other end.
pub(super) struct Ahead {
    full: Receiver<Batch>,
    spare: Sender<Batch>,
    is_over: Arc<AtomicBool>,
}

impl Ahead {
    /// Begins to read. The thread ends with the capture, or when this is gone; one that waits for input that never
    /// comes is left behind.
    pub(super) fn new(capture: Capture<'static>, places: Places) -> Result<Self> {
        let (full, batches) = sync_channel(AHEAD);
        let (spare, spares) = channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let reader = Reader {
            capture,
            places,
            full,
            spares,
            is_over: Arc::clone(&is_over),
        };
        let thread = thread::Builder::new().name("capture".to_owned());
        let started = thread.spawn(|| reader.read());
        started.context("a thread to read the capture")?;
        Ok(Self {
            full: batches,
            spare,
            is_over,
        })
    }

    /// The next frames; none if nothing came within a moment.
    pub(super) fn next(&self) -> Result<Option<Batch>> {
        match self.full.recv_timeout(TICK) {
            Ok(batch) => Ok(Some(batch)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(error @ RecvTimeoutError::Disconnected) => {
                Err(error).context("the thread that reads the capture")
            }
        }
    }

    /// What was read before it was stopped.
    pub(super) fn here(&self) -> Option<Batch> {
        self.full.try_recv().ok()
    }

    /// Has it read no more than what it has begun to.
    pub(super) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Gives memory back to be used again.
    pub(super) fn give_back(&self, batch: Batch) {
        // A reader that has read everything needs none.
        drop(self.spare.send(batch));
    }
}

struct Reader {
    capture: Capture<'static>,
    places: Places,
    full: SyncSender<Batch>,
    spares: Receiver<Batch>,
    is_over: Arc<AtomicBool>,
}

impl Reader {
    fn read(mut self) {
        let mut batch = Batch::default();
        loop {
            let mut is_due = false;
            let read = match self.capture.next_here() {
                Ok(Here::Packet(packet)) => {
                    batch.take(&packet, &mut self.places);
                    is_due = batch.is_full();
                    Ok(())
                }
                // What is there is judged before the next is waited for, which may take long.
                Ok(Here::Wait) if !batch.is_untouched() => {
                    is_due = true;
                    Ok(())
                }
                Ok(Here::Wait) => self.capture.wait(),
                Ok(Here::End) => {
                    batch.is_last = true;
                    Ok(())
                }
                Err(broken) => Err(broken),
            };
            if let Err(broken) = read {
                batch.is_last = true;
                batch.broken = Some(broken);
            }
            let is_last = batch.is_last;
            if !is_due && !is_last {
                continue;
            }
            batch.read = self.capture.read();
            let next = self.spares.try_recv();
            let sent = self.full.send(batch);
            if is_last || sent.is_err() || self.is_over.load(Ordering::Relaxed) {
                return;
            }
            batch = next.unwrap_or_default();
            batch.clear();
        }
    }
}
