//! `enforcer reload`: the policy in force as its files are now. One that is to be confirmed is told with what it changes
//! of what was seen.

use std::{io::Write, path::Path};

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::{diff, status};
use crate::{
    cli::Reload as Arguments,
    control::client,
    directories::Directories,
    exit::Exit,
    impact::{Impact, Tense},
    ledger::Line,
    policy::Policy,
    record::Records,
};

#[derive(Debug, Serialize)]
struct Body {
    confirm_seconds: Option<u64>,
}

/// What is known before it is done.
struct Before {
    /// What is in force, and what was before it, the first of them that is not the same.
    old: Policy,
    new: Policy,
    since: Timestamp,
    lines: Vec<Line>,
}

/// Has the daemon do it.
pub fn reload(
    directories: &Directories,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit> {
    let confirm_seconds = arguments.confirm.map(|patience| patience.as_secs());
    let before = confirm_seconds.and_then(|_| before(directories));
    let done = client::post(directories, "/v1/reload", &Body { confirm_seconds })?;
    done.show(out)?;
    if done.unconfirmed.is_some()
        && let Some(before) = before
    {
        let Before {
            old,
            new,
            since,
            lines,
        } = before;
        // What could not be put in force was refused.
        if let Ok(impact) = Impact::new(&old, &new, since, lines) {
            impact.show(Tense::Now, out)?;
        }
    }
    Ok(Exit::Ok)
}

/// The policies, and what was seen in the last day; nothing where one of the three is not known. The daemon may have put
/// the new one in force by itself a moment ago.
fn before(directories: &Directories) -> Option<Before> {
    let records = Records::read(directories).ok()?;
    let now = Timestamp::now();
    let path = records.in_force.as_ref()?.policy.clone();
    let new = Policy::read(Path::new(&path)).ok()?.at(now);
    let since = diff::since(None);
    let lines = diff::lines(directories, since).ok()?;
    let olds = [records.in_force, records.kept].into_iter().flatten();
    let mut olds = olds.filter_map(|record| {
        let texts = status::texts(&record, directories)?;
        Some(texts.policy().ok()?.at(now))
    });
    Some(Before {
        old: olds.find(|old| *old != new)?,
        new,
        since,
        lines,
    })
}
