//! Drop events from the ring to whoever reads them: a thread of its own, so that a reader who is
//! slow holds up nothing but the events.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::{File, OpenOptions},
    io::{self, BufWriter, IsTerminal as _, Write},
    os::fd::OwnedFd,
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};
use enforcer_common::event::DropEvent;
use jiff::{SignedDuration, Timestamp};
use rustix::{
    event::{EventfdFlags, eventfd},
    time::{ClockId, clock_gettime},
};
use tracing::{error, warn};

use crate::{
    events::{Format, Told},
    kernel::ring::{Ring, Unreadable},
    record::Record,
};

/// How many generations back names are known. An event is rarely older than one.
const GENERATIONS: usize = 8;

/// How long what is left in the ring may take to be written when the daemon stops.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What the numbers in events stand for, by generation.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    records: VecDeque<Arc<Record>>,
    interfaces: BTreeMap<u32, String>,
}

impl Names {
    /// Makes a generation known. One that is not put in force after all does no harm.
    pub(super) fn learn(&self, record: Record, interfaces: impl Iterator<Item = (u32, String)>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.records.push_front(Arc::new(record));
        known.records.truncate(GENERATIONS);
        known.interfaces.extend(interfaces);
    }

    fn of(&self, event: &DropEvent) -> (Option<Arc<Record>>, String) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_generation = |record: &&Arc<Record>| record.generation == event.generation;
        let record = known.records.iter().find(of_generation).cloned();
        let interface = known.interfaces.get(&event.interface).cloned();
        (
            record,
            interface.unwrap_or_else(|| format!("if{}", event.interface)),
        )
    }
}

/// The thread, and how to end it.
#[derive(Debug)]
pub(super) struct Stream {
    stop: Arc<OwnedFd>,
    ended: mpsc::Receiver<()>,
}

/// Where events go.
pub(super) struct Sink {
    writer: Box<dyn Write + Send>,
    format: Format,
    color: bool,
}

impl Sink {
    /// A file, which is appended to, or the standard output for `-`.
    pub(super) fn open(path: &Path, format: Format) -> Result<Self> {
        if path == Path::new("-") {
            let stdout = io::stdout();
            let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            return Ok(Self {
                color: stdout.is_terminal() && !plain,
                writer: Box::new(BufWriter::new(stdout)),
                format,
            });
        }
        let mut options = OpenOptions::new();
        let file: File = options
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("events: {}", path.display()))?;
        Ok(Self {
            writer: Box::new(BufWriter::new(file)),
            format,
            color: false,
        })
    }
}

impl Stream {
    /// Starts to read the ring. Without a sink, events are taken off it all the same: nobody asked
    /// for them, so none of them is lost.
    pub(super) fn start(ring: Ring, sink: Option<Sink>, names: Names) -> Result<Self> {
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC).context("eventfd")?);
        let (end, ended) = mpsc::channel();
        let reader = Reader {
            ring,
            sink,
            names,
            line: Vec::new(),
            unwritten: 0,
        };
        let stopped = Arc::clone(&stop);
        thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || {
                reader.run(&stopped);
                drop(end);
            })
            .context("the thread for events")?;
        Ok(Self { stop, ended })
    }

    /// Ends the thread after what is left in the ring, unless its reader takes too long.
    pub(super) fn stop(self) {
        if rustix::io::write(&self.stop, &1_u64.to_be_bytes()).is_err()
            || self.ended.recv_timeout(LAST_WORDS) == Err(mpsc::RecvTimeoutError::Timeout)
        {
            warn!(
                "events are left in the ring: their reader is too slow; the next start tells them"
            );
        }
    }
}

struct Reader {
    ring: Ring,
    sink: Option<Sink>,
    names: Names,
    line: Vec<u8>,
    /// Events that a sink which fails has not taken.
    unwritten: u64,
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
        let boot = boot();
        let mut unreadable = 0_u64;
        while let Some(event) = self.ring.take() {
            match event {
                Ok(event) => self.tell(&event, boot),
                Err(Unreadable) => unreadable += 1,
            }
        }
        if unreadable > 0 {
            warn!("{unreadable} events of another version of the kernel program are not told");
        }
        let flushed = self.sink.as_mut().map(|sink| sink.writer.flush());
        self.note(flushed.unwrap_or(Ok(())), 0);
    }

    fn tell(&mut self, event: &DropEvent, boot: Timestamp) {
        let Some(sink) = &mut self.sink else {
            return;
        };
        let (record, interface) = self.names.of(event);
        let record = record.as_deref();
        let camera = record.and_then(|record| record.cameras.get(&event.camera));
        let since_boot = i64::try_from(event.at).unwrap_or(i64::MAX);
        let told = Told {
            event,
            at: boot
                .saturating_add(SignedDuration::from_nanos(since_boot))
                .unwrap_or(boot),
            interface: &interface,
            camera: camera.map(|camera| camera.name.as_str()),
            group: camera.map(|camera| camera.group.as_str()),
            rule: record
                .and_then(|record| record.rules.get(&event.rule))
                .map(String::as_str),
        };
        self.line.clear();
        sink.format.write(&told, sink.color, &mut self.line);
        let written = sink.writer.write_all(&self.line);
        self.note(written, 1);
    }

    /// A sink that fails is told of once, and again when it works.
    fn note(&mut self, written: io::Result<()>, events: u64) {
        match written {
            Err(error) if self.unwritten == 0 => {
                error!("events cannot be written: {error}; they are counted in `enforcer status`");
                self.unwritten = events.max(1);
            }
            Err(_) => self.unwritten += events,
            Ok(()) if events > 0 && self.unwritten > 0 => {
                warn!("events are written again; {} were not", self.unwritten);
                self.unwritten = 0;
            }
            Ok(()) => {}
        }
    }
}

/// When the kernel's monotonic clock was zero.
fn boot() -> Timestamp {
    let monotonic = clock_gettime(ClockId::Monotonic);
    let nanoseconds = i32::try_from(monotonic.tv_nsec).unwrap_or(0);
    let running = SignedDuration::new(monotonic.tv_sec, nanoseconds);
    let now = Timestamp::now();
    now.saturating_sub(running).unwrap_or(now)
}
