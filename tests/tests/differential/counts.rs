//! What a program must have done and counted, from the verdicts.

use std::collections::BTreeMap;

use anyhow::Result;
use enforcer_common::{
    Verdict,
    counter::{Counter, Slot},
    table::CameraId,
};
use enforcer_tests::kernel::Counting;

/// Actions, with the kernel's names (`linux/bpf.h`).
const XDP_DROP: u32 = 1;
const XDP_PASS: u32 = 2;

/// Frames and bytes by camera and slot. Every drop is told, suppressed or lost, which depends on time
/// and on who reads: these three are one here.
pub(crate) type Counts = BTreeMap<(CameraId, &'static str), (u64, u64)>;

const ALLOWED: &str = "allowed";
const DROPPED: &str = "told or counted";

/// What becomes of a frame.
pub(crate) const fn action(verdict: &Verdict) -> u32 {
    match verdict {
        Verdict::Drop { audit: false, .. } => XDP_DROP,
        Verdict::Ignore | Verdict::Allow { .. } | Verdict::Drop { audit: true, .. } => XDP_PASS,
    }
}

/// One frame more.
pub(crate) fn count(counts: &mut Counts, verdict: &Verdict, length: usize) {
    let bytes = length as u64;
    let mut add = |camera, kind| {
        let sum = counts.entry((camera, kind)).or_default();
        sum.0 += 1;
        sum.1 += bytes;
    };
    match *verdict {
        Verdict::Ignore => {}
        Verdict::Allow { camera, .. } => add(camera, ALLOWED),
        Verdict::Drop { camera, reason, .. } => {
            add(camera, reason.name());
            add(camera, DROPPED);
        }
    }
}

/// What the program counted.
pub(crate) fn counted(program: &Counting) -> Result<Counts> {
    let mut counts = Counts::new();
    for (camera, tally) in program.tallies()? {
        for slot in Slot::all() {
            let kind = match slot {
                Slot::Allowed => ALLOWED,
                Slot::Told | Slot::Suppressed | Slot::Lost => DROPPED,
                Slot::Drop(reason) => reason.name(),
            };
            let Counter { packets, bytes } = tally.of(slot);
            if packets > 0 {
                let sum = counts.entry((camera, kind)).or_default();
                sum.0 += packets;
                sum.1 += bytes;
            }
        }
    }
    Ok(counts)
}
