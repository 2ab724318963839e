//! When the daemon looks at what nobody tells it of: at links, at pins and at the policy's files. All of it at once, so
//! that a machine at rest is woken seldom.

use std::{sync::OnceLock, time::Duration};

use tokio::time::Instant;

/// From one look to the next: about the longest that an interface is open after somebody has taken the program off it.
pub(super) const PULSE: Duration = Duration::from_secs(1);

/// The next of the moments that all who look share.
pub(super) fn next() -> Instant {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let first = *FIRST.get_or_init(Instant::now);
    let gone = first.elapsed().as_nanos() / PULSE.as_nanos();
    first + PULSE * u32::try_from(gone + 1).unwrap_or(u32::MAX)
}
