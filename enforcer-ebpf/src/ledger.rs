//! Writing down what a camera sent where: a few additions to a row of this CPU's own.

use core::ptr;

use aya_ebpf::helpers::{bpf_get_smp_processor_id, bpf_ktime_get_coarse_ns, bpf_ktime_get_ns};
use enforcer_common::{
    ledger::{Entry, Page, Row},
    table::{CameraId, STRANGERS},
};

use crate::maps;

/// Counts one frame of a camera.
#[inline(always)]
pub(crate) fn count(camera: CameraId, entry: &Entry, bytes: u32) {
    let pages = maps::LEDGER_PAGES.load();
    if pages == 0 {
        return;
    }
    let Some(first) = region(camera, pages) else {
        return;
    };
    if let Some(row) = row(first, entry, pages) {
        row.count(entry, bytes, now());
    }
}

/// The row of a region that a frame is counted in.
#[inline(always)]
fn row<'a>(first: u32, entry: &Entry, pages: u32) -> Option<&'a mut Row> {
    let [one, other] = entry.places(pages);
    if let Some(row) = page(first + 1 + one)?.row(entry) {
        return Some(row);
    }
    if let Some(row) = page(first + 1 + other)?.row(entry) {
        return Some(row);
    }
    page(first)?.rest(entry)
}

/// Number of the first page of the region that is a camera's on this CPU. One without a region, which the
/// daemon does not let happen, is counted among the strangers rather than nowhere.
#[inline(always)]
fn region(camera: CameraId, pages: u32) -> Option<u32> {
    let (cpus, cameras) = (maps::LEDGER_CPUS.load(), maps::LEDGER_CAMERAS.load());
    // SAFETY: the helper takes nothing and always answers.
    let cpu = unsafe { bpf_get_smp_processor_id() };
    if cpu >= cpus {
        return None;
    }
    let book = maps::BOOK.get(0)?;
    // SAFETY: a reference is valid to read from. Volatile, since the compiler sees nobody write it.
    let epoch = unsafe { ptr::read_volatile(&raw const book.epoch) };
    let half = u32::from(epoch & 1 != 0);
    let camera = if camera < cameras { camera } else { STRANGERS };
    Some(((half * cpus + cpu) * cameras + camera) * (pages + 1))
}

#[inline(always)]
fn page<'a>(number: u32) -> Option<&'a mut Page> {
    let page = maps::LEDGER.get_ptr_mut(number)?;
    // SAFETY: the pages of a region are this CPU's own, and XDP programs do not interrupt each other on one;
    // the daemon leaves the half alone that is written to.
    Some(unsafe { &mut *page })
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
