//! The store: one file in the state directory, written in transactions.
//!
//! Lines are kept by the hour, and after two days by the day, so that it can be said what happened since
//! when, and what is old can be let go of. A transaction takes in all of one epoch of the kernel's ledger and
//! notes that it has, so that nothing counts twice, wherever the daemon is killed.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, Table, TableDefinition};

pub use super::retention::Retention;
use super::{Line, Query, line, subject};
use crate::kernel::ledger::Subject;

use file::File;

mod age;
mod damage;
mod file;
mod kept;
mod spans;

pub(in crate::ledger) use kept::Kept;

/// When, whose, and what it is about.
type Key = (u32, &'static str, &'static [u8]);
type Lines = TableDefinition<'static, Key, &'static [u8]>;

const HOURS: Lines = TableDefinition::new("hours");
const DAYS: Lines = TableDefinition::new("days");

/// The last epoch that was taken in, by the identity of the kernel's ledger.
const TAKEN: TableDefinition<'_, u64, u64> = TableDefinition::new("taken");

const HOUR: i64 = 3_600_000;
const HOURS_A_DAY: u32 = 24;

/// How many lines a camera has in an hour; what comes then is counted in one for all others.
const MOST_LINES: usize = 1_024;

/// What is to be taken in of an epoch: whose, what it is about, and how much there was.
pub(super) type Epoch = Vec<(String, Subject, Kept)>;

/// The store, open.
pub struct Store {
    file: File,
    /// How many lines cameras have in the hour that was written to last.
    counted: (u32, BTreeMap<String, usize>),
    /// The hour in which it was aged.
    aged: u32,
}

impl Store {
    /// Opens the file, or makes it. One that cannot be read is put aside, and `tell` is told so in words.
    pub fn open(path: &Path, tell: &dyn Fn(&str)) -> Result<Self> {
        Ok(Self {
            file: File::open(path, tell)?,
            counted: (0, BTreeMap::new()),
            aged: 0,
        })
    }

    /// Whether the file has shown to be damaged since it was opened. Nothing can be asked any more then.
    pub const fn is_damaged(&self) -> bool {
        self.file.is_damaged()
    }

    /// Closes it and puts the file aside, which is told; another can be opened in its place.
    pub fn put_aside(self, tell: &dyn Fn(&str)) -> Result<()> {
        self.file.put_aside(tell)
    }

    /// The last epoch that was taken in of a ledger of the kernel's.
    pub(super) fn taken(&self, ledger: u64) -> Result<Option<u64>> {
        self.file.ask(|database| {
            let taken = database.begin_read()?.open_table(TAKEN)?;
            let epoch = taken.get(ledger)?;
            Ok(epoch.map(|epoch| epoch.value()))
        })
    }

    /// Takes in an epoch of a ledger, whole or not at all; how many frames did not fit.
    pub(super) fn take(&mut self, ledger: u64, epoch: u64, lines: &Epoch) -> Result<u64> {
        let counted = &mut self.counted;
        let taken = self.file.ask(|database| {
            let write = database.begin_write()?;
            let mut turned_away = 0;
            {
                let mut hours = write.open_table(HOURS)?;
                for (camera, subject, kept) in lines {
                    let at = hour(kept.last);
                    let mut key = subject::to_bytes(subject);
                    if !has_room(counted, &hours, (at, camera, &key))? {
                        key = subject::to_bytes(&rest_of(subject));
                    }
                    if matches!(subject::from_bytes(&key), Some(Subject::Rest(_))) {
                        turned_away += kept.packets;
                    }
                    add(&mut hours, (at, camera, &key), kept)?;
                }
                write.open_table(TAKEN)?.insert(ledger, epoch)?;
            }
            write.commit()?;
            Ok(turned_away)
        });
        if taken.is_err() {
            self.counted.1.clear();
        }
        taken
    }

    /// Nothing comes any more of other ledgers than these.
    pub(super) fn keep_taken(&self, ledgers: &[u64]) -> Result<()> {
        self.file.ask(|database| {
            let taken = database.begin_read()?.open_table(TAKEN)?;
            let mut gone = Vec::new();
            for entry in taken.iter()? {
                let (ledger, _) = entry?;
                gone.extend(Some(ledger.value()).filter(|ledger| !ledgers.contains(ledger)));
            }
            if gone.is_empty() {
                return Ok(());
            }
            let write = database.begin_write()?;
            {
                let mut taken = write.open_table(TAKEN)?;
                for ledger in gone {
                    taken.remove(ledger)?;
                }
            }
            Ok(write.commit()?)
        })
    }

    /// The lines that are asked for, by camera, those with the most frames first.
    pub fn read(&self, query: &Query) -> Result<Vec<Line>> {
        let found = self.file.ask(|database| find(database, query))?;
        let lines = found.into_iter().filter_map(|((camera, bytes), kept)| {
            let subject = subject::from_bytes(&bytes)?;
            let line = Line::new(&camera, &subject, kept);
            query.asks_for_destination(line.dest_ip).then_some(line)
        });
        let mut lines: Vec<Line> = lines.collect();
        lines.sort_by(|one, other| {
            let order = one.camera.cmp(&other.camera);
            order.then(other.packets.cmp(&one.packets))
        });
        Ok(lines)
    }
}

/// Sums of what is kept, by camera and what it is about.
type Sums = BTreeMap<(String, Vec<u8>), Kept>;

fn find(database: &Database, query: &Query) -> Result<Sums> {
    let mut found = Sums::new();
    each(
        database,
        query,
        |Found {
             camera,
             subject,
             kept,
             ..
         }| {
            found
                .entry((camera.to_owned(), subject.to_owned()))
                .and_modify(|sum| sum.add(&kept))
                .or_insert(kept);
        },
    )?;
    Ok(found)
}

/// A line as it stands in the file.
struct Found<'l> {
    /// The hour that it is of, or that its day begins with.
    at: u32,
    /// How many hours it is of.
    hours: u32,
    camera: &'l str,
    subject: &'l [u8],
    kept: Kept,
}

/// Takes each line of the cameras and the time that are asked for, by the day and then by the hour.
fn each(database: &Database, query: &Query, mut take: impl FnMut(Found<'_>)) -> Result<()> {
    let since = query.since.map(Timestamp::as_millisecond);
    let begin = since.map_or(0, hour);
    let read = database.begin_read()?;
    for (table, begin, hours) in [
        (DAYS, begin - begin % HOURS_A_DAY, HOURS_A_DAY),
        (HOURS, begin, 1),
    ] {
        let table = read.open_table(table)?;
        for line in table.range((begin, "", &[][..])..)? {
            let (key, kept) = line?;
            let (at, camera, subject) = key.value();
            if !query.asks_for_camera(camera) {
                continue;
            }
            let Some(kept) = Kept::read(kept.value()) else {
                continue;
            };
            if query.asks_for_time(i64::from(at) * HOUR, kept.first, kept.last) {
                take(Found {
                    at,
                    hours,
                    camera,
                    subject,
                    kept,
                });
            }
        }
    }
    Ok(())
}

/// What a time falls into that the store tells from what was before and after: an hour, and a day where hours are told
/// apart no longer; when that begins, and how long it is.
pub fn slot(time: Timestamp, now: Timestamp) -> (Timestamp, SignedDuration) {
    let at = hour(time.as_millisecond());
    let (begin, hours) = if at < age::by_the_day(hour(now.as_millisecond())) {
        (at - at % HOURS_A_DAY, HOURS_A_DAY)
    } else {
        (at, 1)
    };
    let begin = line::time(i64::from(begin) * HOUR);
    (begin, SignedDuration::from_hours(hours.into()))
}

/// Hours since 1970.
fn hour(milliseconds: i64) -> u32 {
    u32::try_from(milliseconds.div_euclid(HOUR)).unwrap_or(0)
}

/// Where frames count that have no room.
fn rest_of(subject: &Subject) -> Subject {
    match subject {
        Subject::Flow(_, what) => Subject::Rest(match what.outcome() {
            Some(outcome) => outcome.kind(),
            None => 0,
        }),
        Subject::Rest(kind) => Subject::Rest(*kind),
    }
}

type At<'a> = (u32, &'a str, &'a [u8]);

/// Whether a line is there or may be begun.
fn has_room(
    (counted_hour, counted): &mut (u32, BTreeMap<String, usize>),
    lines: &Table<'_, Key, &[u8]>,
    (at, camera, subject): At<'_>,
) -> Result<bool> {
    if lines.get((at, camera, subject))?.is_some() {
        return Ok(true);
    }
    if *counted_hour != at {
        *counted_hour = at;
        counted.clear();
    }
    if !counted.contains_key(camera) {
        counted.insert(camera.to_owned(), count(lines, at, camera)?);
    }
    let Some(count) = counted.get_mut(camera) else {
        return Ok(false);
    };
    let has_room = *count < MOST_LINES;
    *count += usize::from(has_room);
    Ok(has_room)
}

/// How many lines a camera has in an hour.
fn count(lines: &Table<'_, Key, &[u8]>, at: u32, camera: &str) -> Result<usize> {
    let mut count = 0;
    for line in lines.range((at, camera, &[][..])..)? {
        let (key, _) = line?;
        let (hour, whose, _) = key.value();
        if (hour, whose) != (at, camera) {
            break;
        }
        count += 1;
    }
    Ok(count)
}

fn add(lines: &mut Table<'_, Key, &[u8]>, at: At<'_>, kept: &Kept) -> Result<()> {
    let before = lines.get(at)?.and_then(|line| Kept::read(line.value()));
    let sum = match before {
        Some(mut sum) => {
            sum.add(kept);
            sum
        }
        None => kept.clone(),
    };
    lines.insert(at, &*sum.written())?;
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
