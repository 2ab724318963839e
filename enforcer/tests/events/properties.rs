//! What never happens, whatever the kernel or a name says.

use std::mem::offset_of;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use enforcer::events::{Format, Told, journal};
use enforcer::labels::Label;
use enforcer_common::{DropReason, event::DropEvent};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use zerocopy::{IntoBytes as _, TryFromBytes as _};

use super::cases::cases;
use super::envelopes::fields;
use super::schema::misfit;

/// What could end a line, steer a terminal or break out of a string.
const NAMES: &[&str] = &[
    "",
    "gate",
    "a\nb",
    "\u{1b}[2J",
    "\u{9b}31m",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}evil",
    "\"}\\",
    "é🎥",
    "\0",
    "\r",
    "\u{feff}",
];

proptest! {
    #[test]
    fn any_event_is_one_line_that_its_readers_take(
        event in any_event(),
        second in -62_135_596_800_i64..253_402_207_200,
        nanosecond in 0..1_000_000_000_i32,
        interface in any_name(),
        camera in proptest::option::of(any_name()),
        rule in proptest::option::of(any_name()),
        frame in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..=128)),
        domain in proptest::option::of(any_name()),
        organization in any_name(),
    ) {
        let label = Label { asn: Some(1), organization: Some(organization.as_str().into()), ..Label::default() };
        let told = Told {
            event: &event,
            at: Timestamp::new(second, nanosecond).unwrap(),
            interface: &interface,
            camera: camera.as_deref(),
            group: camera.as_deref(),
            rule: rule.as_deref(),
            frame: frame.as_deref(),
            domain: domain.as_deref(),
            label: domain.as_ref().map(|_| &label),
        };

        let eve = line(Format::Eve, &told);
        let record = serde_json::from_str::<serde_json::Value>(&eve).unwrap();
        prop_assert_eq!(misfit(&record), None, "{}", eve);
        let packet = record.get("packet").and_then(|packet| packet.as_str());
        let packet = packet.map(|packet| BASE64_STANDARD.decode(packet).unwrap());
        prop_assert_eq!(packet, frame.clone().filter(|frame| !frame.is_empty()));
        prop_assert_eq!(record["in_iface"].as_str(), Some(interface.as_str()));
        prop_assert_eq!(record["alert"]["metadata"]["camera"][0].as_str(), camera.as_deref());
        prop_assert_eq!(record["alert"]["metadata"]["dest_domain"][0].as_str(), domain.as_deref());

        let ecs = line(Format::Ecs, &told);
        let record = serde_json::from_str::<serde_json::Value>(&ecs).unwrap();
        prop_assert_eq!(record["observer"]["ingress"]["interface"]["name"].as_str(), Some(interface.as_str()));
        prop_assert_eq!(record["enforcer"]["camera"].as_str(), camera.as_deref());

        let mut entry = Vec::new();
        journal::write(&told, Format::Text, &mut entry);
        let fields = fields(&entry);
        prop_assert_eq!(fields.get("ENFORCER_INTERFACE").map(Vec::as_slice), Some(interface.as_bytes()));
        prop_assert_eq!(fields.get("ENFORCER_CAMERA").map(Vec::as_slice), camera.as_ref().map(String::as_bytes));

        let text = line(Format::Text, &told);
        prop_assert!(text.contains(event.reason.name()), "{}", text);
    }
}

/// Appends to what is there, ends with the only line break, and steers nothing.
fn line(format: Format, told: &Told<'_>) -> String {
    let mut bytes = b"before\n".to_vec();
    format.write(told, false, &mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let line = text.strip_prefix("before\n").unwrap();
    let line = line.strip_suffix('\n').unwrap();
    assert!(!line.is_empty());
    for character in line.chars() {
        let turns = matches!(character, '\u{2028}' | '\u{202e}' | '\u{feff}');
        assert!(!character.is_control() && !turns, "{line:?}");
    }
    line.to_owned()
}

/// Any bytes that are an event, and events of every kind with some bytes changed.
fn any_event() -> impl Strategy<Value = DropEvent> {
    let noise = proptest::collection::vec(any::<u8>(), size_of::<DropEvent>());
    let events: Vec<Vec<u8>> = cases()
        .iter()
        .map(|case| case.event.as_bytes().to_vec())
        .collect();
    let slips = proptest::collection::vec((0..size_of::<DropEvent>(), any::<u8>()), 0..8);
    let changed = (select(events), slips).prop_map(|(mut event, slips)| {
        for (at, byte) in slips {
            replace(&mut event, at, byte);
        }
        event
    });
    (prop_oneof![noise, changed], select(DropReason::ALL)).prop_map(|(mut bytes, reason)| {
        // The one byte of which not every value decodes.
        replace(&mut bytes, offset_of!(DropEvent, reason), reason as u8);
        DropEvent::try_read_from_bytes(&bytes).unwrap()
    })
}

fn replace(bytes: &mut [u8], at: usize, byte: u8) {
    if let Some(place) = bytes.get_mut(at) {
        *place = byte;
    }
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![select(NAMES).prop_map(str::to_owned), any::<String>()]
}
