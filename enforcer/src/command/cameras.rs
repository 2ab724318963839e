//! `enforcer cameras`: what was counted of each camera, as the daemon says, or without one the kernel.

use std::io::Write;

use anyhow::Result;

use super::status::{Asked, ask, nothing};
use crate::{
    cli,
    directories::Directories,
    exit::Exit,
    status::{self, Camera, Found},
};

/// Shows the cameras of the policy in force; [`Exit::No`] if none is.
pub fn cameras(
    directories: &Directories,
    arguments: &cli::Cameras,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> Result<Exit> {
    let Asked { found, silence } = ask(directories, "/v1/cameras", status::cameras)?;
    let cameras = match found {
        Found::InForce(cameras) => cameras,
        Found::Nothing(words) => return nothing(words, arguments.json, out, errors),
    };
    if let Some(silence) = silence {
        writeln!(errors, "{}", silence.trouble())?;
    }
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&cameras)?)?;
    } else {
        Camera::show_all(&cameras, out)?;
    }
    Ok(Exit::Ok)
}
