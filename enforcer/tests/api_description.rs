//! Is the description of the control interface whole, and kept as it is printed?

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use enforcer::cli::Schema;
use enforcer::command;
use enforcer::control::description;
use serde_json::Value;

#[test]
fn the_description_is_kept_as_the_command_prints_it() {
    let mut printed = Vec::new();
    command::schema::schema(&Schema { api: true }, &mut printed).unwrap();
    let kept = fs::read(root().join("schema/control.v1.json")).unwrap_or_default();
    assert!(
        printed == kept,
        "schema/control.v1.json is not what `enforcer schema --api` prints; run \
         `cargo run --package enforcer -- schema --api > schema/control.v1.json`"
    );
}

#[test]
fn whatever_it_refers_to_is_there_and_nothing_is_there_in_vain() {
    let description = description();
    let mut named = BTreeSet::new();
    references(&description, &mut named);
    for name in &named {
        let pointer = name.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{name}");
    }
    let schemas = description.pointer("/components/schemas").unwrap();
    for name in schemas.as_object().unwrap().keys() {
        let reference = format!("#/components/schemas/{name}");
        assert!(named.contains(&reference), "{name}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
    let description = description();
    let mut names = BTreeSet::new();
    let paths = description.pointer("/paths").unwrap().as_object().unwrap();
    for (path, verbs) in paths {
        for (verb, operation) in verbs.as_object().unwrap() {
            let text = |pointer: &str| operation.pointer(pointer).and_then(Value::as_str);
            let name = text("/operationId").unwrap();
            assert!(names.insert(name.to_owned()), "{verb} {path}: {name}");
            assert!(!text("/summary").unwrap().is_empty(), "{verb} {path}");
            let refusal = text("/responses/default/content/application~1json/schema/$ref");
            assert_eq!(refusal, Some("#/components/schemas/Refusal"));
            let parameters = operation.pointer("/parameters").and_then(Value::as_array);
            for parameter in parameters.into_iter().flatten() {
                for key in ["name", "description", "schema"] {
                    assert!(parameter.get(key).is_some(), "{verb} {path}: {parameter}");
                }
            }
        }
    }
}

#[test]
fn every_field_that_is_answered_says_what_it_is() {
    let description = description();
    let schemas = description.pointer("/components/schemas").unwrap();
    for (name, schema) in schemas.as_object().unwrap() {
        let fields = schema.get("properties").and_then(Value::as_object);
        for (field, schema) in fields.into_iter().flatten() {
            assert!(schema.get("description").is_some(), "{name}.{field}");
        }
    }
}

#[test]
fn the_manual_has_every_path_and_no_other() {
    let manual = fs::read_to_string(root().join("docs/control.md")).unwrap();
    let calls = manual.lines().filter_map(|line| {
        let cell = line.strip_prefix("| `")?;
        let (said, _) = cell.split_once('`')?;
        let (verb, path) = said.split_once(' ')?;
        ["GET", "POST"]
            .contains(&verb)
            .then(|| format!("{verb} {path}"))
    });
    let calls: BTreeSet<_> = calls.collect();
    let description = description();
    let paths = description.pointer("/paths").unwrap().as_object().unwrap();
    let described = paths.iter().flat_map(|(path, verbs)| {
        let verbs = verbs.as_object().unwrap().keys();
        verbs.map(move |verb| format!("{} {path}", verb.to_uppercase()))
    });
    assert_eq!(calls, described.collect::<BTreeSet<_>>());
}

fn references(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(name)) = object.get("$ref") {
                named.insert(name.clone());
            }
            object.values().for_each(|value| references(value, named));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, named)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
