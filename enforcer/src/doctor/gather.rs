//! Asks the kernel, and changes nothing. What it does not say is a fact too.

mod daemon;
mod ethtool;
mod flowtables;
mod generic;
mod host;
mod links;
mod policy;
mod programs;

use std::path::Path;

use anyhow::Error;
use jiff::Timestamp;
use rustix::io::Errno;

use super::facts::{Device, Facts, Known, Untold};
use crate::directories::Directories;
use crate::exit::{Exit, exit_of};
use crate::kernel::errno;
use crate::kernel::links::{self as pins, PinnedProgram};
use crate::record::Records;

/// A daemon that never rests is looked at as it is after so many times.
const MOST_TRIES: usize = 8;

/// What the kernel says now, for the policy of this path or, without one, for that of the daemon.
pub fn gather(directories: &Directories, policy: Option<&Path>) -> anyhow::Result<Facts> {
    let records = Records::read(directories).map_err(|error| untold(&error));
    let record = records.map(|records| records.in_force);
    let (devices, pins) = at_rest(directories)?;
    Ok(Facts {
        now: Timestamp::now(),
        directories: directories.clone(),
        asked: policy::asked(policy, &record),
        devices,
        pins,
        program: programs::pinned(directories),
        daemon: daemon::daemon(directories),
        flowtables: flowtables::flowtables(),
        host: host::host(directories),
        record,
    })
}

/// The links and our hold on them, of one generation: one that is put in force meanwhile would look as
/// if the programs were somebody else's.
fn at_rest(directories: &Directories) -> anyhow::Result<(Vec<Device>, Known<Vec<PinnedProgram>>)> {
    let pinned = || pins::pinned_programs(directories).map_err(|error| untold(&error));
    let mut before = pinned();
    let mut tries = 0;
    loop {
        let devices = devices()?;
        let after = pinned();
        tries += 1;
        if before == after || tries == MOST_TRIES {
            return Ok((devices, after));
        }
        before = after;
    }
}

fn devices() -> anyhow::Result<Vec<Device>> {
    let mut devices = links::devices()?;
    for device in &mut devices {
        device.features = ethtool::features(&device.name);
    }
    generic::add(&mut devices);
    programs::add(&mut devices);
    Ok(devices)
}

/// Why something is not known, from an error.
fn untold(error: &Error) -> Untold {
    let is_for_root = exit_of(error) == Exit::Privilege
        || matches!(errno(error.as_ref()), Some(Errno::PERM | Errno::ACCESS));
    Untold {
        words: format!("{error:#}"),
        for_root: is_for_root,
    }
}

/// The same, of a file.
fn read(path: &Path) -> Known<String> {
    use anyhow::Context as _;
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string());
    text.map_err(|error| untold(&error))
}
