//! `enforcer ledger`: what each camera sent where. It asks the daemon, and without one takes down itself what
//! the kernel has written.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::PathBuf,
};

use anyhow::{Error, Result};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::{
    cli,
    control::client,
    daemon::lock::Lock,
    directories::Directories,
    exit::{Exit, Failure, exit_of},
    labels::Labels,
    ledger::{Line, Query, Span, store::Store, take::Taker, text},
    status::{self, Found},
    words::{Grouped, closest},
};

/// Shows the lines that are asked for; [`Exit::Usage`] if a camera is asked for that nobody has heard of.
pub fn ledger(
    directories: &Directories,
    arguments: &cli::Ledger,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> Result<Exit> {
    let now = Timestamp::now();
    if let Some(since) = arguments.since.filter(|since| *since > now) {
        let [since, now] = [since, now].map(|time| time.strftime("%FT%TZ"));
        let words = format!(
            "--since: nothing was seen since {since} yet: it is {now} now; give an earlier one"
        );
        return Err(Failure::new(Exit::Usage, words).into());
    }
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
    if are_unknown(directories, &arguments.camera, &lines, errors)? {
        return Ok(Exit::Usage);
    }
    Ok(Exit::Ok)
}

/// Says which of the cameras that were asked for, and of which there are no lines, are none of the policy's and never were
/// in the ledger; whether there are such.
pub(super) fn are_unknown(
    directories: &Directories,
    asked: &[String],
    lines: &[Line],
    errors: &mut impl Write,
) -> Result<bool> {
    let names: BTreeSet<_> = lines
        .iter()
        .filter_map(|line| line.camera.as_deref())
        .collect();
    // Nothing is the name of strangers.
    let empty = asked.iter().map(String::as_str);
    let empty: Vec<_> = empty
        .filter(|name| !name.is_empty() && !names.contains(name))
        .collect();
    if empty.is_empty() {
        return Ok(false);
    }
    let spans = spans(directories, &Query::default())?;
    let mut known: BTreeSet<_> = spans.into_iter().filter_map(|span| span.camera).collect();
    let policy = super::status::ask(directories, "/v1/cameras", status::cameras)?;
    if let Found::InForce(cameras) = policy.found {
        known.extend(cameras.into_iter().map(|camera| camera.name));
    }
    let mut are_unknown = false;
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
        are_unknown = true;
    }
    Ok(are_unknown)
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
                "{} more frames had no line of their own, and where they went is not kept; \
                 without --to they are shown as `(others)`",
                Grouped(others)
            )?;
        }
    }
    Ok(lines)
}

/// The lines of a query, with a daemon or without one. The daemon knows whose the receivers are from the files that it
/// was told, and without one, names are all that is kept.
pub(super) fn read(directories: &Directories, query: &Query) -> Result<Vec<Line>> {
    of_known(query, |query| {
        let path = format!("/v1/ledger?{}", query.to_text());
        ask(directories, &path, |store| {
            let mut lines = store.read(query)?;
            label(&mut lines, &Labels::default());
            Ok(lines)
        })
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
    of_known(query, |query| {
        let path = format!("/v1/ledger/spans?{}", query.to_text());
        ask(directories, &path, |store| store.spans(query))
    })
}

/// What there is of the cameras that are known. Others the daemon refuses; of them there is nothing, and that one is
/// none is told when all the rest is.
fn of_known<T>(query: &Query, ask: impl Fn(&Query) -> Result<Vec<T>>) -> Result<Vec<T>> {
    let is_refused = |error: &Error| exit_of(error) == Exit::Usage && !query.cameras.is_empty();
    match ask(query) {
        Err(error) if is_refused(&error) => {}
        answered => return answered,
    }
    let cameras: BTreeSet<_> = query.cameras.iter().collect();
    let mut found = Vec::new();
    for camera in cameras {
        let of_one = Query {
            cameras: vec![camera.clone()],
            ..query.clone()
        };
        match ask(&of_one) {
            Err(error) if is_refused(&error) => {}
            answered => found.extend(answered?),
        }
    }
    Ok(found)
}

fn ask<T: DeserializeOwned>(
    directories: &Directories,
    path: &str,
    find: impl FnOnce(&Store) -> Result<T>,
) -> Result<T> {
    match client::read(directories, path) {
        Err(error) if exit_of(&error) == Exit::NotRunning => {
            require_ledger(directories)?;
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

/// That there is one. To make one is for the daemon: what the kernel has counted would go to whatever place was named.
fn require_ledger(directories: &Directories) -> Result<()> {
    // Who may not look there is told that, later.
    if !matches!(directories.ledger().try_exists(), Ok(false)) {
        return Ok(());
    }
    let words = format!(
        "{}: no ledger was kept here yet, and no daemon runs; start the daemon, or name another --state-dir",
        directories.state.display()
    );
    Err(Failure::new(Exit::NotRunning, words).into())
}

/// Says what a daemon would say in its log.
pub(super) fn tell(words: &str) {
    // There is nowhere left to say that this could not be said.
    drop(writeln!(io::stderr(), "{words}"));
}
