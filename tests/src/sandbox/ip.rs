//! The one place that calls `ip`.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

/// Runs `ip` for what it does.
pub(super) fn run(arguments: &[&str]) -> Result<()> {
    output(arguments).map(drop)
}

/// Runs `ip` for what it says.
pub(super) fn output(arguments: &[&str]) -> Result<String> {
    let output = spawn(Command::new("ip").args(arguments))?;
    judge(&output, || arguments.join(" "))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs several `ip` commands, one a line, inside a namespace, and stops at the first that fails.
pub(super) fn batch(namespace: &str, lines: &str) -> Result<()> {
    let (input, mut writer) = std::io::pipe().context("pipe")?;
    // A batch is far smaller than a pipe's buffer, so nobody need read yet.
    writer.write_all(lines.as_bytes()).context("pipe")?;
    drop(writer);
    let mut command = Command::new("ip");
    command
        .args(["-netns", namespace, "-batch", "-"])
        .stdin(input);
    judge(&spawn(&mut command)?, || {
        format!("in {namespace}:\n{lines}")
    })
}

fn spawn(command: &mut Command) -> Result<Output> {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    match child.spawn() {
        Ok(child) => child.wait_with_output().context("`ip`"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("`ip` is missing: install the package iproute2")
        }
        Err(error) => Err(error).context("start `ip`"),
    }
}

fn judge(output: &Output, what: impl FnOnce() -> String) -> Result<()> {
    ensure!(
        output.status.success(),
        "ip {}: {}",
        what(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
