//! What the daemon answers is what the description of its interface says, and nothing that the description does not
//! say.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use enforcer_tests::daemon::Answer;
use enforcer_tests::site::{Site, allowed, forbidden, wider};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// What must be said for a path to answer to its end.
const SAID: &[(&str, &str)] = &[("/v1/events", "?follow=false")];

#[test]
fn every_path_that_is_described_answers_as_it_is_described() {
    let site = Site::new("api_answers").unwrap();
    let description = description(&site);
    let _daemon = site.started(&[]).unwrap();
    for frame in [forbidden(), allowed()] {
        site.wire().unwrap().send(&frame).unwrap();
    }
    site.status_when(|status| status.events.told == 1).unwrap();
    for (path, verbs) in description.pointer("/paths").unwrap().as_object().unwrap() {
        let Some(operation) = verbs.get("get") else {
            continue;
        };
        let said = SAID
            .iter()
            .find(|(of, _)| of == path)
            .map_or("", |(_, said)| said);
        let answer = site
            .enforcer
            .ask("GET", &format!("{path}{said}"), "")
            .unwrap();
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert!(!answer.text.is_empty(), "{path}");
        let media = answer.head("content-type").unwrap();
        let content = operation.pointer("/responses/200/content").unwrap();
        let form = content
            .get(media)
            .unwrap_or_else(|| panic!("{path}: {media}"));
        if media == "application/json" {
            assert_fits(&description, &form["schema"], &answer);
        }
        // Nothing but what is described can be done there.
        let other = site.enforcer.ask("DELETE", path, "").unwrap();
        assert_refused(&description, &other, "method_not_allowed");
    }
}

#[test]
fn what_is_done_and_what_is_refused_is_told_as_it_is_described() {
    let site = Site::new("api_orders").unwrap();
    let description = description(&site);
    let _daemon = site.started(&[]).unwrap();
    let done = |path: &str, body: &str| {
        let pointer = format!(
            "/paths/{}/post/responses/200/content/application~1json/schema",
            path.replace('/', "~1")
        );
        let answer = site.enforcer.ask("POST", path, body).unwrap();
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_fits(
            &description,
            description.pointer(&pointer).unwrap(),
            &answer,
        );
    };
    let refused = |method: &str, path: &str, body: &str, kind: &str| {
        let answer = site.enforcer.ask(method, path, body).unwrap();
        assert_refused(&description, &answer, kind);
    };
    site.write(&wider()).unwrap();
    done("/v1/reload", r#"{"confirm_seconds": 60}"#);
    // While it waits there is more to tell.
    let status = site.enforcer.ask("GET", "/v1/status", "").unwrap();
    assert_ne!(status.at("/unconfirmed"), Value::Null, "{status:?}");
    let schema = json!({"$ref": "#/components/schemas/Status"});
    assert_fits(&description, &schema, &status);
    refused("POST", "/v1/reload", "", "unconfirmed");
    done("/v1/confirm", "");
    refused("POST", "/v1/confirm", "", "nothing_waits");
    site.write("version: 1").unwrap();
    refused("POST", "/v1/reload", "", "bad_policy");
    refused("POST", "/v1/revert", r#"{"a": 1}"#, "bad_request");
    refused("GET", "/v1/nothing", "", "not_found");
    for path in ["/v1/events", "/v1/ledger", "/v1/ledger/spans"] {
        refused("GET", &format!("{path}?camera=nobody"), "", "bad_request");
    }
    for path in ["/v1/status", "/v1/cameras", "/v1/policy"] {
        refused("GET", &format!("{path}?camera=nobody"), "", "bad_request");
    }
    done("/v1/revert", "");
}

#[test]
fn an_answer_that_is_described_otherwise_is_found() {
    let site = Site::new("api_otherwise").unwrap();
    let description = description(&site);
    let schema = json!({"$ref": "#/components/schemas/Done"});
    let validator = validator(&description, &schema);
    let done = json!({"generation": 1, "in_force": "", "unconfirmed": null, "note": null});
    assert!(validator.is_valid(&done));
    for (key, value) in [("generation", json!("1")), ("other", json!(1))] {
        let mut other = done.clone();
        other[key] = value;
        assert!(!validator.is_valid(&other), "{other}");
    }
}

fn assert_refused(description: &Value, answer: &Answer, kind: &str) {
    assert_eq!(answer.at("/kind"), kind, "{answer:?}");
    let schema = json!({"$ref": "#/components/schemas/Refusal"});
    assert_fits(description, &schema, answer);
}

fn assert_fits(description: &Value, schema: &Value, answer: &Answer) {
    let told: Value = serde_json::from_str(&answer.text).unwrap();
    let validator = validator(description, schema);
    let misfits = validator.iter_errors(&told);
    let misfits: Vec<_> = misfits
        .map(|misfit| format!("{}: {misfit}", misfit.instance_path()))
        .collect();
    assert_eq!(misfits, Vec::<String>::new(), "{told:#}");
}

/// Takes what is described, and no field besides.
fn validator(description: &Value, schema: &Value) -> Validator {
    let mut components = description.pointer("/components").unwrap().clone();
    for schema in components
        .pointer_mut("/schemas")
        .unwrap()
        .as_object_mut()
        .unwrap()
        .values_mut()
    {
        close(schema.as_object_mut().unwrap());
    }
    let schema = json!({"allOf": [schema], "components": components});
    jsonschema::draft202012::new(&schema).unwrap()
}

fn close(schema: &mut Map<String, Value>) {
    if schema.contains_key("properties") {
        schema.insert("unevaluatedProperties".to_owned(), false.into());
    }
}

/// As the program prints it.
fn description(site: &Site) -> Value {
    let outcome = site.enforcer.run(&["schema", "--api"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}
