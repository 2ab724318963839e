//! Every test: those that anyone may run, then those that need root.

use std::process::Command;

use anyhow::Result;

use crate::{build, makers, package, sh, suricata, toolchain};

/// Runs every test whose name contains `filter`.
pub fn run(filter: Option<&str>) -> Result<()> {
    let enforcer = build::release()?;
    package::run()?;
    // As who started this, so that whoever comes next can use it.
    let schema = suricata::schema()?;
    makers::Registry::get()?;
    sh::say("tests that anyone may run");
    let host = ["enforcer-common", "enforcer", "xtask"];
    let mut cargo = sh::cargo();
    cargo
        .args(["test", "--quiet"])
        .args(host.map(|package| format!("--package={package}")));
    sh::run(cargo.args(filter))?;
    let mut cargo = sh::cargo();
    // They start this very program.
    cargo.env("ENFORCER_BIN", enforcer);
    cargo.env(suricata::OWN_SCHEMA, schema);
    as_root(&mut cargo)?;
    sh::run(
        cargo
            .args(["test", "--package", "enforcer-tests"])
            .args(filter),
    )
}

/// Lets cargo run tests as root, and nothing else of what it does.
pub(crate) fn as_root(cargo: &mut Command) -> Result<()> {
    if sh::is_root()? {
        sh::say("tests that need root");
    } else {
        sh::say("tests that need root: asking sudo");
        let runner = format!("CARGO_TARGET_{}_RUNNER", toolchain::host()?);
        let runner = runner.to_uppercase().replace('-', "_");
        cargo.env(runner, "sudo --preserve-env");
    }
    Ok(())
}
