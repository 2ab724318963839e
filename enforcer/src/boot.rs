//! How long the machine runs, and which of its runs that is: a clock that nobody can set.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};
use rustix::time::{ClockId, clock_gettime};

/// Where the kernel names this run of the machine.
const ID: &str = "/proc/sys/kernel/random/boot_id";

/// What tells this run of the machine from all others.
pub fn id() -> Result<String> {
    let id = fs::read_to_string(ID).context(ID)?;
    Ok(id.trim().to_owned())
}

/// How long the machine runs, time asleep included.
pub fn now() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(now.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}
