//! Frames of which a capture has the beginning alone (`tcpdump -s 96`).
//!
//! What is missing is mostly what is carried, which no verdict depends on; but a packet that is longer than its
//! frame is malformed. So the frame is made as long as it was. Where what stood there matters after all, it is
//! not: then it is judged as it was captured.

use std::borrow::Cow;

use enforcer_common::{Flow, Tables, Verdict, decide};

/// No frame is made longer than this.
const LONGEST: usize = 65_536;

/// The frame to be judged, and whether what is missing of it matters.
pub(super) fn whole<'f>(
    frame: &'f [u8],
    length: usize,
    interface: u32,
    tables: &impl Tables,
) -> (Cow<'f, [u8]>, bool) {
    if length <= frame.len() {
        return (Cow::Borrowed(frame), false);
    }
    let filled = |byte| {
        let mut filled = frame.to_vec();
        filled.resize(length.min(LONGEST).max(frame.len()), byte);
        filled
    };
    let (zeros, ones) = (filled(0), filled(0xff));
    if judged(&zeros, interface, tables) == judged(&ones, interface, tables) {
        (Cow::Owned(zeros), false)
    } else {
        (Cow::Borrowed(frame), true)
    }
}

/// The verdict, and where it was to go.
fn judged(frame: &[u8], interface: u32, tables: &impl Tables) -> (Verdict, Flow) {
    let mut flow = Flow::default();
    let verdict = decide(frame, interface, tables, &mut flow);
    (verdict, flow)
}
