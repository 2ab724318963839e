//! `enforcer reload`: the policy in force as its files are now. One that is to be confirmed is told with what it changes
//! of what was seen.

use std::{io::Write, path::Path};

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use serde::Serialize;

use super::diff;
use crate::{
    cli::Reload as Arguments,
    control::client,
    directories::Directories,
    exit::Exit,
    impact::{Impact, Tense},
    ledger::Line,
    policy::Policy,
    record::{Record, Records},
    status,
};

#[derive(Debug, Serialize)]
struct Body {
    confirm_seconds: Option<u64>,
}

/// What is known before it is done.
struct Before {
    /// What is in force; or what was before it, where that is the same.
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
    errors: &mut impl Write,
) -> Result<Exit> {
    let confirm_seconds = arguments.confirm.map(|patience| patience.as_secs());
    let before = confirm_seconds.map(|_| before(directories));
    let done = client::post(directories, "/v1/reload", &Body { confirm_seconds })?;
    done.show(out)?;
    if done.unconfirmed.is_some()
        && let Some(before) = before
    {
        match before.and_then(Before::impact) {
            Ok(impact) => impact.show(Tense::Now, out)?,
            Err(error) => diff::tell_unknown(&error, errors)?,
        }
    }
    Ok(Exit::Ok)
}

/// The policies, and what was seen in the last day. The daemon may have put the new one in force by itself a moment ago;
/// then the one before it is the old one.
fn before(directories: &Directories) -> Result<Before> {
    let Records { in_force, kept } = Records::read(directories)?;
    let in_force = in_force.context("what is in force is not known")?;
    let path = Path::new(&in_force.policy);
    ensure!(
        path.is_absolute(),
        "the daemon was started with {} by another version of it; start it anew",
        in_force.policy
    );
    let now = Timestamp::now();
    let new = Policy::read(path)?.at(now);
    let since = diff::since(None);
    let lines = diff::lines(directories, since)?;
    let mut old = texts(&in_force, directories, now)?;
    if old == new
        && let Some(kept) = kept
    {
        old = texts(&kept, directories, now)?;
    }
    Ok(Before {
        old,
        new,
        since,
        lines,
    })
}

/// The policy of a generation as it holds now.
fn texts(record: &Record, directories: &Directories, now: Timestamp) -> Result<Policy> {
    let of = record.generation;
    let texts = status::texts(record, directories);
    let texts = texts.with_context(|| format!("the policy of generation {of} is not kept"))?;
    Ok(texts.policy()?.at(now))
}

impl Before {
    fn impact(self) -> Result<Impact> {
        let Self {
            old,
            new,
            since,
            lines,
        } = self;
        Ok(Impact::new(&old, &new, since, lines)?)
    }
}
