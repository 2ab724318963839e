//! Building the program that ships.

use std::path::PathBuf;

use anyhow::Result;

use crate::{sh, toolchain::Toolchain};

/// Builds `target/release/enforcer`, the kernel program inside, and returns where it is.
pub fn release() -> Result<PathBuf> {
    // First and by itself, because it tells what it does: a build script's words are not shown.
    Toolchain::ready()?;
    sh::say("building the kernel program and enforcer");
    sh::run(sh::cargo().args(["build", "--quiet", "--release", "--package", "enforcer"]))?;
    let binary = sh::workspace().join("target/release/enforcer");
    sh::say(&format!("built {}", binary.display()));
    Ok(binary)
}
