//! `enforcer diff`: what two policies mean differently.

use std::io::Write;

use anyhow::Result;
use jiff::Timestamp;

use super::read_policy;
use crate::cli;
use crate::diff::Diff;
use crate::exit::Exit;

/// Compares; [`Exit::No`] where the policies differ or one of them is none.
pub fn diff(
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
    if options.json {
        writeln!(out, "{}", diff.to_json()?)?;
    } else {
        write!(out, "{diff}")?;
    }
    Ok(if diff.is_empty() { Exit::Ok } else { Exit::No })
}
