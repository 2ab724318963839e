//! Files that are to be executed at once.
//!
//! Another process writes them. Were it this one, a process that another thread starts would hold the
//! open file for a moment, and the kernel executes nothing that somebody may write to (`ETXTBSY`).

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// A copy of a program that anybody may execute.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let status = install(from, to).status();
    let status = status.with_context(|| to.display().to_string())?;
    ensure!(status.success(), "{}: {status}", to.display());
    Ok(())
}

/// A shell script that anybody may execute.
pub fn script(at: &Path, lines: &str) -> Result<()> {
    let mut install = install(Path::new("/dev/stdin"), at);
    let child = install.stdin(Stdio::piped()).spawn();
    let mut child = child.with_context(|| at.display().to_string())?;
    let mut stdin = child.stdin.take().context("a pipe")?;
    stdin.write_all(format!("#!/bin/sh\n{lines}").as_bytes())?;
    drop(stdin);
    let status = child.wait()?;
    ensure!(status.success(), "{}: {status}", at.display());
    Ok(())
}

fn install(from: &Path, to: &Path) -> Command {
    let mut install = Command::new("install");
    install.arg("--mode=755").arg(from).arg(to);
    install
}
