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
    fs::{self, DirBuilder},
    io::ErrorKind,
    mem::offset_of,
    ops::Range,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    ptr, slice,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use aya::{
    Ebpf,
    maps::{Array, Map, MapData},
    util::nr_cpus,
};
use enforcer_common::{
    Address,
    ledger::{Book, HALVES, LAYOUT, Outcome, Page, Row, What},
    rule::RuleId,
    table::CameraId,
};
use rustix::{
    rand::{GetRandomFlags, getrandom},
    thread::{MembarrierCommand, membarrier},
};
use serde::{Deserialize, Serialize};
use zerocopy::IntoBytes as _;

use super::{
    arrays,
    links::{remove as remove_pin, remove_directory},
    mapping::Mapping,
    object,
};
use crate::{directories::Directories, record::Record};

/// What the folders of the pins are called, before the number of the generation.
const FOLDER: &str = "ledger-";

/// The most pages that a camera has on a CPU: 256 rows.
const MOST_PAGES: u32 = 64;

/// The fewest: 8 rows.
const FEWEST_PAGES: u32 = 2;

/// What a generation's ledger may take of the kernel's memory, if every camera has the fewest pages.
const MOST_BYTES: u64 = 32 << 20;

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
    /// What did not fit, by [`Outcome::kind`].
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

/// What the numbers in a ledger stand for. It is pinned beside it: rows may have to wait for a daemon, or for
/// room on the disk, for longer than anybody else remembers the generation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Names of cameras.
    pub cameras: BTreeMap<CameraId, String>,
    /// Lines of the policy: `policy.yaml:12`.
    pub rules: BTreeMap<RuleId, String>,
}

/// How large a ledger is to be, and what its numbers stand for.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    book: Book,
    /// The length of the names in bytes, and the names.
    names: Vec<u64>,
}

impl Plan {
    /// For the cameras of a generation.
    pub(super) fn new(record: &Record) -> Result<Self> {
        let cpus = nr_cpus().map_err(|(_, error)| error)?;
        let cpus = u32::try_from(cpus).context("CPUs")?;
        let cameras = record.ids.greatest() + 1;
        let regions = u64::from(HALVES) * u64::from(cpus) * u64::from(cameras);
        let page = u64::try_from(size_of::<Page>())?;
        let mut pages = MOST_PAGES;
        while pages > FEWEST_PAGES && regions * u64::from(pages + 1) * page > MOST_BYTES {
            pages /= 2;
        }
        let all = regions * u64::from(pages + 1);
        ensure!(
            u32::try_from(all).is_ok(),
            "{cameras} cameras on {cpus} CPUs: too many for the ledger"
        );
        let book = Book {
            epoch: 0,
            identity: identity()?,
            layout: LAYOUT,
            cpus,
            cameras,
            pages,
        };
        Ok(Self {
            book,
            names: Names::of(record).words()?,
        })
    }

    /// What the program is told.
    pub(super) const fn book(&self) -> &Book {
        &self.book
    }

    /// How many rows the map of names has.
    pub(super) fn names(&self) -> u32 {
        u32::try_from(self.names.len()).unwrap_or(u32::MAX)
    }

    /// Writes down in the ledger what it is. Its program is not attached yet.
    pub(super) fn write(&self, ebpf: &mut Ebpf) -> Result<()> {
        arrays::write(ebpf, object::NAMES, &self.names)?;
        arrays::write(ebpf, object::BOOK, &[self.book])
    }
}

impl Names {
    fn of(record: &Record) -> Self {
        let cameras = record.cameras.iter();
        Self {
            cameras: cameras
                .map(|(id, camera)| (*id, camera.name.clone()))
                .collect(),
            rules: record.rules.clone(),
        }
    }

    fn words(&self) -> Result<Vec<u64>> {
        let text = serde_json::to_vec(self)?;
        let mut words = vec![0; 1 + text.len().div_ceil(size_of::<u64>())];
        if let Some((length, rest)) = words.split_first_mut() {
            *length = u64::try_from(text.len())?;
            rest.as_mut_bytes()
                .split_at_mut(text.len())
                .0
                .copy_from_slice(&text);
        }
        Ok(words)
    }

    fn read(words: &[u64]) -> Result<Self> {
        let (length, rest) = words.split_first().context("no names")?;
        let text = rest.as_bytes().get(..usize::try_from(*length)?);
        Ok(serde_json::from_slice(text.context("half of the names")?)?)
    }
}

fn identity() -> Result<u64> {
    let mut bytes = [0; size_of::<u64>()];
    getrandom(&mut bytes, GetRandomFlags::empty()).context("random bytes")?;
    Ok(u64::from_le_bytes(bytes))
}

/// Where the pins of a generation's ledger are.
#[derive(Clone, Debug)]
pub(super) struct Place(PathBuf);

impl Place {
    /// For a generation that is being made; what one that never came in force left there is gone.
    pub(super) fn new(directories: &Directories, generation: u32) -> Result<Self> {
        let folder = directories.maps().join(format!("{FOLDER}{generation}"));
        remove_folder(&folder)?;
        let made = DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| folder.display().to_string())?;
        Ok(Self(folder))
    }

    /// Where a map of it is pinned.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
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
    pages: Mapping,
    names: Mapping,
}

impl Ledger {
    /// The ledgers of all generations that are loaded, oldest first; and why one cannot be read.
    pub fn all(directories: &Directories) -> Result<Vec<Result<Self>>> {
        let folders = folders(directories)?.into_iter();
        // One that is being made may have no maps yet.
        let folders = folders.filter(|(_, folder)| folder.join(object::LEDGER).exists());
        let open = |(generation, folder): (u32, PathBuf)| {
            let what = format!("what cameras sent under generation {generation}");
            Self::open(generation, folder).context(what)
        };
        Ok(folders.map(open).collect())
    }

    fn open(generation: u32, folder: PathBuf) -> Result<Self> {
        let open = |name: &str| {
            let path = folder.join(name);
            MapData::from_pin(&path).with_context(|| path.display().to_string())
        };
        let epoch = open(object::BOOK)?;
        let book = Mapping::new(&epoch, size_of::<Book>())?;
        let array: Array<_, Book> = Map::Array(epoch).try_into()?;
        let written = array.get(&0, 0)?;
        ensure!(
            written.layout == LAYOUT,
            "written by another version of this program"
        );
        let data = open(object::LEDGER)?;
        let all = usize::try_from(written.all())?;
        ensure!(
            data.info()?.max_entries() == written.all(),
            "it is not as large as it says"
        );
        let pages = Mapping::new(&data, all * size_of::<Page>())?;
        let data = open(object::NAMES)?;
        let words = usize::try_from(data.info()?.max_entries())?;
        let names = Mapping::new(&data, words * size_of::<u64>())?;
        Ok(Self {
            names,
            generation,
            folder,
            book: written,
            epoch: book,
            pages,
        })
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
        for cpu in 0..self.book.cpus {
            for camera in 0..self.book.cameras {
                self.read_region(epoch, cpu, camera, &mut lines);
            }
        }
        lines
    }

    /// Whether anything was written in an epoch until now.
    pub fn is_empty(&self, epoch: u64) -> bool {
        let mut pages = self.half(epoch).filter_map(|number| self.page(number));
        !pages.any(is_used)
    }

    /// Clears what was written in the epoch before this one.
    pub fn clear(&self, epoch: u64) {
        for number in self.half(epoch) {
            if let Some(page) = self.page(number).filter(|page| is_used(*page)) {
                // SAFETY: within the mapping; nobody writes to this half.
                unsafe { page.write(Page::default()) };
            }
        }
    }

    /// Lets go of the pins.
    pub fn forget(self) -> Result<()> {
        remove_folder(&self.folder)
    }

    fn read_region(&self, epoch: u64, cpu: u32, camera: CameraId, lines: &mut Lines) {
        let region = self.book.region();
        let first = self.half(epoch).start + (cpu * self.book.cameras + camera) * region;
        for number in first..first + region {
            let Some(page) = self.page(number).filter(|page| is_used(*page)) else {
                continue;
            };
            // SAFETY: within the mapping. The program may be writing to it, so the copy is one of words.
            let Page { rows } = unsafe { ptr::read_volatile(page) };
            for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.packets > 0) {
                let subject = if number == first {
                    Subject::Rest(index)
                } else {
                    Subject::Flow(row.destination, row.what)
                };
                let sum = Sum::from(row);
                let line = lines.entry((camera, subject));
                line.and_modify(|line| line.add(&sum)).or_insert(sum);
            }
        }
    }

    /// The numbers of the pages of the half that an epoch is written to.
    const fn half(&self, epoch: u64) -> Range<u32> {
        let half = self.book.half();
        if epoch & 1 == 0 {
            0..half
        } else {
            half..2 * half
        }
    }

    fn page(&self, number: u32) -> Option<*mut Page> {
        let offset = usize::try_from(number).ok()? * size_of::<Page>();
        self.pages.at(offset)
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

/// Rows of a page are used from the first on; but for what does not fit each kind has its own.
fn is_used(page: *mut Page) -> bool {
    let rows = page.cast::<Row>();
    (0..Outcome::KINDS).any(|index| {
        // SAFETY: whoever calls has the page from `Mapping::at`, which knows that it is there, and it has more
        // rows than there are kinds.
        let row = unsafe { rows.add(index) };
        // SAFETY: the place of a field of it.
        let packets = unsafe { &raw const (*row).packets };
        // SAFETY: the same. The program may be writing to it.
        unsafe { ptr::read_volatile(packets) != 0 }
    })
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

/// Takes all ledgers away.
pub(super) fn remove(directories: &Directories) -> Result<()> {
    let folders = folders(directories)?;
    folders
        .values()
        .try_for_each(|folder| remove_folder(folder))
}

/// The folders of pins that there are, by generation.
fn folders(directories: &Directories) -> Result<BTreeMap<u32, PathBuf>> {
    let maps = directories.maps();
    let entries = match fs::read_dir(&maps) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.with_context(|| maps.display().to_string())?,
    };
    let mut folders = BTreeMap::new();
    for entry in entries {
        let folder = entry.with_context(|| maps.display().to_string())?.path();
        if let Some(generation) = generation(&folder) {
            folders.insert(generation, folder);
        }
    }
    Ok(folders)
}

fn remove_folder(folder: &Path) -> Result<()> {
    for name in [object::LEDGER, object::BOOK, object::NAMES] {
        remove_pin(&folder.join(name))?;
    }
    remove_directory(folder)
}

/// The generation whose pins are in a folder, if it is one of those.
pub(super) fn generation(folder: &Path) -> Option<u32> {
    let name = folder.file_name()?.to_str()?;
    name.strip_prefix(FOLDER)?.parse().ok()
}
