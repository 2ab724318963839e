//! Whether the daemon runs, without taking its lock: one that starts meanwhile would find it taken.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context as _, Error};

use super::{read, untold};
use crate::directories::Directories;
use crate::doctor::facts::{Daemon, Known, Untold};

/// Who holds the lock.
pub(super) fn daemon(directories: &Directories) -> Known<Daemon> {
    let lock = directories.lock();
    match look(&lock) {
        Ok(daemon) => Ok(daemon),
        Err(error) => Err(untold(&error)),
    }
}

/// The process whose number is in the lock runs if it has the file open. A number alone may be
/// another's by now.
fn look(lock: &Path) -> Result<Daemon, Error> {
    let context = || lock.display().to_string();
    let text = match fs::read_to_string(lock) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Daemon::Stopped),
        text => text.with_context(context)?,
    };
    let Ok(process) = text.trim().parse::<i32>() else {
        return Ok(Daemon::Stopped);
    };
    let lock = fs::metadata(lock).with_context(context)?;
    let open = format!("/proc/{process}/fd");
    let entries = match fs::read_dir(&open) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Daemon::Stopped),
        entries => entries.context(open)?,
    };
    for entry in entries {
        // One that was closed meanwhile is not it.
        let file = entry.and_then(|entry| fs::metadata(entry.path()));
        if file.is_ok_and(|file| (file.dev(), file.ino()) == (lock.dev(), lock.ino())) {
            return Ok(Daemon::Runs {
                process,
                capabilities: capabilities(process),
            });
        }
    }
    Ok(Daemon::Stopped)
}

fn capabilities(process: i32) -> Known<u64> {
    let status = read(Path::new(&format!("/proc/{process}/status")))?;
    let mut lines = status.lines();
    let effective = lines.find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    effective.ok_or_else(|| Untold::new(format!("process {process} shows no capabilities")))
}
