//! What fuzzes: cargo-fuzz in `target/tools`, and a nightly of rustup's, which has the sanitizers.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::{CARGO_FUZZ, NIGHTLY, installed, sysroot, tools};
use crate::{ebpf, sh};

/// Both of them.
#[derive(Clone, Debug)]
pub struct Fuzzer {
    cargo_fuzz: PathBuf,
    nightly: &'static str,
}

impl Fuzzer {
    /// The fuzzer, after getting what is missing of it.
    pub fn ready() -> Result<Self> {
        if !sh::is_there("rustup") {
            bail!("the sanitizers are in a nightly: install rustup, which gets one");
        }
        // Any nightly does.
        let has = |name| sysroot(Command::new("rustup").args(["run", name, "rustc"])).is_ok();
        let nightly = ["nightly", NIGHTLY].into_iter().find(|name| has(name));
        if nightly.is_none() {
            sh::say(&format!("getting {NIGHTLY}"));
            let install = ["toolchain", "install", NIGHTLY, "--profile", "minimal"];
            sh::run(Command::new("rustup").args(install))?;
        }
        Ok(Self {
            cargo_fuzz: installed(&tools()?, "cargo-fuzz", CARGO_FUZZ)?,
            nightly: nightly.unwrap_or(NIGHTLY),
        })
    }

    /// cargo-fuzz under the nightly.
    pub fn command(&self) -> Command {
        let mut command = Command::new("rustup");
        ebpf::scrub(&mut command);
        command.args(["run", self.nightly]).arg(&self.cargo_fuzz);
        command
    }
}
