//! What a program must have done and counted, from the verdicts.

use std::collections::BTreeMap;

use anyhow::Result;
use enforcer_common::{
    Verdict,
    counter::{Counters, Drops, Telling},
    table::CameraId,
};
use enforcer_tests::kernel::Counting;

/// Actions, with the kernel's names (`linux/bpf.h`).
const XDP_DROP: u32 = 1;
const XDP_PASS: u32 = 2;

/// What was counted by camera. Every drop is told, suppressed or lost, which depends on time and on who reads: here they
/// count as told.
pub(crate) type Counts = BTreeMap<CameraId, Counters>;

/// What becomes of a frame.
pub(crate) const fn action(verdict: &Verdict) -> u32 {
    match verdict {
        Verdict::Drop { audit: false, .. } => XDP_DROP,
        Verdict::Ignore | Verdict::Allow { .. } | Verdict::Drop { audit: true, .. } => XDP_PASS,
    }
}

/// One frame more.
pub(crate) fn count(counts: &mut Counts, verdict: &Verdict, length: usize) -> Result<()> {
    let bytes = u32::try_from(length)?;
    match *verdict {
        Verdict::Ignore => {}
        Verdict::Allow { camera, .. } => counts.entry(camera).or_default().count_allowed(bytes),
        Verdict::Drop { camera, reason, .. } => {
            let counters = counts.entry(camera).or_default();
            counters.count_drop(reason, Telling::Told, bytes);
        }
    }
    Ok(())
}

/// What the program counted.
pub(crate) fn counted(program: &Counting) -> Result<Counts> {
    let mut counts = program.counts()?;
    for drops in counts.values_mut().flat_map(|counters| &mut counters.drops) {
        *drops = Drops {
            told: drops.all().packets,
            bytes: drops.bytes,
            ..Drops::default()
        };
    }
    Ok(counts)
}
