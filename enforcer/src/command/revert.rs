//! `enforcer revert`: back to the policy that was in force before.

use std::{
    collections::BTreeSet,
    io::Write,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::runtime;

use crate::{
    cli::Revert as Arguments,
    control::client,
    daemon::lock::Lock,
    directories::Directories,
    exit::{Exit, Failure, exit_of},
    good::Good,
    kernel::links::{self, Done, Open},
    netlink::Netlink,
    record::{Record, Records},
    unconfirmed::{self, Unconfirmed},
};

/// How long a daemon that holds the lock may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked whether it does.
const INTERVAL: Duration = Duration::from_millis(20);

/// How much later than the daemon a policy that nobody confirmed is gone back from, so that it does it if it
/// lives.
const GRACE: Duration = Duration::from_secs(2);

/// Goes back, or has the daemon do it.
pub fn revert(
    directories: &Directories,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit> {
    // Whoever may not look there hears that, and not that there is nothing.
    drop(links::kept(directories)?);
    if let Some(generation) = arguments.unless_confirmed
        && !still_waits(directories, generation)?
    {
        writeln!(
            out,
            "generation {generation} does not wait to be confirmed any more; nothing was changed"
        )?;
        return Ok(Exit::Ok);
    }
    let records = Records::read(directories)?;
    let (Some(from), Some(to)) = (records.in_force, records.kept) else {
        writeln!(out, "{}", links::NOTHING_KEPT)?;
        return Ok(Exit::No);
    };
    let (from_number, to_number, policy) = (from.generation, to.generation, to.policy.clone());
    let started = Instant::now();
    let mut open = Vec::new();
    loop {
        if let Ok(_lock) = Lock::take(directories)? {
            open = go_back(directories, from, to)?;
            break;
        }
        let body = json!({ "unless_confirmed": arguments.unless_confirmed });
        match client::post(directories, "/v1/revert", &body) {
            Ok(_) => break,
            // It has just started, or ended.
            Err(error) if exit_of(&error) == Exit::NotRunning => {}
            Err(error) => return Err(error),
        }
        if started.elapsed() > PATIENCE {
            let words = "a daemon holds the lock and does not listen; its log says why";
            return Err(Failure::new(Exit::No, words).into());
        }
        sleep(INTERVAL);
    }
    writeln!(
        out,
        "went back from generation {from_number} to generation {to_number}; {policy} is read again \
         when it changes, or by `enforcer reload`"
    )?;
    for Open { interface, error } in open {
        writeln!(out, "{} is NOT ENFORCED: {error:#}", interface.name)?;
    }
    Ok(Exit::Ok)
}

/// Whether a generation still waits to be confirmed when its time is over.
fn still_waits(directories: &Directories, generation: u32) -> Result<bool> {
    loop {
        let waiting = unconfirmed::waiting(directories)?;
        let Some(waiting) = waiting.filter(|it| it.generation == generation) else {
            return Ok(false);
        };
        let left = waiting.left();
        if left.is_zero() {
            break;
        }
        sleep(left);
    }
    sleep(GRACE);
    let waiting = unconfirmed::waiting(directories)?;
    Ok(waiting.is_some_and(|it| it.generation == generation))
}

/// Goes back where no daemon runs. The interfaces that were open stay so if somebody else holds them.
fn go_back(directories: &Directories, from: Record, to: Record) -> Result<Vec<Open>> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime")?;
    let topology = runtime.block_on(async { Netlink::connect()?.topology().await })?;
    let waiting = unconfirmed::waiting(directories)?;
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
    settle(directories, waiting)
        .context("it is in force, and the next daemon cannot know of it")?;
    let kept = good.map_or(Ok(()), |good| good.keep(directories));
    kept.context("it is in force, and the last good policy is still the other")?;
    match released.stuck.into_iter().next() {
        Some(error) => {
            Err(error.context("it is in force, and an interface that it does not name too"))
        }
        None => Ok(open),
    }
}

/// Writes down that a policy which waited was gone back from. Where none waited, whoever goes back or forward
/// means it.
fn settle(directories: &Directories, waiting: Option<Unconfirmed>) -> Result<()> {
    let Some(mut unconfirmed) = waiting else {
        return Unconfirmed::remove(directories);
    };
    unconfirmed.gone_back = true;
    unconfirmed.write(directories)
}
