//! Benches of the loaded program: built as the user, run as root.

use std::process::Command;

use anyhow::Result;

use super::Effort;
use crate::{build, ebpf, sh, toolchain::Toolchain};

/// Builds what is measured and runs a bench of the package `enforcer-bench`.
pub(super) fn run(bench: &str, effort: Effort) -> Result<()> {
    Toolchain::ready()?;
    sh::say("building the kernel program and the bench");
    let object = ebpf::build_bench()?;
    let packages = ["--package", "enforcer-bench", "--package", "enforcer"];
    let release = ["build", "--quiet", "--release"];
    sh::run(build::cargo()?.args(release).args(packages))?;
    let folder = sh::workspace().join("target/release");
    let (program, daemon) = (folder.join("enforcer-bench"), folder.join("enforcer"));
    let daemon = format!("ENFORCER_BIN={}", daemon.display());
    let mut command = if sh::is_root()? {
        Command::new("env")
    } else {
        sh::say("namespaces and the kernel program need root: asking sudo");
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    };
    command.arg(daemon).arg(program);
    command.arg(bench).arg("--object").arg(object);
    if effort == Effort::Quick {
        command.arg("--quick");
    }
    sh::run(&mut command)
}
