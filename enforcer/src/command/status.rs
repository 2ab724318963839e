//! `enforcer status`: what is in force and what it counted, as the daemon says, or without one the kernel.

use std::io::Write;

use anyhow::Result;

use crate::{
    cli::Status as Arguments,
    directories::Directories,
    exit::Exit,
    status::{self, Found, Status},
};

mod ask;
mod text;

pub(super) use ask::{Asked, ask};

/// Shows what is in force; [`Exit::No`] if something is not that should be.
pub fn status(
    directories: &Directories,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit> {
    let Asked { found, silence } = ask(directories, "/v1/status", status::status)?;
    let mut status: Status = match found {
        Found::InForce(status) => status,
        Found::Nothing(words) => {
            writeln!(out, "{words}")?;
            return Ok(Exit::No);
        }
    };
    if let Some(silence) = &silence {
        status.daemon = silence.daemon();
    }
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&status)?)?;
    } else {
        status.show(silence.as_ref(), arguments.rules, out)?;
    }
    let enforced = status
        .interfaces
        .iter()
        .all(|interface| interface.enforcing);
    let is_as_written = status.stand_in.is_none();
    Ok(if enforced && is_as_written && !status.is_overdue() {
        Exit::Ok
    } else {
        Exit::No
    })
}

impl Status {
    /// Whether an audit goes on that should have ended.
    fn is_overdue(&self) -> bool {
        let cameras = self.cameras.iter().map(|camera| &camera.held);
        cameras
            .chain([&self.unlisted.held])
            .any(|held| held.overdue)
    }
}
