//! Time of the processor that this thread used: what others do on the machine hardly changes it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
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

/// Fails where the kernel keeps interrupts apart: what the network does would be left out of the
/// time of the thread that it does it for.
pub(crate) fn tells_all() -> Result<()> {
    let version = fs::read_to_string("/proc/sys/kernel/osrelease").context("the kernel")?;
    let (booted, plain) = (
        format!("/boot/config-{}", version.trim()),
        "/proc/config.gz",
    );
    let text = match fs::read_to_string(booted) {
        Ok(text) => text,
        Err(_) if fs::exists(plain)? => xtask::sh::output(Command::new("zcat").arg(plain))?,
        // Most kernels that do so have one of the two.
        Err(_) => return Ok(()),
    };
    let parameters = fs::read_to_string("/proc/cmdline").context("the kernel's parameters")?;
    ensure!(
        !keeps_interrupts_apart(&text, &parameters),
        "this kernel leaves interrupts out of the time of threads (CONFIG_IRQ_TIME_ACCOUNTING): \
         boot it with `tsc=noirqtime`"
    );
    Ok(())
}

fn keeps_interrupts_apart(configuration: &str, parameters: &str) -> bool {
    let mut settings = configuration.lines();
    let mut parameters = parameters.split_whitespace();
    settings.any(|line| line == "CONFIG_IRQ_TIME_ACCOUNTING=y")
        && !parameters.any(|parameter| parameter == "tsc=noirqtime")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interrupts_are_kept_apart_where_the_kernel_was_built_so_and_not_told_otherwise() {
        let built = "CONFIG_HZ=250\nCONFIG_IRQ_TIME_ACCOUNTING=y\n";
        assert!(keeps_interrupts_apart(built, "quiet\n"));
        assert!(!keeps_interrupts_apart(built, "quiet tsc=noirqtime\n"));
        let other = "# CONFIG_IRQ_TIME_ACCOUNTING is not set\n";
        assert!(!keeps_interrupts_apart(other, ""));
    }
}
