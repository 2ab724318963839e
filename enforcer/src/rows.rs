//! Single rows of the tables, as the policy writes them; which of them answers is for the compiled
//! tables and for the model to find, each in its own way.

use enforcer_common::{
    Translator,
    header::protocol,
    rule::{Clause, RuleId},
    table::{self, CameraId},
};
use ipnet::{IpNet, Ipv6Net};

use crate::numbering::group_id;
use crate::policy::{
    Allow, Camera, Interface, Policy, PortRange, Search, Service, Transport, Unlisted,
};

/// What holds for an interface.
pub(crate) fn interface(policy: &Policy, row: &Interface) -> table::Interface {
    table::Interface {
        pass_unlisted: u8::from(row.unlisted == Unlisted::Pass),
        audit: u8::from(policy.mode.is_audit()),
    }
}

/// What an identity says of its camera, in its place.
pub(crate) fn camera(policy: &Policy, camera: &Camera, id: CameraId) -> table::Camera {
    // A group that does not exist allows nothing, its link housekeeping included.
    let link = policy.groups.get(camera.group).map(|group| group.link);
    let flags = [
        (camera.mode.is_audit(), table::Camera::AUDIT),
        (camera.identity.binds(), table::Camera::BOUND),
        (camera.identity.ip.is_empty(), table::Camera::LOCAL),
        (link.is_some_and(|link| link.arp), table::Camera::ARP),
        (link.is_some_and(|link| link.dhcp), table::Camera::DHCP),
        (
            link.is_some_and(|link| link.neighbours),
            table::Camera::NEIGHBOURS,
        ),
    ];
    let searches = Search::NAMES.map(|(_, search)| {
        let is_allowed = link.is_some_and(|link| link.discovery.allows(search));
        (is_allowed, search_flag(search))
    });
    let set = flags.into_iter().chain(searches);
    let set = set.filter(|(is_set, _)| *is_set);
    table::Camera {
        id,
        group: group_id(camera.group),
        flags: set.fold(0, |flags, (_, flag)| flags | flag),
        ..table::Camera::default()
    }
}

/// The flag of a camera that may look for others by a protocol.
pub(crate) const fn search_flag(search: Search) -> u32 {
    match search {
        Search::Ssdp => table::Camera::SSDP,
        Search::WsDiscovery => table::Camera::WS_DISCOVERY,
        Search::Mdns => table::Camera::MDNS,
        Search::Llmnr => table::Camera::LLMNR,
        Search::Sadp => table::Camera::SADP,
        Search::Dhip => table::Camera::DHIP,
        Search::Igmp => table::Camera::IGMP,
    }
}

/// The translators that the policy names.
pub(crate) fn translators(policy: &Policy) -> Vec<Translator> {
    policy.nat64.iter().copied().map(translator).collect()
}

/// The translator that a prefix leads to.
pub(crate) fn translator(prefix: Ipv6Net) -> Translator {
    Translator {
        prefix: prefix.network().octets(),
        length: prefix.prefix_len().into(),
    }
}

/// What a rule allows, in file order.
pub(crate) fn clauses(allow: &Allow, rule: RuleId, names_groups: bool) -> Vec<Clause> {
    let any = Clause {
        rule,
        service: Clause::ANY,
        names_groups: u8::from(names_groups),
        ..Clause::default()
    };
    let of_ports = |service: u8, range: &PortRange| Clause {
        service,
        first: range.first,
        last: range.last,
        protocol: match range.protocol {
            Transport::Tcp => protocol::IPPROTO_TCP,
            Transport::Udp => protocol::IPPROTO_UDP,
        },
        ..any
    };
    match &allow.service {
        Service::Any => vec![any],
        Service::Only {
            ports,
            answer,
            protocols,
        } => {
            let ports = ports.iter().map(|range| of_ports(Clause::PORTS, range));
            let answer = answer.iter().map(|range| of_ports(Clause::ANSWER, range));
            let protocols = protocols.iter().map(|protocol| Clause {
                service: Clause::PROTOCOL,
                protocol: protocol.number(),
                ..any
            });
            ports.chain(answer).chain(protocols).collect()
        }
    }
}

/// Whether a prefix names the multicast or broadcast addresses in it, rather than just covering
/// them: it is multicast itself, or one whole IPv4 address. However wide, no other does.
pub(crate) const fn names_groups(prefix: IpNet) -> bool {
    match prefix {
        IpNet::V4(prefix) => {
            prefix.prefix_len() == 32 || {
                prefix.prefix_len() >= 4 && prefix.addr().is_multicast()
            }
        }
        IpNet::V6(prefix) => prefix.prefix_len() >= 8 && prefix.addr().is_multicast(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_the_policy_says_of_a_camera() {
        use table::Camera as Row;
        let policy = parse(
            "
mode: audit
groups:
  standard:
  quiet: {mode: enforce, link: {arp: drop, dhcp: drop, neighbours: drop, discovery: allow}}
  found: {mode: enforce, link: {arp: drop, dhcp: drop, neighbours: drop, discovery: [sadp, igmp]}}
cameras:
  a: {match: {mac: '02:00:00:00:00:01'}, group: standard}
  b: {match: {mac: '02:00:00', ip: 192.0.2.1}, group: quiet}
  c: {match: {ip: 192.0.2.2}, group: quiet, mode: audit}
  d: {match: {ip: 192.0.2.3}, group: found}
",
        );
        let standard = Row::ARP | Row::DHCP | Row::NEIGHBOURS;
        let every = Row::SSDP | Row::WS_DISCOVERY | Row::MDNS | Row::LLMNR;
        let every = every | Row::SADP | Row::DHIP | Row::IGMP;
        for (index, group, flags) in [
            (0, 0, standard | Row::AUDIT | Row::LOCAL),
            (1, 1, Row::BOUND | every),
            (2, 1, Row::AUDIT | every),
            (3, 2, Row::SADP | Row::IGMP),
        ] {
            let row = camera(&policy, &policy.cameras[index], 7);
            assert_eq!(
                row,
                Row {
                    id: 7,
                    group,
                    flags,
                    ..Row::default()
                },
                "camera {index}"
            );
        }
    }

    #[test]
    fn a_row_says_what_the_policy_says_of_an_interface() {
        for (text, pass_unlisted, audit) in [
            ("interfaces: {lan: }", 0, 0),
            ("interfaces: {lan: {unlisted: pass}}", 1, 0),
            ("mode: audit\ninterfaces: {lan: {unlisted: drop}}", 0, 1),
        ] {
            let text = format!("version: 1\n{text}");
            let policy = Policy::parse("policy.yaml", &text).unwrap();
            let expected = table::Interface {
                pass_unlisted,
                audit,
            };
            assert_eq!(
                interface(&policy, &policy.interfaces[0]),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn ports_come_before_answers_and_these_before_protocols_in_the_order_written() {
        let policy = parse(
            "
groups:
  g:
    allow:
      - {to: 192.0.2.1, protocols: [sctp, 47], answer: [tcp/554, udp/8000-8010], ports: udp/53}
      - {to: 192.0.2.1}
",
        );
        let [ports, any] = policy.groups[0].allow.as_slice() else {
            panic!("{policy:?}");
        };
        let found: Vec<_> = clauses(ports, 3, true)
            .iter()
            .map(|clause| {
                assert_eq!((clause.rule, clause.names_groups), (3, 1));
                (clause.service, clause.protocol, clause.first, clause.last)
            })
            .collect();
        assert_eq!(
            found,
            [
                (Clause::PORTS, 17, 53, 53),
                (Clause::ANSWER, 6, 554, 554),
                (Clause::ANSWER, 17, 8000, 8010),
                (Clause::PROTOCOL, 132, 0, 0),
                (Clause::PROTOCOL, 47, 0, 0)
            ]
        );
        let expected = Clause {
            rule: 4,
            ..Clause::default()
        };
        assert_eq!(clauses(any, 4, false), [expected]);
    }

    #[test]
    fn multicast_and_one_address_name_groups_and_nothing_wide_does() {
        for (prefix, expected) in [
            ("224.0.0.0/4", true),
            ("239.255.255.250/32", true),
            ("224.0.0.0/3", false),
            ("192.0.2.255/32", true),
            ("192.0.2.254/31", false),
            ("0.0.0.0/0", false),
            ("ff00::/8", true),
            ("ff02::1/128", true),
            ("fe00::/7", false),
            ("::/0", false),
            ("2001:db8::1/128", false),
        ] {
            assert_eq!(names_groups(prefix.parse().unwrap()), expected, "{prefix}");
        }
    }

    fn parse(rest: &str) -> Policy {
        let text = format!("version: 1\ninterfaces: {{lan*: }}{rest}");
        Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"))
    }
}
