//! Sets of ports.

/// Ports, as ranges in order that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PortSet(Vec<(u16, u16)>);

impl PortSet {
    /// Every port.
    pub(super) fn all() -> Self {
        Self(vec![(0, u16::MAX)])
    }

    /// The ports of some ranges, each the first and the last.
    pub(super) fn of(mut ranges: Vec<(u16, u16)>) -> Self {
        ranges.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::new();
        for (first, last) in ranges {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                Some(_) | None => merged.push((first, last)),
            }
        }
        Self(merged)
    }

    /// Those of these that are not among the others.
    pub(super) fn without(&self, others: &Self) -> Self {
        let mut left = Vec::new();
        for (first, last) in self.iter() {
            // What comes before it is taken away or left already.
            let mut next = Some(first);
            for (start, end) in others.iter() {
                let Some(from) = next.filter(|&from| from <= end && start <= last) else {
                    continue;
                };
                if start > from {
                    left.push((from, start - 1));
                }
                next = end.checked_add(1).filter(|&next| next <= last);
            }
            left.extend(next.map(|from| (from, last)));
        }
        Self(left)
    }

    /// These and the others.
    pub(super) fn with(&self, others: &Self) -> Self {
        Self::of(self.iter().chain(others.iter()).collect())
    }

    /// Whether a port is one of these.
    pub fn contains(&self, port: u16) -> bool {
        let ranges = &self.0;
        ranges
            .iter()
            .any(|&(first, last)| (first..=last).contains(&port))
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first and the last port of each range.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u16)> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_written_in_one_way() {
        let set = PortSet::of(vec![(80, 80), (1, 5), (4, 9), (10, 12), (65_535, 65_535)]);
        assert_eq!(set.0, [(1, 12), (80, 80), (65_535, 65_535)]);
        assert!(set.contains(12) && !set.contains(13));
    }

    #[test]
    fn what_is_taken_away_leaves_the_rest() {
        let of = |ranges: &[(u16, u16)]| PortSet::of(ranges.to_vec());
        for (set, others, expected) in [
            (
                &[(1, 9)][..],
                &[(3, 4), (6, 6)][..],
                &[(1, 2), (5, 5), (7, 9)][..],
            ),
            (&[(1, 9)], &[(0, 1), (9, 20)], &[(2, 8)]),
            (&[(1, 9), (20, 30)], &[(5, 25)], &[(1, 4), (26, 30)]),
            (&[(1, 9)], &[(0, 65_535)], &[]),
            (
                &[(0, 65_535)],
                &[(5351, 5351)],
                &[(0, 5350), (5352, 65_535)],
            ),
            (&[(1, 9)], &[], &[(1, 9)]),
        ] {
            assert_eq!(
                of(set).without(&of(others)),
                of(expected),
                "{set:?} {others:?}"
            );
        }
    }
}
