//! The customer with an office, cameras among other devices, ports of cameras, and other devices.

use enforcer_common::DropReason::{Denied, NotAllowed, NotAnAnswer, Spoofed};

use super::{
    ATTIC, CUSTOMER_V6, Cases, Device, ELSEWHERE, ELSEWHERE_V6, MANAGEMENT, MANAGEMENT_V6, OFFICE,
    OFFICE_V6, Ports, RECORDERS, RESOLVER, SHOP, YARD,
};
use crate::frame::{Mac, arp_request, tcp, udp};

pub(super) fn write(cases: &mut Cases, ports: &Ports) {
    cases.camera("customer-4711", ports.mixed);
    office(cases);
    cases.camera("known-makers", ports.trunk);
    makers(cases);
    cases.camera("on-camera-ports", ports.cameras);
    camera_ports(cases);
    cases.strangers(ports.trunk);
    strangers(cases);
}

fn office(cases: &mut Cases) {
    let [recorder, _] = RECORDERS;
    let [management, _] = MANAGEMENT;
    cases
        .allows(
            "the office's camera, to the cloud",
            SHOP.to(recorder) / tcp(40000, 7660).syn(),
        )
        .allows(
            "the office's camera answers it",
            SHOP.to(OFFICE) / tcp(554, 40000).syn_ack(),
        )
        .allows(
            "the office's camera answers it by IPv6",
            SHOP.to(OFFICE_V6) / tcp(554, 40000).ack(),
        )
        .allows(
            "the office's camera asks a resolver for a name",
            SHOP.to(RESOLVER) / udp(40000, 53),
        )
        .drops(
            NotAnAnswer,
            "the office's camera calls it",
            SHOP.to(OFFICE) / tcp(554, 445).syn(),
        )
        .drops(
            Denied,
            "the office's camera, to what runs the cloud",
            SHOP.to(management) / tcp(40000, 22).syn(),
        )
        .drops(
            Denied,
            "the office's camera, to another customer by IPv6",
            SHOP.to(CUSTOMER_V6) / tcp(40000, 80).syn(),
        )
        .drops(
            NotAllowed,
            "the office's camera phones home",
            SHOP.to(ELSEWHERE_V6) / tcp(40000, 443).syn(),
        );
}

/// A camera of each maker among everything else that people have.
const MAKERS: [(Mac, [&str; 2]); 3] = [
    (
        [0x44, 0x19, 0xb6, 1, 2, 3],
        [
            "a Hikvision at home, to the cloud",
            "a Hikvision at home phones home",
        ],
    ),
    (
        [0x3c, 0xef, 0x8c, 1, 2, 3],
        [
            "a Dahua at home, to the cloud",
            "a Dahua at home phones home",
        ],
    ),
    (
        [0x90, 0x02, 0xa9, 1, 2, 3],
        [
            "a Dahua of another prefix at home, to the cloud",
            "a Dahua of another prefix at home phones home",
        ],
    ),
];

fn makers(cases: &mut Cases) {
    let [recorder, _] = RECORDERS;
    for (mac, [reaches, phones]) in MAKERS {
        let device = Device { mac, ..ATTIC };
        cases
            .allows(reaches, device.to(recorder) / tcp(40000, 7660).syn())
            .drops(
                NotAllowed,
                phones,
                device.to(ELSEWHERE) / tcp(40000, 443).syn(),
            );
    }
    cases
        .drops(
            NotAllowed,
            "a Hikvision at home phones home by IPv6",
            ATTIC.to(ELSEWHERE_V6) / tcp(40000, 443).syn(),
        )
        .drops(
            Denied,
            "a Hikvision at home, to what runs the cloud by IPv6",
            ATTIC.to(MANAGEMENT_V6) / tcp(40000, 443).syn(),
        );
}

fn camera_ports(cases: &mut Cases) {
    let [recorder, _] = RECORDERS;
    cases
        .allows(
            "whatever is on a port of cameras, to the cloud",
            YARD.to(recorder) / udp(40000, 9000),
        )
        .drops(
            NotAllowed,
            "whatever is on a port of cameras phones home",
            YARD.to(ELSEWHERE_V6) / udp(40000, 9000),
        )
        .drops(
            NotAllowed,
            "whatever is on a port of cameras phones home with a tag",
            Device {
                vlan: Some(100),
                ..YARD
            }
            .to(ELSEWHERE)
                / udp(40000, 9000),
        )
        .drops(
            Spoofed,
            "whatever is on a port of cameras, from elsewhere",
            YARD.from(ELSEWHERE, recorder) / udp(40000, 9000),
        );
}

fn strangers(cases: &mut Cases) {
    let laptop = Device {
        mac: [2, 0, 0, 0, 0x99, 0x99],
        ..ATTIC
    };
    let untagged = Device {
        vlan: None,
        ..laptop
    };
    let unlisted_vlan = Device {
        vlan: Some(704),
        ..laptop
    };
    cases
        .ignores(
            "a laptop at home, to the internet",
            laptop.to(ELSEWHERE) / tcp(40000, 443).syn(),
        )
        .ignores(
            "a laptop at home, to the internet by IPv6",
            laptop.to(ELSEWHERE_V6) / tcp(40000, 443).syn(),
        )
        .ignores(
            "a laptop's ARP",
            laptop.link(true) / arp_request(laptop.mac, laptop.v4, laptop.router),
        )
        .ignores(
            "a VLAN that is not listed",
            unlisted_vlan.to(ELSEWHERE) / tcp(40000, 443).syn(),
        )
        .ignores(
            "no VLAN at all",
            untagged.to(ELSEWHERE) / tcp(40000, 443).syn(),
        );
}
