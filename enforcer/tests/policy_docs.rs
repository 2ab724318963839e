//! What `docs/policy.md` shows is a policy, and what it explains is complete.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::path::Path;

use enforcer::policy::{Policy, Problem, Warning};

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
    let examples = examples(&document);
    assert!(examples.len() > 5, "only {} examples", examples.len());
    for (line, example) in examples {
        let text = completed(example);
        Policy::parse(&format!("the example at docs/policy.md:{line}"), &text)
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn every_problem_and_every_warning_is_explained() {
    let document = document();
    for code in Problem::CODES.iter().chain(Warning::CODES) {
        assert!(
            document.contains(&format!("| `{code}` |")),
            "docs/policy.md does not explain `{code}`"
        );
    }
}

/// The YAML blocks, each with the line that it begins on.
fn examples(document: &str) -> Vec<(usize, &str)> {
    document
        .match_indices("\n```yaml\n")
        .map(|(at, fence)| {
            let start = at + fence.len();
            let line = document[..start].matches('\n').count() + 1;
            let (example, _) = document[start..].split_once("```").unwrap();
            (line, example)
        })
        .collect()
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
