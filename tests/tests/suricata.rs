//! Every record is one that Suricata could have written: the schema that it publishes of its events has every field,
//! with that type. It takes no others, but in `alert.metadata`.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use enforcer_tests::cases::{Ports, suites};
use enforcer_tests::site::{POLICY, Site};
use jsonschema::Validator;
use serde_json::{Map, Value};

/// Whatever comes in is this camera's.
const ANY: &str = r"cameras:
  any:
    match: {interface: lan-cam1}
    group: timed
";

/// The longest frame that the interface takes.
const LONGEST: usize = 1514;

#[test]
fn the_records_that_are_kept_for_comparison_are_suricatas() {
    let schema = schema();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = root.join("enforcer/tests/events/snapshots");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.contains("__eve_") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let (_, record) = text.split_once("\n---\n").unwrap();
        let record: Value = serde_json::from_str(record).unwrap();
        assert_eq!(misfits(&schema, &record), NOTHING, "{name}");
        seen += 1;
    }
    assert!(seen > 10, "{seen} records");
}

#[test]
fn the_records_of_every_kind_of_frame_are_suricatas_and_what_else_there_is_stands_in_the_manual() {
    let schema = schema();
    let site = Site::new("suricata_live").unwrap();
    let (before, _) = POLICY.split_once("cameras:\n").unwrap();
    site.write(&format!("{before}{ANY}")).unwrap();
    let events = site.events();
    let options = ["--events", events.path(), "--event-rate", "1000000000"];
    let mut daemon = site.started(&options).unwrap();
    let wire = site.wire().unwrap();
    let suites = suites(&Ports::default());
    let frames = suites.iter().flat_map(|suite| &suite.cases);
    for case in frames.filter(|case| (15..=LONGEST).contains(&case.frame.len())) {
        wire.send(&case.frame).unwrap();
    }
    site.status_when(|status| status.dropped() > 500 && status.events.all() == status.dropped())
        .unwrap();
    let with_frames = "/v1/events?follow=false&packet=true";
    let with_frames = site.enforcer.ask("GET", with_frames, "").unwrap();
    daemon.terminate().unwrap();

    let mut reasons = BTreeSet::new();
    let mut additions = BTreeSet::new();
    let written = fs::read_to_string(events.path()).unwrap();
    assert!(!written.contains(r#""packet""#) && !written.contains("frame_length"));
    assert!(with_frames.text.lines().count() > 500);
    for line in with_frames.text.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["packet_info"]["linktype"], 1, "{line}");
    }
    for line in written.lines().chain(with_frames.text.lines()) {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(misfits(&schema, &record), NOTHING, "{line}");
        reasons.insert(record["drop"]["reason"].as_str().unwrap().to_owned());
        let metadata: &Map<_, _> = record["alert"]["metadata"].as_object().unwrap();
        additions.extend(metadata.keys().cloned());
    }
    assert!(reasons.len() > 15, "{reasons:?}");
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md");
    let manual = fs::read_to_string(manual).unwrap();
    for addition in additions {
        let named = manual.contains(&format!("`{addition}`"));
        assert!(
            named || manual.contains(&format!("metadata.{addition}`")),
            "{addition}"
        );
    }
}

#[test]
fn a_field_that_suricata_does_not_know_is_found() {
    let schema = schema();
    let record = |more: &str| -> Value {
        let text =
            r#"{"timestamp": "2026-11-25T18:17:00.679816+0000", "event_type": "drop", MORE}"#;
        serde_json::from_str(&text.replace("MORE", more)).unwrap()
    };
    assert_eq!(misfits(&schema, &record(r#""src_port": 1"#)), NOTHING);
    for more in [
        r#""camera": "gate""#,
        r#""src_port": "1""#,
        r#""drop": {"camera": "gate"}"#,
        r#""verdict": {"camera": "gate"}"#,
    ] {
        assert_eq!(misfits(&schema, &record(more)).len(), 1, "{more}");
    }
}

const NOTHING: Vec<String> = Vec::new();

fn misfits(schema: &Validator, record: &Value) -> Vec<String> {
    let misfits = schema.iter_errors(record);
    misfits
        .map(|misfit| format!("{}: {misfit}", misfit.instance_path()))
        .collect()
}

fn schema() -> Validator {
    // Got once, for all tests.
    static PATH: LazyLock<PathBuf> = LazyLock::new(|| xtask::suricata::schema().unwrap());
    let text = fs::read_to_string(&*PATH).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}
