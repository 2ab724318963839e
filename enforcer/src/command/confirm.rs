//! `enforcer confirm`: the policy that waits for it stays in force.

use std::io::Write;

use anyhow::Result;
use serde_json::json;

use crate::{control::client, directories::Directories, exit::Exit};

/// Has the daemon do it.
pub fn confirm(directories: &Directories, out: &mut impl Write) -> Result<Exit> {
    let done = client::post(directories, "/v1/confirm", &json!({}))?;
    write!(out, "confirmed: ")?;
    done.show(out)?;
    Ok(Exit::Ok)
}
