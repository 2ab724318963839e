//! Translators of one's own: addresses under their prefixes are judged as the IPv4 ones inside.

use enforcer_common::DropReason::{Denied, EmbeddedIpv4, Malformed, Multicast, NotAllowed, Port};

use super::network::{HALL, hall_to, under};
use super::{Cases, Ports, Suite};
use crate::frame::{ethernet, ipv6, tcp, udp};
use crate::threats::Threat;

const POLICY: &str = r#"
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

pub(super) fn suite(ports: &Ports) -> Suite {
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
    under(POLICY, "translators of one's own", ports, cases)
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
