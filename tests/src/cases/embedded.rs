//! IPv6 addresses with an IPv4 address inside: the other form of something denied.

use enforcer_common::DropReason::{
    Denied, EmbeddedIpv4, Malformed, Multicast, NotAllowed, Port, Protocol,
};

use super::network::{ARCHIVE_V6, GATE, HALL, HALL_V6, hall_to, under};
use super::{Cases, Ports, Suite};
use crate::frame::{ethernet, fragment, hop_by_hop, icmp, icmpv6, ipv6, protocol, tcp, udp, vlan};
use crate::threats::Threat;

const POLICY: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  all-ipv6:
    allow:
      - to: "::/0"
      - to: [203.0.113.0/24, 192.168.50.0/24, 224.0.0.0/3, 0.0.0.0/1]
      - to: 198.51.100.7
        ports: [tcp/443]
    deny: [{to: 203.0.113.13}]
  no-ipv6:
    allow: [{to: 203.0.113.0/24}]
    deny: [{to: "::/0"}]
cameras:
  hall: {match: {mac: "02:00:00:00:50:22"}, group: all-ipv6}
  gate: {match: {mac: "02:00:00:00:50:21"}, group: no-ipv6}
"#;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("hall", ports.cameras);
    cases.closes(Threat::EmbeddedIpv4);
    hidden(&mut cases);
    translated(&mut cases);
    cases.camera("gate", ports.cameras).drops(
        Denied,
        "a translated form of an allowed address where all of IPv6 is denied",
        ethernet(GATE) / ipv6("fd00:50::21", "64:ff9b::203.0.113.7") / udp(5000, 5000),
    );
    under(POLICY, "IPv4 within IPv6", ports, cases)
}

fn hidden(cases: &mut Cases) {
    cases.allows(
        "an IPv6 address that hides none",
        hall_to(ARCHIVE_V6) / udp(5000, 5000),
    );
    for (destination, source, address) in [
        (
            "an IPv4-mapped destination",
            "an IPv4-mapped source",
            "::ffff:203.0.113.7",
        ),
        (
            "an IPv4-compatible destination",
            "an IPv4-compatible source",
            "::203.0.113.7",
        ),
        (
            "an IPv4-translated destination",
            "an IPv4-translated source",
            "::ffff:0:203.0.113.7",
        ),
        ("a 6to4 destination", "a 6to4 source", "2002:cb00:7107::1"),
        (
            "a Teredo destination",
            "a Teredo source",
            "2001:0:cb00:7107::1",
        ),
        (
            "an ISATAP destination",
            "an ISATAP source",
            "2001:db8::5efe:203.0.113.7",
        ),
        (
            "an ISATAP destination of a global address",
            "an ISATAP source of a global address",
            "2001:db8::200:5efe:203.0.113.7",
        ),
        (
            "an ISATAP destination on the link",
            "an ISATAP source on the link",
            "fe80::5efe:192.168.50.10",
        ),
        (
            "a destination in the local prefix of translators",
            "a source in the local prefix of translators",
            "64:ff9b:1::203.0.113.7",
        ),
        (
            "an IPv4-mapped loopback destination",
            "an IPv4-mapped loopback source",
            "::ffff:127.0.0.1",
        ),
        (
            "a 6to4 destination of a private address",
            "a 6to4 source of a private address",
            "2002:c0a8:320a::1",
        ),
        (
            "an ISATAP destination of the unique local kind",
            "an ISATAP source of the unique local kind",
            "fd00:50::5efe:192.168.50.10",
        ),
        (
            "the lowest IPv4-compatible destination",
            "the lowest IPv4-compatible source",
            "::2",
        ),
    ] {
        cases
            .drops(
                EmbeddedIpv4,
                destination,
                hall_to(address) / udp(5000, 5000),
            )
            .drops(
                EmbeddedIpv4,
                source,
                ethernet(HALL) / ipv6(address, ARCHIVE_V6) / udp(5000, 5000),
            );
    }
    cases.drops(
        EmbeddedIpv4,
        "a source that only a translator has",
        ethernet(HALL) / ipv6("64:ff9b::203.0.113.7", ARCHIVE_V6) / udp(5000, 5000),
    );
}

fn translated(cases: &mut Cases) {
    cases
        .allows(
            "an allowed address, translated",
            hall_to("64:ff9b::203.0.113.7") / udp(5000, 5000),
        )
        .allows(
            "a ping to an allowed address, translated",
            hall_to("64:ff9b::203.0.113.7") / icmpv6(128, 0),
        )
        .drops(
            Denied,
            "a denied address, translated",
            hall_to("64:ff9b::203.0.113.13") / udp(5000, 5000),
        )
        .drops(
            NotAllowed,
            "an address that is not allowed, translated, where all of IPv6 is",
            hall_to("64:ff9b::198.18.0.7") / udp(5000, 5000),
        )
        .allows(
            "an allowed port, translated",
            hall_to("64:ff9b::198.51.100.7") / tcp(40000, 443).syn(),
        )
        .drops(
            Port,
            "another port, translated",
            hall_to("64:ff9b::198.51.100.7") / tcp(40000, 444).syn(),
        )
        .drops(
            Denied,
            "a fragment to a denied address, translated",
            hall_to("64:ff9b::203.0.113.13") / fragment(1, false) / protocol(17, &[0; 8]),
        )
        .drops(
            Denied,
            "a denied address, translated, behind options and a tag",
            ethernet(HALL)
                / vlan(0)
                / ipv6(HALL_V6, "64:ff9b::203.0.113.13")
                / hop_by_hop()
                / udp(5000, 5000),
        )
        .drops(
            Protocol,
            "a tunnel to an allowed address, translated",
            hall_to("64:ff9b::203.0.113.7") / protocol(47, &[0; 24]),
        )
        .drops(
            Protocol,
            "ICMP for IPv4 to a translator",
            hall_to("64:ff9b::203.0.113.7") / icmp(8, 0),
        );
    for (name, address) in [
        ("this network, translated", "64:ff9b::0.0.0.0"),
        ("a loopback address, translated", "64:ff9b::127.0.0.1"),
        ("a reserved address, translated", "64:ff9b::240.0.0.1"),
    ] {
        cases.drops(Malformed, name, hall_to(address) / udp(5000, 5000));
    }
    cases.closes(Threat::GroupAddresses);
    for (name, address) in [
        ("a multicast address, translated", "64:ff9b::239.1.2.3"),
        (
            "the limited broadcast, translated",
            "64:ff9b::255.255.255.255",
        ),
        (
            "the link's broadcast address, translated",
            "64:ff9b::192.168.50.255",
        ),
        (
            "another link's broadcast address, translated",
            "64:ff9b::192.168.60.255",
        ),
    ] {
        cases.drops(Multicast, name, hall_to(address) / udp(5000, 5000));
    }
}
