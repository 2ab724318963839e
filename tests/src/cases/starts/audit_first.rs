//! `policies/audit-first.yaml`.

use enforcer_common::DropReason::{
    Discovery, NotAllowed, NotAnAnswer, Port, RogueDhcp, Spoofed, Unlisted,
};

use super::{
    CLOUD, CLOUD_V6, Cases, Device, GATE, HALL, Ports, RECORDER, RECORDER_V6, ROUTER, STRANGER,
    Suite, bridge, recorder_only, shipped,
};
use crate::frame::{arp_request, tcp, udp};

const POLICY: &str = include_str!("../../../../policies/audit-first.yaml");

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    recorder_only::allowed(&mut cases, &GATE);
    cases
        .allows_all(GATE.finds_neighbours())
        .allows_all(GATE.asks_for_addresses())
        .drops_noise(&GATE);
    recorder_only::dropped(&mut cases, &GATE);
    cases.camera("hall", ports.trunk);
    told(&mut cases);
    cases.strangers(ports.trunk);
    strangers(&mut cases);
    let router = bridge(ports, ["lan-cam1", "lan-cam2", "lan-rec1"]);
    shipped("audit-first.yaml", POLICY, router, cases)
}

fn told(cases: &mut Cases) {
    cases
        .allows(
            "a camera in audit answers the recorder",
            HALL.to(RECORDER) / tcp(554, 40000).syn_ack(),
        )
        .allows(
            "a camera in audit asks the router for a name",
            HALL.to(ROUTER) / udp(40000, 53),
        )
        .audits(
            NotAllowed,
            "a camera in audit phones home",
            HALL.to(CLOUD) / tcp(40000, 443).syn(),
        )
        .audits(
            NotAllowed,
            "a camera in audit phones home by IPv6",
            HALL.to(CLOUD_V6) / tcp(40000, 443).syn(),
        )
        .audits(
            Port,
            "a camera in audit calls the recorder",
            HALL.to(RECORDER_V6) / tcp(40000, 7660).syn(),
        )
        .audits(
            NotAnAnswer,
            "a camera in audit calls the recorder from its web port",
            HALL.to(RECORDER) / tcp(80, 7660).syn(),
        )
        .audits(
            Spoofed,
            "a camera in audit sends from another address",
            HALL.from("192.168.50.99", RECORDER) / tcp(554, 40000).ack(),
        )
        .audits(
            Discovery,
            "a camera in audit looks for others",
            HALL.to("239.255.255.250") / udp(40000, 1900),
        )
        .audits(
            RogueDhcp,
            "a camera in audit poses as a DHCP server",
            HALL.to("255.255.255.255") / udp(67, 68),
        );
}

fn strangers(cases: &mut Cases) {
    let changed = Device {
        mac: [2, 0xaa, 0xbb, 0xcc, 0xdd, 0xee],
        ..GATE
    };
    cases
        .audits(
            Unlisted,
            "a device that is not listed",
            STRANGER.to(CLOUD) / tcp(40000, 443).syn(),
        )
        .audits(
            Unlisted,
            "a device that is not listed, by IPv6",
            STRANGER.to(CLOUD_V6) / tcp(40000, 443).syn(),
        )
        .audits(
            Unlisted,
            "its ARP",
            STRANGER.link(true) / arp_request(STRANGER.mac, STRANGER.v4, ROUTER),
        )
        .audits(
            Unlisted,
            "what this cannot stop yet: the enforced camera under another MAC address",
            changed.to(CLOUD) / tcp(40000, 443).syn(),
        );
}
