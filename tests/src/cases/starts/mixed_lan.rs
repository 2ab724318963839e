//! `policies/mixed-lan.yaml`.

use enforcer_common::DropReason::{NotAllowed, NotAnAnswer, Port, Spoofed};

use super::{
    CLOUD, CLOUD_V6, Cases, Device, GATE, HALL, Ports, RECORDER, RECORDER_V6, ROUTER, STRANGER,
    Suite, bridge, recorder_only, shipped,
};
use crate::frame::{Mac, arp_request, ipv6, router_advertisement, tcp, udp};

const POLICY: &str = include_str!("../../../../policies/mixed-lan.yaml");

/// Shows pictures.
const VIEWER: &str = "192.168.50.30";
/// Somebody's phone.
const PHONE: Device = STRANGER;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    recorder_only::allowed(&mut cases, &GATE);
    cases
        .allows_all(GATE.finds_neighbours())
        .allows_all(GATE.asks_for_addresses())
        .drops_noise(&GATE);
    recorder_only::dropped(&mut cases, &GATE);
    viewers(&mut cases);
    cases.camera("hall", ports.mixed);
    without_address(&mut cases);
    makers(&mut cases, ports);
    cases.strangers(ports.mixed);
    strangers(&mut cases);
    let router = bridge(ports, ["lan1", "lan2", "wlan0"]);
    shipped("mixed-lan.yaml", POLICY, router, cases)
}

fn viewers(cases: &mut Cases) {
    cases
        .allows(
            "shows pictures to a computer",
            GATE.to(VIEWER) / tcp(554, 40000).syn_ack(),
        )
        .allows(
            "shows its web interface to the other computer",
            GATE.to("192.168.50.31") / tcp(80, 40000).ack(),
        )
        .drops(
            NotAnAnswer,
            "opens a connection to a computer that shows pictures",
            GATE.to(VIEWER) / tcp(80, 445).syn(),
        )
        .drops(
            Port,
            "sends a computer what it did not ask for",
            GATE.to(VIEWER) / udp(8000, 6970),
        )
        .drops(
            NotAllowed,
            "answers a phone",
            GATE.to(PHONE.v4) / tcp(554, 40000).syn_ack(),
        )
        .drops(
            NotAllowed,
            "calls a phone by IPv6",
            GATE.to(PHONE.v6) / tcp(40000, 80).syn(),
        );
}

fn without_address(cases: &mut Cases) {
    cases
        .allows(
            "a camera on Wi-Fi answers the recorder",
            HALL.to(RECORDER) / tcp(554, 40000).syn_ack(),
        )
        .allows(
            "a camera without `ip` sends from any address of the link",
            HALL.from("192.168.50.99", RECORDER) / tcp(554, 40000).ack(),
        )
        .drops(
            Spoofed,
            "a camera without `ip` sends from an address that another is bound to",
            HALL.from(GATE.v4, RECORDER) / tcp(554, 40000).ack(),
        )
        .drops(
            NotAllowed,
            "a camera on Wi-Fi phones home",
            HALL.to(CLOUD) / tcp(40000, 443).syn(),
        );
}

/// Names of a maker's cases: what passes, what does not, and by IPv6.
const MAKERS: [(&str, Mac, [&str; 3]); 3] = [
    (
        "any-hikvision",
        [0x44, 0x19, 0xb6, 1, 2, 3],
        [
            "a new Hikvision answers the recorder",
            "a new Hikvision phones home",
            "a new Hikvision phones home by IPv6",
        ],
    ),
    (
        "any-dahua",
        [0x3c, 0xef, 0x8c, 1, 2, 3],
        [
            "a new Dahua answers the recorder",
            "a new Dahua phones home",
            "a new Dahua phones home by IPv6",
        ],
    ),
    (
        "any-dahua",
        [0x90, 0x02, 0xa9, 1, 2, 3],
        [
            "a new Dahua of another prefix answers the recorder",
            "a new Dahua of another prefix phones home",
            "a new Dahua of another prefix phones home by IPv6",
        ],
    ),
];

fn makers(cases: &mut Cases, ports: &Ports) {
    for (camera, mac, [answers, phones, phones_v6]) in MAKERS {
        let device = Device {
            mac,
            v4: "192.168.50.80",
            v6: "fd00:50::80",
            ..GATE
        };
        cases
            .camera(camera, ports.trunk)
            .allows(answers, device.to(RECORDER_V6) / tcp(554, 40000).syn_ack())
            .drops(NotAllowed, phones, device.to(CLOUD) / tcp(40000, 443).syn())
            .drops(
                NotAllowed,
                phones_v6,
                device.to(CLOUD_V6) / tcp(40000, 443).syn(),
            );
    }
}

fn strangers(cases: &mut Cases) {
    let changed = Device {
        mac: [2, 0xaa, 0xbb, 0xcc, 0xdd, 0xee],
        ..GATE
    };
    cases
        .ignores(
            "a phone, to the internet",
            PHONE.to(CLOUD) / tcp(40000, 443).syn(),
        )
        .ignores(
            "a phone, to the internet by IPv6",
            PHONE.to(CLOUD_V6) / tcp(40000, 443).syn(),
        )
        .ignores(
            "a phone, to a camera",
            PHONE.to(GATE.v4) / tcp(40000, 80).syn(),
        )
        .ignores(
            "a phone looks for others",
            PHONE.to("239.255.255.250") / udp(40000, 1900),
        )
        .ignores(
            "a phone's ARP",
            PHONE.link(true) / arp_request(PHONE.mac, PHONE.v4, ROUTER),
        )
        .ignores(
            "another router's advertisement",
            PHONE.link(false)
                / ipv6(PHONE.link_local, "ff02::1").hop_limit(255)
                / router_advertisement(),
        )
        .ignores(
            "what this cannot stop: a camera that has changed its MAC address phones home",
            changed.to(CLOUD) / tcp(40000, 443).syn(),
        )
        .ignores(
            "what this cannot stop: the same by IPv6",
            changed.to(CLOUD_V6) / tcp(40000, 443).syn(),
        )
        .ignores(
            "what this does not hold: the recorder calls its cloud",
            Device {
                mac: [2, 0, 0, 0, 0x50, 0x10],
                v4: RECORDER,
                ..GATE
            }
            .to(CLOUD)
                / tcp(40000, 443).syn(),
        );
}
