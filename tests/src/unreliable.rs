//! A clock and a kernel that misbehave when they are told to, for one process alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::daemon::Enforcer;

/// What is loaded before libc.
const SOURCE: &str = include_str!("unreliable.c");

/// For a program that is started with it.
#[derive(Debug)]
pub struct Unreliable(PathBuf);

impl Unreliable {
    /// Reliable at first. Everything is in a directory that is made for it.
    pub fn new(directory: &Path) -> Result<Self> {
        fs::create_dir(directory).with_context(|| directory.display().to_string())?;
        let source = directory.join("unreliable.c");
        fs::write(&source, SOURCE)?;
        // Whoever links Rust programs has it.
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]);
        let library = directory.join("unreliable.so");
        let status = compiler.arg(&library).arg(&source).arg("-ldl").status();
        let status = status.context("cc")?;
        ensure!(status.success(), "cc: {status}");
        Ok(Self(directory.to_owned()))
    }

    /// The same installation, started with it.
    #[must_use]
    pub fn under(&self, enforcer: &Enforcer) -> Enforcer {
        let Self(directory) = self;
        let directory = directory.display();
        enforcer.clone().started_by(&[
            "env".to_owned(),
            format!("UNRELIABLE={directory}"),
            format!("LD_PRELOAD={directory}/unreliable.so"),
        ])
    }

    /// Sets the clock on the wall, in seconds from what it really is.
    pub fn set_clock(&self, seconds: i64) -> Result<()> {
        self.tell("clock", &seconds.to_string())
    }

    /// From now on there is no memory for a command of `bpf(2)`, by its number (`enum bpf_cmd`).
    pub fn refuse(&self, command: u32) -> Result<()> {
        self.tell("bpf", &command.to_string())
    }

    /// There is memory again.
    pub fn accept(&self) -> Result<()> {
        let Self(directory) = self;
        fs::remove_file(directory.join("bpf")).context("the refusal")
    }

    /// In one step, since it may be read at any time.
    fn tell(&self, name: &str, words: &str) -> Result<()> {
        let Self(directory) = self;
        let next = directory.join("next");
        fs::write(&next, words)?;
        fs::rename(&next, directory.join(name)).with_context(|| name.to_owned())
    }
}
