//! Records against the schema that Suricata publishes: `etc/schema.json` of version 8.0.6. It
//! forbids fields that it does not name, except in `metadata`.

use enforcer::events::Format;
use serde_json::{Map, Value};

use super::cases::cases;

/// What a record of a drop may hold, and what it must.
const RECORD: &[Field] = &[
    required("timestamp", Kind::Timestamp),
    optional("flow_id", Kind::Integer),
    required("in_iface", Kind::Text),
    required("event_type", Kind::Text),
    optional("vlan", Kind::Integers),
    optional("src_ip", Kind::Text),
    optional("src_port", Kind::Integer),
    optional("dest_ip", Kind::Text),
    optional("dest_port", Kind::Integer),
    optional("proto", Kind::Text),
    optional("ip_v", Kind::Integer),
    optional("icmp_type", Kind::Integer),
    optional("icmp_code", Kind::Integer),
    required("ether", Kind::Object(ETHER)),
    optional("community_id", Kind::Text),
    optional("direction", Kind::Text),
    required("drop", Kind::Object(DROP)),
    required("verdict", Kind::Object(VERDICT)),
    required("alert", Kind::Object(ALERT)),
    optional("packet", Kind::Text),
    optional("packet_info", Kind::Object(PACKET_INFO)),
];

const PACKET_INFO: &[Field] = &[required("linktype", Kind::Integer)];

const ETHER: &[Field] = &[
    required("ether_type", Kind::Integer),
    required("src_mac", Kind::Text),
    required("dest_mac", Kind::Text),
];

const DROP: &[Field] = &[
    optional("ack", Kind::Boolean),
    optional("fin", Kind::Boolean),
    optional("flowlbl", Kind::Integer),
    optional("hoplimit", Kind::Integer),
    optional("icmp_id", Kind::Integer),
    optional("icmp_seq", Kind::Integer),
    optional("ipid", Kind::Integer),
    optional("len", Kind::Integer),
    optional("psh", Kind::Boolean),
    required("reason", Kind::Text),
    optional("rst", Kind::Boolean),
    optional("syn", Kind::Boolean),
    optional("tc", Kind::Integer),
    optional("tcpack", Kind::Integer),
    optional("tcpres", Kind::Integer),
    optional("tcpseq", Kind::Integer),
    optional("tcpurgp", Kind::Integer),
    optional("tcpwin", Kind::Integer),
    optional("tos", Kind::Integer),
    optional("ttl", Kind::Integer),
    optional("udplen", Kind::Integer),
    optional("urg", Kind::Boolean),
];

const VERDICT: &[Field] = &[required("action", Kind::Text)];

const ALERT: &[Field] = &[
    required("action", Kind::Text),
    required("gid", Kind::Integer),
    required("signature_id", Kind::Integer),
    required("rev", Kind::Integer),
    required("signature", Kind::Text),
    required("category", Kind::Text),
    required("severity", Kind::Integer),
    required("metadata", Kind::Lists),
];

struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Boolean,
    /// Below 2^53.
    Integer,
    /// At least one.
    Integers,
    Text,
    /// `^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+[+\-]\d+$`
    Timestamp,
    Object(&'static [Field]),
    /// Any keys, each with at least one text.
    Lists,
}

#[test]
fn every_record_has_the_fields_of_suricatas_schema_and_no_others() {
    for case in cases() {
        let record = serde_json::from_str(&case.line(Format::Eve, false)).unwrap();
        assert_eq!(misfit(&record), None, "{}", case.name);
    }
}

/// The first field of a record that the schema has otherwise.
pub(crate) fn misfit(record: &Value) -> Option<String> {
    misfit_of("record", record, Kind::Object(RECORD))
}

fn misfit_of(name: &str, value: &Value, kind: Kind) -> Option<String> {
    let fits = match (kind, value) {
        (Kind::Object(fields), Value::Object(object)) => return misfit_in(name, object, fields),
        (Kind::Boolean, Value::Bool(_)) | (Kind::Text, Value::String(_)) => true,
        (Kind::Integer, value) => is_integer(value),
        (Kind::Integers, Value::Array(items)) => !items.is_empty() && items.iter().all(is_integer),
        (Kind::Timestamp, Value::String(text)) => is_timestamp(text),
        (Kind::Lists, Value::Object(object)) => object.values().all(|list| {
            list.as_array()
                .is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_string))
        }),
        _ => false,
    };
    (!fits).then(|| name.to_owned())
}

fn misfit_in(name: &str, object: &Map<String, Value>, fields: &[Field]) -> Option<String> {
    let unknown = object
        .keys()
        .find(|key| !fields.iter().any(|field| field.name == key.as_str()));
    let misfit = || {
        fields
            .iter()
            .find_map(|field| match object.get(field.name) {
                Some(value) => misfit_of(field.name, value, field.kind),
                None => field.required.then(|| field.name.to_owned()),
            })
    };
    let field = unknown.cloned().or_else(misfit)?;
    Some(format!("{name}.{field}"))
}

fn is_integer(value: &Value) -> bool {
    value.as_u64().is_some_and(|number| number < 1 << 53)
}

fn is_timestamp(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    shape == "0000-00-00T00:00:00.000000+0000" && text.ends_with("+0000")
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: true,
    }
}

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: false,
    }
}
