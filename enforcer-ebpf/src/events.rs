//! Telling about a drop: within the camera's share, and if there is room. Whichever it is, it is
//! counted.

use aya_ebpf::{
    helpers::{bpf_jiffies64, bpf_ktime_get_ns},
    programs::XdpContext,
};
use aya_log_ebpf::debug;
use enforcer_common::{
    Flow,
    counter::{Bucket, Telling},
    event::{Circumstances, DropEvent},
    table::{CameraId, STRANGERS},
};

use crate::{frame::XdpFrame, maps};

/// Puts an event into the ring, unless the camera's share is used up; says what became of it.
#[inline(always)]
pub(crate) fn report(
    ctx: &XdpContext,
    frame: &XdpFrame<'_>,
    mut about: Circumstances,
    flow: &Flow,
) -> Telling {
    let Some(bucket) = bucket(about.camera) else {
        return Telling::Suppressed;
    };
    let Some(at) = share(bucket) else {
        bucket.suppressed += 1;
        return Telling::Suppressed;
    };
    let Some(mut entry) = maps::EVENTS.reserve(0) else {
        bucket.suppressed += 1;
        debug!(ctx, "the event ring is full");
        return Telling::Lost;
    };
    about.at = at;
    about.suppressed = bucket.suppressed;
    bucket.suppressed = 0;
    let report = entry.as_mut_ptr();
    // SAFETY: the place of a field of what was reserved.
    about.captured = frame.copy(about.frame_length, unsafe { &raw mut (*report).frame });
    // SAFETY: the same.
    let event = unsafe { &raw mut (*report).event };
    // SAFETY: it is there to be written to, and no reference to it is about.
    unsafe { event.write(DropEvent::new(&about, flow)) };
    // Wakes the reader only if it had read all there was.
    entry.submit(0);
    Telling::Told
}

/// The camera's share, and what it is to be told next. One without a row, which the daemon does not let happen, has that
/// of strangers.
#[inline(always)]
fn bucket<'a>(camera: CameraId) -> Option<&'a mut Bucket> {
    let row = maps::BUCKETS.get_ptr_mut(camera);
    let bucket = row.or_else(|| maps::BUCKETS.get_ptr_mut(STRANGERS))?;
    // SAFETY: rows are cleared only when no program uses them any more. Other CPUs may write at the same
    // time; each field is a machine word, and `Bucket::take` says why a race is harmless.
    Some(unsafe { &mut *bucket })
}

/// Takes one event's worth of a share; the time.
///
/// Reading the clock costs more than the whole verdict, so a share that was used up is not looked at
/// again before the next tick.
#[inline(always)]
fn share(bucket: &mut Bucket) -> Option<u64> {
    // SAFETY: the helper takes nothing and always answers.
    let tick = unsafe { bpf_jiffies64() };
    if bucket.empty_in == tick {
        return None;
    }
    // SAFETY: the same.
    let now = unsafe { bpf_ktime_get_ns() };
    if bucket.take(now, maps::EVENT_COST.load(), maps::EVENT_BURST.load()) {
        return Some(now);
    }
    bucket.empty_in = tick;
    None
}
