//! Running other programs.

use std::{
    ffi::OsStr,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// The folder of the workspace's `Cargo.toml`.
pub fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// Tells what a long step does, or what went wrong. Nothing is left to tell it to if that fails.
pub fn say(words: &str) {
    drop(writeln!(std::io::stderr(), "{words}"));
}

/// Runs a command whose output is for the person in front of the screen.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| explain(command, error))?;
    if !status.success() {
        bail!("{}: {status}", words(command));
    }
    Ok(())
}

/// Runs a command and returns what it prints; its complaints are part of the error.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| explain(command, error))?;
    if !output.status.success() {
        let complaints = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{}: {}\n{}",
            words(command),
            output.status,
            complaints.trim_end()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("what {} prints", words(command)))
}

/// Whether there is such a program.
pub fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The cargo that started this, or the one in the path.
pub fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace());
    command
}

/// Whether this runs with a root user's rights.
pub fn is_root() -> Result<bool> {
    Ok(output(Command::new("id").arg("-u"))?.trim() == "0")
}

fn explain(command: &Command, error: std::io::Error) -> anyhow::Error {
    let program = command.get_program().display().to_string();
    let missing = error.kind() == ErrorKind::NotFound;
    let error = anyhow::Error::new(error).context(program.clone());
    if missing {
        error.context(format!("the program `{program}` is missing; install it"))
    } else {
        error
    }
}

fn words(command: &Command) -> String {
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    std::iter::once(command.get_program().to_string_lossy())
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
