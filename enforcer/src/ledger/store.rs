//! The store: one file in the state directory, written in transactions.
//!
//! Lines are kept by the hour, and after two days by the day, so that it can be said what happened since
//! when, and what is old can be let go of. A transaction takes in all of one epoch of the kernel's ledger and
//! notes that it has, so that nothing counts twice, wherever the daemon is killed.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use redb::{
    Builder, Database, DatabaseError, ReadableDatabase as _, ReadableTable as _, StorageError,
    Table, TableDefinition, WriteTransaction, backends::FileBackend,
};
use tracing::{error, warn};

pub use super::retention::Retention;
use super::{Line, Query, line, subject};
use crate::kernel::ledger::Subject;

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

/// How many hours lines are kept by the hour.
const RECENT: u32 = 48;

/// How many lines a camera has in an hour; what comes then is counted in one for all others.
const MOST_LINES: usize = 1_024;

/// What the store itself keeps in memory.
const CACHE: usize = 1 << 20;

/// What is to be taken in of an epoch: whose, what it is about, and how much there was.
pub(super) type Epoch = Vec<(String, Subject, Kept)>;

/// The store, open.
pub struct Store {
    database: Database,
    path: PathBuf,
    /// How many lines cameras have in the hour that was written to last.
    counted: (u32, BTreeMap<String, usize>),
    /// The hour in which it was aged.
    aged: u32,
}

impl Store {
    /// Opens the file, or makes it. One that cannot be read is put aside, and told.
    pub fn open(path: &Path) -> Result<Self> {
        let database = match open(path) {
            Err(error) if is_unreadable(&error) => {
                let aside = path.with_extension("unreadable");
                error!(
                    "the ledger {}: {error}; it is put aside as {}, and a new one begun",
                    path.display(),
                    aside.display()
                );
                fs::rename(path, &aside).with_context(|| aside.display().to_string())?;
                open(path)
            }
            opened => opened,
        };
        let database = database.with_context(|| path.display().to_string())?;
        let store = Self {
            database,
            path: path.to_owned(),
            counted: (0, BTreeMap::new()),
            aged: 0,
        };
        let write = store.write()?;
        write.open_table(HOURS)?;
        write.open_table(DAYS)?;
        write.open_table(TAKEN)?;
        write.commit().with_context(|| store.name())?;
        Ok(store)
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn write(&self) -> Result<WriteTransaction> {
        self.database.begin_write().with_context(|| self.name())
    }

    /// The last epoch that was taken in of a ledger of the kernel's.
    pub(super) fn taken(&self, ledger: u64) -> Result<Option<u64>> {
        let read = self.database.begin_read()?;
        let taken = read.open_table(TAKEN)?;
        let epoch = taken.get(ledger)?;
        Ok(epoch.map(|epoch| epoch.value()))
    }

    /// Takes in an epoch of a ledger, whole or not at all; how many frames did not fit.
    pub(super) fn take(&mut self, ledger: u64, epoch: u64, lines: &Epoch) -> Result<u64> {
        let write = self.write()?;
        let mut turned_away = 0;
        {
            let mut hours = write.open_table(HOURS)?;
            for (camera, subject, kept) in lines {
                let at = hour(kept.last);
                let mut key = subject::to_bytes(subject);
                if !has_room(&mut self.counted, &hours, (at, camera, &key))? {
                    key = subject::to_bytes(&rest_of(subject));
                }
                if matches!(subject::from_bytes(&key), Some(Subject::Rest(_))) {
                    turned_away += kept.packets;
                }
                add(&mut hours, (at, camera, &key), kept)?;
            }
            write.open_table(TAKEN)?.insert(ledger, epoch)?;
        }
        let committed = write.commit().with_context(|| self.name());
        if committed.is_err() {
            self.counted.1.clear();
        }
        committed.map(|()| turned_away)
    }

    /// Nothing comes any more of other ledgers than these.
    pub(super) fn keep_taken(&self, ledgers: &[u64]) -> Result<()> {
        let read = self.database.begin_read()?;
        let taken = read.open_table(TAKEN)?;
        let mut gone = Vec::new();
        for entry in taken.iter()? {
            let (ledger, _) = entry?;
            gone.extend(Some(ledger.value()).filter(|ledger| !ledgers.contains(ledger)));
        }
        if gone.is_empty() {
            return Ok(());
        }
        let write = self.write()?;
        {
            let mut taken = write.open_table(TAKEN)?;
            for ledger in gone {
                taken.remove(ledger)?;
            }
        }
        write.commit().with_context(|| self.name())
    }

    /// The lines that are asked for, by camera, those with the most frames first.
    pub fn read(&self, query: &Query) -> Result<Vec<Line>> {
        let since = query.since.map(Timestamp::as_millisecond);
        let begin = since.map_or(0, hour);
        let mut found: BTreeMap<(String, Vec<u8>), Kept> = BTreeMap::new();
        let read = self.database.begin_read()?;
        for (table, begin) in [(DAYS, begin - begin % HOURS_A_DAY), (HOURS, begin)] {
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
                if !query.asks_for_time(i64::from(at) * HOUR, kept.first, kept.last) {
                    continue;
                }
                found
                    .entry((camera.to_owned(), subject.to_owned()))
                    .and_modify(|sum| sum.add(&kept))
                    .or_insert(kept);
            }
        }
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

    /// Once an hour: turns old hours into days, and lets go of what is too old or takes too much room.
    pub(super) fn age(&mut self, now: Timestamp, retention: Retention) -> Result<()> {
        let this_hour = hour(now.as_millisecond());
        if self.aged == this_hour {
            return Ok(());
        }
        let write = self.write()?;
        {
            let mut hours = write.open_table(HOURS)?;
            let mut days = write.open_table(DAYS)?;
            gather(&mut hours, &mut days, by_the_day(this_hour))?;
            let oldest = this_hour.saturating_sub(retention.days.get().saturating_mul(HOURS_A_DAY));
            for lines in [&mut days, &mut hours] {
                lines.retain_in(..(oldest, "", &[][..]), |_, _| false)?;
            }
            let most = u64::from(retention.mebibytes.get()) << 20;
            while stored(&days)? + stored(&hours)? > most {
                if !drop_oldest(&mut days)? && !drop_oldest(&mut hours)? {
                    break;
                }
                warn!("the ledger has grown too large: its oldest lines are let go");
            }
        }
        write.commit().with_context(|| self.name())?;
        self.aged = this_hour;
        Ok(())
    }
}

/// Nobody else may know what cameras do; the library alone would leave that to the umask.
fn open(path: &Path) -> Result<Database, DatabaseError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    let backend = FileBackend::new(file)?;
    Builder::new()
        .set_cache_size(CACHE)
        .create_with_backend(backend)
}

fn is_unreadable(error: &DatabaseError) -> bool {
    match error {
        DatabaseError::UpgradeRequired(_)
        | DatabaseError::RepairAborted
        | DatabaseError::Storage(StorageError::Corrupted(_)) => true,
        DatabaseError::Storage(StorageError::Io(error)) => matches!(
            error.kind(),
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof
        ),
        // And whatever others there may be.
        DatabaseError::DatabaseAlreadyOpen
        | DatabaseError::LockProtocolMismatch
        | DatabaseError::TransactionInProgress
        | DatabaseError::Storage(_)
        | _ => false,
    }
}

/// What a time falls into that the store tells from what was before and after: an hour, and a day where hours are told
/// apart no longer; when that begins, and how long it is.
pub fn slot(time: Timestamp, now: Timestamp) -> (Timestamp, SignedDuration) {
    let at = hour(time.as_millisecond());
    let (begin, hours) = if at < by_the_day(hour(now.as_millisecond())) {
        (at - at % HOURS_A_DAY, HOURS_A_DAY)
    } else {
        (at, 1)
    };
    let begin = line::time(i64::from(begin) * HOUR);
    (begin, SignedDuration::from_hours(hours.into()))
}

/// What comes before this hour is kept by the day. Whole days alone, so that none is written to twice.
const fn by_the_day(this_hour: u32) -> u32 {
    let before = this_hour.saturating_sub(RECENT);
    before - before % HOURS_A_DAY
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

/// Turns hours before one into their days.
fn gather(
    hours: &mut Table<'_, Key, &[u8]>,
    days: &mut Table<'_, Key, &[u8]>,
    before: u32,
) -> Result<()> {
    let old = ..(before, "", &[][..]);
    for line in hours.range(old)? {
        let (key, kept) = line?;
        let (hour, camera, subject) = key.value();
        if let Some(kept) = Kept::read(kept.value()) {
            add(days, (hour - hour % HOURS_A_DAY, camera, subject), &kept)?;
        }
    }
    hours.retain_in(..(before, "", &[][..]), |_, _| false)?;
    Ok(())
}

fn stored(lines: &Table<'_, Key, &[u8]>) -> Result<u64> {
    use redb::ReadableTableMetadata as _;
    Ok(lines.stats()?.stored_bytes())
}

/// Lets go of the oldest hour or day; whether there was one.
fn drop_oldest(lines: &mut Table<'_, Key, &[u8]>) -> Result<bool> {
    let Some(oldest) = lines.first()?.map(|(key, _)| key.value().0) else {
        return Ok(false);
    };
    lines.retain_in(..(oldest + 1, "", &[][..]), |_, _| false)?;
    Ok(true)
}

#[cfg(test)]
mod tests;
