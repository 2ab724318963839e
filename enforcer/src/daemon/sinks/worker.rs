//! The thread of one sink: takes what waits, sends it, and tries again what could not be sent.

use std::{
    io,
    sync::{Arc, mpsc::Receiver},
    time::Duration,
};

use rustix::io::Errno;
use tracing::{error, warn};

use super::{
    Ending, Item, Quiet, batch::Batch, channel::Channel, encoding::Encoding, ending::is_over,
};
use crate::control::tally::Tally;

/// How long until something is tried again.
const RETRY: Duration = Duration::from_secs(1);

pub(super) struct Worker {
    items: Receiver<Item>,
    encoding: Encoding,
    channel: Box<dyn Channel>,
    tally: Arc<Tally>,
    ending: Arc<Ending>,
    batch: Batch,
    /// Messages that were counted as written, and were not.
    refused: usize,
    /// It has failed, and the log says so.
    is_told: bool,
    complaint: Quiet,
}

impl Worker {
    pub(super) fn new(
        items: Receiver<Item>,
        encoding: Encoding,
        channel: Box<dyn Channel>,
        tally: Arc<Tally>,
        ending: Arc<Ending>,
    ) -> Self {
        Self {
            items,
            encoding,
            channel,
            tally,
            ending,
            batch: Batch::default(),
            refused: 0,
            is_told: false,
            complaint: Quiet::default(),
        }
    }

    /// Runs until no more events come, and those that came are written or cannot be.
    pub(super) fn run(mut self) {
        while self.gather() {
            while self.batch.left() > 0 {
                let Err(error) = self.send() else {
                    continue;
                };
                if Errno::from_io_error(&error) == Some(Errno::MSGSIZE) {
                    self.batch.skip();
                    self.tally.count_missed(1);
                    continue;
                }
                if !self.ending.pause(RETRY) {
                    self.give_up();
                    return;
                }
            }
        }
    }

    /// Waits for events and takes as many as there are and fit; false if none will come.
    fn gather(&mut self) -> bool {
        let Ok(first) = self.items.recv() else {
            return false;
        };
        self.take(&first);
        while !self.batch.is_full() {
            let Ok(next) = self.items.try_recv() else {
                break;
            };
            self.take(&next);
        }
        true
    }

    fn take(&mut self, item: &Item) {
        match item {
            Item::Events(facts, count) => {
                for fact in facts.iter().take(*count) {
                    self.batch.add(|message| self.encoding.write(fact, message));
                }
            }
            Item::Look => {
                if let Err(error) = self.channel.look(&mut self.batch) {
                    self.complain(&error);
                }
            }
        }
    }

    fn send(&mut self) -> io::Result<()> {
        let before = self.batch.left();
        let sent = self.channel.send(&mut self.batch, &self.ending);
        let written = before.saturating_sub(self.batch.left());
        // One that was counted as written is not counted otherwise later: the next is, in its place.
        self.refused += self.channel.refused();
        let missed = self.refused.min(written);
        self.refused -= missed;
        self.tally.count_missed(missed);
        self.tally.count_written(written - missed);
        match &sent {
            Err(error) if !is_over(error) => self.complain(error),
            Ok(()) if self.is_told => {
                let (name, missed) = (self.tally.name(), self.tally.missed());
                warn!("events: {name}: written again; {missed} were missed until now");
                self.is_told = false;
            }
            Ok(()) | Err(_) => {}
        }
        sent
    }

    fn complain(&mut self, error: &io::Error) {
        if self.complaint.may_speak() {
            let name = self.tally.name();
            error!(
                "events: {name}: {error}; tried again every second, while as many wait as its queue \
                 holds"
            );
            self.is_told = true;
        }
    }

    /// What waits is missed.
    fn give_up(&self) {
        // Nobody gives it any more.
        self.tally.count_missed(self.tally.waiting());
    }
}
