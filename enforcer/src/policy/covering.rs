//! Which addresses an item of `allow` or `deny` covers: those in `to` that are not in `except`.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::{Allow, Deny, Policy};

impl Allow {
    /// The prefixes of `to` by which an address is covered; none if it is in `except`.
    pub fn covering(&self, address: IpAddr) -> impl Iterator<Item = IpNet> {
        let is_out = first_with(&self.except, address).is_some();
        let covering = self.to.iter().filter(move |to| to.contains(&address));
        covering.filter(move |_| !is_out).copied()
    }

    /// The prefix of `except` without which an address would be covered.
    pub fn taken_out_by(&self, address: IpAddr) -> Option<IpNet> {
        first_with(&self.except, address).filter(|_| first_with(&self.to, address).is_some())
    }
}

impl Deny {
    /// Whether an address is in `to` and not in `except`.
    pub fn covers(&self, address: IpAddr) -> bool {
        first_with(&self.to, address).is_some() && first_with(&self.except, address).is_none()
    }
}

impl Policy {
    /// The same policy as far as some addresses go: every list keeps the prefixes that cover one of
    /// them, and no others. To ask it about those few takes as long whatever the length of its lists.
    #[must_use]
    pub fn narrowed_to(&self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let addresses = Addresses::new(addresses);
        let mut narrowed = self.clone();
        for group in &mut narrowed.groups {
            let allow = group
                .allow
                .iter_mut()
                .map(|item| (&mut item.to, &mut item.except));
            let deny = group
                .deny
                .iter_mut()
                .map(|item| (&mut item.to, &mut item.except));
            for (to, except) in allow.chain(deny) {
                for prefixes in [to, except] {
                    let covering = prefixes.iter().filter(|prefix| addresses.meet(prefix));
                    *prefixes = covering.copied().collect();
                }
            }
        }
        narrowed
    }
}

/// A few addresses, to be compared with many prefixes.
struct Addresses {
    /// In order.
    all: Vec<IpAddr>,
    /// By the upper half of an IPv4 address whether it is that of one of them: most prefixes are near none.
    near: Vec<bool>,
}

impl Addresses {
    fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let mut all: Vec<IpAddr> = addresses.into_iter().collect();
        all.sort_unstable();
        let mut near = vec![false; 1 << 16];
        for address in &all {
            if let IpAddr::V4(address) = address
                && let Some(near) = near.get_mut(upper(*address))
            {
                *near = true;
            }
        }
        Self { all, near }
    }

    /// Whether a prefix covers one of them.
    fn meet(&self, prefix: &IpNet) -> bool {
        if let IpNet::V4(prefix) = prefix
            && prefix.prefix_len() >= 16
            && self.near.get(upper(prefix.network())) == Some(&false)
        {
            return false;
        }
        let first = self
            .all
            .partition_point(|address| *address < prefix.network());
        let first = self.all.get(first);
        first.is_some_and(|address| prefix.contains(address))
    }
}

fn upper(address: Ipv4Addr) -> usize {
    let [a, b, ..] = address.octets();
    usize::from(u16::from_be_bytes([a, b]))
}

fn first_with(prefixes: &[IpNet], address: IpAddr) -> Option<IpNet> {
    let mut prefixes = prefixes.iter().copied();
    prefixes.find(|prefix| prefix.contains(&address))
}

/// The prefixes of `to` that are not taken out as a whole, and those of `except` that take something
/// out of them.
pub(crate) fn effective<'p>(to: &'p [IpNet], except: &[IpNet]) -> (Cow<'p, [IpNet]>, Vec<IpNet>) {
    if except.is_empty() {
        return (Cow::Borrowed(to), Vec::new());
    }
    let mut except = outermost(except);
    let to = to.iter().copied();
    let to: Vec<IpNet> = to.filter(|&to| !is_within(to, &except)).collect();
    let around = outermost(&to);
    except.retain(|except| is_within(*except, &around));
    (Cow::Owned(to), except)
}

/// In order, without those that are within another.
fn outermost(prefixes: &[IpNet]) -> Vec<IpNet> {
    let mut prefixes = prefixes.to_vec();
    // By first address, then by length: a wide prefix before those that it covers.
    prefixes.sort_unstable();
    prefixes.dedup_by(|narrow, wide| wide.contains(&*narrow));
    prefixes
}

/// Whether one of some prefixes that are in order and apart covers another.
fn is_within(prefix: IpNet, around: &[IpNet]) -> bool {
    let after = around.partition_point(|wide| *wide <= prefix);
    let before = after.checked_sub(1).and_then(|index| around.get(index));
    before.is_some_and(|wide| wide.contains(&prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Location, Prefixes, Service};

    #[test]
    fn what_is_taken_out_as_a_whole_or_takes_nothing_out_is_left_out() {
        for (to, except, expected) in [
            (
                "10.0.0.0/8 192.0.2.7/32",
                "",
                ("10.0.0.0/8 192.0.2.7/32", ""),
            ),
            (
                "10.0.0.0/8 10.1.2.0/24 192.0.2.7/32",
                "10.1.0.0/16 10.1.2.0/25 10.2.0.0/16 192.0.2.0/24",
                ("10.0.0.0/8", "10.1.0.0/16 10.2.0.0/16"),
            ),
            ("10.0.0.0/8", "10.0.0.0/8", ("", "")),
            ("10.0.0.0/8 ::/0", "0.0.0.0/0", ("::/0", "")),
            (
                "::/0 10.0.0.0/8",
                "::/1 fe80::/10",
                ("::/0 10.0.0.0/8", "::/1 fe80::/10"),
            ),
            (
                "10.0.0.0/9",
                "9.0.0.0/8 10.128.0.0/9 11.0.0.0/8",
                ("10.0.0.0/9", ""),
            ),
        ] {
            let (to, except) = (prefixes(to), prefixes(except));
            let (left, taken) = effective(&to, &except);
            let expected = (prefixes(expected.0), prefixes(expected.1));
            assert_eq!(
                (left.into_owned(), taken),
                expected,
                "{to:?} except {except:?}"
            );
        }
    }

    #[test]
    fn an_item_covers_what_is_in_to_and_not_in_except() {
        let [to, except] = ["192.0.2.0/24 192.0.2.7/32", "192.0.2.0/29 10.0.0.0/8"]
            .map(|text| -> Prefixes { prefixes(text).into_iter().collect() });
        let (service, at) = (Service::Any, Location::default());
        let allow = Allow {
            to: to.clone(),
            except: except.clone(),
            service,
            at,
        };
        let deny = Deny { to, except, at };
        for (address, covers, taken_out_by) in [
            ("192.0.2.8", true, None),
            ("192.0.2.7", false, Some("192.0.2.0/29")),
            ("192.0.2.0", false, Some("192.0.2.0/29")),
            ("10.0.0.1", false, None),
            ("2001:db8::1", false, None),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(
                allow.covering(address).count(),
                usize::from(covers),
                "{address}"
            );
            assert_eq!(deny.covers(address), covers, "{address}");
            let expected = taken_out_by.map(|prefix| prefix.parse().unwrap());
            assert_eq!(allow.taken_out_by(address), expected, "{address}");
        }
    }

    fn prefixes(text: &str) -> Vec<IpNet> {
        let words = text.split_whitespace();
        words.map(|word| word.parse().unwrap()).collect()
    }
}
