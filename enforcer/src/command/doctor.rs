//! `enforcer doctor`: what keeps the policy from holding on this router, and what mends it. It asks the
//! kernel, and changes nothing.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use crate::cli::Doctor;
use crate::directories::Directories;
use crate::doctor::{Facts, Finding, Level, findings, gather};
use crate::exit::Exit;

mod text;

/// What was looked at, and what was found.
#[derive(Debug, Serialize)]
struct Document {
    /// The policy that says what should be enforced.
    policy: Option<String>,
    /// The generation in force.
    generation: Option<u32>,
    /// The interfaces that the policy names and that are there.
    interfaces: Vec<String>,
    /// The worst first.
    findings: Vec<Finding>,
}

/// Examines the router. [`Exit::No`] if frames get by; [`Exit::Privilege`] if none are known to and
/// somebody with more privileges would know more.
pub fn doctor(
    directories: &Directories,
    options: &Doctor,
    color: bool,
    out: &mut impl Write,
) -> Result<Exit> {
    let facts = gather(directories, options.policy.as_deref())?;
    let document = Document::new(&facts);
    if options.json {
        writeln!(out, "{}", serde_json::to_string(&document)?)?;
    } else {
        document.show(color, out)?;
    }
    Ok(document.exit())
}

impl Document {
    fn new(facts: &Facts) -> Self {
        Self {
            policy: facts.asked.path.clone(),
            generation: facts
                .record
                .as_ref()
                .ok()
                .and_then(|record| Some(record.as_ref()?.generation)),
            interfaces: facts.interfaces(),
            findings: findings(facts),
        }
    }

    fn exit(&self) -> Exit {
        let mut findings = self.findings.iter();
        if findings.any(|finding| finding.level == Level::Error) {
            Exit::No
        } else if self.findings.iter().any(|finding| finding.for_root) {
            Exit::Privilege
        } else {
            Exit::Ok
        }
    }
}
