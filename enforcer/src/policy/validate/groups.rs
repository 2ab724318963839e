//! `groups:`.

use std::collections::HashSet;

use ipnet::IpNet;
use serde::de::DeserializeOwned;

use super::documents::Documents;
use super::fields::Fields;
use super::lists::Lists;
use super::{GROUP, Validation};
use crate::policy::document::{Entry, Node, Value};
use crate::policy::place::{Located, Span};
use crate::policy::port::PortError;
use crate::policy::prefix;
use crate::policy::problem::{Problem, Warning, shown};
use crate::policy::schema::{AllowRule, DenyRule, GroupKeys, LinkKeys, Permission};
use crate::policy::{
    Allow, Deny, Discovery, Group, Link, Mode, PortRange, Prefixes, Protocol, ProtocolError,
    Search, Service, effective,
};

/// A group and what the cameras in it need to know.
pub(super) struct Draft {
    pub(super) group: Group,
    pub(super) mode: Option<Mode>,
    pub(super) at: Span,
    /// Where each rule of `allow` stands.
    pub(super) allow_at: Vec<Span>,
    /// Where each rule of `deny` stands.
    pub(super) deny_at: Vec<Span>,
}

impl Validation<'_, '_> {
    pub(super) fn groups(&mut self, policy: &Documents<'_>, lists: &mut Lists<'_>) -> Vec<Draft> {
        let mut groups = Vec::new();
        for Entry {
            key: name,
            value: node,
        } in self.named(&policy.sections("groups"), GROUP)
        {
            self.name(name, GROUP);
            let mut draft = Draft {
                group: Group {
                    name: name.value.clone(),
                    allow: Vec::new(),
                    deny: Vec::new(),
                    link: Link::default(),
                    at: self.location(name.at),
                },
                mode: None,
                at: name.at,
                allow_at: Vec::new(),
                deny_at: Vec::new(),
            };
            let place = Located {
                value: format!("group `{}`", shown(&name.value)),
                at: name.at,
            };
            if let Some(fields) = self.fields::<GroupKeys>(node, &place) {
                draft.mode = self.mode(&fields);
                (draft.group.allow, draft.allow_at) = self.allows(&fields, lists);
                (draft.group.deny, draft.deny_at) = self.denies(&fields, lists);
                if let Some(link) = fields.find("link") {
                    draft.group.link = self.link(link);
                }
                if fields.find("allow").is_none() {
                    self.warn(
                        name.at,
                        Warning::ReachesNothing {
                            group: name.value.clone(),
                        },
                    );
                }
            }
            groups.push(draft);
        }
        groups
    }

    fn allows(&mut self, group: &Fields<'_>, lists: &mut Lists<'_>) -> (Vec<Allow>, Vec<Span>) {
        let mut allows = Vec::new();
        let mut places = Vec::new();
        let Some(entry) = group.find("allow") else {
            return (allows, places);
        };
        for (fields, place) in self.rules::<AllowRule>(entry) {
            let (to, except) = self.reach(&fields, lists);
            if let (Some(written), Some(prefix)) = (fields.find("to"), widest(&to)) {
                self.warn(place_of(prefix, written), Warning::WideAllow { prefix });
            }
            let ports = fields.find("ports").map(|ports| self.ports(ports));
            let answer = fields.find("answer").map(|answer| self.ports(answer));
            let protocols = fields.find("protocols").map(|entry| self.protocols(entry));
            let service = if ports.is_none() && answer.is_none() && protocols.is_none() {
                Service::Any
            } else {
                Service::Only {
                    ports: ports.unwrap_or_default(),
                    answer: answer.unwrap_or_default(),
                    protocols: protocols.unwrap_or_default(),
                }
            };
            allows.push(Allow {
                to,
                except,
                service,
                at: self.location(place.at),
            });
            places.push(place.at);
        }
        (allows, places)
    }

    fn denies(&mut self, group: &Fields<'_>, lists: &mut Lists<'_>) -> (Vec<Deny>, Vec<Span>) {
        let mut denies = Vec::new();
        let mut places = Vec::new();
        let Some(entry) = group.find("deny") else {
            return (denies, places);
        };
        for (fields, place) in self.rules::<DenyRule>(entry) {
            let (to, except) = self.reach(&fields, lists);
            denies.push(Deny {
                to,
                except,
                at: self.location(place.at),
            });
            places.push(place.at);
        }
        (denies, places)
    }

    /// `to` and `except` of one item.
    fn reach(&mut self, item: &Fields<'_>, lists: &mut Lists<'_>) -> (Prefixes, Prefixes) {
        let to = item.required("to", self.problems);
        let to = to.map(|to| self.destinations(to, lists));
        let to = to.unwrap_or_default();
        let Some(entry) = item.find("except") else {
            return (to, Prefixes::default());
        };
        let except = self.destinations(entry, lists);
        // One that holds nothing is a problem, and told as that.
        if !to.is_empty() && !except.is_empty() {
            // Joined, because halves may take out a whole together.
            let (left, taken) = effective(&to, &IpNet::aggregate(&except.to_vec()));
            if left.is_empty() {
                self.warn(entry.key.at, Warning::EmptyRule);
            } else if taken.is_empty() && left.len() == to.len() {
                self.warn(entry.key.at, Warning::IdleExcept);
            }
        }
        (to, except)
    }

    /// The items of `allow` or `deny`.
    pub(super) fn rules<'d, T: DeserializeOwned>(
        &mut self,
        entry: &'d Entry,
    ) -> Vec<(Fields<'d>, Located<String>)> {
        let mut rules = Vec::new();
        for node in self.items(entry) {
            let value = format!("a rule under `{}`", entry.key.value);
            let place = Located { value, at: node.at };
            if matches!(node.value, Value::Text(_)) {
                self.wrong_type(node, &place.value, "a mapping like `to: recorder`");
            } else if let Some(fields) = self.fields::<T>(node, &place) {
                rules.push((fields, place));
            }
        }
        rules
    }

    /// Protocols and ports, each once.
    fn ports(&mut self, entry: &Entry) -> Vec<PortRange> {
        let what = format!("`{}`", entry.key.value);
        let mut seen = HashSet::new();
        let mut ranges = Vec::new();
        for node in self.items(entry) {
            let Some(text) = self.text(node, &what, "a protocol and port") else {
                continue;
            };
            match text.parse::<PortRange>() {
                Ok(range) => ranges.extend(Some(range).filter(|&range| seen.insert(range))),
                Err(error) => self
                    .problems
                    .report(node.at, port_problem(shown(text), &error)),
            }
        }
        ranges
    }

    /// Protocols, each once.
    fn protocols(&mut self, entry: &Entry) -> Vec<Protocol> {
        let what = format!("`{}`", entry.key.value);
        let mut protocols: Vec<Protocol> = Vec::new();
        for node in self.items(entry) {
            let Some(text) = self.text(node, &what, "the name or number of a protocol") else {
                continue;
            };
            match text.parse::<Protocol>() {
                Ok(protocol) if protocols.contains(&protocol) => {}
                Ok(protocol) => {
                    if protocol.is_tunnel() {
                        self.warn(node.at, Warning::Tunnel { protocol });
                    }
                    protocols.push(protocol);
                }
                Err(error) => {
                    let problem = self.protocol_problem(text, error);
                    self.problems.report(node.at, problem);
                }
            }
        }
        protocols
    }

    fn protocol_problem(&mut self, text: &str, error: ProtocolError) -> Problem {
        match error {
            ProtocolError::Elsewhere(instead) => Problem::ProtocolElsewhere {
                text: shown(text),
                instead,
            },
            ProtocolError::Malformed => Problem::BadProtocol {
                closest: self.problems.closest(text, Protocol::names()),
                text: shown(text),
            },
        }
    }

    fn link(&mut self, entry: &Entry) -> Link {
        let mut link = Link::default();
        let place = Located {
            value: "`link`".to_owned(),
            at: entry.key.at,
        };
        let Some(fields) = self.fields::<LinkKeys>(&entry.value, &place) else {
            return link;
        };
        for (key, slot) in [
            ("arp", &mut link.arp),
            ("dhcp", &mut link.dhcp),
            ("neighbours", &mut link.neighbours),
        ] {
            let Some(entry) = fields.find(key) else {
                continue;
            };
            if let Some(permission) = self.choice(entry) {
                *slot = matches!(permission, Permission::Allow);
            }
        }
        if let Some(entry) = fields.find("discovery") {
            link.discovery = self.discovery(entry);
        }
        link
    }

    /// One word for all protocols, or those that are allowed.
    fn discovery(&mut self, entry: &Entry) -> Discovery {
        let protocols = Search::NAMES.map(|(name, search)| (name, Discovery::NONE.with(search)));
        let some = || protocols.into_iter();
        if let Value::List(nodes) = &entry.value.value
            && !nodes.is_empty()
        {
            let choices: Vec<_> = some().collect();
            let chosen = nodes.iter().filter_map(|node| {
                let key = entry.key.value.as_str();
                self.choice_at(key, node, "the name of a protocol", &choices)
            });
            return chosen.fold(Discovery::NONE, Discovery::and);
        }
        let all = [("allow", Discovery::ALL), ("drop", Discovery::NONE)];
        let choices: Vec<_> = all.into_iter().chain(some()).collect();
        let node = self.items(entry).first();
        let chosen = node.and_then(|node| {
            let expected = "`allow`, `drop` or a list of protocols";
            self.choice_at(&entry.key.value, node, expected, &choices)
        });
        chosen.unwrap_or(Discovery::NONE)
    }
}

/// The widest of some prefixes, if it is so wide that it is hardly meant. Multicast and link-local
/// addresses have no narrower name.
fn widest(to: &[IpNet]) -> Option<IpNet> {
    let is_wide = |prefix: &IpNet| match prefix {
        IpNet::V4(prefix) => {
            prefix.prefix_len() < 4 || (prefix.prefix_len() < 8 && !prefix.addr().is_multicast())
        }
        IpNet::V6(prefix) => {
            let (length, address) = (prefix.prefix_len(), prefix.addr());
            length < 8
                || (length < 10 && !address.is_multicast())
                || (length < 32 && !address.is_multicast() && !address.is_unicast_link_local())
        }
    };
    let wide = to.iter().copied().filter(is_wide);
    wide.max_by_key(|prefix| prefix.max_prefix_len() - prefix.prefix_len())
}

/// Where a prefix of `to` is written, or else, where a list brings it in, all of `to`.
fn place_of(prefix: IpNet, to: &Entry) -> Span {
    let is_it = |node: &&Node| matches!(&node.value, Value::Text(text) if prefix::parse(text) == Ok(prefix));
    match &to.value.value {
        Value::List(nodes) => nodes.iter().find(is_it).map_or(to.key.at, |node| node.at),
        Value::Text(_) => to.value.at,
        Value::Null | Value::Mapping(_) => to.key.at,
    }
}

fn port_problem(text: String, error: &PortError) -> Problem {
    match error {
        PortError::NoProtocol(meant) => Problem::MissingProtocol {
            text,
            meant: meant.to_string(),
        },
        PortError::Reversed(meant) => Problem::ReversedRange {
            text,
            meant: meant.to_string(),
        },
        PortError::Malformed(meant) => Problem::BadPort {
            text,
            meant: meant.as_ref().map(PortRange::to_string),
        },
    }
}
