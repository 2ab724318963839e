//! `enforcer check`: is this a policy? Needs no privileges and no kernel.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf, absolute};

use jiff::Timestamp;
use thiserror::Error;

use crate::cli::{Check, CheckFormat as Format};
use crate::compile::{CapacityError, CompiledPolicy};
use crate::directories::Directories;
use crate::exit::Exit;
use crate::numbering::CameraIds;
use crate::policy::{Policy, ReadError, Told};
use crate::record::Record;
use crate::stand_in::StandIn;
use crate::topology::Topology;
use crate::words::Count;

mod json;
mod sarif;
mod settings;

use settings::Settings;

/// Tells everything that is wrong with a policy and with settings, or what they hold. [`Exit::No`] if the policy is not
/// accepted; [`Exit::Usage`] if the settings alone are not, as they are part of the daemon's command line.
pub fn check(
    directories: &Directories,
    options: &Check,
    color: bool,
    out: &mut impl Write,
) -> io::Result<Exit> {
    let settings = options.config.as_deref().map(Settings::read);
    let read = options.policy.as_deref().map(|path| (path, read(path)));
    let note = match &read {
        Some((path, Err(_))) => stand_in(directories, path),
        Some((_, Ok(_))) | None => None,
    };
    let format = if options.json {
        Format::Json
    } else {
        options.format
    };
    match format {
        Format::Human => {
            if let Some((path, read)) = &read {
                human(path, options.strict, read, color, out)?;
            }
            if let Some(stand_in) = &note {
                writeln!(out, "note: in force on this machine is {stand_in}")?;
            }
            if let Some(settings) = &settings {
                settings.show(out)?;
            }
        }
        Format::Json => json::write(read.as_ref(), settings.as_ref(), note, out)?,
        Format::Sarif => sarif::write(read.as_ref(), settings.as_ref(), out)?,
    }
    let is_accepted = read.is_none_or(|(_, read)| {
        read.is_ok_and(|policy| !options.strict || policy.warnings().findings.is_empty())
    });
    Ok(if !is_accepted {
        Exit::No
    } else if settings.is_some_and(|settings| settings.read.is_err()) {
        Exit::Usage
    } else {
        Exit::Ok
    })
}

/// The path of a policy as it was given, and the policy, or why it is none.
type Read<'p> = (&'p Path, Result<Policy, CheckError>);

/// Why a policy is not accepted.
#[derive(Debug, Error)]
enum CheckError {
    /// There is none, or it is wrong.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is right, and more than the tables hold.
    #[error("{}: too large for the kernel's tables: {error}", path.display())]
    NoRoom { path: PathBuf, error: CapacityError },
}

/// Reads a policy and compiles it, for a router of which nothing is known.
fn read(path: &Path) -> Result<Policy, CheckError> {
    let policy = Policy::read(path)?.at(Timestamp::now());
    match CompiledPolicy::new(&policy, &Topology::default(), &CameraIds::default()) {
        Ok(_) => Ok(policy),
        Err(error) => Err(CheckError::NoRoom {
            path: path.to_owned(),
            error,
        }),
    }
}

/// What is in force on this machine in place of the policy at this path. Who may not know is not told.
fn stand_in(directories: &Directories, path: &Path) -> Option<StandIn> {
    let record = Record::read(directories).ok()??;
    // Where a relative path was relative to, nobody knows any more.
    let is_same = absolute(path).is_ok_and(|path| Path::new(&record.policy) == path);
    record.stand_in.filter(|_| is_same)
}

fn human(
    path: &Path,
    is_strict: bool,
    read: &Result<Policy, CheckError>,
    color: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let path = path.display();
    let policy = match read {
        Ok(policy) => policy,
        Err(CheckError::Read(ReadError::Policy(report))) => {
            let problems = Count(report.count(), "problem");
            return writeln!(out, "{}\n\n{path}: {problems}", report.render(color));
        }
        Err(error) => return writeln!(out, "error: {error}"),
    };
    let warnings = policy.warnings();
    if !warnings.findings.is_empty() {
        writeln!(out, "{}\n", warnings.render(color))?;
        if is_strict {
            let warnings = Count(warnings.count(), "warning");
            return writeln!(out, "{path}: {warnings}, refused by --strict");
        }
    }
    writeln!(out, "ok: {}", Summary(policy))
}

/// Every finding, however many.
fn findings(read: &Result<Policy, CheckError>) -> Vec<Told<'_>> {
    match read {
        Ok(policy) => policy.warnings().told().collect(),
        Err(CheckError::Read(ReadError::Policy(report))) => report.told().collect(),
        Err(CheckError::Read(_) | CheckError::NoRoom { .. }) => Vec::new(),
    }
}

/// What is wrong with a policy as a whole: the file or directory, the code, and why.
fn of_the_whole(read: &Result<Policy, CheckError>) -> Option<(&Path, &'static str, &CheckError)> {
    let error = read.as_ref().err()?;
    match error {
        CheckError::Read(ReadError::Unreadable { path, .. } | ReadError::NothingThere { path }) => {
            Some((path, "unreadable-file", error))
        }
        CheckError::NoRoom { path, .. } => Some((path, "too-large", error)),
        CheckError::Read(ReadError::Policy(_)) => None,
    }
}

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
