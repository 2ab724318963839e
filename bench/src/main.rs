//! Benches that need root. `cargo xtask bench` builds and starts this.

mod clock;
mod events;
mod list;
mod peers;
mod replay;
mod stage;
mod verdict;
mod wrapper;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use xtask::bench::Effort;

/// What one verdict costs, what its peers cost, what telling costs, and what replaying costs.
#[derive(Debug, Parser)]
struct Arguments {
    /// What is measured
    #[command(subcommand)]
    bench: Bench,
    /// The object of `enforcer-ebpf/src/bin/bench.rs`
    #[arg(long, value_name = "FILE", global = true, required = false)]
    object: PathBuf,
    /// A few rounds, for a look: nothing is written
    #[arg(long, global = true)]
    quick: bool,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Bench {
    /// One verdict, by test runs of the loaded program
    Verdict,
    /// What drops the same frames, by live frames through a namespace
    Peers,
    /// The daemon, as it tells
    Events,
    /// Captures, as they are judged
    Replay,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            xtask::sh::say(&format!("bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.object;
    let object = std::fs::read(path).with_context(|| path.display().to_string())?;
    let effort = if arguments.quick {
        Effort::Quick
    } else {
        Effort::Full
    };
    match arguments.bench {
        Bench::Verdict => verdict::run(&object, effort),
        Bench::Peers => peers::run(&object, effort),
        Bench::Events => events::run(effort),
        Bench::Replay => replay::run(&object, effort),
    }
}
