//! Fuzzing: what nobody thought of, looked for by libFuzzer. What was found stays under
//! `fuzz/corpus`, where an ordinary test runs it again.

use std::fs;

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::{ebpf, sh, toolchain::Fuzzer};

/// Inputs are no longer than this: what goes wrong, goes wrong in less.
const MAX_BYTES: u32 = 4096;

/// What one input may take; the sanitizer's own share of the memory is large.
const MAX_MEBIBYTES: u32 = 2048;
const MAX_SECONDS: u32 = 10;

/// What gets the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Target {
    /// What a resolver answers: read or refused, and nothing of it that cannot be shown
    DnsAnswer,
    /// A frame: judged by the compiled tables, by the model, and never too generously
    ParseFrame,
    /// A policy's text: read, reported, compiled, compared with the model
    PolicyText,
}

/// Looks for inputs that break a target, for so many seconds.
pub fn run(target: Target, seconds: u64) -> Result<()> {
    let fuzzer = Fuzzer::ready()?;
    let target = target.to_possible_value().context("the target's name")?;
    let name = target.get_name();
    let root = sh::workspace();
    let output = root.join("target/fuzz");
    // New inputs go to the first folder: to the other only what is worth keeping, by hand.
    let found = output.join("corpus").join(name);
    let artifacts = output.join("artifacts").join(name);
    for folder in [&found, &artifacts] {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    sh::say(&format!(
        "fuzzing {name} for {seconds} s; what breaks it goes to {}",
        artifacts.display()
    ));
    sh::run(
        fuzzer
            .command()
            // Ready: the nightly would build it anew, and then all else that holds it.
            .env(ebpf::OWN_OBJECT, ebpf::build()?)
            .args(["run", name, "--fuzz-dir"])
            .arg(root.join("fuzz"))
            .arg("--target-dir")
            .arg(&output)
            .arg(&found)
            .arg(root.join("fuzz/corpus").join(name))
            .arg("--")
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MAX_BYTES}"))
            .arg(format!("-rss_limit_mb={MAX_MEBIBYTES}"))
            .arg(format!("-timeout={MAX_SECONDS}")),
    )
}
