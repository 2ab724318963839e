//! From prefixes that may cover one another to ranges that do not overlap.

use super::covers::{CoverId, Covers, NOTHING, Step};
use super::{Number, Range};
use crate::compile::CapacityError;

/// A prefix that some item names.
#[derive(Clone, Copy)]
pub(super) struct Written<A> {
    pub(super) first: A,
    pub(super) last: A,
    pub(super) step: Step,
}

/// A prefix that the sweep is inside of.
struct Open<A> {
    last: A,
    cover: CoverId,
    /// None where nothing covers.
    answer: Option<u32>,
}

/// Ranges in order, those that touch and are answered alike made one.
struct Told<A> {
    ranges: Vec<Range<A>>,
    /// The first address of which nothing is told yet; none after the last of all.
    next: Option<A>,
}

/// Walks from the first address to the last, in and out of the prefixes.
pub(super) fn sweep<A: Number>(
    mut written: Vec<Written<A>>,
    covers: &mut Covers<'_>,
) -> Result<Vec<Range<A>>, CapacityError> {
    written.sort_unstable_by_key(|prefix| A::order(prefix.first, prefix.last));
    let mut told = Told {
        ranges: Vec::new(),
        next: None,
    };
    let mut way: Vec<Open<A>> = Vec::new();
    let is_same =
        |one: &Written<A>, other: &Written<A>| one.first == other.first && one.last == other.last;
    for same in written.chunk_by_mut(is_same) {
        same.sort_unstable_by_key(|prefix| prefix.step);
        let Some(&Written { first, last, .. }) = same.first() else {
            continue;
        };
        while let Some(done) = way.pop_if(|open| open.last < first) {
            told.up_to(done.last, done.answer);
        }
        if let (Some(open), Some(before)) = (way.last(), first.previous()) {
            told.up_to(before, open.answer);
        }
        told.next = Some(first);
        let around = way.last().map_or(NOTHING, |open| open.cover);
        let steps = same.iter().map(|prefix| prefix.step);
        let cover = steps.fold(around, |cover, step| covers.step(cover, step));
        let answer = covers.answer(cover, first.prefix_up_to(last).0)?;
        way.push(Open {
            last,
            cover,
            answer,
        });
    }
    while let Some(done) = way.pop() {
        told.up_to(done.last, done.answer);
    }
    Ok(told.ranges)
}

impl<A: Number> Told<A> {
    /// Whatever is not told yet up to `last` is answered so, or covered by nothing.
    fn up_to(&mut self, last: A, answer: Option<u32>) {
        let Some(first) = self.next.filter(|&next| next <= last) else {
            return;
        };
        self.next = last.next();
        let Some(answer) = answer else {
            return;
        };
        match self.ranges.last_mut() {
            Some(before) if before.answer == answer && before.last.next() == Some(first) => {
                before.last = last;
            }
            Some(_) | None => self.ranges.push(Range {
                first,
                last,
                answer,
            }),
        }
    }
}
