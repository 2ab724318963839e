//! Does an editor say of a policy what `enforcer check` says, as far as a schema can?

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use enforcer::cli::Schema;
use enforcer::command;
use enforcer::policy::{Policy, PolicyError, json_schema};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::Value;

/// Problems that no schema can know of, although it takes a file that shows nothing else; with the
/// reason.
const BEYOND: [(&str, &str); 7] = [
    ("cycle", "what a list names is not known where it is named"),
    ("reversed-range", "numbers within a text are not compared"),
    ("same-identity", "two cameras are not compared"),
    ("too-large", "what lists combine to is not counted"),
    ("unknown-group", "whether a group is defined is not known"),
    ("unknown-list", "whether a list is defined is not known"),
    ("unreadable-file", "other files are not read"),
];

/// Problems of a text that it can show in more ways than a pattern knows.
const BEYOND_PATTERNS: [&str; 3] = ["host-bits-set", "mapped-address", "nat64-address"];

/// The first line of a policy, by which an editor finds the schema.
const MODELINE: &str = "# yaml-language-server: $schema=../schema/policy.v1.json";

#[test]
fn the_schema_is_kept_as_the_command_prints_it() {
    let mut printed = Vec::new();
    command::schema::schema(&Schema { api: false }, &mut printed).unwrap();
    let kept = fs::read(root().join("schema/policy.v1.json")).unwrap_or_default();
    assert!(
        printed == kept,
        "schema/policy.v1.json is not what `enforcer schema` prints; run \
         `cargo run --package enforcer -- schema > schema/policy.v1.json`"
    );
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::draft7::meta::is_valid(&json_schema()));
}

#[test]
fn every_policy_that_ships_passes_and_leads_to_the_schema() {
    let paths = policies("");
    assert_eq!(paths.len(), 5);
    for path in paths {
        assert_passes(&path);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().next(), Some(MODELINE), "{}", path.display());
        let (_, schema) = MODELINE.split_once('=').unwrap();
        assert!(path.parent().unwrap().join(schema).exists());
    }
}

#[test]
fn every_policy_with_a_warning_passes() {
    for path in policies("warned") {
        assert_passes(&path);
    }
}

#[test]
fn every_policy_with_a_problem_fails_unless_no_schema_can_know_of_it() {
    let passing = policies("invalid").into_iter().filter(|path| {
        let value = value(&fs::read_to_string(path).unwrap());
        value.is_some_and(|value| validator().is_valid(&value))
    });
    let passing: BTreeSet<String> = passing
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let beyond = BEYOND.map(|(code, _)| code.to_owned());
    assert_eq!(passing, BTreeSet::from(beyond));
}

#[test]
fn every_key_is_described_with_what_holds_without_it_and_with_an_example() {
    let schema = json_schema();
    let mut keys = 0;
    for (place, mapping) in mappings(&schema) {
        let required: Vec<&str> = mapping["required"]
            .as_array()
            .map(|required| required.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        for (key, property) in mapping["properties"].as_object().unwrap() {
            let description = property["description"].as_str().unwrap_or_default();
            // One of the files of a directory has `interfaces`, so none by itself must.
            let without = if required.contains(&key.as_str()) || key == "interfaces" {
                "Required"
            } else {
                "Default: "
            };
            assert!(
                description.contains(without),
                "{place}.{key}: {description}"
            );
            if let Some(default) = property["default"].as_str() {
                let told = format!("Default: `{default}`.");
                assert!(description.contains(&told), "{place}.{key}: {description}");
            }
            let examples = property["examples"].as_array();
            let examples = examples.unwrap_or_else(|| panic!("{place}.{key} has no example"));
            let validator = part(&schema, property);
            for example in examples {
                assert!(validator.is_valid(example), "{place}.{key}: {example}");
            }
            keys += 1;
        }
        assert!(mapping["description"].is_string(), "{place}");
        assert_eq!(mapping["additionalProperties"], false, "{place}");
    }
    assert!(keys > 30, "{keys}");
}

#[test]
fn a_single_value_is_judged_alike() {
    for (place, texts) in [
        (
            "mac",
            "44:19:b6 44:19:B6:5D:3a:01 44-19-b6-5d-3a-01 44:19-b6 44:19:b6:5d 4419b6 44:19:b6:0g:00:00 \
             44:19:b6:5d:3a:01/48 44:19:b6/24 44:19:b6:00/24 44:19:b6:00:00:00/24 44:19:b6:01/24 \
             44:19:b6:d0/28 44:19:b6:d0:00:00/28 44:19:b6:d8:00:00/28 44:19:b6/28 44:19:b6:d1:20/36 \
             44:19:b6:d1:20:00/36 44:19:b6:d1/36 44:19:b6:d1:28:00/36 44:19:b6:5d:3a:01/40 \
             01:00:5e:00:00:01 ff:ff:ff:ff:ff:ff 33:33:00 00:00:00:00:00:00 00-00-00-00-00-00 00:00:00 \
             02:00:00:00:50:21 44:19:b6:* 44:19:b6:5d:3a:01:02",
        ),
        (
            "ip",
            "192.0.2.1 192.0.2.256 192.0.2 192.0.2.0/24 192.0.2.0/33 192.0.2.1/24 0.0.0.0/0 0.0.0.0 \
             0.0.0.0/32 0.0.0.0/8 127.0.0.1 127.0.0.0/8 126.0.0.0/7 224.0.0.0/4 224.0.0.0/3 239.255.255.250 \
             255.255.255.255 255.255.255.0/24 240.0.0.0/4 ::/0 :: ::1 ::2 ::1/128 ::/128 ff02::1 ff00::/8 \
             fe00::/7 fe80::1 fe80::1%eth0 2001:db8::/32 2001:db8::/129 64:ff9b::1 64:ff9b::1:2:3 \
             64:ff9b::/96 64:ff9b::/64 64:ff9b::192.0.2.1 0064:FF9B::c000:201 64:ff9b:1::/48 \
             ::ffff:192.0.2.1 ::ffff:0:0/96 ::ffff:1 ::ffff:0:0/95 0:0:0:0:0:ffff:1:2 1:2:3:4:5:6:7:8 \
             1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1:2:3:4::5:6:7:8 1:2:3:4:5:6:192.0.2.1 ::1:2:3:4:5:192.0.2.1 \
             1::2:3:4:5:6:192.0.2.1 1::2::3 12345:: recorder 010.0.0.1",
        ),
        ("vlan", "0 1 50 4094 4095 65537 on 1.5 100-110 -1"),
        (
            "interface",
            "lan1 lan-cam* lan? * ** . .. ... .* a/b eth0:1 eth0.50 abcdefghijklmno abcdefghijklmnop \
             abcdefghijklmno* *abcdefgh*ijklmno* *abcdefgh*ijklmnop* é",
        ),
        (
            "to",
            "192.0.2.1 192.0.2.0/24 192.0.2.256 192.0.2.* 192.0.2.1-192.0.2.9 192.0.2.1:554 \
             2001:db8::/32 [2001:db8::1]:554 recorder a list-1.lan ntp.example/24 fd00:50:: 0.0.0.0/0 \
             239.255.255.250 ff02::fb 1.2",
        ),
        (
            "ports",
            "tcp/554 udp/8000-8010 udp/8010-8000 tcp/0 tcp/1 tcp/65535 tcp/65536 tcp/99999 tcp/1-65535 \
             tcp/1-0 sctp/5000 TCP/554 tcp:554 554/tcp 554 tcp udp/ tcp/+5 tcp/5-",
        ),
        (
            "names",
            "gate a.b_c-D 9 192.0.2.1 the\u{a0}gate é a,b 64-characters",
        ),
        (
            "lists",
            "gate a.b_c-D 192.0.2.1 192.0.2.256 1.2.3 192.0.2.01 é a,b 64-characters",
        ),
        ("mode", "enforce audit Audit on off true monitor"),
        ("link", "allow drop Drop on yes 1"),
        ("attach", "auto native generic skb"),
        ("unlisted", "drop pass allow"),
    ] {
        for text in texts.split([' ', '\n']).filter(|text| !text.is_empty()) {
            let text = text.replace("64-characters", &"x".repeat(64));
            let quotes = if matches!(place, "vlan") { "" } else { "\"" };
            assert_alike(&policy(place, &format!("{quotes}{text}{quotes}")));
        }
        assert_alike(&policy(place, "\"\""));
        assert_alike(&policy(place, "[[]]"));
    }
}

proptest! {
    #[test]
    fn an_address_is_judged_alike(
        words in prop::collection::vec("|[0-9a-f]|[0-9a-fA-F]{4}|ffff|64|ff9b|0", 0..10),
        end in "|192\\.0\\.2\\.1|1\\.2\\.3\\.256",
        length in "|/[0-9]{1,2}|/1[0-9]{2}",
    ) {
        let text = format!("\"{}{end}{length}\"", words.join(":"));
        assert_alike(&policy("to", &text));
        assert_alike(&policy("ip", &text));
    }
}

/// A policy that holds a text in one place.
fn policy(place: &str, text: &str) -> String {
    let mut camera = "{vlan: 1}".to_owned();
    let (mut name, mut list, mut to, mut rule) = ("a", "recorder", "192.0.2.1", String::new());
    let (mut mode, mut link, mut row) = ("enforce", "drop", String::new());
    match place {
        "mac" | "ip" | "vlan" | "interface" => camera = format!("{{{place}: {text}}}"),
        "to" => to = text,
        "ports" => rule = format!(", ports: {text}"),
        "names" => name = text,
        "lists" => list = text,
        "mode" => mode = text,
        "link" => link = text,
        "attach" | "unlisted" => row = format!("{place}: {text}"),
        _ => panic!("{place}"),
    }
    format!(
        "version: 1\nmode: {mode}\ninterfaces: {{lan1: {{{row}}}}}\nprefixes: {{{list}: 192.0.2.1}}\n\
         groups: {{{name}: {{allow: [{{to: {to}{rule}}}], link: {{dhcp: {link}}}}}}}\n\
         cameras: {{a: {{match: {camera}, group: {name}}}}}\n"
    )
}

/// The schema takes what `check` takes, and refuses the rest but for what it cannot know.
fn assert_alike(text: &str) {
    let checked = Policy::parse("policy.yaml", text);
    let passes = value(text).is_some_and(|value| validator().is_valid(&value));
    match checked {
        Ok(_) => assert!(passes, "the schema refuses what is a policy:\n{text}"),
        Err(report) if passes => {
            let beyond = BEYOND.iter().map(|(code, _)| *code).chain(BEYOND_PATTERNS);
            let beyond: BTreeSet<&str> = beyond.collect();
            let codes = codes(&report);
            assert!(
                codes.is_subset(&beyond),
                "the schema takes what is none:\n{report}"
            );
        }
        Err(_) => (),
    }
}

fn codes(report: &PolicyError) -> BTreeSet<&'static str> {
    report.told().map(|told| told.code).collect()
}

fn assert_passes(path: &Path) {
    let value = value(&fs::read_to_string(path).unwrap()).unwrap();
    let errors: Vec<String> = validator()
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
}

/// What an editor sees, unless the text is not even YAML, which has no key twice.
fn value(text: &str) -> Option<Value> {
    let value: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    serde_json::to_value(value).ok()
}

fn validator() -> &'static Validator {
    static VALIDATOR: LazyLock<Validator> =
        LazyLock::new(|| jsonschema::draft7::new(&json_schema()).unwrap());
    &VALIDATOR
}

/// A validator of what stands under one key.
fn part(schema: &Value, property: &Value) -> Validator {
    let mut part = property.clone();
    part["definitions"] = schema["definitions"].clone();
    jsonschema::draft7::new(&part).unwrap()
}

/// Every mapping with known keys.
fn mappings(schema: &Value) -> Vec<(&str, &Value)> {
    let mut mappings = Vec::new();
    let mut parts = vec![("", schema)];
    while let Some((place, part)) = parts.pop() {
        // A condition on other keys has no type.
        if !part["type"].is_null() && part["properties"].is_object() {
            mappings.push((place, part));
        }
        match part {
            Value::Object(parts_of) => parts.extend(
                parts_of
                    .iter()
                    .filter(|(key, _)| *key != "examples")
                    .map(|(key, part)| (key.as_str(), part)),
            ),
            Value::Array(parts_of) => parts.extend(parts_of.iter().map(|part| (place, part))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
        }
    }
    mappings
}

fn policies(kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("policies").join(kind)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml"))
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
