//! What a whole process takes, as the kernel counts it.

use std::io;
use std::mem::MaybeUninit;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// What one run took, or what the middle one of several did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// From start to end.
    pub(super) wall: Duration,
    /// Of the processor, in the program and in the kernel for it. Others who keep the machine busy
    /// hardly change this.
    pub(super) cpu: Duration,
    /// The most memory that was resident at once, in bytes.
    pub(super) memory: u64,
}

impl Usage {
    /// Runs a program to its end; it has to exit with this code, or else it did something else than
    /// what is to be measured. What it prints goes nowhere.
    pub(super) fn of(command: &mut Command, code: i32) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let start = Instant::now();
        // Nothing but `wait` asks for the child: it is not reaped before.
        let child = command.spawn().context("start what is measured")?;
        let (status, usage) = wait(child.id())?;
        let wall = start.elapsed();
        if !libc::WIFEXITED(status) || libc::WEXITSTATUS(status) != code {
            bail!("{command:?} ended with wait status {status}, exit code {code} was expected");
        }
        // Linux counts in KiB, and what the parent had when it forked counts too: this program must
        // be smaller than what it measures.
        let memory = u64::try_from(usage.ru_maxrss).unwrap_or_default() << 10;
        Ok(Self {
            wall,
            cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
            memory,
        })
    }

    /// The middle of each amount.
    pub(super) fn median(runs: &[Self]) -> Self {
        fn middle<T: Copy + Default + Ord>(amounts: impl Iterator<Item = T>) -> T {
            let mut amounts: Vec<T> = amounts.collect();
            amounts.sort_unstable();
            amounts.get(amounts.len() / 2).copied().unwrap_or_default()
        }
        Self {
            wall: middle(runs.iter().map(|run| run.wall)),
            cpu: middle(runs.iter().map(|run| run.cpu)),
            memory: middle(runs.iter().map(|run| run.memory)),
        }
    }
}

/// Waits for a child, with what it used: the standard library only has the former.
fn wait(child: u32) -> Result<(i32, libc::rusage)> {
    let child = libc::pid_t::try_from(child).context("the child's number")?;
    let mut status = 0;
    let mut usage = MaybeUninit::zeroed();
    loop {
        // SAFETY: both pointers are to variables of the right type that outlive the call.
        let waited = unsafe { libc::wait4(child, &raw mut status, 0, usage.as_mut_ptr()) };
        if waited == child {
            // SAFETY: it is plain numbers, zero where the kernel wrote none.
            return Ok((status, unsafe { usage.assume_init() }));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error).context("wait for what is measured");
        }
    }
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or_default());
    seconds + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_takes_is_its_own() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let idle = Usage::of(&mut shell("sleep 0.2"), 0).unwrap();
        assert!(idle.wall >= Duration::from_millis(200), "{idle:?}");
        assert!(idle.cpu < Duration::from_millis(150), "{idle:?}");
        let large = "head -c 64000000 /dev/zero | tail -c 64000000 >/dev/null; exit 3";
        let large = Usage::of(&mut shell(large), 3).unwrap();
        assert!(large.memory >= 60 << 20, "{large:?}");
        assert!(idle.memory < large.memory, "{idle:?} {large:?}");
    }

    #[test]
    fn what_ends_otherwise_is_no_measurement() {
        let error = Usage::of(&mut Command::new("false"), 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"false\" ended with wait status 256, exit code 0 was expected"
        );
    }

    #[test]
    fn the_middle_of_each_amount_counts() {
        let run = |wall, cpu, memory| Usage {
            wall: Duration::from_secs(wall),
            cpu: Duration::from_secs(cpu),
            memory,
        };
        let runs = [run(1, 9, 5), run(3, 1, 4), run(2, 2, 9)];
        assert_eq!(Usage::median(&runs), run(2, 2, 5));
    }
}
