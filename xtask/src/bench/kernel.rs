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
    let package = ["--quiet", "--release", "--package", "enforcer-bench"];
    sh::run(build::cargo()?.arg("build").args(package))?;
    let program = sh::workspace().join("target/release/enforcer-bench");
    let mut command = if sh::is_root()? {
        Command::new(program)
    } else {
        sh::say("namespaces and the kernel program need root: asking sudo");
        let mut sudo = Command::new("sudo");
        sudo.arg(program);
        sudo
    };
    command.arg(bench).arg("--object").arg(object);
    if effort == Effort::Quick {
        command.arg("--quick");
    }
    sh::run(&mut command)
}
