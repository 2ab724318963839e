//! Records against the Elastic Common Schema: the names and types of the fields that it publishes, and its example of
//! a firewall that blocks a connection.
//!
//! Both are of <https://github.com/elastic/ecs>, version 8.17.0, commit e3103a213a4e84cbcd3ef36da7001483ddc60230: the
//! types as `generated/csv/fields.csv` has them, the example as `docs/fields/field-values-usage.asciidoc` has it.

use enforcer::events::{Format, Missed};
use serde_json::Value;

use super::cases::{cases, named};

/// The version whose fields these are.
const VERSION: &str = "8.17.0";

/// The fields of the schema that records use, by type.
const FIELDS: &[(Type, &[&str])] = &[
    (Type::Date, &["@timestamp"]),
    (
        // The schema's `keyword` and `match_only_text`: a text in JSON.
        Type::Text,
        &[
            "destination.address",
            "destination.as.organization.name",
            "destination.domain",
            "destination.geo.country_iso_code",
            "destination.mac",
            "ecs.version",
            "event.action",
            "event.dataset",
            "event.kind",
            "event.module",
            "event.outcome",
            "event.reason",
            "message",
            "network.community_id",
            "network.iana_number",
            "network.inner.vlan.id",
            "network.transport",
            "network.type",
            "network.vlan.id",
            "observer.ingress.interface.name",
            "observer.product",
            "observer.type",
            "rule.category",
            "rule.id",
            "rule.name",
            "source.address",
            "source.mac",
        ],
    ),
    (Type::Texts, &["event.category", "event.type"]),
    (Type::Ip, &["destination.ip", "source.ip"]),
    (Type::Ips, &["related.ip"]),
    (
        Type::Long,
        &[
            "destination.as.number",
            "destination.port",
            "event.severity",
            "network.bytes",
            "network.packets",
            "source.port",
        ],
    ),
];

/// Every field of the example.
const EXAMPLE: [(&str, Type); 13] = [
    ("source.address", Type::Text),
    ("source.ip", Type::Ip),
    ("source.port", Type::Long),
    ("destination.address", Type::Text),
    ("destination.ip", Type::Ip),
    ("destination.port", Type::Long),
    ("rule.name", Type::Text),
    ("rule.id", Type::Text),
    ("event.kind", Type::Text),
    ("event.category", Type::Texts),
    ("event.type", Type::Texts),
    ("event.outcome", Type::Text),
    ("event.action", Type::Text),
];

/// What a field holds, as JSON has it. A list is one where the schema says that the field is one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Type {
    Date,
    Text,
    Texts,
    Ip,
    Ips,
    Long,
}

#[test]
fn a_refused_connection_has_every_field_of_elastics_example_of_a_firewall() {
    let record = record("tcp_syn");
    for (path, kind) in EXAMPLE {
        let value = at(&record, path).unwrap_or_else(|| panic!("{path} is missing"));
        assert!(kind.holds(value), "{path} is no {kind:?}: {value}");
        assert_eq!(published(path), Some(kind), "{path}");
    }
    let event = &record["event"];
    assert_eq!(event["kind"], "event");
    assert_eq!(event["category"], serde_json::json!(["network"]));
    assert_eq!(event["type"], serde_json::json!(["connection", "denied"]));
    assert_eq!(event["outcome"], "success");
    // `dropped` there. The schema leaves the word to who writes; ours is that of EVE's verdict.
    assert_eq!(event["action"], "drop");
    for end in ["source", "destination"] {
        assert_eq!(record[end]["address"], record[end]["ip"], "{end}");
    }
}

#[test]
fn every_field_of_a_record_is_the_schemas_with_its_type_or_under_our_own_name() {
    let mut used = Vec::new();
    let records = cases().into_iter().map(|case| record(case.name));
    for record in records.chain([missed()]) {
        assert_eq!(record["ecs"]["version"], VERSION);
        walk("", &record, &mut |path, value| {
            if path.starts_with("enforcer.") {
                return;
            }
            let kind = published(path).unwrap_or_else(|| panic!("{path} is none of the schema's"));
            assert!(kind.holds(value), "{path} is no {kind:?}: {value}");
            used.push(path.to_owned());
        });
    }
    let listed = FIELDS.iter().flat_map(|(_, paths)| *paths);
    let unused: Vec<_> = listed
        .filter(|path| !used.iter().any(|used| used == *path))
        .collect();
    assert!(unused.is_empty(), "no case has {unused:?}");
}

impl Type {
    fn holds(self, value: &Value) -> bool {
        let items = |kind: Self| {
            let list = value.as_array();
            list.is_some_and(|list| !list.is_empty() && list.iter().all(|item| kind.holds(item)))
        };
        let text = value.as_str();
        match self {
            Self::Date => text.is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
            Self::Text => text.is_some_and(|text| !text.is_empty()),
            Self::Ip => text.is_some_and(|text| text.parse::<std::net::IpAddr>().is_ok()),
            Self::Long => value.as_i64().is_some(),
            Self::Texts => items(Self::Text),
            Self::Ips => items(Self::Ip),
        }
    }
}

fn published(path: &str) -> Option<Type> {
    let (kind, _) = FIELDS.iter().find(|(_, paths)| paths.contains(&path))?;
    Some(*kind)
}

fn record(name: &str) -> Value {
    serde_json::from_str(&named(name).line(Format::Ecs, false)).unwrap()
}

/// What stands in place of events that are missing.
fn missed() -> Value {
    let mut line = Vec::new();
    let at = "2026-11-25T17:40:00.123456789Z".parse().unwrap();
    Format::Ecs.write_missed(&Missed { events: 7, at }, false, &mut line);
    serde_json::from_slice(&line).unwrap()
}

fn at<'a>(record: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(record, |value, key| value.get(key))
}

/// Visits everything that is no object, with the names that lead to it.
fn walk(path: &str, value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    let Value::Object(entries) = value else {
        return visit(path, value);
    };
    for (key, value) in entries {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        walk(&path, value, visit);
    }
}
