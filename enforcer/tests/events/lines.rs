//! How the lines look.

use enforcer::events::{Format, Missed};
use enforcer_common::DropReason;
use serde_json::Value;

use super::cases::{cases, named};

#[test]
fn a_person_reads_one_line_for_each_drop() {
    let lines: Vec<String> = cases()
        .iter()
        .map(|case| case.line(Format::Text, false))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn suricatas_readers_get_one_record_for_each_drop() {
    for case in cases() {
        let line = case.line(Format::Eve, false);
        // Over several lines the snapshot is easier to read, and the order stays.
        let value: Value = serde_json::from_str(&line).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        insta::assert_snapshot!(format!("eve_{}", case.name), pretty);
    }
}

#[test]
fn elastics_readers_get_one_record_for_each_drop() {
    for case in cases() {
        let value: Value = serde_json::from_str(&case.line(Format::Ecs, false)).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        insta::assert_snapshot!(format!("ecs_{}", case.name), pretty);
    }
}

#[test]
fn in_each_form_a_line_says_how_many_events_are_missing() {
    let at = "2026-11-25T17:40:00.123456789Z".parse().unwrap();
    let line = |format: Format, events: u64, color: bool| {
        let mut line = Vec::new();
        format.write_missed(&Missed { events, at }, color, &mut line);
        assert_eq!(line.pop(), Some(b'\n'));
        String::from_utf8(line).unwrap()
    };
    assert_eq!(
        line(Format::Eve, 1204, true),
        r#"{"timestamp":"2026-11-25T17:40:00.123456+0000","event_type":"missed","missed":{"events":1204}}"#
    );
    let text = "17:40:00.123Z  MISSED  1,204 events: more came than were taken";
    assert_eq!(line(Format::Text, 1204, false), text);
    let one = line(Format::Text, 1, false);
    assert!(one.ends_with("MISSED  1 event: more came than were taken"));
    assert!(line(Format::Text, 1, true).contains("\u{1b}["));
    let ecs: Value = serde_json::from_str(&line(Format::Ecs, 1204, false)).unwrap();
    assert_eq!(ecs["@timestamp"], "2026-11-25T17:40:00.123456Z");
    assert_eq!(ecs["event"]["action"], "missed");
    assert_eq!(ecs["enforcer"]["missed"], 1204);
}

#[test]
fn both_forms_of_json_say_the_same() {
    for case in cases() {
        let [eve, ecs] = [Format::Eve, Format::Ecs]
            .map(|format| -> Value { serde_json::from_str(&case.line(format, false)).unwrap() });
        let same = |in_eve: &str, in_ecs: &str| {
            let (in_eve, in_ecs) = (eve.pointer(in_eve), ecs.pointer(in_ecs));
            assert_eq!(in_eve, in_ecs, "{}", case.name);
        };
        same("/drop/reason", "/event/reason");
        same("/alert/severity", "/event/severity");
        same("/alert/signature", "/rule/name");
        same("/alert/category", "/rule/category");
        same("/src_ip", "/source/ip");
        same("/src_port", "/source/port");
        same("/dest_ip", "/destination/ip");
        same("/dest_port", "/destination/port");
        same("/community_id", "/network/community_id");
        same("/in_iface", "/observer/ingress/interface/name");
        same("/alert/metadata/camera/0", "/enforcer/camera");
        same("/alert/metadata/group/0", "/enforcer/group");
        same("/alert/metadata/rule/0", "/enforcer/rule");
        same("/alert/metadata/fragment/0", "/enforcer/fragment");
        same("/alert/metadata/dest_domain/0", "/destination/domain");
        same(
            "/alert/metadata/dest_country/0",
            "/destination/geo/country_iso_code",
        );
        same(
            "/alert/metadata/dest_organization/0",
            "/destination/as/organization/name",
        );
        same("/alert/metadata/dest_cloud/0", "/enforcer/dest_cloud");
        same("/alert/metadata/dest_carrier/0", "/enforcer/dest_carrier");
    }
}

#[test]
fn an_ecs_line_is_written_without_spaces_in_a_fixed_order() {
    insta::assert_snapshot!(named("tcp_syn").line(Format::Ecs, false));
}

#[test]
fn an_eve_line_is_written_without_spaces_in_a_fixed_order() {
    insta::assert_snapshot!(named("tcp_syn").line(Format::Eve, false));
}

#[test]
fn colour_is_for_text_alone_and_says_the_same() {
    for case in cases() {
        let coloured = case.line(Format::Text, true);
        assert!(coloured.contains('\u{1b}'), "{coloured}");
        assert_eq!(without_colour(&coloured), case.line(Format::Text, false));
        for format in [Format::Eve, Format::Ecs] {
            assert_eq!(case.line(format, true), case.line(format, false));
        }
    }
}

#[test]
fn every_reason_has_its_own_signature() {
    let mut case = named("tcp_syn");
    for &reason in DropReason::ALL {
        case.event.reason = reason;
        let record: Value = serde_json::from_str(&case.line(Format::Eve, false)).unwrap();
        let alert = &record["alert"];
        assert_eq!(alert["signature_id"], 1_990_000 + u64::from(reason as u8));
        let signature = alert["signature"].as_str().unwrap();
        let prefix = format!("enforcer: {}: ", reason.name());
        assert!(signature.starts_with(&prefix), "{signature}");
        assert!(!signature.contains("  ") && !signature.ends_with(['.', ' ']));
        assert_eq!(record["drop"]["reason"], reason.name());
    }
}

#[test]
fn both_directions_are_one_flow() {
    let there = named("tcp_syn");
    let mut back = named("tcp_syn");
    let event = &mut back.event;
    std::mem::swap(&mut event.source, &mut event.destination);
    std::mem::swap(&mut event.source_port, &mut event.destination_port);
    let [there, back] = [there, back]
        .map(|case| -> Value { serde_json::from_str(&case.line(Format::Eve, false)).unwrap() });
    assert_ne!(there["src_ip"], back["src_ip"]);
    assert_eq!(there["flow_id"], back["flow_id"]);
    assert_eq!(there["community_id"], back["community_id"]);
}

fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain + rest
}
