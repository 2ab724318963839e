//! `enforcer check --json`: one document with every finding.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::{CheckError, Read, Settings, findings, number_of_rules, of_the_whole};
use crate::policy::{Extent, Level, Policy, ReadError, Told};
use crate::stand_in::StandIn;

/// What was checked, and what came of it.
#[derive(Serialize)]
struct Document<'r> {
    /// As it was given; null where settings alone are checked.
    path: Option<Cow<'r, str>>,
    /// Whether it is a policy; warnings do not count. Null where settings alone are checked.
    valid: Option<bool>,
    findings: Vec<Finding<'r>>,
    /// Problems in list files that are only counted.
    omitted: usize,
    /// What the policy holds, if it is one.
    summary: Option<Summary>,
    /// What is in force on this machine in place of it, if something is.
    stand_in: Option<StandIn>,
    /// Of `--config`, if that is given.
    settings: Option<OfSettings<'r>>,
}

#[derive(Serialize)]
struct OfSettings<'r> {
    /// As it was given.
    path: Cow<'r, str>,
    /// Whether the daemon takes them.
    valid: bool,
    /// What is wrong, with its place.
    error: Option<String>,
}

#[derive(Serialize)]
struct Finding<'r> {
    code: &'static str,
    level: &'static str,
    message: String,
    #[serde(flatten)]
    place: Place<'r>,
    help: Option<String>,
    related: Vec<Related<'r>>,
}

#[derive(Serialize)]
struct Related<'r> {
    message: &'static str,
    #[serde(flatten)]
    place: Place<'r>,
}

/// Lines and columns count from one, columns in characters; the end is the column after the last.
/// Without lines, the file as a whole.
#[derive(Serialize)]
struct Place<'r> {
    file: Cow<'r, str>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

#[derive(Serialize)]
struct Summary {
    cameras: usize,
    groups: usize,
    rules: usize,
    interfaces: usize,
}

pub(super) fn write(
    read: Option<&Read<'_>>,
    settings: Option<&Settings<'_>>,
    stand_in: Option<StandIn>,
    out: &mut impl Write,
) -> io::Result<()> {
    let path = read.map(|(path, _)| path.to_string_lossy());
    let read = read.map(|(_, read)| read);
    let all = read.into_iter().flat_map(findings).map(Finding::from);
    let mut all: Vec<Finding<'_>> = all.collect();
    let whole = read.and_then(of_the_whole);
    all.extend(whole.map(|(file, code, error)| Finding::of_the_whole(file, code, error)));
    let omitted = match read {
        Some(Err(CheckError::Read(ReadError::Policy(report)))) => report.omitted,
        None | Some(Ok(_) | Err(CheckError::Read(_) | CheckError::NoRoom { .. })) => 0,
    };
    let document = Document {
        path,
        valid: read.map(Result::is_ok),
        findings: all,
        omitted,
        summary: read.and_then(|read| read.as_ref().ok()).map(Summary::of),
        stand_in,
        settings: settings.map(|settings| OfSettings {
            path: settings.path.to_string_lossy(),
            valid: settings.read.is_ok(),
            error: settings.read.as_ref().err().map(ToString::to_string),
        }),
    };
    writeln!(out, "{}", serde_json::to_string(&document)?)
}

impl<'r> Finding<'r> {
    fn of_the_whole(file: &'r Path, code: &'static str, error: &CheckError) -> Self {
        Self {
            code,
            level: word(Level::Error),
            message: error.to_string(),
            place: Place {
                file: file.to_string_lossy(),
                line: None,
                column: None,
                end_line: None,
                end_column: None,
            },
            help: None,
            related: Vec::new(),
        }
    }
}

impl<'r> From<Told<'r>> for Finding<'r> {
    fn from(told: Told<'r>) -> Self {
        let related = told.related.map(|(message, at)| Related {
            message,
            place: at.into(),
        });
        Self {
            code: told.code,
            level: word(told.level),
            message: told.message,
            place: told.at.into(),
            help: told.help,
            related: related.into_iter().collect(),
        }
    }
}

impl<'r> From<Extent<'r>> for Place<'r> {
    fn from(at: Extent<'r>) -> Self {
        Self {
            file: at.path.into(),
            line: Some(at.line),
            column: Some(at.column),
            end_line: Some(at.end_line),
            end_column: Some(at.end_column),
        }
    }
}

impl Summary {
    fn of(policy: &Policy) -> Self {
        Self {
            cameras: policy.cameras.len(),
            groups: policy.groups.len(),
            rules: number_of_rules(policy),
            interfaces: policy.interfaces.len(),
        }
    }
}

/// The word for a level, in SARIF too.
pub(super) const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
    }
}
