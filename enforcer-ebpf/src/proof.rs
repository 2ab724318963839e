//! Verdicts about canary frames, before the generation is put in force.

use core::ptr;

use enforcer_common::{Judgement, Verdict};

use crate::maps;

/// Writes the verdict down, if that is what is asked for; nothing else happens to the frame then.
#[inline(always)]
pub(crate) fn write_down(verdict: &Verdict) -> bool {
    let proof = maps::PROOF.get();
    // SAFETY: the variable is there for as long as the program, and the daemon writes whole words.
    if unsafe { ptr::read_volatile(&raw const (*proof).active) } == 0 {
        return false;
    }
    // SAFETY: while it is active the daemon runs one canary frame at a time.
    unsafe { (*proof).judgement = Judgement::from(verdict) };
    true
}
