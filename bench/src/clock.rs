//! Time of the processor that this thread used: what others do on the machine hardly changes it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// Keeps this thread on one processor, the last that it may run on: interrupts like the first.
pub(crate) fn stay() -> Result<()> {
    let allowed = sched_getaffinity(None).context("the processors")?;
    let last = (0..CpuSet::MAX_CPU).rev().find(|&cpu| allowed.is_set(cpu));
    let mut one = CpuSet::new();
    one.set(last.context("a processor")?);
    sched_setaffinity(None, &one).context("stay on one processor")
}

/// Moves this thread to other processors than the one that it is on, if there are any.
pub(crate) fn leave() -> Result<()> {
    let own = rustix::thread::sched_getcpu();
    let mut others = CpuSet::new();
    for cpu in (0..CpuSet::MAX_CPU).filter(|&cpu| cpu != own) {
        others.set(cpu);
    }
    match sched_setaffinity(None, &others) {
        // No other is there, or may be used.
        Ok(()) | Err(Errno::INVAL) => Ok(()),
        Err(error) => Err(error).context("leave the processor"),
    }
}

/// What a task took of the processor, and what came of it.
pub(crate) fn time<T>(task: impl FnOnce() -> Result<T>) -> Result<(Duration, T)> {
    let before = used();
    let done = task()?;
    Ok((used().saturating_sub(before), done))
}

fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

/// The middle one.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}
