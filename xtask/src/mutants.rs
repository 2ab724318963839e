//! Mutants: the verdict is changed in one place after the other, and some test must notice.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{ebpf, sh, toolchain};

mod planted;

pub use planted::run as planted;

/// Whose tests are asked, and which of them: those of the crate itself, and the named cases, judged by the
/// policy as written and by the compiled tables. The kernel would share a mistake.
const PACKAGES: [&str; 2] = ["enforcer-common", "enforcer-tests"];
const TESTS: [&str; 2] = ["--lib", "--test=host"];

/// A loop that no longer ends is a mutant that was noticed.
const MAX_SECONDS: &str = "120";

/// Tries every mutant of these files of `enforcer-common`, or of all if none is named; `shard` is `1/8` for
/// the second eighth of them.
pub fn run(files: &[String], shard: Option<&str>) -> Result<()> {
    let mutants = toolchain::mutants()?;
    let object = ebpf::build()?;
    sh::say("no mutant: every test must pass");
    // cargo-mutants would ask the changed crate alone, which has no named cases.
    sh::run(&mut tests(&sh::workspace(), &object))?;
    let output = sh::workspace().join("target/mutants");
    fs::create_dir_all(&output).with_context(|| output.display().to_string())?;
    let mut command = Command::new(mutants);
    ebpf::scrub(&mut command);
    command
        .current_dir(sh::workspace())
        .env(ebpf::OWN_OBJECT, object)
        .args(["mutants", "--package=enforcer-common", "--jobs=1"])
        .args(["--baseline=skip", "--timeout", MAX_SECONDS])
        .arg(format!("--test-package={}", PACKAGES.join(",")))
        .args(TESTS.map(|test| format!("--cargo-test-arg={test}")))
        .arg("--output")
        .arg(&output);
    for file in files {
        command.arg("--file").arg(file);
    }
    if let Some(shard) = shard {
        command.args(["--sharding=round-robin", "--shard", shard]);
    }
    sh::run(&mut command)
}

/// Asks the tests of a workspace. They need no kernel, so any object will do.
fn tests(workspace: &Path, object: &Path) -> Command {
    let mut cargo = ebpf::clean_cargo();
    cargo
        .current_dir(workspace)
        .env(ebpf::OWN_OBJECT, object)
        .args(["test", "--quiet"])
        .args(PACKAGES.map(|package| format!("--package={package}")))
        .args(TESTS);
    cargo
}
