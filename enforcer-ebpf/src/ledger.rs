//! Writing down what a camera sent where: a few additions to a row of this CPU's own.

use core::ptr;

use aya_ebpf::helpers::{bpf_get_smp_processor_id, bpf_ktime_get_coarse_ns, bpf_ktime_get_ns};
use enforcer_common::{
    ledger::{Book, Entry, Memory, Region, Row, Tags},
    table::{CameraId, STRANGERS},
};

use crate::maps;

/// Counts one frame of a camera.
#[inline(always)]
pub(crate) fn count(camera: CameraId, entry: &Entry, bytes: u32) {
    if maps::LEDGER_PAGES.load() == 0 {
        return;
    }
    let Some(region) = region(camera) else {
        return;
    };
    let Some(number) = region.row(entry, &mut Ledger) else {
        return;
    };
    if let Some(row) = Ledger.row(number) {
        row.count(entry, bytes, now());
    }
}

/// The region that is a camera's on this CPU. One without a region, which the daemon does not let happen, is
/// counted among the strangers rather than nowhere.
#[inline(always)]
fn region(camera: CameraId) -> Option<Region> {
    let layout = Book {
        cpus: maps::LEDGER_CPUS.load(),
        cameras: maps::LEDGER_CAMERAS.load(),
        pages: maps::LEDGER_PAGES.load(),
        ..Book::default()
    };
    // SAFETY: the helper takes nothing and always answers.
    let cpu = unsafe { bpf_get_smp_processor_id() };
    if cpu >= layout.cpus {
        return None;
    }
    let book = maps::BOOK.get(0)?;
    // SAFETY: a reference is valid to read from. Volatile, since the compiler sees nobody write it.
    let epoch = unsafe { ptr::read_volatile(&raw const book.epoch) };
    let half = u32::from(epoch & 1 != 0);
    let camera = if camera < layout.cameras {
        camera
    } else {
        STRANGERS
    };
    Some(layout.region(half, cpu, camera))
}

/// The ledger's lines.
struct Ledger;

impl Memory for Ledger {
    #[inline(always)]
    fn row(&mut self, number: u32) -> Option<&mut Row> {
        let row = maps::LEDGER.get_ptr_mut(number)?;
        // SAFETY: the lines of a region are this CPU's own, and XDP programs do not interrupt each other on one;
        // the daemon leaves the half alone that is written to.
        Some(unsafe { &mut *row })
    }

    #[inline(always)]
    fn tags(&mut self, number: u32) -> Option<&mut Tags> {
        let tags = maps::LEDGER.get_ptr_mut(number)?.cast::<Tags>();
        // SAFETY: the same; and the two are as long and may hold any bytes.
        Some(unsafe { &mut *tags })
    }
}

/// Nanoseconds on the kernel's monotonic clock, to the tick where that is cheaper.
#[inline(always)]
fn now() -> u64 {
    if maps::COARSE_CLOCK.load() == 0 {
        // SAFETY: the helper takes nothing and always answers.
        unsafe { bpf_ktime_get_ns() }
    } else {
        // SAFETY: the same.
        unsafe { bpf_ktime_get_coarse_ns() }
    }
}
