//! What would have to be otherwise for a dropped frame to pass, in one sentence.

use enforcer_common::{
    DropReason, Flow,
    header::{Tcp, ethertype, protocol},
    rule::{Clause, Request},
};
use serde::Serialize;

use super::Texts;
use super::closest::closest;
use super::quote::Quote;
use crate::numbering::group_id;
use crate::policy::{Camera, Group, Identity, Policy, PortRange, Protocol, Search, Transport};
use crate::ranges::Ranges;
use crate::rows;
use crate::words::Shown;

/// What is missing, and the rule that comes nearest to having it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Missing {
    /// One sentence, without a full stop.
    pub(super) words: String,
    /// The rule, where the verdict does not name one that allows.
    pub(super) nearest: Option<Quote>,
}

/// A frame that was dropped.
pub(super) struct Judged<'a> {
    pub(super) policy: &'a Policy,
    pub(super) texts: &'a Texts<'a>,
    pub(super) ranges: &'a Ranges,
    pub(super) camera: Option<&'a Camera>,
    /// Name of the interface that it came in on.
    pub(super) interface: &'a str,
    pub(super) flow: &'a Flow,
}

impl Judged<'_> {
    pub(super) fn missing(&self, reason: DropReason) -> Option<Missing> {
        let Some(camera) = self.camera else {
            return Some(said("no camera of the policy is known by this frame"));
        };
        let group = self.policy.groups.get(camera.group)?;
        let missing = self.because_of(reason, camera, group)?;
        let is_covered = matches!(
            reason,
            DropReason::Port
                | DropReason::NotAnAnswer
                | DropReason::Protocol
                | DropReason::Fragment
        );
        Some(if is_covered {
            self.or_without_except(missing, group)
        } else {
            missing
        })
    }

    fn because_of(&self, reason: DropReason, camera: &Camera, group: &Group) -> Option<Missing> {
        match reason {
            DropReason::Denied => Some(self.but_for_the_denial(group)),
            DropReason::NotAllowed => Some(self.closest(group)),
            DropReason::Multicast => Some(self.unnamed(camera, group)),
            DropReason::Port => Some(self.ports(camera)),
            DropReason::NotAnAnswer => {
                let ports = list(self.clauses(camera), Clause::ANSWER);
                Some(said(format!(
                    "may answer from {ports}, not open a connection"
                )))
            }
            DropReason::Protocol => Some(self.protocol(camera)),
            DropReason::Fragment => Some(said(
                "a rule with `ports` or `answer` lets no fragment through; one for all ports does",
            )),
            DropReason::IcmpType => Some(said(format!(
                "of ICMP, echo and errors are allowed, not type {}",
                self.flow.icmp_type
            ))),
            DropReason::PortMapping => Some(said("only a rule with `ports: udp/5351` allows it")),
            DropReason::Discovery => Some(self.discovery(group)),
            DropReason::Housekeeping => Some(self.housekeeping(group)),
            DropReason::Spoofed => Some(self.spoofed(camera)),
            DropReason::Unlisted
            | DropReason::Truncated
            | DropReason::Malformed
            | DropReason::VlanDepth
            | DropReason::Ethertype
            | DropReason::ExtensionHeaders
            | DropReason::SourceRoute
            | DropReason::EmbeddedIpv4
            | DropReason::RogueRouter
            | DropReason::RogueDhcp => None,
        }
    }

    fn but_for_the_denial(&self, group: &Group) -> Missing {
        let request = Request::new(self.flow);
        let Some(destination) = request.destination.ip() else {
            return said("it is denied");
        };
        let allows = group.allow.iter().find(|allow| {
            let mut covering = allow.covering(destination).peekable();
            let is_covered = covering.peek().is_some();
            let names_groups = covering.any(rows::names_groups);
            let mut clauses = rows::clauses(allow, 1, names_groups).into_iter();
            is_covered && clauses.any(|clause| clause.admit(&request).is_ok())
        });
        match allows {
            Some(allow) => Missing {
                words: "without this denial it would be allowed".to_owned(),
                nearest: Some(Quote::new(self.policy, self.texts, allow.at)),
            },
            None => said("it is denied, and without that no rule would allow it either"),
        }
    }

    fn closest(&self, group: &Group) -> Missing {
        let name = &group.name;
        if group.allow.is_empty() {
            return said(format!("group `{name}` has no `allow` and reaches nothing"));
        }
        let Some(destination) = Request::new(self.flow).destination.ip() else {
            return said(format!("no rule of group `{name}` covers it"));
        };
        if let Some(missing) = self.taken_out(group, destination) {
            return missing;
        }
        if let Some((allow, prefix)) = closest(group, destination) {
            return Missing {
                words: format!(
                    "no rule of group `{name}` covers {destination}; the closest prefix is {}",
                    Shown(prefix)
                ),
                nearest: Some(Quote::new(self.policy, self.texts, allow.at)),
            };
        }
        let family = if destination.is_ipv4() {
            "IPv4"
        } else {
            "IPv6"
        };
        said(format!(
            "no rule of group `{name}` has an {family} destination"
        ))
    }

    fn unnamed(&self, camera: &Camera, group: &Group) -> Missing {
        if self.clauses(camera).is_empty() {
            return self.closest(group);
        }
        match self.flow.destination.ip() {
            Some(to) => said(format!(
                "the rule covers {to} and does not name it; `to: {to}` does"
            )),
            None => said("the rule does not name this group"),
        }
    }

    fn ports(&self, camera: &Camera) -> Missing {
        let clauses = self.clauses(camera);
        let ports = list(clauses, Clause::PORTS);
        let answers = list(clauses, Clause::ANSWER);
        let (name, flow) = (protocol_name(self.flow.protocol), self.flow);
        let to = format!("{name}/{}", flow.destination_port);
        let answers_in_tcp = flow.protocol == protocol::IPPROTO_TCP
            && flow.tcp_flags & (Tcp::SYN | Tcp::ACK) != Tcp::SYN;
        said(match (ports.is_empty(), answers.is_empty()) {
            (false, true) => format!("allowed on {ports}, not on {to}"),
            (false, false) => {
                format!("allowed on {ports}, may answer from {answers}, not on {to}")
            }
            (true, _) if answers_in_tcp => {
                let from = flow.source_port;
                format!("may answer from {answers}, not from {name}/{from}")
            }
            (true, _) => format!("may answer from {answers}, not open {to}"),
        })
    }

    fn protocol(&self, camera: &Camera) -> Missing {
        let clauses = self.clauses(camera);
        let number = self.flow.protocol;
        let name = protocol_name(number);
        let [ports, answers] = [Clause::PORTS, Clause::ANSWER].map(|kind| list(clauses, kind));
        let others = clauses
            .iter()
            .filter(|clause| clause.service == Clause::PROTOCOL);
        let others: Vec<String> = others
            .map(|clause| Protocol::from(clause.protocol).to_string())
            .collect();
        let kinds = [
            ("allowed on ", ports),
            ("may answer from ", answers),
            ("allowed by ", joined(&others)),
        ];
        let kinds = kinds.into_iter().filter(|(_, list)| !list.is_empty());
        let kinds: Vec<String> = kinds
            .map(|(words, list)| format!("{words}{list}"))
            .collect();
        let listing = match number.to_string().parse::<Protocol>() {
            Ok(protocol) if protocol.to_string().contains(' ') => {
                format!("; a rule with `protocols: {number}` lets it through")
            }
            Ok(protocol) => format!("; a rule with `protocols: {protocol}` lets it through"),
            Err(_) => String::new(),
        };
        said(if kinds.is_empty() {
            format!("a rule without `ports` allows TCP, UDP and ICMP, no {name}{listing}")
        } else {
            format!("{}, no {name}{listing}", kinds.join(", "))
        })
    }

    fn discovery(&self, group: &Group) -> Missing {
        let mut all = Search::NAMES.into_iter();
        let search = all.find(|&(_, search)| rows::search_flag(search) == self.flow.discovers);
        let link = group.link.discovery;
        said(match search {
            Some((_, search)) if !link.allows(search) => format!(
                "`link: {{discovery: {}}}` in group `{}` would allow it",
                link.with(search),
                group.name
            ),
            Some(_) | None => "`discovery` is for the camera's own link alone".to_owned(),
        })
    }

    fn housekeeping(&self, group: &Group) -> Missing {
        let (key, allowed) = match (self.flow.ethertype, self.flow.protocol) {
            (ethertype::ETH_P_ARP, _) => ("arp", group.link.arp),
            (_, protocol::IPPROTO_UDP) => ("dhcp", group.link.dhcp),
            (_, _) => ("neighbours", group.link.neighbours),
        };
        said(if allowed {
            "it is not for a neighbour on the camera's own link".to_owned()
        } else {
            let name = &group.name;
            format!("`link: {{{key}: allow}}` in group `{name}` would allow it")
        })
    }

    fn spoofed(&self, camera: &Camera) -> Missing {
        let name = &camera.name;
        let identity = &camera.identity;
        let is_within = |identity: &Identity, source| {
            let mut prefixes = identity.ip.iter();
            identity.binds() && prefixes.any(|prefix| prefix.contains(&source))
        };
        let mut patterns = identity.interface.iter();
        let on_its_interface =
            identity.interface.is_empty() || patterns.any(|name| name.matches(self.interface));
        let in_its_vlan = identity.vlan.is_empty() || identity.vlan.contains(&self.flow.vlan());
        if !on_its_interface {
            return said(format!(
                "`{name}` belongs on {}",
                joined(&identity.interface)
            ));
        }
        if !in_its_vlan {
            return said(format!(
                "`{name}` belongs in VLAN {}",
                joined(&identity.vlan)
            ));
        }
        let Some(source) = self.flow.source.ip() else {
            return said(format!("`{name}` claims what is not its own"));
        };
        if identity.binds() && !is_within(identity, source) {
            let own: Vec<Shown> = identity.ip.iter().copied().map(Shown).collect();
            let own = joined(&own);
            return said(format!(
                "`{name}` is bound to {own}, and this is from {source}"
            ));
        }
        let mut others = self.policy.cameras.iter();
        let other = others.find(|other| is_within(&other.identity, source));
        said(match other.filter(|_| !identity.binds()) {
            Some(other) => format!("{source} is bound to `{}`", other.name),
            None => format!("`{name}` claims what is not its own"),
        })
    }

    /// What the rules allow of the destination.
    fn clauses(&self, camera: &Camera) -> &[Clause] {
        let destination = Request::new(self.flow).destination;
        let answer = self.ranges.at(group_id(camera.group), &destination);
        self.ranges.allowed_by(&answer)
    }
}

/// `a, b`
fn joined<T: ToString>(values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    values.join(", ")
}

fn said(words: impl Into<String>) -> Missing {
    Missing {
        words: words.into(),
        nearest: None,
    }
}

/// `tcp/554, udp/8000-8010`, each once.
fn list(clauses: &[Clause], service: u8) -> String {
    let mut ports: Vec<String> = Vec::new();
    for clause in clauses.iter().filter(|clause| clause.service == service) {
        let range = PortRange {
            protocol: if clause.protocol == protocol::IPPROTO_TCP {
                Transport::Tcp
            } else {
                Transport::Udp
            },
            first: clause.first,
            last: clause.last,
        };
        let range = range.to_string();
        if !ports.contains(&range) {
            ports.push(range);
        }
    }
    ports.join(", ")
}

fn protocol_name(number: u8) -> String {
    match number {
        protocol::IPPROTO_TCP => "tcp".to_owned(),
        protocol::IPPROTO_UDP => "udp".to_owned(),
        protocol::IPPROTO_ICMP | protocol::IPPROTO_ICMPV6 => "ICMP".to_owned(),
        number => Protocol::from(number).to_string(),
    }
}
