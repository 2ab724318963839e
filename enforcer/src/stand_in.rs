//! What is in force in place of a policy that cannot be.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is in force in place of a policy that cannot be, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StandIn {
    /// What is in force.
    #[serde(flatten)]
    pub what: What,
    /// What is wrong with the policy, in one line.
    pub because: String,
}

/// What is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "policy", rename_all = "snake_case")]
pub enum What {
    /// The policy that was in force before, as it was read then.
    LastGood {
        /// Since when it is good.
        of: Timestamp,
    },
    /// None that anybody wrote: nothing passes but link housekeeping.
    FailClosed,
    /// What an earlier daemon put in force; of its policy there is only the program.
    Program,
}

impl StandIn {
    /// For the reason that an error gives; what it tells beside that is for the log.
    pub fn new(what: What, error: &anyhow::Error) -> Self {
        let words = format!("{error:#}");
        let because = words.lines().next().unwrap_or_default().to_owned();
        Self { what, because }
    }
}

/// `the last good policy of 2030-01-01T00:00:00Z, because policy.yaml: no such file`
impl fmt::Display for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::LastGood { of } => write!(f, "the last good policy of {of}"),
            What::FailClosed => f.write_str("nothing but link housekeeping (--fail-closed)"),
            What::Program => f.write_str("what an earlier daemon put in force, without its policy"),
        }?;
        write!(f, ", because {}", self.because)
    }
}
