//! Files that are to be executed at once.
//!
//! Another process writes them. Were it this one, a process that another thread starts would hold the
//! open file for a moment, and the kernel executes nothing that somebody may write to (`ETXTBSY`).

use std::fs;
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
    write(at, format!("#!/bin/sh\n{lines}").as_bytes())
}

/// A copy of the program that calls itself another version, and so is another file with other contents.
pub fn another_version(from: &Path, to: &Path) -> Result<()> {
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    // As long as it is, so that everything stays where it is.
    let next = VERSION.replace(|digit: char| digit.is_ascii_digit(), "9");
    let mut bytes = fs::read(from).with_context(|| from.display().to_string())?;
    let mut rest = bytes.as_mut_slice();
    while let Some(there) = rest.split_at_mut_checked(VERSION.len()) {
        if there.0 == VERSION.as_bytes() {
            there.0.copy_from_slice(next.as_bytes());
        }
        rest = rest.get_mut(1..).unwrap_or_default();
    }
    write(to, &bytes)
}

fn write(at: &Path, bytes: &[u8]) -> Result<()> {
    let mut install = install(Path::new("/dev/stdin"), at);
    let child = install.stdin(Stdio::piped()).spawn();
    let mut child = child.with_context(|| at.display().to_string())?;
    let mut stdin = child.stdin.take().context("a pipe")?;
    stdin.write_all(bytes)?;
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
