//! The lab: built as the user, run as root.

use std::process::Command;

use anyhow::Result;

use crate::{build, sh};

/// Builds everything and runs the lab.
pub fn run() -> Result<()> {
    let enforcer = build::release()?;
    let package = ["--quiet", "--release", "--package", "enforcer-tests"];
    sh::run(
        build::cargo()?
            .arg("build")
            .args(package)
            .args(["--bin", "lab"]),
    )?;
    let lab = enforcer.with_file_name("lab");
    let mut command = if sh::is_root()? {
        Command::new(lab)
    } else {
        sh::say("namespaces and the kernel program need root: asking sudo");
        let mut sudo = Command::new("sudo");
        sudo.arg(lab);
        sudo
    };
    let policy = sh::workspace().join("policies/recorder-only.yaml");
    sh::run(
        command
            .arg("--enforcer")
            .arg(enforcer)
            .arg("--policy")
            .arg(policy),
    )
}
