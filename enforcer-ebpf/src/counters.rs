//! Counting: plain additions on this CPU's own rows.

use enforcer_common::{
    counter::Counters,
    rule::RuleId,
    table::{CameraId, STRANGERS},
};

use crate::maps;

/// The tallies of a camera on this CPU. One without a row, which the daemon does not let happen, counts among the
/// strangers rather than nowhere.
#[inline(always)]
pub(crate) fn of<'a>(camera: CameraId) -> Option<&'a mut Counters> {
    let row = maps::COUNTERS.get_ptr_mut(camera);
    let counters = row.or_else(|| maps::COUNTERS.get_ptr_mut(STRANGERS))?;
    // SAFETY: a row of a per-CPU map belongs to this CPU, and XDP programs do not interrupt each
    // other on one CPU; rows are cleared only when no program counts in them any more.
    Some(unsafe { &mut *counters })
}

/// Counts one frame that a rule decided about; zero for link housekeeping.
#[inline(always)]
pub(crate) fn count_rule(rule: RuleId, bytes: u32) {
    if let Some(counter) = maps::RULES.get_ptr_mut(rule) {
        // SAFETY: as above.
        unsafe { &mut *counter }.count(bytes);
    }
}
