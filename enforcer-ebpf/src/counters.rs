//! Tallies: plain additions on this CPU's own row.

use core::hint::black_box;

use enforcer_common::{
    counter::{Counters, Slot},
    table::{CameraId, STRANGERS},
};

use crate::maps;

/// One camera's tallies on this CPU.
pub(crate) struct Tally {
    counters: *mut Counters,
}

impl Tally {
    /// The tallies of a camera. One without a row, which the daemon does not let happen, counts
    /// among the strangers rather than nowhere.
    #[inline(always)]
    pub(crate) fn of(camera: CameraId) -> Option<Self> {
        let row = maps::COUNTERS.get_ptr_mut(camera);
        let counters = row.or_else(|| maps::COUNTERS.get_ptr_mut(STRANGERS))?;
        Some(Self { counters })
    }

    /// Counts one frame.
    #[inline(always)]
    pub(crate) fn bump(&self, slot: Slot, bytes: u32) {
        // SAFETY: a row of a per-CPU map belongs to this CPU, and XDP programs do not interrupt
        // each other on one CPU; rows are removed only when no program counts in them any more.
        let counters = unsafe { &mut *self.counters };
        // LLVM knows how many reasons there are and drops the bounds check that the verifier needs.
        let index = black_box(slot.index());
        if let Some(counter) = counters.slots.get_mut(index) {
            counter.packets += 1;
            counter.bytes += u64::from(bytes);
        }
    }
}
