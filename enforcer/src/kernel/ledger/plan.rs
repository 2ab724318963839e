//! How large a generation's ledger is to be.

use anyhow::{Context as _, Result, ensure};
use aya::{Ebpf, util::nr_cpus};
use enforcer_common::ledger::{Book, HALVES, LAYOUT, Row, region_lines};
use rustix::rand::{GetRandomFlags, getrandom};

use super::Names;
use crate::{
    kernel::{arrays, object},
    record::Record,
};

/// The most pages that a camera has on a CPU: 256 rows.
const MOST_PAGES: u32 = 64;

/// The fewest: 8 rows.
const FEWEST_PAGES: u32 = 2;

/// What a generation's ledger may take of the kernel's memory, if every camera has the fewest pages.
const MOST_BYTES: u64 = 32 << 20;

/// How large a ledger is to be, and what its numbers stand for.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Plan {
    book: Book,
    /// The length of the names in bytes, and the names.
    names: Vec<u64>,
}

impl Plan {
    /// For the cameras of a generation.
    pub(in crate::kernel) fn new(record: &Record) -> Result<Self> {
        let cpus = nr_cpus().map_err(|(_, error)| error)?;
        let cpus = u32::try_from(cpus).context("CPUs")?;
        let cameras = record.ids.greatest() + 1;
        let regions = u64::from(HALVES) * u64::from(cpus) * u64::from(cameras);
        let lines = |pages| regions * u64::from(region_lines(pages));
        let line = u64::try_from(size_of::<Row>())?;
        let mut pages = MOST_PAGES;
        while pages > FEWEST_PAGES && lines(pages) * line > MOST_BYTES {
            pages /= 2;
        }
        ensure!(
            u32::try_from(lines(pages)).is_ok(),
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
    pub(in crate::kernel) const fn book(&self) -> &Book {
        &self.book
    }

    /// How many rows the map of names has.
    pub(in crate::kernel) fn names(&self) -> u32 {
        u32::try_from(self.names.len()).unwrap_or(u32::MAX)
    }

    /// Writes down in the ledger what it is. Its program is not attached yet.
    pub(in crate::kernel) fn write(&self, ebpf: &mut Ebpf) -> Result<()> {
        arrays::write(ebpf, object::NAMES, &self.names)?;
        arrays::write(ebpf, object::BOOK, &[self.book])
    }
}

fn identity() -> Result<u64> {
    let mut bytes = [0; size_of::<u64>()];
    getrandom(&mut bytes, GetRandomFlags::empty()).context("random bytes")?;
    Ok(u64::from_le_bytes(bytes))
}
