//! What a replay says to people, as they see it: the summary, all of it, and what is different by another policy.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what the helpers cannot do fails the test"
)]

use std::{io::Cursor, net::Ipv4Addr, time::Duration};

use enforcer::{
    labels::Labels,
    policy::Policy,
    replay::{
        self,
        capture::Capture,
        judge::Judge,
        text::{self, About},
    },
};
use pcap_file::pcap::{PcapPacket, PcapWriter};

const POLICY: &str = r#"version: 1
interfaces: {lan-cam*: {}}
groups:
  recorded:
    allow:
      - {to: 192.168.50.10, answer: tcp/554}
      - {to: 192.168.50.1, ports: udp/123}
cameras:
  gate: {match: {mac: "02:00:00:00:00:01", ip: 192.168.50.21}, group: recorded}
  yard: {match: {mac: "02:00:00:00:00:02"}, group: recorded}
  attic: {match: {mac: "02:00:00:00:00:03"}, group: recorded, mode: audit}
"#;

/// What the cameras send: gate the time and a cloud, yard many ports of another, attic a third; a stranger; a tail that is
/// cut; and who says that it is somebody else.
fn frames() -> Vec<Vec<u8>> {
    let clock = [192, 168, 50, 1];
    let mut frames = vec![
        udp(1, [192, 168, 50, 21], clock, 123),
        udp(1, [192, 168, 50, 21], clock, 123),
        udp(1, [192, 168, 50, 21], [203, 0, 113, 7], 9_999),
        udp(1, [192, 168, 50, 77], clock, 123),
        udp(3, [192, 168, 50, 23], [198, 51, 100, 7], 53),
        udp(9, [192, 168, 50, 99], clock, 123),
    ];
    frames
        .extend((0..12).map(|number| udp(2, [192, 168, 50, 22], [203, 0, 113, 8], 1_000 + number)));
    frames
}

#[test]
fn a_person_sees_the_verdicts_who_was_dropped_for_which_reason_and_where_it_wanted_to_go() {
    let shown = shown(POLICY, None, false);
    insta::assert_snapshot!(shown);
}

#[test]
fn all_of_it_is_shown_where_that_is_asked_for() {
    let shown = shown(POLICY, None, true);
    assert!(!shown.contains("--all"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn by_another_policy_it_is_told_what_becomes_allowed_dropped_and_otherwise() {
    let new = POLICY
        .replace("udp/123", "udp/124")
        .replace("[198", "[")
        .replace(
            "      - {to: 192.168.50.10",
            "      - {to: 203.0.113.8}\n      - {to: 192.168.50.10",
        )
        .replace(", mode: audit", "");
    insta::assert_snapshot!(shown(&new, Some(POLICY), false));
    let same = shown(POLICY, Some(POLICY), false);
    let told = "\nold.yaml and new.yaml judge every frame alike\n";
    assert!(same.ends_with(told), "{same}");
}

/// As it is shown, without times: those are told in the machine's zone.
fn shown(policy: &str, against: Option<&str>, all: bool) -> String {
    let judge = |name: &str, text: &str| {
        let policy = Policy::parse(name, text).unwrap();
        Judge::new(policy, None).unwrap()
    };
    let mut judged = judge("new.yaml", policy);
    let mut against = against.map(|text| judge("old.yaml", text));
    let capture = Capture::new("monday.pcap", Cursor::new(capture())).unwrap();
    let report = replay::replay(capture, &mut judged, against.as_mut(), false, |_| true).unwrap();
    let about = About {
        capture: "monday.pcap",
        names: judged.names(),
        against: against.as_ref().map(Judge::names),
        labels: &Labels::default(),
        by_kernel: judged.is_kernels(),
    };
    let mut out = Vec::new();
    text::show(&report, &about, all, &mut out).unwrap();
    timeless(String::from_utf8(out).unwrap())
}

/// A second between one and the next; of the last there is but the beginning.
fn capture() -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new()).unwrap();
    let frames = frames();
    for (at, frame) in (1_900_000_000..).zip(&frames) {
        let kept = if at == 1_900_000_000 + frames.len() as u64 - 1 {
            50
        } else {
            frame.len()
        };
        let original = frame.len().try_into().unwrap();
        let packet = PcapPacket::new(Duration::from_secs(at), original, &frame[..kept]);
        writer.write_packet(&packet).unwrap();
    }
    writer.into_writer()
}

/// A datagram of a device with such a MAC address, with its length and without checksums of UDP.
fn udp(device: u8, from: [u8; 4], to: [u8; 4], port: u16) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0xff, 0xff, 2, 0, 0, 0, 0, device, 8, 0];
    frame.extend([0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0]);
    frame.extend(from);
    frame.extend(Ipv4Addr::from(to).octets());
    frame.extend(40_000_u16.to_be_bytes());
    frame.extend(port.to_be_bytes());
    frame.extend([0, 26, 0, 0]);
    frame.extend([0; 18]);
    frame
}

/// With times and the machine's zone masked.
fn timeless(mut text: String) -> String {
    for (shape, mask) in [
        ("0000-00-00 00:00:00", "TIME               "),
        ("(+00:00)", "( ZONE )"),
    ] {
        let is_it = |at: &[u8]| {
            let mut pairs = at.iter().zip(shape.as_bytes());
            pairs.all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'+' => matches!(byte, b'+' | b'-'),
                _ => byte == shape,
            })
        };
        while let Some(at) = text.as_bytes().windows(shape.len()).position(is_it) {
            text.replace_range(at..at + shape.len(), mask);
        }
    }
    text
}
