//! Drop events from the ring to the sinks: a thread of its own, which waits for nobody but the ring.

use std::{
    collections::{BTreeMap, VecDeque},
    os::fd::OwnedFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use enforcer_common::event::Report;
use jiff::Timestamp;
use rustix::event::{EventfdFlags, eventfd};
use tracing::{error, warn};

use super::sinks::{Ending, Looker, Opened, Running, sum_up};
use crate::{
    clock,
    control::{feed::Feed, tally::Tally},
    events::{Fact, Knowing},
    kernel::ring::{Ring, Unreadable},
    record::Record,
};

/// How many generations back names are known. An event is rarely older than one.
const GENERATIONS: usize = 8;

/// How many events are handed on together, at most: one by one, the handing on took as long as the writing.
const TOGETHER: usize = 128;

/// How long what waits may take to be written when the daemon stops.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// And how long who was told that nothing is waited for any more may take to notice.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// What the numbers in events stand for, by generation.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    records: VecDeque<Arc<Record>>,
    interfaces: BTreeMap<u32, Arc<str>>,
}

impl Names {
    /// Makes a generation known. One that is not put in force after all does no harm.
    pub(super) fn learn(&self, record: Record, interfaces: impl Iterator<Item = (u32, String)>) {
        let mut known = self.now();
        known.records.push_front(Arc::new(record));
        known.records.truncate(GENERATIONS);
        let interfaces = interfaces.map(|(index, name)| (index, name.into()));
        known.interfaces.extend(interfaces);
    }

    /// What they are now.
    fn now(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Puts names to what the kernel said.
    fn put(&self, report: &Report, at: Timestamp) -> Fact {
        let event = report.event;
        let of_generation = |record: &&Arc<Record>| record.generation == event.generation;
        let interface = self.interfaces.get(&event.interface).cloned();
        Fact {
            record: self.records.iter().find(of_generation).cloned(),
            interface: interface.unwrap_or_else(|| format!("if{}", event.interface).into()),
            at,
            event,
            frame: report.frame,
            known: None,
        }
    }
}

/// Who is told of events.
pub(super) struct Told {
    /// Where they shall go.
    pub(super) sinks: Vec<Opened>,
    /// For those who ask.
    pub(super) feed: Arc<Feed>,
    /// With what is known besides.
    pub(super) knowing: Knowing,
}

/// The threads, and how to end them.
#[derive(Debug)]
pub(super) struct Stream {
    stop: Arc<OwnedFd>,
    lookers: Vec<Looker>,
    ending: Arc<Ending>,
    ended: mpsc::Receiver<()>,
    tallies: Vec<Arc<Tally>>,
}

impl Stream {
    /// Starts to read the ring. Without a sink, events are taken off it all the same, for those who ask.
    pub(super) fn start(ring: Ring, told: Told, names: Names) -> Result<Self> {
        let Told {
            sinks,
            feed,
            knowing,
        } = told;
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC).context("eventfd")?);
        let ending = Arc::new(Ending::new().context("eventfd")?);
        let (end, ended) = mpsc::channel();
        let tallies = sinks.iter().map(Opened::tally).collect();
        let sinks = sinks
            .into_iter()
            .map(|sink| sink.start(&ending, end.clone()));
        let sinks = sinks.collect::<Result<Vec<_>>>()?;
        let lookers = sinks.iter().map(Running::looker).collect();
        let reader = Reader {
            ring,
            sinks,
            feed,
            names,
            knowing,
        };
        let (stopped, no_more) = (Arc::clone(&stop), Arc::clone(&ending));
        thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || {
                reader.run(&stopped);
                if let Err(error) = no_more.tell_last() {
                    error!("sinks are not told that no events come any more: {error}");
                }
                drop(end);
            })
            .context("the thread for events")?;
        Ok(Self {
            stop,
            lookers,
            ending,
            ended,
            tallies,
        })
    }

    /// Has every sink look whether its file still is where it was.
    pub(super) fn look(&self) {
        self.lookers.iter().for_each(Looker::ask);
    }

    /// Has the ring read for the last time; [`Self::stop`] waits for that.
    pub(super) fn end(&self) {
        if let Err(error) = rustix::io::write(&self.stop, &1_u64.to_be_bytes()) {
            warn!("the thread for events is not told that it ends: {error}");
        }
    }

    /// Ends the threads after what is left in the ring is written, unless that takes too long.
    pub(super) fn stop(self) {
        let Self { ended, .. } = self;
        drop(self.lookers);
        let is_over =
            |patience| ended.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Disconnected);
        let told = rustix::io::write(&self.stop, &1_u64.to_be_bytes());
        if (told.is_err() || !is_over(LAST_WORDS))
            && (self.ending.tell_over().is_err() || !is_over(LAST_BREATH))
        {
            warn!("events: a sink does not end, and is left behind");
        }
        sum_up(&self.tallies);
    }
}

struct Reader {
    ring: Ring,
    sinks: Vec<Running>,
    feed: Arc<Feed>,
    names: Names,
    knowing: Knowing,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.feed.end();
    }
}

impl Reader {
    fn run(mut self, stop: &OwnedFd) {
        loop {
            let stopped = match self.ring.wait(stop) {
                Ok(stopped) => stopped,
                Err(error) => {
                    error!(
                        "events are no longer read, until the daemon is started anew; enforcement \
                         goes on: {error:#}"
                    );
                    return;
                }
            };
            self.drain();
            if stopped {
                return;
            }
        }
    }

    fn drain(&mut self) {
        let boot = clock::boot();
        let mut unreadable = 0_u64;
        loop {
            let facts = self.take(boot, &mut unreadable);
            if facts.is_empty() {
                break;
            }
            let facts = Arc::new(facts);
            for sink in &self.sinks {
                sink.give(&facts);
            }
            self.feed.give(&facts);
        }
        if unreadable > 0 {
            warn!("{unreadable} events of another version of the kernel program are not told");
        }
        for sink in &mut self.sinks {
            sink.complain();
        }
    }

    /// Takes what is in the ring, as much of it as is handed on together.
    fn take(&mut self, boot: Timestamp, unreadable: &mut u64) -> Vec<Fact> {
        let Self { ring, knowing, .. } = self;
        let (names, now) = (self.names.now(), Instant::now());
        let mut facts = Vec::with_capacity(TOGETHER);
        while facts.len() < TOGETHER {
            let fact = ring.take(|report| {
                knowing.spoken().hear(report);
                Fact {
                    known: knowing.of(&report.event, now),
                    ..names.put(report, clock::after(boot, report.event.at))
                }
            });
            match fact {
                Some(Ok(fact)) => facts.push(fact),
                Some(Err(Unreadable)) => *unreadable += 1,
                None => break,
            }
        }
        facts
    }
}
