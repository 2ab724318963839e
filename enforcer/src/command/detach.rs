//! `enforcer detach`: the one way to end enforcement.

use std::{
    io::{self, BufRead as _, Write},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::ledger::tell;
use crate::{
    daemon::lock::Lock,
    directories::{self, Directories},
    exit::{Exit, Failure},
    kernel::{ledger::Ledger, links},
    ledger::take::Taker,
    words::Count,
};

/// How long a daemon may take to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Ends enforcement, if it is meant.
pub fn detach(directories: &Directories, yes: bool, out: &mut impl Write) -> Result<Exit> {
    let interfaces = links::pinned(directories)?;
    if interfaces.is_empty() && !directories.maps().exists() {
        writeln!(out, "nothing is in force")?;
        return Ok(Exit::Ok);
    }
    if !yes {
        let count = Count(interfaces.len(), "interface");
        write!(
            out,
            "Cameras behind {count} will reach everything again. Type `yes` to go on: "
        )?;
        out.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if answer.trim() != "yes" {
            writeln!(out, "nothing was changed")?;
            return Ok(Exit::No);
        }
    }
    // A daemon would attach again at the next change.
    let lock = stop_daemon(directories)?;
    // Open, they outlive their pins.
    let ledgers = Ledger::all(directories)?;
    let detached = links::detach(directories)?;
    let kept = keep(directories, ledgers.into_iter().flatten());
    for path in [
        directories.record(),
        directories.amiss(),
        directories.kept_record(),
        directories.previous_good(),
        directories.unconfirmed(),
    ] {
        directories::remove(&path)?;
    }
    drop(lock);
    if let Err(error) = kept {
        tell(&format!(
            "the last that cameras sent is not kept: {error:#}"
        ));
    }
    let count = Count(detached, "interface");
    writeln!(out, "detached from {count}; nothing is in force")?;
    Ok(Exit::Ok)
}

/// Takes down what cameras sent last.
fn keep(directories: &Directories, ledgers: impl Iterator<Item = Ledger>) -> Result<()> {
    let mut ledgers = ledgers.peekable();
    if ledgers.peek().is_none() {
        return Ok(());
    }
    let mut taker = Taker::open(directories, None, &tell)?;
    for ledger in ledgers {
        taker.take_one(&ledger)?;
    }
    Ok(())
}

/// Stops the daemon, if one runs, and takes its place, so that none starts meanwhile.
fn stop_daemon(directories: &Directories) -> Result<Option<Lock>> {
    if !directories.run.exists() {
        return Ok(None);
    }
    let started = Instant::now();
    let mut told = false;
    loop {
        let holder = match Lock::take(directories)? {
            Ok(lock) => return Ok(Some(lock)),
            Err(holder) => holder,
        };
        let process = holder.and_then(Pid::from_raw);
        if let (false, Some(process)) = (told, process) {
            kill_process(process, Signal::TERM).context("stop the daemon")?;
            told = true;
        }
        if started.elapsed() > PATIENCE {
            let words = "the daemon does not stop; stop it, then detach again";
            return Err(Failure::new(Exit::Busy, words).into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
