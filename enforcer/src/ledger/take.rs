//! Taking down what the kernel has written, so that it is in the store once and there is room again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use enforcer_common::table::STRANGERS;
use jiff::Timestamp;
use tracing::warn;

use super::store::{Epoch, Kept, Retention, Store};
use crate::{
    clock,
    directories::Directories,
    kernel::ledger::{Ledger, Lines, Sum},
    record::{Record, Records},
};

/// Takes down the ledgers of all generations.
pub struct Taker<'d> {
    directories: &'d Directories,
    store: Store,
    retention: Retention,
    /// Ledgers of which it is known how far they were taken down.
    known: BTreeSet<u64>,
}

/// What the numbers of a generation stand for, if that is known.
pub type Names<'n> = dyn Fn(u32) -> Option<Arc<Record>> + 'n;

impl<'d> Taker<'d> {
    /// Opens the store. Whoever calls holds the daemon's lock.
    pub fn open(directories: &'d Directories, retention: Retention) -> Result<Self> {
        Ok(Self {
            directories,
            store: Store::open(&directories.ledger())?,
            retention,
            known: BTreeSet::new(),
        })
    }

    /// What was taken down until now.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Takes down what there is; how many frames had no line of their own. Ledgers of generations that are
    /// loaded no more go; those of `loaded`, and newer ones, which may be about to be, stay.
    pub fn take(&mut self, names: &Names<'_>, loaded: Option<&BTreeSet<u32>>) -> Result<u64> {
        let (mut turned_away, mut there) = (0, Vec::new());
        let newest = loaded.and_then(BTreeSet::last);
        for ledger in Ledger::all(self.directories)? {
            let ledger = match ledger {
                Ok(ledger) => ledger,
                Err(error) => {
                    warn!("{error:#}");
                    continue;
                }
            };
            turned_away += self.take_one(&ledger, names)?;
            let generation = ledger.generation();
            let is_gone = newest.is_some_and(|newest| generation < *newest)
                && loaded.is_some_and(|loaded| !loaded.contains(&generation));
            if is_gone {
                ledger.forget()?;
            } else {
                there.push(ledger.identity());
            }
        }
        self.store.keep_taken(&there)?;
        self.store.age(Timestamp::now(), self.retention)?;
        Ok(turned_away)
    }

    /// Takes down one that is open, whether or not its pins still are there.
    pub fn take_one(&mut self, ledger: &Ledger, names: &Names<'_>) -> Result<u64> {
        let record = names(ledger.generation());
        let record = record.as_deref();
        let mut turned_away = 0;
        let epoch = ledger.epoch();
        // An earlier one may have been killed between any two steps.
        if self.known.insert(ledger.identity())
            && let Some(before) = epoch.checked_sub(1)
        {
            let finished = self.finish(ledger, before, record);
            if finished.is_err() {
                self.known.remove(&ledger.identity());
            }
            turned_away += finished?;
        }
        if ledger.read(epoch).is_empty() {
            return Ok(turned_away);
        }
        ledger.turn();
        let finished = self.finish(ledger, epoch, record);
        if finished.is_err() {
            self.known.remove(&ledger.identity());
        }
        Ok(turned_away + finished?)
    }

    /// Takes in an epoch in which nobody writes any more, unless that was done, and clears it.
    fn finish(&mut self, ledger: &Ledger, epoch: u64, record: Option<&Record>) -> Result<u64> {
        let taken = self.store.taken(ledger.identity())?;
        let mut turned_away = 0;
        if taken.is_none_or(|taken| taken < epoch) {
            let lines = ledger.read(epoch);
            turned_away = self
                .store
                .take(ledger.identity(), epoch, &named(&lines, record))
                .context("what cameras sent is not kept; it stays in the kernel")?;
        }
        ledger.clear(epoch);
        Ok(turned_away)
    }
}

/// The names of the generations that are written down.
pub fn written(directories: &Directories) -> impl Fn(u32) -> Option<Arc<Record>> + use<> {
    let Records { in_force, kept } = Records::read(directories).unwrap_or_default();
    let records = in_force.into_iter().chain(kept);
    let records = records.map(|record| (record.generation, Arc::new(record)));
    let records: BTreeMap<u32, Arc<Record>> = records.collect();
    move |generation| records.get(&generation).cloned()
}

fn named(lines: &Lines, record: Option<&Record>) -> Epoch {
    let boot = clock::boot();
    let lines = lines.iter().map(|((camera, subject), sum)| {
        let Sum {
            rule,
            packets,
            bytes,
            first,
            last,
        } = *sum;
        let name = record.and_then(|record| record.cameras.get(camera));
        let name = match name {
            Some(camera) => camera.name.clone(),
            None if *camera == STRANGERS => String::new(),
            None => format!("#{camera}"),
        };
        let rule = record.and_then(|record| record.rules.get(&rule)).cloned();
        let time = |nanoseconds| clock::after(boot, nanoseconds).as_millisecond();
        let kept = Kept {
            packets,
            bytes,
            first: time(first),
            last: time(last),
            rule: rule.unwrap_or_default(),
        };
        (name, *subject, kept)
    });
    lines.collect()
}
