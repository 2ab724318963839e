//! Verdicts about canary frames, before the generation is put in force.

use enforcer_common::{Judgement, Verdict};

use crate::maps;

/// Writes the verdict down, if that is what is asked for; nothing else happens to the frame then.
#[inline(always)]
pub(crate) fn write_down(verdict: &Verdict) -> bool {
    let Some(proof) = maps::PROOF.get_ptr_mut(0) else {
        return false;
    };
    // SAFETY: the row is there for as long as the program, and while it is active the daemon runs
    // one canary frame at a time.
    let proof = unsafe { &mut *proof };
    if proof.active == 0 {
        return false;
    }
    proof.judgement = Judgement::from(verdict);
    true
}
