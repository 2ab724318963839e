//! `enforcer doctor --json`, read back.

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// What was looked at and found. All of it: a field that is new or gone is a change that somebody
/// relies on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// Path of the policy.
    pub policy: Option<String>,
    /// The generation in force.
    pub generation: Option<u32>,
    /// Those that the policy names and that are there.
    pub interfaces: Vec<String>,
    /// The worst first.
    pub findings: Vec<Found>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// What it answers.
    pub code: String,
    /// How bad it is.
    pub level: String,
    /// The interface that it is about.
    pub interface: Option<String>,
    /// What is so.
    pub message: String,
    /// What that means.
    pub meaning: String,
    /// Commands that mend it.
    pub run: Vec<String>,
    /// What to write into the policy.
    pub policy: Vec<String>,
}

impl Diagnosis {
    /// Everything that is not as it should be: code, level, interface.
    pub fn wrong(&self) -> Vec<(&str, &str, Option<&str>)> {
        let wrong = self.findings.iter().filter(|found| found.level != "ok");
        wrong
            .map(|found| {
                let interface = found.interface.as_deref();
                (found.code.as_str(), found.level.as_str(), interface)
            })
            .collect()
    }

    /// What was found to a question; nothing is an error.
    pub fn to(&self, code: &str) -> Result<&Found> {
        let found = self.findings.iter().find(|found| found.code == code);
        found.with_context(|| format!("nothing about {code}: {self:#?}"))
    }
}
