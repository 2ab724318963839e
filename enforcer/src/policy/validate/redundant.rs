//! Rules that change nothing: those that are denied, and those that repeat others.

use std::cell::OnceCell;

use ipnet::IpNet;

use super::Validation;
use super::groups::Draft;
use crate::policy::place::Span;
use crate::policy::problem::Warning;
use crate::policy::{Allow, PortRange, Service, Transport};
use crate::rows::names_groups;

/// Prefixes and rules that are looked at for this, the whole policy taken together. What large
/// policies repeat after that is not told: nothing rests on it.
const MAX_LOOKS: usize = 2_000_000;

/// What is never allowed by a rule for all ports, as devices ask a router by it to open one.
const LEFT_OUT: (Transport, u16) = (Transport::Udp, 5351);

/// Destinations that are easy to search.
struct Covered(Vec<IpNet>);

/// A rule that others are compared with.
struct Earlier<'g> {
    allow: &'g Allow,
    at: Span,
    all: OnceCell<Covered>,
    /// Those that name the multicast or broadcast addresses in them.
    naming: OnceCell<Covered>,
}

impl Validation<'_, '_> {
    pub(super) fn warn_redundant(&mut self, groups: &[Draft]) {
        let mut looks = MAX_LOOKS;
        for draft in groups {
            // What an `except` leaves is not worked out: a rule that has one counts for none.
            let whole = draft
                .group
                .deny
                .iter()
                .filter(|deny| deny.except.is_empty());
            let denied = Covered::new(whole.flat_map(|deny| &deny.to));
            let mut earlier: Vec<Earlier<'_>> = Vec::new();
            for (allow, &at) in draft.group.allow.iter().zip(&draft.allow_at) {
                if looks == 0 {
                    return;
                }
                if denied.covers_all(&allow.to, &mut looks) {
                    let deny = draft.denial(allow).unwrap_or(at);
                    self.warn(at, Warning::DeniedAllow { deny });
                    continue;
                }
                let first = earlier.iter().find(|rule| rule.covers(allow, &mut looks));
                if let Some(first) = first.map(|rule| rule.at) {
                    self.warn(at, Warning::RepeatedAllow { first });
                } else if allow.except.is_empty() {
                    earlier.push(Earlier {
                        allow,
                        at,
                        all: OnceCell::new(),
                        naming: OnceCell::new(),
                    });
                }
            }
        }
    }
}

impl Draft {
    /// The first rule that denies some of what is allowed first.
    fn denial(&self, allow: &Allow) -> Option<Span> {
        let allowed = allow.to.first()?;
        let denies = self.group.deny.iter().zip(&self.deny_at);
        let meets = |deny: &IpNet| deny.contains(allowed) || allowed.contains(deny);
        let mut denies =
            denies.filter(|(deny, _)| deny.except.is_empty() && deny.to.iter().any(meets));
        denies.next().map(|(_, &at)| at)
    }
}

impl Earlier<'_> {
    /// Whether it allows all that another rule does.
    fn covers(&self, other: &Allow, looks: &mut usize) -> bool {
        *looks = looks.saturating_sub(1);
        if !wider(&self.allow.service, &other.service) {
            return false;
        }
        let all = self.all.get_or_init(|| Covered::new(&self.allow.to));
        if !all.covers_all(&other.to, looks) {
            return false;
        }
        let naming = || {
            let to = self.allow.to.iter();
            Covered::new(to.filter(|&&prefix| names_groups(prefix)))
        };
        let mut names = other.to.iter().filter(|&&prefix| names_more(prefix));
        names.all(|prefix| self.naming.get_or_init(naming).covers(prefix))
    }
}

impl Covered {
    fn new<'p>(prefixes: impl IntoIterator<Item = &'p IpNet>) -> Self {
        Self(IpNet::aggregate(&prefixes.into_iter().copied().collect()))
    }

    fn covers_all(&self, prefixes: &[IpNet], looks: &mut usize) -> bool {
        if self.0.is_empty() || prefixes.is_empty() {
            return false;
        }
        prefixes.iter().all(|prefix| {
            let may_look = *looks > 0;
            *looks = looks.saturating_sub(1);
            may_look && self.covers(prefix)
        })
    }

    fn covers(&self, prefix: &IpNet) -> bool {
        // They are in order and apart, so only the last that begins no later can hold it.
        let after = self
            .0
            .partition_point(|covered| covered.network() <= prefix.network());
        let last = after.checked_sub(1).and_then(|last| self.0.get(last));
        last.is_some_and(|covered| covered.contains(prefix))
    }
}

/// Whether a prefix, by naming them, allows multicast or broadcast addresses that a wider one does
/// not. Of an address whose last two bits differ, no network makes its broadcast address.
const fn names_more(prefix: IpNet) -> bool {
    let may_be_group = match prefix {
        IpNet::V4(prefix) => {
            let [.., last] = prefix.addr().octets();
            prefix.addr().is_multicast() || matches!(last & 3, 0 | 3)
        }
        IpNet::V6(_) => true,
    };
    names_groups(prefix) && may_be_group
}

/// Whether one service lets through all that another does.
fn wider(one: &Service, other: &Service) -> bool {
    match (one, other) {
        (Service::Any, Service::Any) => true,
        (
            Service::Any,
            Service::Only {
                ports,
                answer,
                protocols,
            },
        ) => {
            let (protocol, port) = LEFT_OUT;
            let opens = ports.iter().any(|range| range.contains(protocol, port));
            // An answer may go to any port, that one too.
            let answers = answer.iter().any(|range| range.protocol == protocol);
            !opens && !answers && protocols.is_empty()
        }
        (Service::Only { .. }, Service::Any) => false,
        (
            Service::Only {
                ports,
                answer,
                protocols,
            },
            Service::Only {
                ports: other_ports,
                answer: other_answer,
                protocols: other_protocols,
            },
        ) => {
            let mut others = other_protocols.iter();
            spans(ports, other_ports)
                && spans(answer, other_answer)
                && others.all(|other| protocols.contains(other))
        }
    }
}

/// Whether some ranges hold every port of others.
fn spans(ranges: &[PortRange], others: &[PortRange]) -> bool {
    let mut ranges = ranges.to_vec();
    ranges.sort_unstable();
    others.iter().all(|other| {
        let mut next = u32::from(other.first);
        for range in ranges.iter().filter(|r| r.protocol == other.protocol) {
            if u32::from(range.first) <= next {
                next = next.max(u32::from(range.last) + 1);
            }
        }
        next > u32::from(other.last)
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::policy::Policy;

    #[test]
    fn a_rule_of_which_deny_leaves_nothing_is_told_and_any_other_is_not() {
        for (to, deny, expected) in [
            ("192.0.2.0/24", "192.0.2.0/24", true),
            ("192.0.2.1", "192.0.2.0/24", true),
            ("192.0.2.0/24", "192.0.2.1", false),
            ("192.0.2.0/24", "192.0.2.0/25, 192.0.2.128/25", true),
            ("192.0.2.0/24", "192.0.2.0/25, 192.0.2.129", false),
            ("192.0.2.1, 198.51.100.1", "192.0.2.0/24", false),
            ("192.0.2.1, 198.51.100.1", "0.0.0.0/0", true),
            ("192.0.2.1, '2001:db8::1'", "0.0.0.0/0", false),
            ("'2001:db8::1'", "0.0.0.0/0, '::/0'", true),
            ("192.0.3.0/32", "192.0.2.0/24", false),
        ] {
            let told = told(&format!(
                "allow: [{{to: [{to}]}}], deny: [{{to: [{deny}]}}]"
            ));
            let expected: &[_] = if expected { &["denied-allow"] } else { &[] };
            assert_eq!(told, expected, "{to} {deny}");
        }
    }

    #[test]
    fn a_rule_that_an_earlier_one_covers_is_told_and_any_other_is_not() {
        for (first, second, expected) in [
            ("to: 192.0.2.0/24", "to: 192.0.2.0/24", true),
            ("to: 192.0.2.0/24", "to: 192.0.2.1", true),
            ("to: 192.0.2.1", "to: 192.0.2.0/24", false),
            (
                "to: [192.0.2.0/25, 192.0.2.128/25]",
                "to: 192.0.2.0/24",
                true,
            ),
            ("to: 192.0.2.0/24", "to: 192.0.2.1, ports: tcp/1", true),
            ("to: 192.0.2.0/24, ports: tcp/1", "to: 192.0.2.1", false),
            (
                "to: 192.0.2.1, ports: tcp/1-9",
                "to: 192.0.2.1, ports: tcp/9",
                true,
            ),
            (
                "to: 192.0.2.1, ports: tcp/1-9",
                "to: 192.0.2.1, ports: udp/9",
                false,
            ),
            (
                "to: 192.0.2.1, ports: tcp/1-9",
                "to: 192.0.2.1, ports: tcp/9-10",
                false,
            ),
            (
                "to: 192.0.2.1, ports: [tcp/1-5, tcp/6-9]",
                "to: 192.0.2.1, ports: tcp/2-8",
                true,
            ),
            (
                "to: 192.0.2.1, ports: [tcp/1-5, tcp/7-9]",
                "to: 192.0.2.1, ports: tcp/2-8",
                false,
            ),
            (
                "to: 192.0.2.1, ports: tcp/1",
                "to: 192.0.2.1, answer: tcp/1",
                false,
            ),
            (
                "to: 192.0.2.1, answer: tcp/1",
                "to: 192.0.2.1, answer: tcp/1",
                true,
            ),
            (
                "to: 192.0.2.1, protocols: [sctp, igmp]",
                "to: 192.0.2.1, protocols: 132",
                true,
            ),
            (
                "to: 192.0.2.1, protocols: sctp",
                "to: 192.0.2.1, protocols: [sctp, igmp]",
                false,
            ),
            (
                "to: 192.0.2.1, protocols: sctp",
                "to: 192.0.2.1, ports: tcp/9",
                false,
            ),
            ("to: 192.0.2.1", "to: 192.0.2.1, protocols: sctp", false),
            // What a rule for all ports leaves out.
            ("to: 192.0.2.1", "to: 192.0.2.1, ports: udp/5351", false),
            ("to: 192.0.2.1", "to: 192.0.2.1, ports: udp/5352", true),
            ("to: 192.0.2.1", "to: 192.0.2.1, answer: udp/9", false),
            ("to: 192.0.2.1", "to: 192.0.2.1, answer: tcp/9", true),
            // What only naming it allows.
            ("to: 192.0.2.0/24", "to: 192.0.2.255", false),
            ("to: 192.0.2.255", "to: 192.0.2.255", true),
            ("to: 224.0.0.0/3", "to: 239.255.255.250", false),
            ("to: 239.0.0.0/8", "to: 239.1.2.3", true),
            ("to: 'ff00::/8'", "to: 'ff02::1'", true),
            ("to: [192.0.2.1, 198.51.100.1]", "to: 198.51.100.1", true),
            ("to: 192.0.2.1", "to: [192.0.2.1, 198.51.100.1]", false),
        ] {
            let told = told(&format!("allow: [{{{first}}}, {{{second}}}]"));
            let is_told = told.contains(&"repeated-allow");
            assert_eq!(is_told, expected, "{first} {second}");
        }
    }

    #[test]
    fn a_group_is_compared_with_itself_alone() {
        let other = "other: {deny: [{to: 192.0.2.1}], allow: [{to: 192.0.2.1}]}";
        assert_eq!(
            told(&format!(
                "allow: [{{to: 192.0.2.1}}]}}\n  {other}\n  third: {{allow: [{{to: 192.0.2.1}}]"
            )),
            ["denied-allow", "unused-group", "unused-group"]
        );
    }

    #[test]
    fn a_large_policy_is_compared_for_a_moment_alone() {
        let rules = (0..50_000_u32).map(|rule| {
            let [_, a, b, c] = rule.to_be_bytes();
            format!("{{to: 10.{a}.{b}.{c}}}")
        });
        let rules: Vec<String> = rules.collect();
        let started = Instant::now();
        let told = told(&format!("allow: [{}]", rules.join(", ")));
        assert_eq!(told, [""; 0]);
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    fn told(group: &str) -> Vec<&'static str> {
        let text = format!(
            "version: 1\ninterfaces: {{lan1: }}\ncameras: {{a: {{match: {{vlan: 1}}, group: g}}}}\n\
             groups:\n  g: {{{group}}}\n"
        );
        let policy = Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
        let mut told: Vec<_> = policy.warnings().told().map(|told| told.code).collect();
        told.sort_unstable();
        told
    }
}
