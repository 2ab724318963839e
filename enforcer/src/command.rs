//! One file a verb; `run` is [`crate::daemon`].

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;

use crate::policy::{Policy, ReadError};

pub mod cameras;
pub mod check;
pub mod completions;
pub mod confirm;
pub mod detach;
pub mod diff;
pub mod doctor;
pub mod events;
pub mod explain;
pub mod learn;
pub mod ledger;
mod output;
pub mod reload;
pub mod replay;
pub mod report;
pub mod revert;
pub mod schema;
pub mod status;
pub mod top;

/// A policy as it holds at a time, or nothing and the report on why there is none.
fn read_policy(
    path: &Path,
    now: Timestamp,
    color: bool,
    errors: &mut impl Write,
) -> io::Result<Option<Policy>> {
    match Policy::read(path) {
        Ok(policy) => return Ok(Some(policy.at(now))),
        Err(ReadError::Policy(error)) => {
            writeln!(errors, "{}\n", error.render(color))?;
            writeln!(errors, "error: {}: not a valid policy", path.display())?;
        }
        Err(error) => writeln!(errors, "error: {error}")?,
    }
    Ok(None)
}
