//! Counting: plain additions on this CPU's own rows.

use core::hint::black_box;

use enforcer_common::{
    counter::{Counter, Counters, Slot},
    rule::RuleId,
    table::{CameraId, STRANGERS},
};

use crate::maps;

/// The tallies of one camera on this CPU.
pub(crate) struct Tally(*mut Counters);

/// The row of a camera. One without a row, which the daemon does not let happen, counts among the
/// strangers rather than nowhere.
#[inline(always)]
pub(crate) fn of(camera: CameraId) -> Option<Tally> {
    let row = maps::COUNTERS.get_ptr_mut(camera);
    row.or_else(|| maps::COUNTERS.get_ptr_mut(STRANGERS))
        .map(Tally)
}

impl Tally {
    /// Counts one frame.
    #[inline(always)]
    pub(crate) fn count(&self, slot: Slot, bytes: u32) {
        // SAFETY: a row of a per-CPU map belongs to this CPU, and XDP programs do not interrupt each
        // other on one CPU; rows are cleared only when no program counts in them any more.
        let counters = unsafe { &mut *self.0 };
        // LLVM knows how many reasons there are and drops the bounds check that the verifier needs.
        let index = black_box(slot.index());
        if let Some(counter) = counters.slots.get_mut(index) {
            add(counter, bytes);
        }
    }
}

/// Counts one frame that a rule decided about; zero for link housekeeping.
#[inline(always)]
pub(crate) fn count_rule(rule: RuleId, bytes: u32) {
    if let Some(counter) = maps::RULES.get_ptr_mut(rule) {
        // SAFETY: as above.
        add(unsafe { &mut *counter }, bytes);
    }
}

#[inline(always)]
fn add(counter: &mut Counter, bytes: u32) {
    counter.packets += 1;
    counter.bytes += u64::from(bytes);
}
