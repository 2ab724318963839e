//! `enforcer status`: what is in force and what it counted, as the daemon says, or without one the kernel.

use std::io::Write;

use anyhow::Result;

use crate::{
    cli::Status as Arguments,
    control::answer::{Kind, Refusal},
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
    errors: &mut impl Write,
) -> Result<Exit> {
    let Asked { found, silence } = ask(directories, "/v1/status", status::status)?;
    let mut status: Status = match found {
        Found::InForce(status) => status,
        Found::Nothing(words) => return nothing(words, arguments.json, out, errors),
    };
    if let Some(silence) = silence {
        status = status.without_daemon(silence.daemon(), silence.trouble());
    }
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&status)?)?;
    } else {
        status.show(arguments.rules, out)?;
    }
    Ok(if status.is_whole() {
        Exit::Ok
    } else {
        Exit::No
    })
}

/// Says that nothing is in force. Whoever reads JSON gets the document with which the daemon refuses to tell it.
pub(super) fn nothing(
    words: String,
    json: bool,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> Result<Exit> {
    if json {
        writeln!(errors, "{words}")?;
        let refusal = Refusal::new(Kind::NothingInForce, words);
        writeln!(out, "{}", serde_json::to_string(&refusal)?)?;
    } else {
        writeln!(out, "{words}")?;
    }
    Ok(Exit::No)
}
