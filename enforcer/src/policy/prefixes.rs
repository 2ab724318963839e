//! Many prefixes, which the rules that name one list share.

use std::collections::HashSet;
use std::ops::Deref;
use std::slice;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Prefixes in the order written, none of them twice. A copy takes no more room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes(Arc<Vec<IpNet>>);

impl Prefixes {
    /// Of those that are there more than once, the first stays.
    pub(super) fn each_once(mut prefixes: Vec<IpNet>) -> Self {
        let repeated = repeated(&prefixes);
        if !repeated.is_empty() {
            let mut met = HashSet::new();
            prefixes.retain(|prefix| !repeated.contains(prefix) || met.insert(*prefix));
        }
        Self(Arc::new(prefixes))
    }

    /// Those that come first, each once, and no more than so many.
    pub(super) fn first_of(parts: &[&[IpNet]], most: usize) -> Self {
        let mut seen = HashSet::new();
        let all = parts.iter().copied().flatten().copied();
        let new = all.filter(|prefix| seen.insert(*prefix));
        Self(Arc::new(new.take(most).collect()))
    }
}

/// Those that are there more than once. To sort a million takes less time than to hash them, and where they are
/// sorted already nearly none.
fn repeated(prefixes: &[IpNet]) -> HashSet<IpNet> {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for prefix in prefixes {
        match *prefix {
            IpNet::V4(prefix) => v4.push(prefix),
            IpNet::V6(prefix) => v6.push(prefix),
        }
    }
    // One number is compared faster than two.
    let number =
        |prefix: &Ipv4Net| u64::from(prefix.addr().to_bits()) << 8 | u64::from(prefix.prefix_len());
    v4.sort_unstable_by_key(number);
    v6.sort_unstable_by_key(|prefix: &Ipv6Net| (prefix.addr().to_bits(), prefix.prefix_len()));
    let v4 = pairs(&v4).map(IpNet::from);
    v4.chain(pairs(&v6).map(IpNet::from)).collect()
}

/// What stands twice in a row.
fn pairs<P: Copy + PartialEq>(prefixes: &[P]) -> impl Iterator<Item = P> {
    let next = prefixes.iter().skip(1);
    let pairs = prefixes.iter().zip(next);
    pairs
        .filter(|(one, other)| one == other)
        .map(|(one, _)| *one)
}

impl Deref for Prefixes {
    type Target = [IpNet];

    fn deref(&self) -> &[IpNet] {
        &self.0
    }
}

impl FromIterator<IpNet> for Prefixes {
    fn from_iter<I: IntoIterator<Item = IpNet>>(prefixes: I) -> Self {
        Self::each_once(prefixes.into_iter().collect())
    }
}

impl<'p> IntoIterator for &'p Prefixes {
    type Item = &'p IpNet;
    type IntoIter = slice::Iter<'p, IpNet>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_there_more_than_once_the_first_stays() {
        let all = "10.0.0.0/8 ::/0 10.0.0.0/9 ::/0 192.0.2.1/32 10.0.0.0/8 10.0.0.0/8 a::/16";
        let once = "10.0.0.0/8 ::/0 10.0.0.0/9 192.0.2.1/32 a::/16";
        let [all, once] = [all, once].map(|text| -> Vec<IpNet> {
            let words = text.split_whitespace();
            words.map(|word| word.parse().unwrap()).collect()
        });
        assert_eq!(*Prefixes::each_once(all), *once);
        assert_eq!(*Prefixes::each_once(once.clone()), *once);
    }
}
