//! Verdicts about canary frames, before the generation is put in force.

use core::ptr;

use enforcer_common::{Judgement, Verdict};

use crate::maps;

/// Writes the verdict down, if that is what is asked for, and gives its digest, to be returned; nothing else happens to
/// the frame then.
#[inline(always)]
pub(crate) fn write_down(verdict: &Verdict) -> Option<u32> {
    let proof = maps::PROOF.get();
    // SAFETY: the place of a field of what is there for as long as the program.
    let active = unsafe { &raw const (*proof).active };
    // SAFETY: the daemon writes whole words. Volatile, since the compiler sees nobody write it.
    if unsafe { ptr::read_volatile(active) } == 0 {
        return None;
    }
    let judgement = Judgement::from(verdict);
    // SAFETY: while it is active the daemon runs one canary frame at a time.
    unsafe { (*proof).judgement = judgement };
    Some(judgement.digest())
}
