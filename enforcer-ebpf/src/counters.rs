//! Counting: plain additions on this CPU's own row.

use core::hint::black_box;

use enforcer_common::{
    counter::Slot,
    table::{CameraId, STRANGERS},
};

use crate::maps;

/// Counts one frame of a camera. One without a row, which the daemon does not let happen, counts
/// among the strangers rather than nowhere.
#[inline(always)]
pub(crate) fn count(camera: CameraId, slot: Slot, bytes: u32) {
    let row = maps::COUNTERS.get_ptr_mut(camera);
    let Some(row) = row.or_else(|| maps::COUNTERS.get_ptr_mut(STRANGERS)) else {
        return;
    };
    // SAFETY: a row of a per-CPU map belongs to this CPU, and XDP programs do not interrupt each
    // other on one CPU; rows are removed only when no program counts in them any more.
    let counters = unsafe { &mut *row };
    // LLVM knows how many reasons there are and drops the bounds check that the verifier needs.
    let index = black_box(slot.index());
    if let Some(counter) = counters.slots.get_mut(index) {
        counter.packets += 1;
        counter.bytes += u64::from(bytes);
    }
}
