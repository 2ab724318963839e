//! The program itself, as operators run it: its verbs ([`Enforcer`]), what it says is in force
//! ([`Status`]), and a running daemon ([`Daemon`]).

mod control;
mod doctor;
mod enforcer;
mod following;
mod lines;
mod nobody;
mod status;
mod verb;

use std::fs;
use std::process::{Child, ChildStdout, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal};

pub use control::{Answer, connect, connect_tcp};
pub use doctor::{Diagnosis, Found};
pub use enforcer::{Enforcer, Outcome, PATIENCE, find};
pub use following::{Ends, Following};
use lines::Lines;
pub use nobody::Nobody;
pub use status::{Camera, Events, Frames, Interface, Status, Unconfirmed, Unlisted};
pub use verb::Verb;

/// How often a wait looks whether to go on waiting.
pub const TICK: Duration = Duration::from_millis(20);

/// What there is once there is something.
///
/// # Panics
///
/// If there is nothing in good time; `what` says what is missing.
#[track_caller]
pub fn wait<T>(what: &str, is_there: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(there) = is_there() {
            return there;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        thread::sleep(TICK);
    }
}

/// A running `enforcer run`. Dropping it kills the daemon; what is in force stays, and goes with
/// the namespace and the bpffs.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    events: Lines,
    log: Lines,
    /// A standard output that nobody reads.
    _unread: Option<ChildStdout>,
}

/// Whether somebody reads the daemon's standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Every line, at once.
    Attentive,
    /// The pipe fills up.
    Asleep,
}

impl Daemon {
    fn new(mut child: Child, reader: Reader) -> Result<Self> {
        let stdout = child.stdout.take().context("the daemon's stdout")?;
        let (events, unread) = match reader {
            Reader::Attentive => (Lines::of(stdout), None),
            Reader::Asleep => (Lines::none(), Some(stdout)),
        };
        Ok(Self {
            events,
            log: Lines::of(child.stderr.take().context("the daemon's stderr")?),
            child,
            _unread: unread,
        })
    }

    /// Waits for the log to say that another generation is in force; which.
    pub fn wait_in_force(&mut self) -> Result<u32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(words) = self.in_force_within(TICK)? {
                return generation_in_force(&words).context(words);
            }
            self.ensure_before(deadline, "generation .. in force")?;
        }
    }

    /// What the log says of the next generation that is in force, if it does so soon.
    pub fn in_force_within(&mut self, patience: Duration) -> Result<Option<String>> {
        self.hear(patience, |line| {
            // Before that stand the time and the level.
            let words = line.get(line.find("generation ")?..)?;
            generation_in_force(words).map(|_| words.to_owned())
        })
    }

    /// Waits for a line of the log that holds these words, and returns it. What comes before is
    /// passed over.
    pub fn wait_for(&mut self, words: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = self.hear(TICK, |line| line.contains(words).then(|| line.to_owned()))?;
            if let Some(line) = line {
                return Ok(line);
            }
            self.ensure_before(deadline, words)?;
        }
    }

    /// Waits for the log to have said these words, be it in a line that was passed over.
    pub fn wait_until_said(&mut self, words: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !self.log().contains(words) {
            self.ensure_before(deadline, words)?;
        }
        Ok(())
    }

    /// Waits for names to be heard, which a thread of its own begins with while the policy is put in force.
    pub fn wait_for_names(&mut self) -> Result<()> {
        self.wait_until_said("names are heard on ")
    }

    /// Everything that the log said until now.
    pub fn log(&mut self) -> String {
        self.log.all().join("\n")
    }

    /// The next event, if one comes in time.
    pub fn event(&mut self, patience: Duration) -> Option<String> {
        self.events.next(patience)
    }

    /// Every event that came until now; a daemon that has ended leaves none to come.
    pub fn events(&mut self) -> &[String] {
        self.events.all()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGHUP: read the policy again.
    pub fn reload(&self) -> Result<()> {
        self.signal(Signal::HUP)
    }

    /// SIGUSR1: a file of events was moved.
    pub fn rotated(&self) -> Result<()> {
        self.signal(Signal::USR1)
    }

    /// SIGSTOP: it does nothing from now on.
    pub fn fall_asleep(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// SIGCONT: it goes on.
    pub fn wake(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// SIGTERM; waits for the end, which must be a good one. What is in force stays.
    pub fn terminate(&mut self) -> Result<()> {
        self.signal(Signal::TERM)?;
        self.wait_end()
    }

    /// Waits for the end, which must be a good one.
    pub fn wait_end(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.ended()? {
                ensure!(
                    status.success(),
                    "the daemon ended with {status}:\n{}",
                    self.log()
                );
                return Ok(());
            }
            self.ensure_before(deadline, "the daemon ends")?;
            thread::sleep(TICK);
        }
    }

    /// SIGKILL; waits for the end.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().context("kill the daemon")?;
        self.child.wait().context("wait for the daemon")?;
        Ok(())
    }

    fn hear<T>(
        &mut self,
        patience: Duration,
        told: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if let Some(line) = self.log.next(left) {
                if let Some(told) = told(&line) {
                    return Ok(Some(told));
                }
            } else if let Some(status) = self.ended()? {
                bail!("the daemon ended with {status}:\n{}", self.log());
            } else if left.is_zero() {
                return Ok(None);
            }
        }
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("wait for the daemon")
    }

    fn ensure_before(&mut self, deadline: Instant, what: &str) -> Result<()> {
        ensure!(
            Instant::now() < deadline,
            "not within {PATIENCE:?}: {what}\n{}\nThe daemon is in:\n{}",
            self.log(),
            self.kernel_stacks()
        );
        Ok(())
    }

    /// What the kernel does for each of the daemon's threads: the answer, where it waits for one.
    fn kernel_stacks(&self) -> String {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let threads = threads.into_iter().flatten().flatten();
        let stacks =
            threads.filter_map(|thread| fs::read_to_string(thread.path().join("stack")).ok());
        stacks.collect::<Vec<_>>().join("\n")
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let process = process.context("the daemon's process id")?;
        rustix::process::kill_process(process, signal).context("signal to the daemon")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.kill().ok();
    }
}

/// `generation 7 in force on lan-cam1 (native)`: 7.
fn generation_in_force(words: &str) -> Option<u32> {
    let (number, rest) = words.strip_prefix("generation ")?.split_once(' ')?;
    let number = number.parse().ok()?;
    let in_force = rest == "in force" || rest.starts_with("in force on ");
    in_force.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_generation_that_goes_in_force_counts() {
        for (words, expected) in [
            ("generation 12 in force on lan-cam1 (native)", Some(12)),
            ("generation 3 in force on no interface yet", Some(3)),
            ("generation 3 is in force already; taking over", None),
            ("generation 3 stays in force", None),
            ("what was in force stays in force: lan", None),
        ] {
            assert_eq!(generation_in_force(words), expected, "{words}");
        }
    }
}
