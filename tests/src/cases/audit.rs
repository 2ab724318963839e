//! Audit: judged, counted and told as ever, and nothing is dropped.

use enforcer_common::DropReason::{Denied, Malformed, NotAllowed, RogueRouter, Spoofed, Unlisted};

use super::network::{
    ARCHIVE, DENIED, ELSEWHERE, GATE, GATE_V4, HALL_V4, STRANGER, gate_to, hall_to, under,
};
use super::{Cases, Ports, Suite};
use crate::frame::{ethernet, icmp, ipv4, udp};

const SOME: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  recorded: {allow: [{to: 203.0.113.0/24}], deny: [{to: 203.0.113.13}]}
cameras:
  gate:
    match: {mac: "02:00:00:00:50:21", ip: 192.168.50.21}
    group: recorded
    mode: audit
  hall: {match: {mac: "02:00:00:00:50:22"}, group: recorded}
"#;

pub(super) fn cameras(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    in_audit(&mut cases);
    cases
        .camera("hall", ports.cameras)
        .drops(
            NotAllowed,
            "a camera of the same group that is not in audit",
            hall_to(ELSEWHERE) / udp(5000, 5000),
        )
        .drops(
            Spoofed,
            "its neighbour with its address",
            ethernet([2, 0, 0, 0, 0x50, 0x22]) / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000),
        )
        .strangers(ports.cameras)
        .drops(
            Unlisted,
            "a stranger next to it",
            ethernet(STRANGER) / ipv4("192.168.50.30", ARCHIVE) / udp(5000, 5000),
        );
    under(SOME, "one camera in audit", ports, cases)
}

fn in_audit(cases: &mut Cases) {
    cases
        .allows("what it may reach", gate_to(ARCHIVE) / udp(5000, 5000))
        .audits(
            NotAllowed,
            "what it may not reach",
            gate_to(ELSEWHERE) / udp(5000, 5000),
        )
        .audits(
            Denied,
            "what it is denied",
            gate_to(DENIED) / udp(5000, 5000),
        )
        .audits(
            Spoofed,
            "another address than its own",
            ethernet(GATE) / ipv4(HALL_V4, ARCHIVE) / udp(5000, 5000),
        )
        .audits(RogueRouter, "a redirect", gate_to(ARCHIVE) / icmp(5, 1))
        .audits(
            Malformed,
            "a frame without its last byte",
            (gate_to(ARCHIVE) / udp(5000, 5000)).without_last(1),
        );
}

const ALL: &str = r#"
version: 1
mode: audit
interfaces:
  lan-cam*: {unlisted: drop}
  lan: {unlisted: pass}
groups:
  recorded: {allow: [{to: 203.0.113.0/24}], deny: [{to: 203.0.113.13}]}
  enforced: {mode: enforce, allow: [{to: 203.0.113.0/24}]}
cameras:
  gate: {match: {mac: "02:00:00:00:50:21", ip: 192.168.50.21}, group: recorded}
  hall: {match: {mac: "02:00:00:00:50:22"}, group: enforced}
"#;

pub(super) fn everything(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    in_audit(&mut cases);
    cases
        .camera("hall", ports.cameras)
        .drops(
            NotAllowed,
            "a camera of a group that enforces",
            hall_to(ELSEWHERE) / udp(5000, 5000),
        )
        .strangers(ports.cameras)
        .audits(
            Unlisted,
            "a stranger",
            ethernet(STRANGER) / ipv4("192.168.50.30", ARCHIVE) / udp(5000, 5000),
        )
        .strangers(ports.mixed)
        .ignores(
            "a stranger among strangers",
            ethernet(STRANGER) / ipv4("192.168.70.30", ELSEWHERE) / udp(5000, 5000),
        );
    under(ALL, "everything in audit", ports, cases)
}
