//! `enforcer revert`: back to the policy that was in force before.

use std::{
    collections::BTreeSet,
    io::Write,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime;

use crate::{
    daemon::lock::Lock,
    directories::Directories,
    exit::{Exit, Failure},
    good::Good,
    kernel::links::{self, Done, Open},
    netlink::Netlink,
    record::{Record, Records},
};

/// How long a daemon may take. It may be about to load a large policy, twice.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked whether it has.
const INTERVAL: Duration = Duration::from_millis(20);

/// Goes back, or has the daemon do it.
pub fn revert(directories: &Directories, out: &mut impl Write) -> Result<Exit> {
    // Whoever may not look there hears that, and not that there is nothing.
    drop(links::kept(directories)?);
    let records = Records::read(directories)?;
    let (Some(from), Some(to)) = (records.in_force, records.kept) else {
        writeln!(out, "{}", links::NOTHING_KEPT)?;
        return Ok(Exit::No);
    };
    let started = Instant::now();
    let mut told = false;
    let mut open = Vec::new();
    loop {
        match Lock::take(directories)? {
            // It may have done it and ended.
            Ok(_lock) if told && is_done(directories, &from, &to)? => break,
            Ok(_lock) => {
                open = go_back(directories, from.clone(), to.clone())?;
                break;
            }
            Err(holder) => {
                if told && is_done(directories, &from, &to)? {
                    break;
                }
                if let (false, Some(process)) = (told, holder.and_then(Pid::from_raw)) {
                    kill_process(process, Signal::USR1).context("tell the daemon")?;
                    told = true;
                }
            }
        }
        if started.elapsed() > PATIENCE {
            let words = "the daemon does not go back; its log says why";
            return Err(Failure::new(Exit::No, words).into());
        }
        std::thread::sleep(INTERVAL);
    }
    let (from, to, policy) = (from.generation, to.generation, &to.policy);
    writeln!(
        out,
        "went back from generation {from} to generation {to}; {policy} is read again when it \
         changes, or on SIGHUP"
    )?;
    for Open { interface, error } in open {
        writeln!(out, "{} is NOT ENFORCED: {error:#}", interface.name)?;
    }
    Ok(Exit::Ok)
}

/// Whether the daemon has gone back. Where links have changed since, it goes on at once to another generation of
/// that policy; then what it went back from is what can be gone back to.
fn is_done(directories: &Directories, from: &Record, to: &Record) -> Result<bool> {
    let Records { in_force, kept } = Records::read(directories)?;
    let is = |record: Option<Record>, other: &Record| {
        record.is_some_and(|record| record.program == other.program)
    };
    Ok(is(in_force, to) || is(kept, from))
}

/// Goes back where no daemon runs. The interfaces that were open stay so if somebody else holds them.
fn go_back(directories: &Directories, from: Record, to: Record) -> Result<Vec<Open>> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime")?;
    let topology = runtime.block_on(async { Netlink::connect()?.topology().await })?;
    let pinned = links::pinned(directories)?;
    let mut open: BTreeSet<u32> = from.wanted(&topology).iter().map(|it| it.index).collect();
    open.retain(|index| !pinned.contains(index));
    let Done { released, open, .. } = links::go_back(&to.wanted(&topology), open, directories)?;
    let good = Good::of(&to.read, directories);
    let records = Records {
        in_force: Some(to.back_from(&from)),
        kept: Some(from),
    };
    records
        .write(directories)
        .context("it is in force, and `enforcer status` cannot know of it")?;
    let kept = good.map_or(Ok(()), |good| good.keep(directories));
    kept.context("it is in force, and the last good policy is still the other")?;
    match released.stuck.into_iter().next() {
        Some(error) => {
            Err(error.context("it is in force, and an interface that it does not name too"))
        }
        None => Ok(open),
    }
}
