//! The policy as written to the policy as meant, with everything that is wrong with it.

mod cameras;
mod documents;
mod fields;
mod groups;
mod identity;
mod interfaces;
mod list_file;
mod lists;
mod mode;
mod outline;
mod prefixes;
mod redundant;
mod remarks;
mod translators;

use std::collections::HashMap;

use ipnet::Ipv6Net;

use super::document::Node;
use super::files::Files;
use super::outline::Outline;
use super::place::{Lines, Located, Span};
use super::problem::{Problems, Warning};
use super::report::Report;
use super::source::Source;
use super::{Location, Mode, Policy};

/// The kinds of things that have names.
const LIST: &str = "list";
const GROUP: &str = "group";
const CAMERA: &str = "camera";
const INTERFACE: &str = "interface";

/// Reads the trees of a policy, one for each of the sources, to which it adds the list files that
/// they name. What it returns is only a policy if it has reported no problem.
pub(super) fn policy(
    path: &str,
    roots: &[Node],
    sources: &mut Vec<Source>,
    files: &mut Files,
    problems: &mut Problems,
) -> Policy {
    let yaml = sources.clone();
    let mut validation = Validation::new(&yaml, sources, files, problems);
    let mut policy = validation.policy(roots);
    let (warnings, audits) = (validation.warnings, validation.audits);
    path.clone_into(&mut policy.path);
    policy.sources = sources.iter().map(|source| source.path.clone()).collect();
    policy.warnings = Report::new(path, sources, warnings, 0);
    policy.audits = Report::new(path, sources, audits, 0);
    policy
}

/// How it is written, of the trees of a policy that is one.
pub(super) fn outline(
    roots: &[Node],
    sources: &mut Vec<Source>,
    files: &mut Files,
    problems: &mut Problems,
) -> Outline {
    let yaml = sources.clone();
    let mut validation = Validation::new(&yaml, sources, files, problems);
    let Some(documents) = validation.documents(roots) else {
        return Outline::default();
    };
    validation.nat64 = validation.translators(&documents);
    let lists = validation.lists(&documents);
    validation.outline(&documents, &lists)
}

/// What every step of reading needs.
struct Validation<'t, 'p> {
    /// Of the YAML sources.
    lines: Vec<Lines<'t>>,
    sources: &'p mut Vec<Source>,
    files: &'p mut Files,
    known: list_file::Known,
    nat64: Vec<Ipv6Net>,
    problems: &'p mut Problems,
    warnings: Vec<Located<Warning>>,
    /// What is to be told of each audit once it is over.
    audits: Vec<Located<Warning>>,
}

impl<'t, 'p> Validation<'t, 'p> {
    fn new(
        yaml: &'t [Source],
        sources: &'p mut Vec<Source>,
        files: &'p mut Files,
        problems: &'p mut Problems,
    ) -> Self {
        let lines = (0..).zip(yaml);
        Self {
            lines: lines
                .map(|(number, source)| Lines::new(number, &source.text))
                .collect(),
            sources,
            files,
            known: HashMap::new(),
            nat64: Vec::new(),
            problems,
            warnings: Vec::new(),
            audits: Vec::new(),
        }
    }
}

impl Validation<'_, '_> {
    fn policy(&mut self, roots: &[Node]) -> Policy {
        let mut policy = Policy {
            path: String::new(),
            sources: Vec::new(),
            mode: Mode::Enforce,
            nat64: Vec::new(),
            interfaces: Vec::new(),
            groups: Vec::new(),
            cameras: Vec::new(),
            warnings: Report::new("", &[], Vec::new(), 0),
            audits: Report::new("", &[], Vec::new(), 0),
        };
        let Some(documents) = self.documents(roots) else {
            return policy;
        };
        policy.mode = self.mode_of_all(&documents).unwrap_or(Mode::Enforce);
        // First, since it decides how prefixes are read.
        self.nat64 = self.translators(&documents);
        policy.nat64.clone_from(&self.nat64);
        policy.interfaces = self.interfaces(&documents);
        let mut lists = self.lists(&documents);
        let groups = self.groups(&documents, &mut lists);
        let places;
        (policy.cameras, places) = self.cameras(&documents, policy.mode, &groups);
        if self.problems.is_empty() {
            self.warn_unused(&policy, &groups, &lists);
            self.warn_redundant(&groups);
            self.warn_of_cameras(&policy, &places);
        }
        policy.groups = groups.into_iter().map(|group| group.group).collect();
        policy
    }

    fn location(&self, at: Span) -> Location {
        let lines = self.lines.get(usize::from(at.source));
        lines.map_or(Location::default(), |lines| lines.location(at.start))
    }

    fn warn(&mut self, at: Span, value: Warning) {
        self.warnings.push(Located { value, at });
    }
}

/// Names and the index of what they are the names of.
type Names<'d> = HashMap<&'d str, usize>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Attach, Discovery, Link, Service, Unlisted};

    #[test]
    fn what_is_not_said_is_strict() {
        let policy = parse("version: 1\ninterfaces: {lan1: }\ngroups: {recorded: {}}\n");
        assert_eq!(policy.mode, Mode::Enforce);
        assert_eq!(policy.interfaces[0].attach, Attach::Auto);
        assert_eq!(policy.interfaces[0].unlisted, Unlisted::Drop);
        let link = Link {
            arp: true,
            dhcp: true,
            neighbours: true,
            discovery: Discovery::NONE,
        };
        assert_eq!(policy.groups[0].link, link);
        assert!(policy.groups[0].allow.is_empty());
    }

    #[test]
    fn one_value_is_a_list_of_one() {
        let listed = with_groups(
            "recorded:\n    allow: [{to: [192.0.2.1], ports: [udp/53], answer: [tcp/554]}]\n    \
             deny: [{to: [192.0.2.2]}]",
            "gate: {match: {mac: [\"44:19:b6\"], ip: [192.0.2.0/24], vlan: [5], interface: [lan1]}, group: recorded}",
        );
        let single = with_groups(
            "recorded:\n    allow:  {to: 192.0.2.1,   ports: udp/53,   answer: tcp/554}\n    \
             deny: {to: 192.0.2.2}",
            "gate: {match: {mac: \"44:19:b6\", ip: 192.0.2.0/24, vlan: \"5\", interface: lan1}, group: recorded}",
        );
        assert_eq!(single.groups[0].allow[0].to, listed.groups[0].allow[0].to);
        assert_eq!(
            single.groups[0].allow[0].service,
            listed.groups[0].allow[0].service
        );
        assert_eq!(single.groups[0].deny[0].to, listed.groups[0].deny[0].to);
        assert_eq!(single.cameras[0].identity, listed.cameras[0].identity);
    }

    #[test]
    fn lists_are_resolved_without_repetition() {
        let policy = parse(
            "version: 1\ninterfaces: {lan1: }\n\
             prefixes: {all: [recorder, 192.0.2.9], recorder: [192.0.2.1, \"2001:db8::1\"]}\n\
             groups: {recorded: {allow: [{to: [192.0.2.9/32, all, recorder]}]}}\n",
        );
        let to: Vec<String> = policy.groups[0].allow[0]
            .to
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(to, ["192.0.2.9/32", "192.0.2.1/32", "2001:db8::1/128"]);
        assert_eq!(policy.groups[0].allow[0].service, Service::Any);
    }

    #[test]
    fn what_is_taken_out_is_resolved_like_what_it_is_taken_out_of() {
        let policy = parse(
            "version: 1\ninterfaces: {lan1: }\n\
             prefixes: {all: 192.0.2.0/24, broken: [192.0.2.1, \"2001:db8::1\"]}\n\
             groups:\n  recorded:\n    \
               allow: {to: all, except: [192.0.2.9, broken, broken]}\n    \
               deny: {to: all, except: broken}\n\
             cameras: {gate: {match: {vlan: 1}, group: recorded}}\n",
        );
        let group = &policy.groups[0];
        let [allow, deny] = [&group.allow[0].except, &group.deny[0].except].map(|except| {
            let except = except.iter().map(ToString::to_string);
            except.collect::<Vec<_>>()
        });
        assert_eq!(allow, ["192.0.2.9/32", "192.0.2.1/32", "2001:db8::1/128"]);
        assert_eq!(deny, ["192.0.2.1/32", "2001:db8::1/128"]);
        assert_eq!(policy.warnings().to_string(), "");
    }

    #[test]
    fn what_takes_out_nothing_or_all_is_told_and_accepted() {
        let policy = with_groups(
            "recorded:\n    allow:\n      \
               - {to: 10.0.0.0/8, except: [11.0.0.0/8, '::/0']}\n      \
               - {to: 10.0.0.0/8, except: [10.128.0.0/9, 10.0.0.0/9]}\n      \
               - {to: [10.0.0.0/8, 192.0.2.1], except: 192.0.2.0/24}\n    \
             deny: {to: 10.0.0.1, except: 10.0.0.0/8}",
            "gate: {match: {vlan: 1}, group: recorded}",
        );
        assert_eq!(
            warnings(&policy),
            [
                ("idle-except", "6:26".to_owned()),
                ("empty-rule", "7:26".to_owned()),
                ("empty-rule", "9:26".to_owned()),
            ]
        );
    }

    #[test]
    fn the_most_specific_mode_holds() {
        let policy = parse(
            "version: 1\nmode: audit\ninterfaces: {lan1: }\n\
             groups: {strict: {mode: enforce, allow: [{to: 192.0.2.1}]}, other: {allow: [{to: 192.0.2.1}]}}\n\
             cameras:\n  \
               a: {match: {vlan: 1}, group: strict}\n  \
               b: {match: {vlan: 2}, group: strict, mode: audit}\n  \
               c: {match: {vlan: 3}, group: other}\n  \
               d: {match: {vlan: 4}, group: other, mode: enforce}\n",
        );
        let modes: Vec<Mode> = policy.cameras.iter().map(|camera| camera.mode).collect();
        assert_eq!(
            modes,
            [Mode::Enforce, Mode::AUDIT, Mode::AUDIT, Mode::Enforce]
        );
    }

    #[test]
    fn the_place_of_a_rule_is_the_place_of_its_item() {
        let policy = with_groups(
            "recorded:\n    allow:\n      - to: 192.0.2.1\n      - {to: 192.0.2.2}",
            "gate: {match: {vlan: 1}, group: recorded}",
        );
        let places: Vec<String> = policy.groups[0]
            .allow
            .iter()
            .map(|allow| allow.at.to_string())
            .collect();
        assert_eq!(places, ["6:9", "7:10"]);
        assert_eq!(policy.groups[0].at.to_string(), "4:3");
    }

    #[test]
    fn what_tells_two_cameras_apart_is_enough() {
        let policy = with_groups(
            "recorded: {allow: [{to: 192.0.2.1}]}",
            "a: {match: {mac: \"44:19:b6:00:00:01\"}, group: recorded}\n  \
             b: {match: {mac: \"44:19:b6\"}, group: recorded}\n  \
             c: {match: {mac: \"44:19:b6\", vlan: 1}, group: recorded}\n  \
             d: {match: {mac: \"44:19:b6\", vlan: 1, interface: lan1}, group: recorded}\n  \
             e: {match: {mac: \"44:19:b6\", interface: lan1}, group: recorded}\n  \
             f: {match: {ip: 192.0.2.0/24}, group: recorded}\n  \
             g: {match: {ip: 192.0.2.0/25}, group: recorded}\n  \
             h: {match: {vlan: [1, 1]}, group: recorded}\n",
        );
        assert_eq!(policy.cameras.len(), 8);
        assert_eq!(policy.cameras[7].identity.vlan, [1]);
    }

    #[test]
    fn what_is_probably_not_meant_is_told_and_accepted() {
        let policy = parse(
            "version: 1\ninterfaces: {lan1: }\nprefixes: {router: 192.0.2.1}\n\
             groups:\n  lobby:\n  shed: {deny: [{to: 192.0.2.1}]}\n\
             cameras: {gate: {match: {vlan: 1}, group: lobby}}\n",
        );
        assert_eq!(
            warnings(&policy),
            [
                ("unused-list", "3:12".to_owned()),
                ("reaches-nothing", "5:3".to_owned()),
                ("reaches-nothing", "6:3".to_owned()),
                ("unused-group", "6:3".to_owned()),
            ]
        );
    }

    fn warnings(policy: &Policy) -> Vec<(&'static str, String)> {
        let located = policy.warnings().located();
        located
            .map(|(location, warning)| (warning.code(), location.to_string()))
            .collect()
    }

    fn with_groups(groups: &str, cameras: &str) -> Policy {
        parse(&format!(
            "version: 1\ninterfaces: {{lan1: }}\ngroups:\n  {groups}\ncameras:\n  {cameras}\n"
        ))
    }

    fn parse(text: &str) -> Policy {
        Policy::parse("policy.yaml", text).unwrap_or_else(|error| panic!("{error}"))
    }
}
