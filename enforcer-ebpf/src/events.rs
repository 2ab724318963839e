//! Telling about a drop: within the camera's share, and if there is room. Whichever it is, it is
//! counted.

use aya_ebpf::{helpers::bpf_ktime_get_ns, programs::XdpContext};
use aya_log_ebpf::debug;
use enforcer_common::{
    Flow,
    counter::Slot,
    event::{Circumstances, DropEvent},
    table::{CameraId, STRANGERS},
};

use crate::{counters, maps};

/// Puts an event into the ring, or counts that it did not.
#[inline(always)]
pub(crate) fn report(ctx: &XdpContext, mut about: Circumstances, flow: &Flow) {
    // SAFETY: the helper takes nothing and always answers.
    about.at = unsafe { bpf_ktime_get_ns() };
    let slot = match share(about.camera, about.at) {
        None => Slot::Suppressed,
        Some(suppressed) => {
            about.suppressed = suppressed;
            submit(ctx, &about, flow)
        }
    };
    counters::count(about.camera, slot, about.frame_length);
}

/// Takes one event's worth of the camera's share; how many drops went untold since the last.
#[inline(always)]
fn share(camera: CameraId, now: u64) -> Option<u64> {
    let row = maps::BUCKETS.get_ptr_mut(camera);
    let bucket = row.or_else(|| maps::BUCKETS.get_ptr_mut(STRANGERS))?;
    // SAFETY: rows are removed only when no program uses them any more. Other CPUs may write at
    // the same time; each field is a machine word, and `Bucket::take` says why a race is harmless.
    let bucket = unsafe { &mut *bucket };
    if bucket.take(now, maps::EVENT_COST.load(), maps::EVENT_BURST.load()) {
        let suppressed = bucket.suppressed;
        bucket.suppressed = 0;
        Some(suppressed)
    } else {
        bucket.suppressed += 1;
        None
    }
}

#[inline(always)]
fn submit(ctx: &XdpContext, about: &Circumstances, flow: &Flow) -> Slot {
    let Some(mut entry) = maps::EVENTS.reserve(0) else {
        debug!(ctx, "the event ring is full");
        return Slot::Lost;
    };
    entry.write(DropEvent::new(about, flow));
    entry.submit(0);
    Slot::Told
}
