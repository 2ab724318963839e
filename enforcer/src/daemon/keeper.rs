//! The thread that keeps the ledger: it takes down what the kernel has written, now and then and when it is
//! asked for, and holds up nobody.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use tracing::{error, info, warn};

use crate::{
    control::{
        answer::{Kind, Refusal},
        desk::{self, Ask, Desk},
        numbers::Numbers,
    },
    directories::Directories,
    events::Knowing,
    labels::Labels,
    ledger::{
        store::{Retention, Store},
        take::{Taken, Taker},
    },
};

/// How often it is taken down. A power cut loses no more than this, and each time is a write to the disk.
const EVERY: Duration = Duration::from_secs(30);

/// And how often at most for those who ask: each time is a write to the disk.
const REST: Duration = Duration::from_millis(200);

/// The thread, until this is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    desk: Desk,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts to keep the ledger. Without a retention, nothing is let go of.
    pub(super) fn start(
        directories: &Directories,
        (retention, knowing): (Option<Retention>, Knowing),
        numbers: Arc<Numbers>,
    ) -> Result<Self> {
        let (desk, asked) = desk::open();
        let directories = directories.clone();
        let thread = thread::Builder::new().name("ledger".to_owned());
        let thread = thread.spawn(move || {
            let work = Work {
                directories: &directories,
                retention,
                knowing,
                numbers,
                taker: None,
                loaded: None,
                taken: None,
                complaint: String::new(),
                unread: Vec::new(),
            };
            work.run(&asked);
        });
        Ok(Self {
            desk,
            thread: Some(thread.context("the thread for the ledger")?),
        })
    }

    /// Where it is asked.
    pub(super) fn desk(&self) -> Desk {
        self.desk.clone()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.desk.stop();
        let ended = self.thread.take().map(JoinHandle::join);
        if ended.is_some_and(|ended| ended.is_err()) {
            error!("the ledger's thread has panicked; what is not taken down stays in the kernel");
        }
    }
}

struct Work<'d> {
    directories: &'d Directories,
    retention: Option<Retention>,
    knowing: Knowing,
    numbers: Arc<Numbers>,
    taker: Option<Taker<'d>>,
    loaded: Option<BTreeSet<u32>>,
    /// When it was begun for the last time.
    taken: Option<Instant>,
    /// What went wrong, as it was told.
    complaint: String,
    /// What was told of ledgers that cannot be read.
    unread: Vec<String>,
}

impl Work<'_> {
    fn run(mut self, asked: &Receiver<Ask>) {
        loop {
            let due = self
                .taken
                .map_or(EVERY, |taken| EVERY.saturating_sub(taken.elapsed()));
            match asked.recv_timeout(due) {
                Ok(Ask::Look { look, asked, waits }) => {
                    if waits.strong_count() > 0 {
                        look(self.store(asked));
                        if self.is_damaged() {
                            self.take();
                        }
                    }
                }
                Ok(Ask::Loaded(generations)) => {
                    self.loaded = Some(generations);
                    self.take();
                }
                Err(RecvTimeoutError::Timeout) => self.take(),
                Ok(Ask::Stop) | Err(RecvTimeoutError::Disconnected) => {
                    self.take();
                    return;
                }
            }
        }
    }

    fn store(&mut self, asked: Instant) -> Result<(&Store, &Labels), Refusal> {
        // Whoever has asked before the last time has all of it already.
        if self.taken.is_none_or(|taken| taken < asked) {
            let rested = self.taken.map_or(REST, |taken| taken.elapsed());
            thread::sleep(REST.saturating_sub(rested));
            self.take();
        }
        match &self.taker {
            Some(taker) if self.complaint.is_empty() => Ok((taker.store(), self.knowing.labels())),
            _ => Err(Refusal::new(Kind::Failed, self.complaint.clone())),
        }
    }

    /// Takes down what there is. What cannot be stays in the kernel until the next time.
    fn take(&mut self) {
        self.knowing.labels().look();
        self.taken = Some(Instant::now());
        let taken = self.try_take();
        let complaint = taken.err().map(|error| format!("the ledger: {error:#}"));
        let complaint = complaint.unwrap_or_default();
        if complaint != self.complaint {
            if complaint.is_empty() {
                info!("the ledger is kept again");
            } else {
                let seconds = EVERY.as_secs();
                error!("{complaint}; tried again every {seconds} s, and whenever it is asked for");
            }
            self.complaint = complaint;
        }
    }

    fn try_take(&mut self) -> Result<()> {
        self.put_aside()?;
        let taken = self.take_once();
        if self.is_damaged() {
            // What the store that was put aside had taken in and was not cleared in the kernel goes to the next.
            self.put_aside()?;
            return self.take_once();
        }
        taken
    }

    fn is_damaged(&self) -> bool {
        let taker = self.taker.as_ref();
        taker.is_some_and(|taker| taker.store().is_damaged())
    }

    /// Puts the store aside if it has shown to be damaged.
    fn put_aside(&mut self) -> Result<()> {
        match self.taker.take() {
            Some(taker) if taker.store().is_damaged() => taker.put_aside(&tell),
            taker => {
                self.taker = taker;
                Ok(())
            }
        }
    }

    fn take_once(&mut self) -> Result<()> {
        let taker = if let Some(taker) = &mut self.taker {
            taker
        } else {
            let taker = Taker::open(self.directories, self.retention, &tell)?;
            self.taker.insert(taker.knowing(&self.knowing))
        };
        let done = taker.take(self.loaded.as_ref());
        if done.is_err() && !taker.store().is_damaged() {
            // What a store is worth in which something could not be written is found out by opening it anew.
            self.taker = None;
        }
        let Taken {
            turned_away,
            unread,
        } = done?;
        self.numbers.count_turned_away(turned_away);
        for words in unread.iter().filter(|words| !self.unread.contains(words)) {
            warn!("{words}");
        }
        self.unread = unread;
        Ok(())
    }
}

fn tell(words: &str) {
    error!("{words}");
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;
    use crate::ledger::{
        Query,
        store::tests::{damage, fill},
    };

    #[test]
    fn a_file_that_is_damaged_later_is_put_aside_and_the_ledger_is_kept_on() {
        let place = tempfile::tempdir().unwrap();
        let directory = |name: &str| place.path().join(name);
        let directories = Directories {
            run: directory("run"),
            state: place.path().to_owned(),
            bpffs: directory("bpffs"),
        };
        fill(&directories.ledger());
        let knowing = Knowing::new(None, Arc::new(Labels::default()));
        let keeper = Keeper::start(&directories, (None, knowing), Arc::default()).unwrap();
        let desk = keeper.desk();
        let runtime = Builder::new_current_thread().build().unwrap();
        let lines = || {
            let look = desk.look(|store, _| Ok(store.read(&Query::default())?.len()));
            runtime.block_on(look)
        };
        assert_eq!(lines().unwrap(), 60_000);
        damage(&directories.ledger());
        // Whoever asks then meets it, or the keeper does before.
        match lines() {
            Ok(lines) => assert_eq!(lines, 0),
            Err(refused) => assert!(refused.message.contains("it is damaged"), "{refused}"),
        }
        assert_eq!(lines().unwrap(), 0);
        assert!(directory("ledger.unreadable").exists());
    }
}
