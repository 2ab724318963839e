//! `enforcer check`: is this a policy? Needs no privileges and no kernel.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use jiff::Timestamp;

use crate::cli::Check;
use crate::policy::{Policy, ReadError, Told};
use crate::words::Count;

mod json;
mod sarif;

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, with the lines of the policy
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, which code hosts show beside the lines
    Sarif,
}

/// Tells everything that is wrong with a policy, or what it holds; true if it is accepted.
pub fn check(options: &Check, color: bool, out: &mut impl Write) -> io::Result<bool> {
    let read = Policy::read(&options.policy).map(|policy| policy.at(Timestamp::now()));
    let format = if options.json {
        Format::Json
    } else {
        options.format
    };
    match format {
        Format::Human => human(options, &read, color, out)?,
        Format::Json => json::write(&options.policy, &read, out)?,
        Format::Sarif => sarif::write(&read, out)?,
    }
    Ok(read.is_ok_and(|policy| !options.strict || policy.warnings().findings.is_empty()))
}

fn human(
    options: &Check,
    read: &Result<Policy, ReadError>,
    color: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let path = options.policy.display();
    let policy = match read {
        Ok(policy) => policy,
        Err(ReadError::Policy(report)) => {
            let problems = Count(report.count(), "problem");
            return writeln!(out, "{}\n\n{path}: {problems}", report.render(color));
        }
        Err(error) => return writeln!(out, "error: {error}"),
    };
    let warnings = policy.warnings();
    if !warnings.findings.is_empty() {
        writeln!(out, "{}\n", warnings.render(color))?;
        if options.strict {
            let warnings = Count(warnings.count(), "warning");
            return writeln!(out, "{path}: {warnings}, refused by --strict");
        }
    }
    writeln!(out, "ok: {}", Summary(policy))
}

/// Every finding, however many.
fn findings(read: &Result<Policy, ReadError>) -> Vec<Told<'_>> {
    match read {
        Ok(policy) => policy.warnings().told().collect(),
        Err(ReadError::Policy(report)) => report.told().collect(),
        Err(ReadError::Unreadable { .. } | ReadError::NothingThere { .. }) => Vec::new(),
    }
}

/// Why there is nothing to find anything in, and where that is.
fn unreadable(read: &Result<Policy, ReadError>) -> Option<(&Path, &ReadError)> {
    let error = read.as_ref().err()?;
    match error {
        ReadError::Unreadable { path, .. } | ReadError::NothingThere { path } => {
            Some((path, error))
        }
        ReadError::Policy(_) => None,
    }
}

/// The code of a policy that cannot be read, which is that of a list file.
const UNREADABLE: &str = "unreadable-file";

fn number_of_rules(policy: &Policy) -> usize {
    let groups = policy.groups.iter();
    groups
        .map(|group| group.allow.len() + group.deny.len())
        .sum()
}

/// `3 cameras in 2 groups, 4 rules, 2 interfaces`.
struct Summary<'p>(&'p Policy);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(policy) = self;
        let cameras = Count(policy.cameras.len(), "camera");
        let groups = Count(policy.groups.len(), "group");
        let interfaces = Count(policy.interfaces.len(), "interface");
        write!(
            f,
            "{cameras} in {groups}, {}, {interfaces}",
            Count(number_of_rules(policy), "rule")
        )
    }
}

#[cfg(test)]
mod tests;
