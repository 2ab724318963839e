//! Building the program that ships.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{sh, toolchain::Toolchain};

/// The policy under which the kernel is asked what the program takes: one that ships, with most kinds of
/// rules.
const POLICY: &str = "policies/isp-edge.yaml";

/// Builds `target/release/enforcer`, the kernel program inside, says what that takes, and returns where it
/// is.
pub fn release() -> Result<PathBuf> {
    // First and by itself, because it tells what it does: a build script's words are not shown.
    Toolchain::ready()?;
    sh::say("building the kernel program and enforcer");
    sh::run(sh::cargo().args(["build", "--quiet", "--release", "--package", "enforcer"]))?;
    let binary = sh::workspace().join("target/release/enforcer");
    let budget = binary.with_file_name("enforcer-budget");
    sh::run(
        Command::new(budget)
            .arg(POLICY)
            .current_dir(sh::workspace()),
    )?;
    sh::say(&format!("built {}", binary.display()));
    Ok(binary)
}
