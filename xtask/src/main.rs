//! One command per chore.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{
    bench::{self, Bench, Effort},
    build,
    fuzz::{self, Target},
    kernel, lab, lint, makers, mutants, package, sh,
    soak::{self, Soak},
    test,
    toolchain::Toolchain,
};

/// The chores of this workspace. Each does all the setting up that it needs.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Get what builds the kernel program; the other chores call this when something is missing.
    Setup,
    /// Build target/release/enforcer, the kernel program inside, and say what that takes.
    Build,
    /// A Debian package and a tarball of it, in target/package.
    Package,
    /// A camera, a router and a vendor's cloud on this machine: who reaches whom, and why not.
    Lab,
    /// Every test, those that need root included.
    Test {
        /// Only tests whose names contain this.
        filter: Option<String>,
    },
    /// The tests of the loaded program in a virtual machine with another kernel.
    Kernel {
        /// A Debian package of a kernel: a file, or its name in this system's sources [default: the newest
        /// there is for virtual machines].
        package: Option<String>,
    },
    /// Formatting and lints of every crate.
    Lint,
    /// Take data/makers.csv from Debian's newest package of the IEEE's registry.
    Makers,
    /// What it costs: measures, says which goals are met, writes docs/performance.md.
    Bench {
        /// Only this one.
        bench: Option<Bench>,
        /// A few rounds, for a look; the page stays as it is.
        #[arg(long)]
        quick: bool,
    },
    /// Look for inputs that break something, with libFuzzer.
    Fuzz {
        /// What gets them.
        target: Target,
        /// For how long.
        #[arg(default_value_t = 60)]
        seconds: u64,
    },
    /// Change the verdict in one place after the other: some test must notice.
    Mutants {
        /// Only these files of enforcer-common, like network.rs.
        files: Vec<String>,
        /// A part of them: 1/8 is the second eighth.
        #[arg(long)]
        shard: Option<String>,
        /// A short list of mistakes that somebody could well make, instead.
        #[arg(long, conflicts_with_all = ["files", "shard"])]
        planted: bool,
    },
    /// Run a test at full size, again and again, each time with other luck.
    Soak {
        /// Which test.
        test: Soak,
        /// For how long; one round at least.
        #[arg(default_value_t = 10)]
        minutes: u64,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Setup => Toolchain::ready().map(drop),
        Chore::Build => build::release().map(drop),
        Chore::Package => package::run(),
        Chore::Lab => lab::run(),
        Chore::Test { filter } => test::run(filter.as_deref()),
        Chore::Kernel { package } => kernel::run(package.as_deref()),
        Chore::Lint => lint::run(),
        Chore::Makers => makers::run(),
        Chore::Bench { bench, quick } => {
            let effort = if quick { Effort::Quick } else { Effort::Full };
            bench::run(bench, effort)
        }
        Chore::Fuzz { target, seconds } => fuzz::run(target, seconds),
        Chore::Mutants { planted: true, .. } => mutants::planted(),
        Chore::Mutants { files, shard, .. } => mutants::run(&files, shard.as_deref()),
        Chore::Soak { test, minutes } => soak::run(test, minutes),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            sh::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
