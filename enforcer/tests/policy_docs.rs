//! What `docs/policy.md` shows is a policy, and what it explains is complete.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use enforcer::policy::{Policy, Problem, Warning, json_schema};
use serde_json::Value;

/// What completes an example that shows a few keys alone.
const REST: [(&str, &str); 4] = [
    ("version", "version: 1\n"),
    ("interfaces", "interfaces: {lan-cam*: {}}\n"),
    (
        "prefixes",
        "prefixes: {recorder: 192.168.50.10, router: 192.168.50.1}\n",
    ),
    ("groups", "groups: {recorded: {allow: [{to: recorder}]}}\n"),
];

#[test]
fn every_example_is_a_policy() {
    let document = document();
    let directory = tempfile::tempdir().unwrap();
    for example in examples(&document, "text") {
        fs::write(directory.path().join(example.name), example.text).unwrap();
    }
    let examples = examples(&document, "yaml");
    let (examples, _): (Vec<_>, Vec<_>) = examples.iter().partition(|e| e.name.is_empty());
    assert!(examples.len() > 5, "only {} examples", examples.len());
    let path = directory.path().join("policy.yaml");
    for Example { line, text, .. } in examples {
        fs::write(&path, completed(text)).unwrap();
        Policy::read(&path)
            .unwrap_or_else(|error| panic!("the example at docs/policy.md:{line}: {error}"));
    }
}

#[test]
fn the_examples_that_have_names_are_one_policy() {
    let document = document();
    let directory = tempfile::tempdir().unwrap();
    for Example { name, text, .. } in examples(&document, "yaml") {
        if !name.is_empty() {
            fs::write(directory.path().join(name), text).unwrap();
        }
    }
    let policy = Policy::read(directory.path()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(policy.sources.len(), 3);
    assert_eq!(policy.warnings().to_string(), "");
}

#[test]
fn every_example_passes_the_schema() {
    let validator = jsonschema::draft7::new(&json_schema()).unwrap();
    for Example { line, name, text } in examples(&document(), "yaml") {
        let text = if name.is_empty() {
            completed(text)
        } else {
            text.to_owned()
        };
        let value: Value = serde_yaml::from_str(&text).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "docs/policy.md:{line}: {errors:#?}");
    }
}

#[test]
fn every_key_is_explained_and_shown() {
    let (document, schema) = (document(), json_schema());
    let mut shown = BTreeSet::new();
    for Example { text, .. } in examples(&document, "yaml") {
        let value: Value = serde_yaml::from_str(text).unwrap();
        collect(&schema, &schema, "Document", &value, &mut shown);
    }
    let mut all = BTreeSet::new();
    list(&schema, "Document", &mut all);
    for (name, part) in schema["definitions"].as_object().unwrap() {
        list(part, name, &mut all);
    }
    for place in &all {
        let (_, key) = place.rsplit_once('.').unwrap();
        let named = [format!("`{key}`"), format!("`{key}: ")];
        assert!(
            named.iter().any(|name| document.contains(name)),
            "docs/policy.md does not explain `{key}`"
        );
    }
    let missing: Vec<&String> = all.difference(&shown).collect();
    assert!(
        missing.is_empty(),
        "keys that no example in docs/policy.md shows: {missing:?}"
    );
}

#[test]
fn every_problem_and_every_warning_is_explained() {
    let document = document();
    for (code, means) in Problem::MEANINGS.iter().chain(Warning::MEANINGS) {
        let row = format!("| `{code}` | {means} |");
        assert!(document.contains(&row), "docs/policy.md does not say {row}");
    }
}

/// A block of the document.
struct Example<'d> {
    /// Where it begins.
    line: usize,
    /// The file that it is, if it is one of several.
    name: &'d str,
    text: &'d str,
}

/// The blocks of one language: those that begin with it, and perhaps with a file's name after it.
fn examples<'d>(document: &'d str, language: &str) -> Vec<Example<'d>> {
    let fence = format!("\n```{language}");
    let blocks = document.match_indices(&fence).map(|(at, fence)| {
        let (name, rest) = document[at + fence.len()..].split_once('\n').unwrap();
        let (text, _) = rest.split_once("```").unwrap();
        Example {
            line: document[..at].matches('\n').count() + 2,
            name: name.trim(),
            text,
        }
    });
    blocks.collect()
}

/// The keys of a part of the schema, each after the keys or the definition that it stands in.
fn list(part: &Value, place: &str, keys: &mut BTreeSet<String>) {
    for (key, part) in part["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{key}");
        list(part, &place, keys);
        keys.insert(place);
    }
}

/// The keys of the schema that a value is written with, named as by [`list`].
fn collect(root: &Value, part: &Value, place: &str, value: &Value, shown: &mut BTreeSet<String>) {
    if let Some(reference) = part["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        collect(root, &root["definitions"][name], name, value, shown);
    }
    for choices in ["allOf", "anyOf"] {
        for part in part[choices].as_array().into_iter().flatten() {
            collect(root, part, place, value, shown);
        }
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        if let Some(part) = part["properties"].get(key) {
            let place = format!("{place}.{key}");
            collect(root, part, &place, value, shown);
            shown.insert(place);
        }
        for (_, part) in part["patternProperties"].as_object().into_iter().flatten() {
            collect(root, part, place, value, shown);
        }
    }
    for value in value.as_array().into_iter().flatten() {
        collect(root, &part["items"], place, value, shown);
    }
}

/// An example with the keys that it leaves out.
fn completed(example: &str) -> String {
    let has = |key: &str| {
        let mut lines = example.lines();
        lines.any(|line| {
            line.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(':'))
        })
    };
    let rest = REST.iter().filter(|(key, _)| !has(key));
    rest.fold(example.to_owned(), |text, (_, more)| text + more)
}

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policy.md");
    fs::read_to_string(path).unwrap()
}
