//! `enforcer report`: what cameras did in a period. It is made of the ledger, with a daemon or without one.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{ledger, output::Output};
use crate::{
    cli::{self, ReportFormat as Format},
    directories::{self, Directories},
    exit::{Exit, Failure},
    ledger::Query,
    record::Record,
    report::{Period, Report, counted, csv, html, text},
};

/// How far back a report goes unless it is said.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Makes a report, and remembers when if it is one to keep.
pub fn report(
    directories: &Directories,
    arguments: &cli::Report,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> Result<Exit> {
    let format = format(arguments)?;
    let made = Timestamp::now();
    let (since, until) = period(arguments, made)?;
    let (begin, end) = counted(since, until, made);
    // First, since it may be a place that cannot be written to.
    let mut output = Output::open(arguments.output.as_deref(), out)?;
    // Of a period that is over all is told that was new in it, whatever was reported since.
    let mark = match arguments.until {
        Some(_) => None,
        None => Mark::read(directories, errors)?,
    };
    let new_since = arguments.new_since.or(mark.map(|mark| mark.made));
    let period = Period {
        host: host(),
        made,
        since: begin,
        until: end,
        asked_since: arguments.since.filter(|_| begin < since),
        asked_until: arguments.until.filter(|_| end > until),
        new_since: new_since.unwrap_or(begin),
        is_first: new_since.is_none(),
        makers: makers(directories, errors)?,
    };
    let kept = Query {
        cameras: arguments.camera.clone(),
        // What comes while it is made is of the hour that is not over.
        until: Some(end).filter(|end| *end < made),
        ..Query::default()
    };
    let asked = Query {
        since: Some(begin),
        ..kept.clone()
    };
    // First those of the period, so that all of them are among those that are kept.
    let mut lines = ledger::read(directories, &asked)?;
    let mut kept = ledger::read(directories, &kept)?;
    if ledger::are_unknown(directories, &arguments.camera, &kept, errors)? {
        return Ok(Exit::Usage);
    }
    let labels = ledger::labels(&arguments.owners)?;
    ledger::relabel(&mut lines, &labels);
    ledger::relabel(&mut kept, &labels);
    let report = Report::new(&period, &lines, &kept, &ledger::spans(directories, &asked)?);
    let mut written = Vec::new();
    let zone = TimeZone::system();
    match format {
        Format::Text => text::show(&report, &zone, &mut written)?,
        Format::Json => writeln!(written, "{}", serde_json::to_string(&report)?)?,
        Format::Csv => csv::write(&report, &mut written)?,
        Format::Html => written = html::page(&report, &zone).into_bytes(),
    }
    output.replace(&written)?;
    output.flush()?;
    // What is new in the next one is what this one did not have, if it had all and is kept: who looks in passing does
    // not use up what is news to whom the other goes to.
    let is_of_all =
        arguments.camera.is_empty() && arguments.new_since.is_none() && arguments.until.is_none();
    if is_of_all && arguments.output.is_some() {
        Mark { made }.write(directories, errors)?;
    }
    Ok(Exit::Ok)
}

/// Who made the cameras of the policy in force.
fn makers(
    directories: &Directories,
    errors: &mut impl Write,
) -> io::Result<BTreeMap<String, String>> {
    let record = match Record::read(directories) {
        Ok(record) => record.unwrap_or_default(),
        Err(error) => {
            writeln!(
                errors,
                "warning: {error:#}: who made the cameras is not told"
            )?;
            Record::default()
        }
    };
    let cameras = record.cameras.into_values();
    let known = cameras.filter(|camera| !camera.makers.is_empty());
    let all = known.map(|camera| {
        let makers: Vec<_> = camera.makers.into_iter().collect();
        (camera.name, makers.join(", "))
    });
    Ok(all.collect())
}

/// When it is to begin and to end.
fn period(arguments: &cli::Report, made: Timestamp) -> Result<(Timestamp, Timestamp)> {
    let until = arguments.until.map_or(made, |until| until.min(made));
    let since = match arguments.since {
        Some(since) => since,
        None => until.checked_sub(WEEK)?,
    };
    if since < until {
        return Ok((since, until));
    }
    let [since, until, now] = [since, until, made].map(|time| time.strftime("%FT%TZ"));
    let words = match arguments.until {
        Some(_) => format!(
            "--until: the period ends at {until}, and begins at {since}; give a later one, or an earlier --since"
        ),
        None => format!(
            "--since: the period begins at {since}, and it is {now} now; give an earlier one"
        ),
    };
    Err(Failure::new(Exit::Usage, words).into())
}

/// As is said, or else as the name of the file ends. A name without an ending says nothing, as that of a device.
fn format(arguments: &cli::Report) -> Result<Format, Failure> {
    let path = arguments.output.as_deref();
    let ending = path.and_then(Path::extension).map(OsStr::to_string_lossy);
    match (arguments.format, ending.as_deref()) {
        _ if arguments.json => Ok(Format::Json),
        (Some(format), _) => Ok(format),
        (None, None | Some("txt")) => Ok(Format::Text),
        (None, Some("html" | "htm")) => Ok(Format::Html),
        (None, Some("json")) => Ok(Format::Json),
        (None, Some("csv")) => Ok(Format::Csv),
        (None, Some(ending)) => {
            let words = format!(
                "--output: no report is written as `.{ending}`: name a file that ends with .txt, .json, .csv or .html, or say \
                 with --format what it is to be"
            );
            Err(Failure::new(Exit::Usage, words))
        }
    }
}

/// When the last report of all cameras was made that was written to a file.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Mark {
    made: Timestamp,
}

impl Mark {
    /// Who may not look there gets a report all the same, and is told what is missing.
    fn read(directories: &Directories, errors: &mut impl Write) -> Result<Option<Self>> {
        let path = directories.reported();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                told(&path, "read", &error, errors)?;
                return Ok(None);
            }
        };
        match serde_json::from_slice(&text) {
            Ok(mark) => Ok(Some(mark)),
            Err(error) => {
                told(&path, "read", &error, errors)?;
                Ok(None)
            }
        }
    }

    fn write(self, directories: &Directories, errors: &mut impl Write) -> Result<()> {
        let path = directories.reported();
        let text = serde_json::to_vec(&self)?;
        if let Err(error) = directories::write_whole(&path, &text) {
            told(&path, "written", error.root_cause(), errors)?;
        }
        Ok(())
    }
}

fn told(
    path: &Path,
    what: &str,
    error: &dyn std::error::Error,
    errors: &mut impl Write,
) -> io::Result<()> {
    let path = path.display();
    writeln!(
        errors,
        "warning: {path}: cannot be {what}: {error}; what is new is told since the period begins unless --new-since \
         says otherwise"
    )
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "router" } else { name }.to_owned()
}
