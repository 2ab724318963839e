//! Running what sets a peer up.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Runs a command, and returns what it prints; its complaints are part of the error.
pub(super) fn run(command: &mut Command) -> Result<String> {
    xtask::sh::output(command)
}

/// Runs a command that reads a text.
pub(super) fn fed(command: &mut Command, text: &str) -> Result<()> {
    let program = command.get_program().display().to_string();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| program.clone())?;
    let stdin = child.stdin.take();
    let written = stdin
        .context("no input")
        .and_then(|mut stdin| Ok(stdin.write_all(text.as_bytes())?));
    let status = child.wait().with_context(|| program.clone())?;
    if !status.success() {
        bail!("{program} refused what it was given");
    }
    written.context(program)
}
