//! `enforcer check --format sarif`: findings in the Static Analysis Results Interchange Format,
//! version 2.1.0 (OASIS), so that code hosts and editors show them beside the lines.

use std::env;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::json::word;
use super::{Read, Settings, findings, of_the_whole};
use crate::policy::{Extent, Level, Problem, Told, Warning};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What SARIF knows settings by that are wrong.
const SETTINGS: &str = "settings";

pub(super) fn write(
    read: Option<&Read<'_>>,
    settings: Option<&Settings<'_>>,
    out: &mut impl Write,
) -> io::Result<()> {
    let here = env::current_dir().unwrap_or_default();
    let read = read.map(|(_, read)| read);
    let results: Vec<Told<'_>> = read.into_iter().flat_map(findings).collect();
    let mut results: Vec<Value> = results.iter().map(|told| result(told, &here)).collect();
    results.extend(read.and_then(of_the_whole).map(|(file, code, error)| {
        json!({
            "ruleId": code,
            "ruleIndex": index(code),
            "level": word(Level::Error),
            "message": {"text": error.to_string()},
            "locations": [{"physicalLocation": {"artifactLocation": artifact(file, &here)}}],
        })
    }));
    let wrong = settings.and_then(|settings| Some((settings.path, settings.read.as_ref().err()?)));
    results.extend(wrong.map(|(file, failure)| {
        json!({
            "ruleId": SETTINGS,
            "level": word(Level::Error),
            "message": {"text": failure.to_string()},
            "locations": [{"physicalLocation": {"artifactLocation": artifact(file, &here)}}],
        })
    }));
    let rules = Problem::MEANINGS.iter().map(|row| (row, Level::Error));
    let rules = rules.chain(Warning::MEANINGS.iter().map(|row| (row, Level::Warning)));
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.map(|((code, means), level)| rule(code, means, level)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    writeln!(out, "{document}")
}

fn rule(code: &str, means: &str, level: Level) -> Value {
    json!({
        "id": code,
        "shortDescription": {"text": means},
        "defaultConfiguration": {"level": word(level)},
    })
}

fn result(told: &Told<'_>, here: &Path) -> Value {
    let text = match &told.help {
        Some(help) => format!("{}\nhelp: {help}", told.message),
        None => told.message.clone(),
    };
    let mut result = json!({
        "ruleId": told.code,
        "ruleIndex": index(told.code),
        "level": word(told.level),
        "message": {"text": text},
        "locations": [{"physicalLocation": place(told.at, here)}],
    });
    if let (Some((words, at)), Some(result)) = (&told.related, result.as_object_mut()) {
        let related = json!([{
            "message": {"text": words},
            "physicalLocation": place(*at, here),
        }]);
        result.insert("relatedLocations".to_owned(), related);
    }
    result
}

/// The place of a code among the rules.
fn index(code: &str) -> Option<usize> {
    let mut codes = Problem::CODES.iter().chain(Warning::CODES);
    codes.position(|other| *other == code)
}

fn place(at: Extent<'_>, here: &Path) -> Value {
    json!({
        "artifactLocation": artifact(Path::new(at.path), here),
        "region": {
            "startLine": at.line,
            "startColumn": at.column,
            "endLine": at.end_line,
            "endColumn": at.end_column,
        },
    })
}

/// Code hosts know files by their place in the repository, where this usually runs; others are
/// given whole.
fn artifact(path: &Path, here: &Path) -> Value {
    let path = path.strip_prefix(here).unwrap_or(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    let uri = encoded(&path.to_string_lossy());
    if path.is_absolute() {
        json!({"uri": format!("file://{uri}")})
    } else {
        json!({"uri": uri, "uriBaseId": "%SRCROOT%"})
    }
}

/// A path as part of a URI (RFC 3986).
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            write!(uri, "%{byte:02X}").unwrap_or_default();
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_below_here_are_relative_and_others_whole() {
        for (path, expected) in [
            (
                "policy.yaml",
                json!({"uri": "policy.yaml", "uriBaseId": "%SRCROOT%"}),
            ),
            (
                "./a/b c:é.yaml",
                json!({"uri": "a/b%20c%3A%C3%A9.yaml", "uriBaseId": "%SRCROOT%"}),
            ),
            (
                "/here/a.yaml",
                json!({"uri": "a.yaml", "uriBaseId": "%SRCROOT%"}),
            ),
            (
                "/hereafter/a.yaml",
                json!({"uri": "file:///hereafter/a.yaml"}),
            ),
        ] {
            assert_eq!(artifact(Path::new(path), Path::new("/here")), expected);
        }
    }
}
