//! What a measurement is to stay below, and whether it does.

use std::cmp::Ordering;
use std::fmt;
use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Something measured and its limit.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// What is measured, in a few words.
    pub name: &'static str,
    /// What was measured.
    pub value: Amount,
    /// What it is held against.
    pub limit: Limit,
}

/// How far something measured may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// No more than this.
    AtMost(Amount),
    /// No less than this.
    AtLeast(Amount),
}

/// How much of something; two amounts of different things have no order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// Time.
    Time(Duration),
    /// Memory in bytes.
    Memory(u64),
    /// Memory in bytes, of something small.
    Bytes(u64),
    /// How many.
    Count(u64),
    /// How many times something else.
    Ratio(f64),
}

impl Goal {
    fn is_met(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.value.compared(limit).is_some_and(Ordering::is_le),
            Limit::AtLeast(limit) => self.value.compared(limit).is_some_and(Ordering::is_ge),
        }
    }
}

impl Amount {
    fn compared(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Time(one), Self::Time(other)) => Some(one.cmp(&other)),
            (Self::Memory(one), Self::Memory(other))
            | (Self::Bytes(one), Self::Bytes(other))
            | (Self::Count(one), Self::Count(other)) => Some(one.cmp(&other)),
            (Self::Ratio(one), Self::Ratio(other)) => one.partial_cmp(&other),
            _ => None,
        }
    }
}

/// Prints goals, one a line, for people and programs.
pub fn print(goals: &[Goal]) -> Result<()> {
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

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(amount) => write!(f, "{amount}"),
            Self::AtLeast(amount) => write!(f, "at least {amount}"),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Time(time) if time < Duration::from_millis(10) => {
                let thousandths = time.as_micros();
                write!(f, "{}.{:03} ms", thousandths / 1000, thousandths % 1000)
            }
            Self::Time(time) => {
                let thousandths = time.as_millis();
                write!(f, "{}.{:03} s", thousandths / 1000, thousandths % 1000)
            }
            Self::Memory(bytes) => {
                let tenths = bytes * 10 / (1 << 20);
                write!(f, "{}.{} MiB", tenths / 10, tenths % 10)
            }
            Self::Bytes(bytes) => write!(f, "{bytes} B"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Ratio(ratio) => write!(f, "{ratio:.1} x"),
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
            limit: Limit::AtMost(Amount::Time(Duration::from_secs(1))),
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
            limit: Limit::AtMost(Amount::Memory(200 << 20)),
        };
        assert_eq!(
            memory.to_string(),
            "a check: 200.5 MiB (limit 200.0 MiB): not met"
        );
    }

    #[test]
    fn what_is_to_be_large_is_met_from_its_limit_on() {
        let ratio = |value| Goal {
            name: "cheaper than another",
            value: Amount::Ratio(value),
            limit: Limit::AtLeast(Amount::Ratio(9.0)),
        };
        assert_eq!(
            ratio(9.0).to_string(),
            "cheaper than another: 9.0 x (limit at least 9.0 x): met"
        );
        assert_eq!(
            ratio(8.75).to_string(),
            "cheaper than another: 8.8 x (limit at least 9.0 x): not met"
        );
    }

    #[test]
    fn amounts_of_different_things_meet_nothing() {
        let goal = Goal {
            name: "a check",
            value: Amount::Count(1),
            limit: Limit::AtMost(Amount::Bytes(2)),
        };
        assert_eq!(goal.to_string(), "a check: 1 (limit 2 B): not met");
    }
}
