//! Several lists of ranges side by side.

use crate::ranges::{Number, Range};

/// Calls `tell` for every stretch of addresses over which no list changes and some list has a
/// range, in order: its first and last address, and the answer of each list.
pub(super) fn overlay<A: Number, const N: usize>(
    mut lists: [&[Range<A>]; N],
    mut tell: impl FnMut(A, A, [Option<u32>; N]),
) {
    let starts = lists.iter().filter_map(|list| list.first());
    let mut next = starts.map(|range| range.first).min();
    while let Some(first) = next {
        let mut answers = [None; N];
        // The last address over which nothing changes, and where something begins that has not yet.
        let mut end: Option<A> = None;
        let mut ahead: Option<A> = None;
        for (list, answer) in lists.iter_mut().zip(&mut answers) {
            while let Some((range, rest)) = list.split_first()
                && range.last < first
            {
                *list = rest;
            }
            let Some(range) = list.first() else {
                continue;
            };
            let until = if range.first <= first {
                *answer = Some(range.answer);
                Some(range.last)
            } else {
                ahead = least(ahead, Some(range.first));
                range.first.previous()
            };
            end = least(end, until);
        }
        let is_covered = answers.iter().any(Option::is_some);
        next = match end {
            Some(end) if is_covered => {
                tell(first, end, answers);
                end.next()
            }
            Some(_) | None => ahead,
        };
    }
}

fn least<A: Ord>(one: Option<A>, other: Option<A>) -> Option<A> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_ends_where_any_list_changes() {
        let range = |first: u32, last, answer| Range {
            first,
            last,
            answer,
        };
        let one = [
            range(0, 9, 1),
            range(10, 19, 2),
            range(u32::MAX, u32::MAX, 3),
        ];
        let other = [range(5, 12, 7), range(30, 31, 8)];
        let mut found = Vec::new();
        overlay([&one, &other, &[]], |first, last, answers| {
            found.push((first, last, answers));
        });
        assert_eq!(
            found,
            [
                (0, 4, [Some(1), None, None]),
                (5, 9, [Some(1), Some(7), None]),
                (10, 12, [Some(2), Some(7), None]),
                (13, 19, [Some(2), None, None]),
                (30, 31, [None, Some(8), None]),
                (u32::MAX, u32::MAX, [Some(3), None, None]),
            ]
        );
    }
}
