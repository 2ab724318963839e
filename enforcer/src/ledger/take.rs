//! Taking down what the kernel has written, so that it is in the store once and there is room again.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use enforcer_common::table::STRANGERS;
use jiff::Timestamp;

use super::store::{Epoch, Kept, Retention, Store};
use crate::{
    app_proto::Spoken,
    clock,
    directories::Directories,
    events::Knowing,
    kernel::ledger::{Ledger, Lines, Names, Subject, Sum},
    names::Heard,
};
/// How much later than its line an event may be heard: the reader of the ring rests, and then has all of it to read.
const LATE: Duration = Duration::from_millis(25);

/// Takes down the ledgers of all generations.
pub struct Taker<'d> {
    directories: &'d Directories,
    store: Store,
    retention: Option<Retention>,
    /// Ledgers of which the half that is not written to is known to be taken down and clear.
    known: BTreeSet<u64>,
    heard: Heard,
    spoken: Option<Spoken>,
}

/// What was found when it was taken down.
#[derive(Debug, Default)]
pub struct Taken {
    /// How many frames had no line of their own.
    pub turned_away: u64,
    /// Which ledgers could not be read, and why.
    pub unread: Vec<String>,
}

impl<'d> Taker<'d> {
    /// Opens the store; of one that must be put aside `tell` is told. Whoever calls holds the daemon's lock. Without a
    /// retention, nothing is let go of.
    pub fn open(
        directories: &'d Directories,
        retention: Option<Retention>,
        tell: &dyn Fn(&str),
    ) -> Result<Self> {
        Ok(Self {
            directories,
            store: Store::open(&directories.ledger(), tell)?,
            retention,
            known: BTreeSet::new(),
            heard: Heard::default(),
            spoken: None,
        })
    }

    /// Writes down too by what names cameras know where they send to, and what they speak there.
    #[must_use]
    pub fn knowing(self, knowing: &Knowing) -> Self {
        Self {
            heard: knowing.heard(),
            spoken: Some(knowing.spoken().clone()),
            ..self
        }
    }

    /// What was taken down until now.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Puts the store aside, which is told, for another to be opened in its place.
    pub fn put_aside(self, tell: &dyn Fn(&str)) -> Result<()> {
        self.store.put_aside(tell)
    }

    /// Takes down what there is. Ledgers of generations that are loaded no more go; those of `loaded`, and newer
    /// ones, which may be about to be, stay.
    pub fn take(&mut self, loaded: Option<&BTreeSet<u32>>) -> Result<Taken> {
        let (mut taken, mut there) = (Taken::default(), Vec::new());
        let newest = loaded.and_then(BTreeSet::last);
        let is_gone = |generation| {
            newest.is_some_and(|newest| generation < *newest)
                && loaded.is_some_and(|loaded| !loaded.contains(&generation))
        };
        for ledger in Ledger::all(self.directories)? {
            let ledger = match ledger {
                Ok(ledger) => ledger,
                Err(unread) if unread.is_foreign() && is_gone(unread.generation()) => {
                    unread.forget()?;
                    continue;
                }
                Err(unread) => {
                    taken.unread.push(unread.to_string());
                    continue;
                }
            };
            taken.turned_away += self.take_one(&ledger)?;
            if is_gone(ledger.generation()) {
                ledger.forget()?;
            } else {
                there.push(ledger.identity());
            }
        }
        if let Some(spoken) = &self.spoken {
            spoken.turn();
        }
        self.store.keep_taken(&there)?;
        if let Some(retention) = self.retention {
            self.store.age(Timestamp::now(), retention)?;
        }
        Ok(taken)
    }

    /// Takes down one that is open, whether or not its pins still are there.
    pub fn take_one(&mut self, ledger: &Ledger) -> Result<u64> {
        let mut turned_away = 0;
        let epoch = ledger.epoch();
        // An earlier one may have been killed between any two steps.
        if !self.known.contains(&ledger.identity())
            && let Some(before) = epoch.checked_sub(1)
        {
            turned_away += self.finish(ledger, before)?;
        }
        if !ledger.is_empty(epoch) {
            ledger.turn();
            if self.spoken.is_some() {
                thread::sleep(LATE);
            }
            turned_away += self.finish(ledger, epoch)?;
        }
        Ok(turned_away)
    }

    /// Takes in an epoch in which nobody writes any more, unless that was done, and clears it.
    fn finish(&mut self, ledger: &Ledger, epoch: u64) -> Result<u64> {
        self.known.remove(&ledger.identity());
        let taken = self.store.taken(ledger.identity())?;
        let mut turned_away = 0;
        if taken.is_none_or(|taken| taken < epoch) {
            let lines = ledger.read(epoch);
            turned_away = self
                .store
                .take(
                    ledger.identity(),
                    epoch,
                    &self.named(&lines, &ledger.names()?),
                )
                .context("what cameras sent is not kept; it stays in the kernel")?;
        }
        ledger.clear(epoch);
        self.known.insert(ledger.identity());
        Ok(turned_away)
    }

    fn named(&self, lines: &Lines, names: &Names) -> Epoch {
        let (boot, now) = (clock::boot(), Instant::now());
        let lines = lines.iter().map(|((camera, subject), sum)| {
            let Sum {
                rule,
                packets,
                bytes,
                first,
                last,
            } = *sum;
            let name = match names.cameras.get(camera) {
                Some(name) => name.clone(),
                None if *camera == STRANGERS => String::new(),
                None => format!("#{camera}"),
            };
            let (domain, app_proto) = match subject {
                Subject::Flow(destination, what) => (
                    destination
                        .ip()
                        .and_then(|address| self.heard.of_camera((*camera, &name), address, now)),
                    self.spoken
                        .as_ref()
                        .and_then(|spoken| spoken.of(*camera, *destination, *what)),
                ),
                Subject::Rest(_) => (None, None),
            };
            let time = |nanoseconds| clock::after(boot, nanoseconds).as_millisecond();
            let kept = Kept {
                packets,
                bytes,
                first: time(first),
                last: time(last),
                rule: names.rules.get(&rule).cloned().unwrap_or_default(),
                domain: domain.map(|domain| domain.to_string()).unwrap_or_default(),
                app_proto,
            };
            (name, *subject, kept)
        });
        lines.collect()
    }
}
