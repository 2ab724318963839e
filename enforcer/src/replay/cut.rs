//! Frames of which a capture has the beginning alone (`tcpdump -s 96`).
//!
//! What is missing is mostly what is carried, which no verdict depends on; but a packet that is longer than its
//! frame is malformed. So the frame is made as long as it was. Where what stood there matters after all, it is
//! not: then it is judged as it was captured.

use enforcer_common::{Flow, Tables, Verdict, decided};

use super::batch::Taken;

/// No frame is made longer than this.
const LONGEST: usize = 65_536;

/// What becomes of a frame.
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    /// Where it was to go.
    pub(super) flow: Flow,
    /// What is missing of it matters, so it was judged as it is.
    pub(super) is_unsure: bool,
}

/// Judges a frame. One that was made longer for that is appended to others.
pub(super) fn judge(
    taken: &Taken<'_>,
    interface: u32,
    tables: &impl Tables,
    made: &mut Vec<u8>,
) -> Answer {
    let begin = made.len();
    let length = taken.length.min(LONGEST);
    let Some(missing) = length.checked_sub(taken.frame.len()).filter(|&it| it > 0) else {
        let (verdict, flow) = decided(taken.frame, interface, tables);
        return Answer {
            verdict,
            flow,
            is_unsure: false,
        };
    };
    made.extend_from_slice(taken.frame);
    let mut filled = |byte| {
        made.truncate(begin + taken.frame.len());
        made.resize(begin + taken.frame.len() + missing, byte);
        decided(made.get(begin..).unwrap_or_default(), interface, tables)
    };
    let ones = filled(0xff);
    let zeros = filled(0);
    let is_unsure = ones != zeros;
    if is_unsure {
        made.truncate(begin);
    }
    let (verdict, flow) = if is_unsure {
        decided(taken.frame, interface, tables)
    } else {
        zeros
    };
    Answer {
        verdict,
        flow,
        is_unsure,
    }
}
