//! `enforcer ledger`: what each camera sent where. It asks the daemon, and without one takes down itself what
//! the kernel has written.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::PathBuf,
};

use anyhow::Result;
use serde::de::DeserializeOwned;

use super::status::{self, Found};
use crate::{
    cli,
    control::client,
    daemon::lock::Lock,
    directories::Directories,
    exit::{Exit, Failure, exit_of},
    labels::Labels,
    ledger::{Line, Query, Span, store::Store, take::Taker, text},
    words::closest,
};

/// Shows the lines that are asked for; [`Exit::Usage`] if a camera is asked for that nobody has heard of.
pub fn ledger(
    directories: &Directories,
    arguments: &cli::Ledger,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> Result<Exit> {
    let query = Query {
        cameras: arguments.camera.clone(),
        to: arguments.to.clone(),
        since: arguments.since,
        until: None,
    };
    let mut lines = if arguments.json {
        read(directories, &query)?
    } else {
        read_to(directories, &query, errors)?
    };
    relabel(&mut lines, &labels(&arguments.owners)?);
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&lines)?)?;
    } else if arguments.csv {
        text::csv(&lines, out)?;
    } else {
        text::show(&lines, out)?;
    }
    let names: BTreeSet<_> = lines
        .iter()
        .filter_map(|line| line.camera.as_deref())
        .collect();
    // Nothing is the name of strangers.
    let empty = arguments.camera.iter().map(String::as_str);
    let empty: Vec<_> = empty
        .filter(|name| !name.is_empty() && !names.contains(name))
        .collect();
    if empty.is_empty() {
        return Ok(Exit::Ok);
    }
    explain(directories, &empty, errors)
}

/// The lines of a query, and how many frames it may have missed: what has no line of its own has no destination.
fn read_to(directories: &Directories, query: &Query, errors: &mut impl Write) -> Result<Vec<Line>> {
    let anywhere = Query {
        to: Vec::new(),
        ..query.clone()
    };
    let mut lines = read(directories, &anywhere)?;
    if !query.to.is_empty() {
        let others = lines.iter().filter(|line| line.others);
        let others: u64 = others.map(|line| line.packets).sum();
        lines.retain(|line| query.asks_for_destination(line.dest_ip));
        if others > 0 {
            writeln!(
                errors,
                "{others} more frames had no line of their own, and where they went is not kept; \
                 without --to they are shown as `(others)`"
            )?;
        }
    }
    Ok(lines)
}

/// Says which of the cameras of which there is nothing are none of the policy's and never were in the ledger.
fn explain(directories: &Directories, empty: &[&str], errors: &mut impl Write) -> Result<Exit> {
    let spans = spans(directories, &Query::default())?;
    let mut known: BTreeSet<_> = spans.into_iter().filter_map(|span| span.camera).collect();
    let policy = status::ask(directories, "/v1/cameras", status::cameras)?;
    if let Found::InForce(cameras) = policy.found {
        known.extend(cameras.into_iter().map(|camera| camera.name));
    }
    let mut exit = Exit::Ok;
    for name in empty.iter().filter(|name| !known.contains(**name)) {
        let closest = closest(name, known.iter().map(String::as_str));
        let advice = closest.map_or_else(
            || "`enforcer cameras` lists those of the policy".to_owned(),
            |closest| format!("did you mean `{closest}`?"),
        );
        writeln!(
            errors,
            "camera `{name}`: neither the policy in force nor the ledger has one of that name; {advice}"
        )?;
        exit = Exit::Usage;
    }
    Ok(exit)
}

/// The lines of a query, with a daemon or without one. The daemon knows whose the receivers are from the files that it
/// was told, and without one, names are all that is kept.
pub(super) fn read(directories: &Directories, query: &Query) -> Result<Vec<Line>> {
    let path = format!("/v1/ledger?{}", query.to_text());
    ask(directories, &path, |store| {
        let mut lines = store.read(query)?;
        label(&mut lines, &Labels::default());
        Ok(lines)
    })
}

/// Says whose the receivers are by files of `--owners`, where some are given, in place of what the daemon says.
pub(super) fn relabel(lines: &mut [Line], labels: &Labels) {
    if labels.knows_owners() {
        label(lines, labels);
    }
}

/// What files of `--owners` say, all of which must be there.
pub(super) fn labels(owners: &[PathBuf]) -> Result<Labels, Failure> {
    let labels = Labels::require(owners);
    labels.map_err(|error| Failure::new(Exit::Usage, format!("--owners: {error:#}")))
}

fn label(lines: &mut [Line], labels: &Labels) {
    for line in lines {
        line.label(labels);
    }
}

/// How much was sent when, with a daemon or without one.
pub(super) fn spans(directories: &Directories, query: &Query) -> Result<Vec<Span>> {
    let path = format!("/v1/ledger/spans?{}", query.to_text());
    ask(directories, &path, |store| store.spans(query))
}

fn ask<T: DeserializeOwned>(
    directories: &Directories,
    path: &str,
    find: impl FnOnce(&Store) -> Result<T>,
) -> Result<T> {
    match client::read(directories, path) {
        Err(error) if exit_of(&error) == Exit::NotRunning && directories.state.exists() => {
            directories.create_run()?;
            // Whoever has the lock is about to listen, or to end.
            let Ok(lock) = Lock::take(directories)? else {
                return Err(error);
            };
            let mut taker = Taker::open(directories, None, &tell)?;
            for words in taker.take(None)?.unread {
                tell(&words);
            }
            let found = find(taker.store());
            drop(lock);
            found
        }
        answered => answered,
    }
}

/// Says what a daemon would say in its log.
pub(super) fn tell(words: &str) {
    // There is nowhere left to say that this could not be said.
    drop(writeln!(io::stderr(), "{words}"));
}
