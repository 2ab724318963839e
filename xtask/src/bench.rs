//! What it costs: each bench answers one question, says which goals are met, and writes its section
//! of `docs/performance.md`.

pub mod goal;
mod kernel;
pub mod machine;
mod numbers;
pub mod page;
pub mod plot;
mod policy;
mod process;

use anyhow::Result;
use clap::ValueEnum;

use crate::sh;

pub use numbers::Numbers;

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// Time and memory to check, compile and compare large policies
    Policy,
    /// What one verdict costs: test runs of the loaded program. Needs root
    Verdict,
    /// What others cost that drop the same frames: live ones in a namespace. Needs root
    Peers,
    /// What it costs to tell of drops: the daemon under a flood, at rest, and asked. Needs root
    Events,
    /// How fast a capture is judged, by the kernel and by the host. Needs root
    Replay,
}

/// How thoroughly it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// A few rounds, for a look: nothing is written.
    Quick,
    /// Enough rounds to write the answer down.
    Full,
}

impl Bench {
    fn run(self, effort: Effort) -> Result<()> {
        match self {
            Self::Policy => policy::run(effort),
            Self::Verdict => kernel::run("verdict", effort),
            Self::Peers => kernel::run("peers", effort),
            Self::Events => kernel::run("events", effort),
            Self::Replay => kernel::run("replay", effort),
        }
    }
}

/// Runs one bench, or all there are.
pub fn run(bench: Option<Bench>, effort: Effort) -> Result<()> {
    let chosen = Bench::value_variants().iter().copied();
    for bench in chosen.filter(|one| bench.is_none_or(|bench| bench == *one)) {
        bench.run(effort)?;
    }
    if effort == Effort::Full {
        sh::say(&format!("written: {}", page::PATH));
    }
    Ok(())
}
