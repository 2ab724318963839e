//! Shows on one machine, in seconds, what enforcement does to a camera network.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Parser;
use enforcer_tests::lab::{Interrupt, Interrupted, Lab, Page};

/// A camera, its recorder, a router and a cloud, each in a network namespace of its own: what they
/// say to each other without and with a policy in force. Needs root; leaves nothing behind.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program to try
    #[arg(long, value_name = "FILE", default_value_os_t = workspace("target/release/enforcer"))]
    enforcer: PathBuf,
    /// The policy to put in force
    #[arg(long, value_name = "FILE", default_value_os_t = workspace("policies/recorder-only.yaml"))]
    policy: PathBuf,
    /// Only show that everything is reachable without enforcement
    #[arg(long)]
    without_enforcement: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tell(&error);
            if error.is::<Interrupted>() {
                // What a shell reports for Ctrl-C.
                ExitCode::from(130)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(arguments: Arguments) -> Result<bool> {
    let Arguments {
        enforcer,
        policy,
        without_enforcement,
    } = arguments;
    ensure!(
        without_enforcement || enforcer.is_file(),
        "no {}: `cargo build --release -p enforcer` makes it, `--enforcer` names another",
        enforcer.display()
    );
    let lab = Lab {
        // A bare name would be looked for in PATH.
        enforcer: (!without_enforcement).then_some(std::path::absolute(enforcer)?),
        policy: from_here(policy),
    };
    let interrupt = Interrupt::catch()?;
    let out = io::stdout().lock();
    let color = out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    lab.run(&mut Page::new(out, color), &interrupt)
}

#[expect(clippy::print_stderr, reason = "a program's last words")]
fn tell(error: &anyhow::Error) {
    eprintln!("lab: {error:#}");
}

/// A file in the workspace that this was built from.
fn workspace(path: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).join(path)
}

/// A path as people would write it who are here: it stands in every event that has a rule.
fn from_here(path: PathBuf) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).map(Path::to_owned).unwrap_or(path)
}
