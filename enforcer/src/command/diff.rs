//! `enforcer diff`: what two policies mean differently, and which of the flows that were seen that changes.

use std::io::{self, Write};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::{ledger, read_policy};
use crate::{
    cli,
    control::client,
    diff::Diff,
    directories::Directories,
    exit::{Exit, exit_of},
    impact::{Impact, Tense},
    ledger::{Line, Query},
    policy::Policy,
};

/// What was seen for so long is asked for, if nothing else is said.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// Compares; [`Exit::No`] where the policies differ or one of them is none.
pub fn diff(
    directories: &Directories,
    options: &cli::Diff,
    color: bool,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> Result<Exit> {
    let now = Timestamp::now();
    let old = read_policy(&options.old, now, color, errors)?;
    let new = read_policy(&options.new, now, color, errors)?;
    let (Some(old), Some(new)) = (old, new) else {
        return Ok(Exit::No);
    };
    let diff = Diff::new(&old, &new)?;
    let seen = if diff.is_empty() {
        None
    } else {
        seen(directories, options, (&old, &new), errors)?
    };
    if options.json {
        writeln!(out, "{}", diff.to_json(seen.as_ref())?)?;
    } else {
        write!(out, "{diff}")?;
        if let Some(seen) = &seen {
            writeln!(out)?;
            seen.show(Tense::Would, out)?;
        }
    }
    Ok(if diff.is_empty() { Exit::Ok } else { Exit::No })
}

/// What changes of what was seen; nothing where that is not known, which is told unless no daemon runs and nobody asked
/// for it.
fn seen(
    directories: &Directories,
    options: &cli::Diff,
    (old, new): (&Policy, &Policy),
    errors: &mut impl Write,
) -> Result<Option<Impact>> {
    let since = since(options.since);
    let lines = if options.ledger {
        ledger::read(directories, &query(since))
    } else {
        lines(directories, since)
    };
    let impact = lines.and_then(|lines| Ok(Impact::new(old, new, since, lines)?));
    match impact {
        Ok(impact) => Ok(Some(impact)),
        // CI and a desk have none.
        Err(error) if !options.ledger && exit_of(&error) == Exit::NotRunning => Ok(None),
        Err(error) => {
            tell_unknown(&error, errors)?;
            Ok(None)
        }
    }
}

/// Silence would look as if nothing changed.
pub(super) fn tell_unknown(error: &anyhow::Error, errors: &mut impl Write) -> io::Result<()> {
    writeln!(errors, "what was seen is not known: {error:#}")
}

/// Since when: a day ago, if nothing else is said.
pub(super) fn since(asked: Option<Timestamp>) -> Timestamp {
    asked.unwrap_or_else(|| Timestamp::now() - RECENT)
}

/// What a daemon says that was seen.
pub(super) fn lines(directories: &Directories, since: Timestamp) -> Result<Vec<Line>> {
    let path = format!("/v1/ledger?{}", query(since).to_text());
    client::read(directories, &path)
}

fn query(since: Timestamp) -> Query {
    Query {
        since: Some(since),
        ..Query::default()
    }
}
