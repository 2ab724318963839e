//! What `except` takes out of a rule: left to other rules, and denied by nobody.

use enforcer_common::DropReason::{Denied, NotAllowed, Port};

use super::network::{hall_to, under};
use super::{Cases, Ports, Suite};
use crate::frame::{tcp, udp};
use crate::threats::Threat;

const POLICY: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
prefixes:
  archive: [203.0.113.0/24, "2001:db8:a::/48"]
  broken: [203.0.113.13, "2001:db8:a::13"]
groups:
  archived:
    allow:
      - to: [archive, 203.0.113.100]
        except: [203.0.113.64/26, broken, "2001:db8:a:8000::/49", 198.18.64.0/24]
        ports: tcp/443
      - {to: 203.0.113.70, ports: udp/5000}
      - {to: 198.18.64.0/23, ports: tcp/443}
    deny:
      - {to: 198.18.64.0/24, except: 198.18.64.128/25}
      - to: 198.18.64.200
      - {to: 198.18.0.0/16, except: 198.18.64.0/23}
cameras:
  hall: {match: {mac: "02:00:00:00:50:22"}, group: archived}
"#;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("hall", ports.cameras);
    cases.closes(Threat::OverlappingRules);
    out_of_an_allow(&mut cases);
    out_of_a_deny(&mut cases);
    under(POLICY, "what `except` takes out", ports, cases)
}

fn out_of_an_allow(cases: &mut Cases) {
    for (name, address) in [
        ("one below what is taken out", "203.0.113.63"),
        ("one above what is taken out", "203.0.113.128"),
        ("one below an address that is taken out", "203.0.113.12"),
        ("one above an address that is taken out", "203.0.113.14"),
        (
            "last before an IPv6 half",
            "2001:db8:a:7fff:ffff:ffff:ffff:ffff",
        ),
        ("one above an IPv6 address", "2001:db8:a::14"),
        ("what is left, translated", "64:ff9b::203.0.113.63"),
    ] {
        cases.allows(name, hall_to(address) / tcp(40000, 443).syn());
    }
    for (name, address) in [
        ("first of what is taken out", "203.0.113.64"),
        ("last of what is taken out", "203.0.113.127"),
        (
            "an address that the rule names, in what it takes out",
            "203.0.113.100",
        ),
        ("an address of a list that is taken out", "203.0.113.13"),
        ("an IPv6 address of it", "2001:db8:a::13"),
        ("first of an IPv6 half", "2001:db8:a:8000::"),
        (
            "last of an IPv6 half",
            "2001:db8:a:ffff:ffff:ffff:ffff:ffff",
        ),
        ("what is taken out, translated", "64:ff9b::203.0.113.64"),
    ] {
        cases.drops(NotAllowed, name, hall_to(address) / tcp(40000, 443).syn());
    }
    cases
        .allows(
            "what another rule allows of it",
            hall_to("203.0.113.70") / udp(40000, 5000),
        )
        .drops(
            Port,
            "by that rule alone",
            hall_to("203.0.113.70") / tcp(40000, 443).syn(),
        );
}

fn out_of_a_deny(cases: &mut Cases) {
    for (name, address) in [
        ("first of what a denial leaves out", "198.18.64.128"),
        ("last of what a denial leaves out", "198.18.64.255"),
        ("beside a denial in a denial", "198.18.65.0"),
    ] {
        cases.allows(name, hall_to(address) / tcp(40000, 443).syn());
    }
    for (name, address) in [
        ("last of what it denies", "198.18.64.127"),
        ("what another denies of what it leaves out", "198.18.64.200"),
        ("one above what a wide denial leaves out", "198.18.66.0"),
    ] {
        cases.drops(Denied, name, hall_to(address) / tcp(40000, 443).syn());
    }
    cases.drops(
        Port,
        "what a denial leaves out is not allowed by that",
        hall_to("198.18.64.128") / udp(40000, 5000),
    );
}
