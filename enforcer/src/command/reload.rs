//! `enforcer reload`: the policy in force as its files are now.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use crate::{cli::Reload as Arguments, control::client, directories::Directories, exit::Exit};

#[derive(Debug, Serialize)]
struct Body {
    confirm_seconds: Option<u64>,
}

/// Has the daemon do it.
pub fn reload(
    directories: &Directories,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit> {
    let confirm_seconds = arguments.confirm.map(|patience| patience.as_secs());
    let done = client::post(directories, "/v1/reload", &Body { confirm_seconds })?;
    done.show(out)?;
    Ok(Exit::Ok)
}
