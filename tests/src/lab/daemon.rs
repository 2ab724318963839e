//! The daemon under test: started, heard, and ended together with its enforcement.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal};

use super::interrupt::Interrupt;
use crate::sandbox::{Directories, Namespace};

/// The daemon has this long to put the policy in force, and to go.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a wait looks whether to go on waiting.
const TICK: Duration = Duration::from_millis(20);

/// A running `enforcer run`. Dropping it ends the daemon and its enforcement.
pub(super) struct Daemon {
    child: Child,
    /// One drop event each.
    events: Receiver<String>,
    log: Receiver<String>,
    detach: Command,
    router: Namespace,
    /// Nothing is left to end.
    ended: bool,
}

impl Daemon {
    /// Starts the daemon in the router's namespace.
    pub(super) fn start(
        enforcer: &Path,
        policy: &Path,
        router: &Namespace,
        directories: &Directories,
    ) -> Result<Self> {
        let mut run = with_directories(enforcer, directories);
        run.args(["run", "--events", "-", "--format", "text", "--policy"])
            .arg(policy)
            // Who builds the lab owns the policy, and the lab runs as root.
            .arg("--allow-insecure-policy")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for the lab, which then ends the daemon in its own order.
            .process_group(0);
        let mut detach = with_directories(enforcer, directories);
        detach.args(["detach", "--yes"]);
        let mut child = router.spawn(&mut run)?;
        Ok(Self {
            events: lines(child.stdout.take().context("the daemon's stdout")?),
            log: lines(child.stderr.take().context("the daemon's stderr")?),
            child,
            detach,
            router: router.clone(),
            ended: false,
        })
    }

    /// Waits until the policy is in force; in the daemon's words.
    pub(super) fn wait_in_force(&mut self, interrupt: &Interrupt) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        let mut log = Vec::new();
        while Instant::now() < deadline {
            interrupt.check()?;
            if let Some(line) = next(&self.log) {
                if line.contains("in force") {
                    // Before that stand the time and the level.
                    let words = line.find("generation").and_then(|start| line.get(start..));
                    return Ok(words.unwrap_or(&line).to_owned());
                }
                log.push(line);
            } else if let Some(status) = self.child.try_wait().context("wait for the daemon")? {
                bail!("the daemon ended with {status}:\n{}", log.join("\n"));
            }
        }
        bail!("not in force after {PATIENCE:?}:\n{}", log.join("\n"))
    }

    /// The next event, if one comes within a tick.
    pub(super) fn event(&self) -> Option<String> {
        next(&self.events)
    }

    /// Stops the daemon; what it put in force stays.
    pub(super) fn stop(&mut self) -> Result<()> {
        let status = self.terminate()?;
        ensure!(status.success(), "the daemon ended with {status}");
        Ok(())
    }

    /// Ends enforcement.
    pub(super) fn detach(mut self) -> Result<()> {
        self.ended = true;
        self.run_detach()
    }

    fn terminate(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait().context("wait for the daemon")? {
            return Ok(status);
        }
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let process = process.context("the daemon's process id")?;
        rustix::process::kill_process(process, Signal::TERM).context("stop the daemon")?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().context("wait for the daemon")? {
                return Ok(status);
            }
            thread::sleep(TICK);
        }
        self.child.kill().context("kill the daemon")?;
        self.child.wait().context("wait for the daemon")?;
        bail!("the daemon did not stop within {PATIENCE:?}")
    }

    fn run_detach(&mut self) -> Result<()> {
        let output = self.router.output(&mut self.detach)?;
        ensure!(
            output.status.success(),
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if !self.ended {
            // On this way an error is already told, and what is left goes with the namespace.
            self.terminate().ok();
            self.run_detach().ok();
        }
    }
}

fn with_directories(enforcer: &Path, directories: &Directories) -> Command {
    let Directories {
        run, state, bpffs, ..
    } = directories;
    let options: [(&str, &PathBuf); 3] = [
        ("--run-dir", run),
        ("--state-dir", state),
        ("--bpffs", bpffs),
    ];
    let mut command = Command::new(enforcer);
    for (option, directory) in options {
        command.arg(option).arg(directory);
    }
    command
}

/// The next line, if one comes within a tick.
fn next(lines: &Receiver<String>) -> Option<String> {
    match lines.recv_timeout(TICK) {
        Ok(line) => Some(line),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => {
            thread::sleep(TICK);
            None
        }
    }
}

/// The lines of a stream as they come, until it ends.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            // Nobody listens any more; but a full pipe would stop the daemon.
            sender.send(line).ok();
        }
    });
    lines
}
