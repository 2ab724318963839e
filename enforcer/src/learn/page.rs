//! A policy in words: what is drafted, and all that it takes from the operator's own.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
    net::{IpAddr, Ipv4Addr},
};

use ipnet::{IpNet, Ipv6Net};

use super::{
    Basis,
    groups::{DraftGroup, Groups},
    quote::{comment, scalar},
};
use crate::{
    policy::{
        Attach, Identity, Interface, Link, Mode, NamedList, Protocol, Service, Target, Unlisted,
        Written,
    },
    words::Shown,
};

/// Lists of no more items stand on one line.
const SHORT: usize = 6;

/// A policy to be written.
#[derive(Debug)]
pub(super) struct Page {
    nat64: Vec<Ipv6Net>,
    interfaces: Vec<Interface>,
    lists: Vec<NamedList>,
    groups: Vec<Group>,
    cameras: Vec<Camera>,
}

#[derive(Debug)]
struct Group {
    name: String,
    allow: Vec<(Written, Service)>,
    deny: Vec<Written>,
    link: Link,
}

#[derive(Debug)]
struct Camera {
    name: String,
    identity: Identity,
    group: usize,
    mode: Mode,
}

/// What is said beside it, a line each.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    pub(super) head: Vec<String>,
    /// By the indices of group and rule.
    pub(super) rules: HashMap<(usize, usize), Vec<String>>,
    /// By the camera's name.
    pub(super) cameras: HashMap<String, String>,
    pub(super) end: Vec<String>,
}

impl Page {
    pub(super) fn new(basis: &Basis<'_>, drafted: Groups) -> Self {
        let Groups { all, of } = drafted;
        let cameras = basis.policy.cameras.iter().zip(of);
        let cameras = cameras.map(|(camera, group)| {
            let is_kept = all.get(group).is_some_and(|group| group.rules.is_none());
            Camera {
                name: camera.name.clone(),
                identity: camera.identity.clone(),
                group,
                mode: if is_kept { camera.mode } else { Mode::Enforce },
            }
        });
        let cameras = cameras.collect();
        let groups: Vec<Group> = all
            .into_iter()
            .map(|group| Group::new(basis, group))
            .collect();
        Self {
            nat64: basis.policy.nat64.clone(),
            interfaces: basis.policy.interfaces.clone(),
            lists: used(basis, &groups),
            groups,
            cameras,
        }
    }

    /// The name of a group.
    pub(super) fn group(&self, index: usize) -> &str {
        self.groups
            .get(index)
            .map_or("", |group| group.name.as_str())
    }

    /// The lists that stand in a rule for addresses.
    pub(super) fn lists_of(&self, group: usize, rule: usize) -> impl Iterator<Item = &NamedList> {
        let rule = self
            .groups
            .get(group)
            .and_then(|group| group.allow.get(rule));
        let targets = rule.into_iter().flat_map(|(written, _)| &written.to);
        targets.filter_map(|target| {
            let name = name(target)?;
            self.lists.iter().find(|list| list.name == name)
        })
    }

    /// The text; `path` says how a list file is called from where it will stand.
    pub(super) fn text(&self, notes: &Notes, path: &dyn Fn(&str) -> String) -> String {
        let mut out = Out {
            text: String::new(),
            path,
        };
        out.notes(0, &notes.head);
        out.line(0, "version: 1");
        out.line(0, "mode: enforce");
        if !self.nat64.is_empty() {
            let nat64 = self.nat64.iter().map(|prefix| scalar(&prefix.to_string()));
            out.list(0, "nat64", nat64.collect());
        }
        out.line(0, "\ninterfaces:");
        for row in &self.interfaces {
            out.line(1, &interface(row));
        }
        if !self.lists.is_empty() {
            out.line(0, "\nprefixes:");
        }
        for list in &self.lists {
            let items = out.targets(&list.items);
            out.list(1, &scalar(&list.name), items);
        }
        out.line(0, "\ngroups:");
        for (index, group) in self.groups.iter().enumerate() {
            out.group(index, group, notes);
        }
        if !self.cameras.is_empty() {
            out.line(0, "\ncameras:");
        }
        for camera in &self.cameras {
            if let Some(note) = notes.cameras.get(&camera.name) {
                out.note(1, note);
            }
            out.line(1, &format!("{}:", scalar(&camera.name)));
            out.line(2, &format!("match: {}", identity(&camera.identity)));
            let group = scalar(self.group(camera.group));
            out.line(2, &format!("group: {group}"));
            if camera.mode.is_audit() {
                out.line(2, "mode: audit");
            }
            if let Some(until) = camera.mode.until() {
                out.line(2, &format!("until: {until}"));
            }
        }
        if !notes.end.is_empty() {
            out.text.push('\n');
            out.notes(0, &notes.end);
        }
        out.text
    }
}

impl Group {
    fn new(basis: &Basis<'_>, group: DraftGroup) -> Self {
        let DraftGroup {
            name,
            origin,
            rules,
        } = group;
        let outline = basis.outline.groups.get(origin).cloned();
        let outline = outline.unwrap_or_default();
        let origin = basis.policy.groups.get(origin);
        let allow = if let Some(rules) = rules {
            let rules = rules.into_iter().map(|rule| {
                let service = rule.service();
                let to = Written {
                    to: rule.to,
                    except: Vec::new(),
                };
                (to, service)
            });
            rules.collect()
        } else {
            let services = origin.map(|group| group.allow.iter());
            let services = services.into_iter().flatten();
            let services = services.map(|allow| allow.service.clone());
            outline.allow.into_iter().zip(services).collect()
        };
        Self {
            name,
            allow,
            deny: outline.deny,
            link: origin.map(|group| group.link).unwrap_or_default(),
        }
    }
}

/// The lists that groups name, and those that these name.
fn used(basis: &Basis<'_>, groups: &[Group]) -> Vec<NamedList> {
    let allow = groups.iter().flat_map(|group| &group.allow);
    let rules = allow.map(|(written, _)| written);
    let rules = rules.chain(groups.iter().flat_map(|group| &group.deny));
    let targets = rules.flat_map(|rule| rule.to.iter().chain(&rule.except));
    let mut open: Vec<&str> = targets.filter_map(name).collect();
    let mut used = BTreeSet::new();
    let lists: HashMap<&str, &NamedList> = basis
        .outline
        .lists
        .iter()
        .map(|list| (list.name.as_str(), list))
        .collect();
    while let Some(next) = open.pop() {
        if used.insert(next)
            && let Some(list) = lists.get(next)
        {
            open.extend(list.items.iter().filter_map(name));
        }
    }
    let lists = basis.outline.lists.iter();
    lists
        .filter(|list| used.contains(list.name.as_str()))
        .cloned()
        .collect()
}

fn name(target: &Target) -> Option<&str> {
    match target {
        Target::List(name) => Some(name),
        Target::Prefix(_) | Target::File(_) => None,
    }
}

fn interface(row: &Interface) -> String {
    let attach = match row.attach {
        Attach::Auto => "auto",
        Attach::Native => "native",
        Attach::Generic => "generic",
    };
    let unlisted = match row.unlisted {
        Unlisted::Drop => "drop",
        Unlisted::Pass => "pass",
    };
    let name = scalar(row.name.as_str());
    format!("{name}: {{attach: {attach}, unlisted: {unlisted}}}")
}

fn identity(identity: &Identity) -> String {
    let mac = identity.mac.iter();
    let mac = mac.map(|mac| format!("\"{mac}\"")).collect();
    let ip = identity.ip.iter().map(|ip| prefix(*ip)).collect();
    let vlan = identity.vlan.iter().map(u16::to_string).collect();
    let interface = identity.interface.iter();
    let interface = interface.map(|name| scalar(name.as_str())).collect();
    let keys = [
        ("mac", mac),
        ("ip", ip),
        ("vlan", vlan),
        ("interface", interface),
    ];
    let keys = keys
        .into_iter()
        .filter_map(|(key, values): (_, Vec<String>)| match values.as_slice() {
            [] => None,
            [value] => Some(format!("{key}: {value}")),
            values => Some(format!("{key}: [{}]", values.join(", "))),
        });
    format!("{{{}}}", keys.collect::<Vec<_>>().join(", "))
}

fn prefix(prefix: IpNet) -> String {
    let shown = Shown(prefix).to_string();
    match prefix {
        IpNet::V4(_) => shown,
        IpNet::V6(_) => scalar(&shown),
    }
}

/// What is written so far.
struct Out<'p> {
    text: String,
    path: &'p dyn Fn(&str) -> String,
}

impl Out<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        let written = writeln!(self.text, "{}{line}", "  ".repeat(depth));
        debug_assert!(written.is_ok(), "a text takes all");
    }

    fn note(&mut self, depth: usize, note: &str) {
        let note = comment(note);
        self.line(depth, format!("# {note}").trim_end());
    }

    fn notes(&mut self, depth: usize, notes: &[String]) {
        for note in notes {
            self.note(depth, note);
        }
    }

    fn list(&mut self, depth: usize, key: &str, items: Vec<String>) {
        if items.len() <= SHORT {
            return self.line(depth, &format!("{key}: [{}]", items.join(", ")));
        }
        self.line(depth, &format!("{key}:"));
        for item in items {
            self.line(depth + 1, &format!("- {item}"));
        }
    }

    fn targets(&self, targets: &[Target]) -> Vec<String> {
        let targets = targets.iter().map(|target| match target {
            Target::List(name) => scalar(name),
            Target::Prefix(net) => prefix(*net),
            Target::File(path) => format!("{{file: {}}}", scalar(&(self.path)(path))),
        });
        targets.collect()
    }

    /// One value alone, or a list.
    fn destinations(&mut self, depth: usize, key: &str, targets: &[Target]) {
        let items = self.targets(targets);
        match items.as_slice() {
            [one] => self.line(depth, &format!("{key}: {one}")),
            _ => self.list(depth, key, items),
        }
    }

    fn group(&mut self, index: usize, group: &Group, notes: &Notes) {
        self.line(1, &format!("{}:", scalar(&group.name)));
        self.line(2, "allow:");
        if group.allow.is_empty() {
            // `check` asks of a group that reaches nothing whether that is meant.
            self.note(3, "Nothing: no frame to this address ever passes.");
            let nowhere = IpAddr::V4(Ipv4Addr::LOCALHOST);
            self.line(3, &format!("- to: {nowhere}"));
        }
        for (rule, (written, service)) in group.allow.iter().enumerate() {
            self.notes(
                3,
                notes.rules.get(&(index, rule)).map_or(&[], Vec::as_slice),
            );
            self.rule(written);
            self.service(service);
        }
        if !group.deny.is_empty() {
            self.line(2, "deny:");
        }
        for written in &group.deny {
            self.rule(written);
        }
        let link = &group.link;
        if *link != Link::default() {
            let word = |is_allowed| if is_allowed { "allow" } else { "drop" };
            let (arp, dhcp) = (word(link.arp), word(link.dhcp));
            let (neighbours, discovery) = (word(link.neighbours), link.discovery);
            self.line(
                2,
                &format!(
                    "link: {{arp: {arp}, dhcp: {dhcp}, neighbours: {neighbours}, discovery: {discovery}}}"
                ),
            );
        }
    }

    /// The hyphen stands before the first key.
    fn rule(&mut self, written: &Written) {
        let begin = self.text.len();
        self.destinations(4, "to", &written.to);
        self.text.replace_range(begin + 6..begin + 7, "-");
        if !written.except.is_empty() {
            self.destinations(4, "except", &written.except);
        }
    }

    fn service(&mut self, service: &Service) {
        let Service::Only {
            ports,
            answer,
            protocols,
        } = service
        else {
            return;
        };
        let ports = ports.iter().map(ToString::to_string).collect();
        let answer = answer.iter().map(ToString::to_string).collect();
        let protocols = protocols.iter();
        let protocols = protocols.map(|protocol| protocol_word(*protocol)).collect();
        let lists: [(&str, Vec<String>); 3] = [
            ("ports", ports),
            ("answer", answer),
            ("protocols", protocols),
        ];
        for (key, values) in lists {
            if !values.is_empty() {
                self.list(4, key, values);
            }
        }
    }
}

/// By its name, or its number.
fn protocol_word(protocol: Protocol) -> String {
    let shown = protocol.to_string();
    if shown.parse() == Ok(protocol) {
        shown
    } else {
        protocol.number().to_string()
    }
}
