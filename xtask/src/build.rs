//! Building the program that ships.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{paths, sh, toolchain::Toolchain};

/// The policy under which the kernel is asked what the program takes: one that ships, with most kinds of
/// rules.
pub(crate) const POLICY: &str = "policies/isp-edge.yaml";

/// Builds `target/release/enforcer`, the kernel program inside, says what that takes, and returns where it
/// is.
pub fn release() -> Result<PathBuf> {
    // First and by itself, because it tells what it does: a build script's words are not shown.
    Toolchain::ready()?;
    sh::say("building the kernel program and enforcer");
    sh::run(cargo()?.args(["build", "--quiet", "--release", "--package", "enforcer"]))?;
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

/// Cargo with the flags of what ships. Whatever else is built of the same crates with `--release` is
/// built by it too, since others would compile all of them once more.
pub fn cargo() -> Result<Command> {
    let encoded = std::env::var("CARGO_ENCODED_RUSTFLAGS").ok();
    let plain = std::env::var("RUSTFLAGS").ok();
    let own: Vec<&str> = match (&encoded, &plain) {
        (Some(flags), _) => flags.split('\u{1f}').collect(),
        (None, Some(flags)) => flags.split_whitespace().collect(),
        (None, None) => Vec::new(),
    };
    let own = own.into_iter().filter(|flag| !flag.is_empty());
    let flags: Vec<String> = own.map(str::to_owned).chain(paths::unnamed()?).collect();
    let mut cargo = sh::cargo();
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    Ok(cargo)
}
