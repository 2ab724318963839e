//! What a measurement is to stay below, and whether it does.

use std::fmt;
use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Something measured and its limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    /// What is measured, in a few words.
    pub(super) name: &'static str,
    /// What was measured.
    pub(super) value: Amount,
    /// What it may be at most.
    pub(super) limit: Amount,
}

/// How much of something; two amounts of different things have no order.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Amount {
    /// Time.
    Time(Duration),
    /// Memory in bytes.
    Memory(u64),
}

impl Goal {
    const fn is_met(&self) -> bool {
        match (self.value, self.limit) {
            (Amount::Time(value), Amount::Time(limit)) => value.as_nanos() <= limit.as_nanos(),
            (Amount::Memory(value), Amount::Memory(limit)) => value <= limit,
            (Amount::Time(_), Amount::Memory(_)) | (Amount::Memory(_), Amount::Time(_)) => false,
        }
    }
}

/// Prints goals, one a line, for people and programs.
pub(super) fn print(goals: &[Goal]) -> Result<()> {
    let mut out = io::stdout().lock();
    for goal in goals {
        writeln!(out, "goal: {goal}").context("the goals")?;
    }
    Ok(())
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, limit } = self;
        let met = if self.is_met() { "met" } else { "not met" };
        write!(f, "{name}: {value} (limit {limit}): {met}")
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Time(time) => {
                let thousandths = time.as_millis();
                write!(f, "{}.{:03} s", thousandths / 1000, thousandths % 1000)
            }
            Self::Memory(bytes) => {
                let tenths = bytes * 10 / (1 << 20);
                write!(f, "{}.{} MiB", tenths / 10, tenths % 10)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_up_to_its_limit() {
        let time = |value| Goal {
            name: "a check",
            value: Amount::Time(Duration::from_millis(value)),
            limit: Amount::Time(Duration::from_secs(1)),
        };
        assert_eq!(
            time(1000).to_string(),
            "a check: 1.000 s (limit 1.000 s): met"
        );
        assert_eq!(
            time(1001).to_string(),
            "a check: 1.001 s (limit 1.000 s): not met"
        );
        let memory = Goal {
            name: "a check",
            value: Amount::Memory(200 << 20 | 1 << 19),
            limit: Amount::Memory(200 << 20),
        };
        assert_eq!(
            memory.to_string(),
            "a check: 200.5 MiB (limit 200.0 MiB): not met"
        );
    }
}
