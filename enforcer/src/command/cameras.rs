//! `enforcer cameras`: what was counted of each camera. It asks the kernel, not the daemon.

use std::io::Write;

use anyhow::Result;

use super::status::{self, Camera, Found};
use crate::{cli, directories::Directories, exit::Exit};

/// Shows the cameras of the policy in force; [`Exit::No`] if none is.
pub fn cameras(
    directories: &Directories,
    arguments: &cli::Cameras,
    out: &mut impl Write,
) -> Result<Exit> {
    let cameras = match status::cameras(directories)? {
        Found::InForce(cameras) => cameras,
        Found::Nothing(words) => {
            writeln!(out, "{words}")?;
            return Ok(Exit::No);
        }
    };
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&cameras)?)?;
    } else {
        Camera::show_all(&cameras, out)?;
    }
    Ok(Exit::Ok)
}
