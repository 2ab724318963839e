//! Where events go. Each sink has a queue and a thread of its own: one that is slow or dead holds up
//! neither the others nor the ring, and what it misses is counted.

mod batch;
mod channel;
mod connection;
mod encoding;
mod ending;
mod file;
mod quiet;
mod worker;

use std::{
    sync::{
        Arc,
        mpsc::{Sender, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use anyhow::{Context as _, Result};
use tracing::warn;

use crate::{
    configuration::{Sink, To},
    control::tally::Tally,
    events::Facts,
};

use channel::Channel;
use connection::Connection;
use encoding::Encoding;
pub(super) use ending::Ending;
pub(super) use file::Mended;
use file::{Appended, Stdout};
use quiet::Quiet;
use worker::Worker;

/// A sink that is open and does not run yet: threads are started once the daemon is confined.
pub(super) struct Opened {
    tally: Arc<Tally>,
    encoding: Encoding,
    channel: Box<dyn Channel>,
    queue: usize,
    /// Why nothing can be written there yet.
    amiss: Option<String>,
}

/// A sink that runs.
pub(super) struct Running {
    tally: Arc<Tally>,
    queue: SyncSender<Item>,
    /// Events that may wait in it.
    room: usize,
    complaint: Quiet,
    complained: u64,
}

/// What a sink is given.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// The first of some events.
    Events(Facts, usize),
    /// To look whether its file still is where it was.
    Look,
}

/// Asks a sink to look whether its file still is where it was.
#[derive(Debug)]
pub(super) struct Looker(SyncSender<Item>);

impl Looker {
    /// A sink that has no room for this has events to write, and looks before it writes.
    pub(super) fn ask(&self) {
        match self.0.try_send(Item::Look) {
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

impl Opened {
    /// Opens files. One that cannot be opened, like what has to be connected to, may come later.
    pub(super) fn new(sink: &Sink) -> Result<Self> {
        let mut amiss = None;
        let channel: Box<dyn Channel> = match &sink.to {
            To::Stdout => Box::new(Stdout::open()?),
            To::File(path) => {
                let (file, error) = Appended::open(path);
                amiss = error.map(|error| {
                    format!(
                        "events: {}: {error}; tried again every second",
                        path.display()
                    )
                });
                Box::new(file)
            }
            To::UnixStream(_) | To::UnixDatagram(_) | To::Syslog(..) | To::Journald(_) => {
                Box::new(Connection::to(&sink.to))
            }
        };
        Ok(Self {
            tally: Arc::new(Tally::new(sink.to.to_string())),
            encoding: Encoding::of(sink),
            channel,
            queue: sink.queue,
            amiss,
        })
    }

    /// Why nothing can be written there yet, if so.
    pub(super) fn amiss(&self) -> Option<&str> {
        self.amiss.as_deref()
    }

    /// Has something done once that is mended.
    pub(super) fn once_mended(&mut self, mended: Mended) {
        self.channel.once_mended(mended);
    }

    /// What becomes of its events.
    pub(super) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// Starts its thread, which drops `end` when it has ended.
    pub(super) fn start(self, ending: &Arc<Ending>, end: Sender<()>) -> Result<Running> {
        let (queue, items) = sync_channel(self.queue);
        let worker = Worker::new(
            items,
            self.encoding,
            self.channel,
            Arc::clone(&self.tally),
            Arc::clone(ending),
        );
        thread::Builder::new()
            .name("sink".to_owned())
            .spawn(move || {
                worker.run();
                drop(end);
            })
            .context("the thread for a sink")?;
        Ok(Running {
            tally: self.tally,
            queue,
            room: self.queue,
            complaint: Quiet::default(),
            complained: 0,
        })
    }
}

impl Running {
    /// Gives it events: as many as have room to wait.
    pub(super) fn give(&self, facts: &Facts) {
        let all = facts.len();
        let waiting = self.tally.waiting();
        let taken = all.min(self.room.saturating_sub(waiting));
        // First, so that it is never told to have written more than it was given.
        self.tally.count_given(all);
        let given = taken > 0
            && self
                .queue
                .try_send(Item::Events(Arc::clone(facts), taken))
                .is_ok();
        self.tally
            .count_missed(if given { all - taken } else { all });
    }

    /// What it can be asked to look by. Its thread does not end before this is dropped.
    pub(super) fn looker(&self) -> Looker {
        Looker(self.queue.clone())
    }

    /// Says that events were missed, if some were since it was said last, and not too often.
    pub(super) fn complain(&mut self) {
        let missed = self.tally.missed();
        if missed > self.complained && self.complaint.may_speak() {
            let name = self.tally.name();
            warn!(
                "events: {name}: {missed} were missed until now, since more came than it takes or it \
                 took none; the other sinks and all counters miss nothing"
            );
            self.complained = missed;
        }
    }
}

/// Says once more, at the end, what each sink was given and has not written.
pub(super) fn sum_up(tallies: &[Arc<Tally>]) {
    for tally in tallies {
        let (given, name) = (tally.given(), tally.name());
        let missed = given.saturating_sub(tally.written());
        if missed > 0 {
            warn!("events: {name}: {missed} of {given} were missed");
        }
    }
}
