//! Which row of a page is whose, told by a word: a look at it stands for a look at each row.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::{ROWS, TAGS};

/// One in each of a word's four lanes of 16 bits.
const ONES: u64 = 0x0001_0001_0001_0001;

/// The upmost bit of each lane: it is set in each tag.
const TOPS: u64 = 0x8000_8000_8000_8000;

/// Multiplied with the lowest bit of a lane, it has that lane's number in its upmost lane.
const NUMBERS: u64 = 0x0000_0001_0002_0003;

const _: () = assert!(ROWS * 16 == u64::BITS);

/// What rows of a page are told apart by: part of a hash. No two rows of a page have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(u64);

/// The tags of the rows of some pages: as many as a line of cache holds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Tags {
    /// For each page a word, with a lane for each row; zero where a row is nobody's.
    pages: [u64; TAGS as usize],
}

/// A row that a frame may be counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// It was nobody's, and has the frame's tag now.
    Taken(u32),
    /// It has the frame's tag. That is nearly always since it is the frame's.
    Marked(u32),
}

impl Tag {
    /// A lane of a hash that has nothing to do with the places that it stands for.
    #[inline(always)]
    pub(super) const fn of(hash: u64) -> Self {
        Self((hash >> 48) | 0x8000)
    }
}

impl Tags {
    /// Whether all rows are nobody's.
    pub fn is_empty(&self) -> bool {
        self.pages.iter().all(|page| *page == 0)
    }

    /// The row with that tag, or one that was nobody's until now; none where all four have others.
    #[inline(always)]
    pub(super) fn seat(&mut self, page: u32, tag: Tag) -> Option<Seat> {
        let Tag(tag) = tag;
        let word = self.pages.get_mut((page % TAGS) as usize)?;
        let others = *word ^ (tag * ONES);
        // The lowest lane that is zero, and perhaps more above it (Mycroft, 1987).
        let same = others.wrapping_sub(ONES) & !others & TOPS;
        if same != 0 {
            return Some(Seat::Marked(lowest(same)));
        }
        let free = !*word & TOPS;
        if free == 0 {
            return None;
        }
        let lane = lowest(free);
        *word |= tag << (lane * 16);
        Some(Seat::Taken(lane))
    }
}

/// The number of the lowest lane of which the upmost bit is set; one must be.
#[inline(always)]
const fn lowest(tops: u64) -> u32 {
    let lowest = (tops & tops.wrapping_neg()) >> 15;
    (lowest.wrapping_mul(NUMBERS) >> 48) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_keeps_its_seat_and_a_fifth_has_none() {
        let mut tags = Tags::default();
        for (lane, tag) in [0, 0x7fff, 1, 0x8000].into_iter().enumerate() {
            let seat = tags.seat(13, Tag::of(tag << 48));
            let lane = u32::try_from(lane).unwrap();
            if tag == 0x8000 {
                assert_eq!(
                    seat,
                    Some(Seat::Marked(0)),
                    "the upmost bit is no part of it"
                );
                continue;
            }
            assert_eq!(seat, Some(Seat::Taken(lane)));
            assert_eq!(tags.seat(13, Tag::of(tag << 48)), Some(Seat::Marked(lane)));
        }
        assert_eq!(tags.seat(13, Tag::of(5 << 48)), Some(Seat::Taken(3)));
        assert_eq!(tags.seat(13, Tag::of(6 << 48)), None);
        assert_eq!(tags.seat(13, Tag::of(0x7fff << 48)), Some(Seat::Marked(1)));
        assert_eq!(tags.seat(14, Tag::of(6 << 48)), Some(Seat::Taken(0)));
    }
}
