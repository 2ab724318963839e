//! `enforcer ledger`: what each camera sent where. It asks the daemon, and without one takes down itself what
//! the kernel has written.

use std::io::Write;

use anyhow::{Context as _, Result};

use crate::{
    cli,
    control::client,
    daemon::lock::Lock,
    directories::Directories,
    exit::{Exit, Failure, exit_of},
    labels::Labels,
    ledger::{Line, Query, take::Taker, text},
};

/// Shows the lines that are asked for.
pub fn ledger(
    directories: &Directories,
    arguments: &cli::Ledger,
    out: &mut impl Write,
) -> Result<Exit> {
    let query = Query {
        cameras: arguments.camera.clone(),
        to: arguments.to.clone(),
        since: arguments.since,
    };
    let mut lines = read(directories, &query)?;
    // The daemon knows owners from the files that it was told, and without one, names are all that is kept.
    if !arguments.owners.is_empty() {
        let labels = Labels::require(&arguments.owners);
        let labels =
            labels.map_err(|error| Failure::new(Exit::Usage, format!("--owners: {error:#}")))?;
        label(&mut lines, &labels);
    }
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&lines)?)?;
    } else if arguments.csv {
        text::csv(&lines, out)?;
    } else {
        text::show(&lines, out)?;
    }
    Ok(Exit::Ok)
}

fn label(lines: &mut [Line], labels: &Labels) {
    for line in lines {
        line.label(labels);
    }
}

/// The lines of a query, with a daemon or without one.
pub(super) fn read(directories: &Directories, query: &Query) -> Result<Vec<Line>> {
    let path = format!("/v1/ledger?{}", query.to_text());
    match client::get(directories, &path) {
        Ok(answer) => serde_json::from_slice(&answer).context("the daemon's answer"),
        Err(error) if exit_of(&error) == Exit::NotRunning && directories.state.exists() => {
            // Whoever has the lock is about to listen, or to end.
            let Ok(lock) = Lock::take(directories)? else {
                return Err(error);
            };
            let mut taker = Taker::open(directories, None)?;
            taker.take(None)?;
            let mut lines = taker.store().read(query)?;
            drop(lock);
            let labels = Labels::default();
            label(&mut lines, &labels);
            Ok(lines)
        }
        Err(error) => Err(error),
    }
}
