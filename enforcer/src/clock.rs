//! The kernel's clock, which begins anew at each boot, and the one on the wall.

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// When the kernel's monotonic clock was zero, by the clock on the wall.
pub(crate) fn boot() -> Timestamp {
    let monotonic = clock_gettime(ClockId::Monotonic);
    let nanoseconds = i32::try_from(monotonic.tv_nsec).unwrap_or(0);
    let running = SignedDuration::new(monotonic.tv_sec, nanoseconds);
    let now = Timestamp::now();
    now.saturating_sub(running).unwrap_or(now)
}

/// When so many nanoseconds had passed since boot.
pub(crate) fn after(boot: Timestamp, nanoseconds: u64) -> Timestamp {
    let since = SignedDuration::from_nanos(i64::try_from(nanoseconds).unwrap_or(i64::MAX));
    boot.saturating_add(since).unwrap_or(boot)
}
