//! What each camera sent where, as the program wrote it down. Pinned beside its generation, so it goes on
//! without a daemon.
//!
//! A generation writes into one half of its ledger. To take down what is there, the program is turned to the
//! other half, which is empty; once no run of it can be under way that began before, the half that it left is
//! still, and can be read and cleared at leisure.
#![expect(
    unsafe_code,
    reason = "the program and this read and write the same memory"
)]

use std::{
    collections::BTreeMap,
    mem::offset_of,
    path::PathBuf,
    ptr, slice,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use aya::maps::{Array, Map, MapData};
use enforcer_common::{
    Address,
    ledger::{Book, LAYOUT, Region, Row, Tags, What},
    table::CameraId,
};
use rustix::thread::{MembarrierCommand, membarrier};

use super::{mapping::Mapping, object};
use crate::directories::Directories;

mod names;
mod place;
mod plan;
mod unread;

use self::unread::Foreign;
pub use self::{names::Names, unread::Unread};
pub(super) use self::{
    place::{Place, generation, remove},
    plan::Plan,
};

/// Where the kernel cannot be asked to wait for runs of the program that are under way
/// (`nohz_full`), this long is more than any takes.
const LONG: Duration = Duration::from_millis(100);

/// What was sent, and what became of it, all CPUs together.
pub type Lines = BTreeMap<(CameraId, Subject), Sum>;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A destination and service.
    Flow(Address, What),
    /// What did not fit, by [`enforcer_common::ledger::Outcome::kind`].
    Rest(usize),
}

/// How much of it there was, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The rule that decided about the last frame; zero for none.
    pub rule: u32,
    /// Frames.
    pub packets: u64,
    /// Bytes of those frames, from the Ethernet header on.
    pub bytes: u64,
    /// When the first came: nanoseconds on the kernel's monotonic clock.
    pub first: u64,
    /// When the last came.
    pub last: u64,
}

/// A generation's ledger.
#[derive(Debug)]
pub struct Ledger {
    generation: u32,
    folder: PathBuf,
    /// But for the epoch, which changes.
    book: Book,
    /// Where [`Book::epoch`] is.
    epoch: Mapping,
    lines: Mapping,
    names: Mapping,
}

impl Ledger {
    /// The ledgers of all generations that are loaded, oldest first; and those that cannot be read.
    pub fn all(directories: &Directories) -> Result<Vec<Result<Self, Unread>>> {
        let folders = place::folders(directories)?.into_iter();
        let open = |(generation, folder): (u32, PathBuf)| {
            match Self::open(generation, folder.clone()) {
                Ok(ledger) => ledger.map(Ok),
                // It may have gone while it was opened.
                Err(_) if !place::is_whole(&folder) => None,
                Err(error) => Some(Err(Unread::new(generation, folder, error))),
            }
        };
        Ok(folders.filter_map(open).collect())
    }

    /// None, as long as it is being made: its maps are pinned one by one, and the book is written last.
    fn open(generation: u32, folder: PathBuf) -> Result<Option<Self>> {
        if !place::is_whole(&folder) {
            return Ok(None);
        }
        let open = |name: &str| {
            let path = folder.join(name);
            MapData::from_pin(&path).with_context(|| path.display().to_string())
        };
        let epoch = open(object::BOOK)?;
        ensure!(
            usize::try_from(epoch.info()?.value_size())? == size_of::<Book>(),
            Foreign
        );
        let book = Mapping::new(&epoch, size_of::<Book>())?;
        let array: Array<_, Book> = Map::Array(epoch).try_into()?;
        let written = array.get(&0, 0)?;
        match written.layout {
            0 => return Ok(None),
            // Its last field may be yet to come.
            LAYOUT if written.pages == 0 => return Ok(None),
            LAYOUT => {}
            _ => return Err(Foreign.into()),
        }
        let data = open(object::LEDGER)?;
        let all = usize::try_from(written.all())?;
        ensure!(
            data.info()?.max_entries() == written.all(),
            "it is not as large as it says"
        );
        let lines = Mapping::new(&data, all * size_of::<Row>())?;
        let data = open(object::NAMES)?;
        let words = usize::try_from(data.info()?.max_entries())?;
        let names = Mapping::new(&data, words * size_of::<u64>())?;
        Ok(Some(Self {
            names,
            generation,
            folder,
            book: written,
            epoch: book,
            lines,
        }))
    }

    /// Number of the generation whose it is.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// What its numbers stand for.
    pub fn names(&self) -> Result<Names> {
        let words = self.names.length() / size_of::<u64>();
        let start = self.names.at::<u64>(0).context("no names")?;
        // SAFETY: the mapping is as long and aligned; the names were written before the program was attached,
        // and nobody writes to them since.
        Names::read(unsafe { slice::from_raw_parts(start, words) })
    }

    /// Another for each ledger that ever was.
    pub const fn identity(&self) -> u64 {
        self.book.identity
    }

    /// The epoch that is being written.
    pub fn epoch(&self) -> u64 {
        self.word().load(Ordering::Acquire)
    }

    /// Begins the next epoch, and returns when nobody writes in this one any more. The half that the next is
    /// written to must have been cleared.
    pub fn turn(&self) {
        self.word().fetch_add(1, Ordering::AcqRel);
        // The kernel waits for a grace period of RCU, and each run of the program is within one.
        if membarrier(MembarrierCommand::Global).is_err() {
            thread::sleep(LONG);
        }
    }

    /// What was written in an epoch: this one, of which more may come, or the one before.
    pub fn read(&self, epoch: u64) -> Lines {
        let mut lines = Lines::new();
        for (camera, region) in self.used(epoch) {
            let rest = region.rest().enumerate();
            for (kind, row) in
                rest.filter_map(|(kind, number)| Some((kind, self.read_row(number)?)))
            {
                add(&mut lines, (camera, Subject::Rest(kind)), &row);
            }
            for row in region.rows().filter_map(|number| self.read_row(number)) {
                add(
                    &mut lines,
                    (camera, Subject::Flow(row.destination, row.what)),
                    &row,
                );
            }
        }
        lines
    }

    /// Whether anything was written in an epoch until now.
    pub fn is_empty(&self, epoch: u64) -> bool {
        self.used(epoch).next().is_none()
    }

    /// Clears what was written in the epoch before this one.
    pub fn clear(&self, epoch: u64) {
        for (_, region) in self.used(epoch) {
            for row in region.all().filter_map(|number| self.line::<Row>(number)) {
                // SAFETY: within the mapping; nobody writes to this half. Rows and tags are as long, and are
                // nobody's when they are zero.
                unsafe { row.write(Row::default()) };
            }
        }
    }

    /// Lets go of the pins.
    pub fn forget(self) -> Result<()> {
        place::remove_folder(&self.folder)
    }

    /// The regions that anything was written to in an epoch.
    fn used(&self, epoch: u64) -> impl Iterator<Item = (CameraId, Region)> {
        let half = u32::from(epoch & 1 != 0);
        let cameras = (0..self.book.cpus)
            .flat_map(|cpu| (0..self.book.cameras).map(move |camera| (cpu, camera)));
        cameras
            .map(move |(cpu, camera)| (camera, self.book.region(half, cpu, camera)))
            .filter(|(_, region)| self.is_used(*region))
    }

    fn is_used(&self, region: Region) -> bool {
        region.rest().any(|number| self.read_row(number).is_some())
            || region.tags().any(|number| {
                let tags = self.line::<Tags>(number);
                // SAFETY: within the mapping. The program may be writing to it, so the copy is one of words.
                tags.is_some_and(|tags| !unsafe { ptr::read_volatile(tags) }.is_empty())
            })
    }

    /// A row, if a frame was counted in it.
    fn read_row(&self, number: u32) -> Option<Row> {
        let row = self.line(number)?;
        // SAFETY: within the mapping. The program may be writing to it, so the copy is one of words.
        let row: Row = unsafe { ptr::read_volatile(row) };
        (row.packets > 0).then_some(row)
    }

    /// Where a line is, which is a row or tags.
    fn line<T>(&self, number: u32) -> Option<*mut T> {
        const { assert!(size_of::<T>() == size_of::<Row>()) }
        self.lines
            .at(usize::try_from(number).ok()? * size_of::<T>())
    }

    fn word(&self) -> &AtomicU64 {
        static NONE: AtomicU64 = AtomicU64::new(0);
        let Some(epoch) = self.epoch.at::<u64>(offset_of!(Book, epoch)) else {
            return &NONE;
        };
        // SAFETY: within the mapping and aligned; whoever else writes to it has the daemon's lock too, and the
        // program only reads.
        unsafe { AtomicU64::from_ptr(epoch) }
    }
}

fn add(lines: &mut Lines, what: (CameraId, Subject), row: &Row) {
    let sum = Sum::from(row);
    let line = lines.entry(what);
    line.and_modify(|line| line.add(&sum)).or_insert(sum);
}

impl Sum {
    /// Takes in what another CPU or time has seen of the same.
    pub fn add(&mut self, other: &Self) {
        if other.last >= self.last {
            self.rule = other.rule;
        }
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl From<&Row> for Sum {
    fn from(row: &Row) -> Self {
        Self {
            rule: row.rule,
            packets: row.packets,
            bytes: row.bytes,
            first: row.first,
            last: row.last,
        }
    }
}
