//! What it costs: each bench answers one question, says which goals are met, and writes its section
//! of `docs/performance.md`.

mod goal;
mod machine;
mod page;
mod policy;
mod process;

use anyhow::Result;
use clap::ValueEnum;

use crate::sh;

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// Time and memory to check, compile and compare large policies
    Policy,
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
