//! Formatting and lints.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::{ebpf, sh};

/// Checks the formatting and the lints of every crate.
pub fn run() -> Result<()> {
    every_crate_takes_the_lints()?;
    sh::say("formatting");
    sh::run(sh::cargo().args(["fmt", "--all", "--check"]))?;
    sh::run(sh::cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]))?;
    sh::say("lints");
    sh::run(
        sh::cargo()
            .args([
                "clippy",
                "--quiet",
                "--workspace",
                "--exclude",
                "enforcer-ebpf",
            ])
            .args(["--all-targets", "--", "-D", "warnings"]),
    )?;
    sh::say("lints of the kernel program");
    ebpf::lint()?;
    sh::say("documentation");
    sh::run(
        sh::cargo()
            .env("RUSTDOCFLAGS", "-D warnings")
            .args(["doc", "--quiet", "--no-deps", "--document-private-items"])
            .args(["--workspace", "--exclude", "enforcer-ebpf"]),
    )
}

/// A crate that forgets to take the workspace's lints has none. `fuzz` is a workspace of its own and
/// cannot take them; its targets are a line each and run what is linted here.
fn every_crate_takes_the_lints() -> Result<()> {
    for entry in fs::read_dir(sh::workspace()).context("the workspace")? {
        let manifest = entry.context("the workspace")?.path().join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&manifest) else {
            continue;
        };
        let is_apart = text.lines().any(|line| line == "[workspace]");
        if !is_apart && !text.contains("[lints]\nworkspace = true") {
            bail!("{} does not take the workspace's lints", manifest.display());
        }
    }
    Ok(())
}
