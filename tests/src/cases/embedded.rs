//! IPv6 addresses with an IPv4 address inside: the other form of something denied.

use enforcer_common::DropReason::{
    Denied, EmbeddedIpv4, Malformed, Multicast, NotAllowed, Port, Protocol,
};

use super::network::{ARCHIVE_V6, GATE, HALL, hall_to, under};
use super::{Cases, Ports, Suite};
use crate::frame::{ethernet, icmp, icmpv6, ipv6, tcp, udp};
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

const TRANSLATING: &str = r#"
version: 1
nat64:
  - "2001:db8::/32"
  - "2001:db9:100::/40"
  - "2001:dba:122::/48"
  - "2001:dba:123:300::/56"
  - "2001:dba:124:344::/64"
  - "2001:dba:125:344::/96"
  - "64:ff9b:1::/48"
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  all-ipv6:
    allow:
      - to: "::/0"
      - to: 192.0.2.0/24
      - {to: 192.168.50.0/24}
      - {to: 198.51.100.7, ports: tcp/443}
    deny: [{to: [192.0.2.33, "2001:dba:124::/48"]}]
cameras:
  hall: {match: {mac: "02:00:00:00:50:22"}, group: all-ipv6}
"#;

/// Addresses of RFC 6052, section 2.4, with 192.0.2.33 inside; 192.0.2.32; 192.0.3.33; and the first
/// with the last of the bits set that are kept zero.
const EMBEDDED: [(&str, [&str; 4]); 5] = [
    (
        "2001:db8::/32",
        [
            "2001:db8:c000:221::",
            "2001:db8:c000:220::",
            "2001:db8:c000:321::",
            "2001:db8:c000:221:100::",
        ],
    ),
    (
        "2001:db9:100::/40",
        [
            "2001:db9:1c0:2:21::",
            "2001:db9:1c0:2:20::",
            "2001:db9:1c0:3:21::",
            "2001:db9:1c0:2:121::",
        ],
    ),
    (
        "2001:dba:122::/48",
        [
            "2001:dba:122:c000:2:2100::",
            "2001:dba:122:c000:2:2000::",
            "2001:dba:122:c000:3:2100::",
            "2001:dba:122:c000:102:2100::",
        ],
    ),
    (
        "2001:dba:123:300::/56",
        [
            "2001:dba:123:3c0:0:221::",
            "2001:dba:123:3c0:0:220::",
            "2001:dba:123:3c0:0:321::",
            "2001:dba:123:3c0:100:221::",
        ],
    ),
    (
        "64:ff9b:1::/48",
        [
            "64:ff9b:1:c000:2:2100::",
            "64:ff9b:1:c000:2:2000::",
            "64:ff9b:1:c000:3:2100::",
            "64:ff9b:1:c000:8002:2100::",
        ],
    ),
];

/// The names of the cases of a prefix.
macro_rules! names {
    ($($prefix:literal),+) => {
        [$([
            concat!("a denied address by way of ", $prefix),
            concat!("an allowed address by way of ", $prefix),
            concat!("an address that is not allowed by way of ", $prefix),
            concat!("an address in doubt by way of ", $prefix),
            concat!("a source in ", $prefix),
        ]),+]
    };
}

const NAMES: [[&str; 5]; 5] = names!("a /32", "a /40", "a /48", "a /56", "the local prefix");

/// Translators of the policy's own are judged as the well-known one is.
pub(super) fn own_translators(ports: &Ports) -> Suite {
    let mut cases = Cases::of("hall", ports.cameras);
    cases.closes(Threat::EmbeddedIpv4);
    for (names, (_, addresses)) in NAMES.into_iter().zip(EMBEDDED) {
        let [denied, allowed, elsewhere, in_doubt, source] = names;
        let [to_denied, to_allowed, to_elsewhere, to_doubtful] =
            addresses.map(|address| hall_to(address) / udp(5000, 5000));
        cases
            .drops(Denied, denied, to_denied)
            .allows(allowed, to_allowed)
            .drops(NotAllowed, elsewhere, to_elsewhere)
            .drops(EmbeddedIpv4, in_doubt, to_doubtful)
            .drops(
                EmbeddedIpv4,
                source,
                ethernet(HALL) / ipv6(addresses[1], "2a00::1") / udp(5000, 5000),
            );
    }
    by_whole_prefixes(&mut cases);
    under(TRANSLATING, "translators of one's own", ports, cases)
}

fn by_whole_prefixes(cases: &mut Cases) {
    cases
        .drops(
            Denied,
            "an allowed address by a way that is denied",
            hall_to("2001:dba:124:344:c0:2:2000::") / udp(5000, 5000),
        )
        .allows(
            "an allowed address by way of a /96",
            hall_to("2001:dba:125:344::192.0.2.32") / udp(5000, 5000),
        )
        .drops(
            Denied,
            "a denied address by way of a /96",
            hall_to("2001:dba:125:344::192.0.2.33") / udp(5000, 5000),
        )
        .allows(
            "an allowed port by way of a /96",
            hall_to("2001:dba:125:344::198.51.100.7") / tcp(40000, 443).syn(),
        )
        .drops(
            Port,
            "another port by way of a /96",
            hall_to("2001:dba:125:344::198.51.100.7") / tcp(40000, 444).syn(),
        )
        .drops(
            Denied,
            "a denied address by the well-known prefix",
            hall_to("64:ff9b::192.0.2.33") / udp(5000, 5000),
        )
        .allows(
            "what only looks like it, beside a /96",
            hall_to("2001:dba:125:344::1:192.0.2.33") / udp(5000, 5000),
        )
        .drops(
            Denied,
            "a denied address with something behind it",
            hall_to("2001:dba:122:c000:2:21ff:ffff:ffff") / udp(5000, 5000),
        )
        .drops(
            Malformed,
            "a loopback address by way of a /32",
            hall_to("2001:db8:7f00:1::") / udp(5000, 5000),
        )
        .closes(Threat::GroupAddresses)
        .drops(
            Multicast,
            "a multicast address by way of a /32",
            hall_to("2001:db8:ef01:203::") / udp(5000, 5000),
        )
        .drops(
            Multicast,
            "the link's broadcast address by way of a /32",
            hall_to("2001:db8:c0a8:32ff::") / udp(5000, 5000),
        );
}
