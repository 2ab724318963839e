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

/// When so many nanoseconds had passed since boot. Asked for each event, so in whole numbers.
pub(crate) fn after(boot: Timestamp, nanoseconds: u64) -> Timestamp {
    const SECOND: u64 = 1_000_000_000;
    let rest = boot.subsec_nanosecond().unsigned_abs();
    let since = nanoseconds.saturating_add(rest.into());
    let seconds = i64::try_from(since / SECOND).unwrap_or(i64::MAX);
    let rest = i32::try_from(since % SECOND).unwrap_or_default();
    Timestamp::new(boot.as_second().saturating_add(seconds), rest).unwrap_or(boot)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn time_since_boot_is_added_as_the_library_adds_it(
            second in 0..10_000_000_000_i64, nanosecond in 0..1_000_000_000_i32, since in 0..i64::MAX / 2,
        ) {
            let boot = Timestamp::new(second, nanosecond).unwrap();
            let expected = boot + SignedDuration::from_nanos(since);
            prop_assert_eq!(after(boot, since.unsigned_abs()), expected);
        }
    }
}
