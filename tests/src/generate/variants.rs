//! Many frames of one. To make one up takes a hundred times as long as to bend it, and what tells two
//! implementations apart is most often one bit, one tag or one byte of length.

use proptest::prelude::RngExt as _;
use proptest::test_runner::TestRng;

use super::{LONGEST, Made, SHORTEST};

/// Bits that are flipped, one at a time.
const FLIPS: usize = 40;

/// Bytes that become another, one at a time, and pairs of them.
const BYTES: usize = 24;
const PAIRS: usize = 16;

/// Where the tags go.
const ETHERTYPE: usize = 12;

/// Tags that are put in front, outermost first: none, one, two and three of them.
const TAGS: [&[[u8; 4]]; 6] = [
    &[[0x81, 0x00, 0, 50]],
    &[[0x81, 0x00, 0, 0]],
    &[[0x88, 0xa8, 0, 50], [0x81, 0x00, 0, 7]],
    &[[0x81, 0x00, 0xe0, 0], [0x81, 0x00, 0x0f, 0xff]],
    &[[0x91, 0x00, 0, 7], [0x81, 0x00, 0, 50]],
    &[[0x88, 0xa8, 0, 50], [0x81, 0x00, 0, 50], [0x81, 0x00, 0, 0]],
];

/// Values that mean something somewhere: the ends of ranges, and what is beside lengths, protocols
/// and kinds of option.
const VALUES: [u8; 24] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 17, 20, 40, 41, 43, 44, 45, 58, 59, 60, 0x7f, 0x80, 0x86, 0xfe, 0xff,
];

/// The frame itself; each of its beginnings; with tags in front; and bent a little, in ways of which
/// chance chooses some.
pub fn variants<'f>(made: &'f Made, chance: &'f mut TestRng) -> impl Iterator<Item = Made> + 'f {
    let Made { frame, interface } = made;
    let like = |frame| Made {
        frame,
        interface: *interface,
    };
    let beginnings = (SHORTEST..frame.len()).map(|length| frame.iter().copied().take(length));
    let beginnings = beginnings.map(Iterator::collect);
    let tagged = TAGS.iter().map(|tags| tagged(frame, tags));
    let bent = (0..FLIPS + BYTES + PAIRS).map(|number| bent(frame, number, chance));
    let own = std::iter::once(frame.clone());
    own.chain(beginnings).chain(tagged).chain(bent).map(like)
}

fn tagged(frame: &[u8], tags: &[[u8; 4]]) -> Vec<u8> {
    let mut tagged = frame.to_vec();
    tagged.splice(ETHERTYPE..ETHERTYPE, tags.iter().flatten().copied());
    tagged.truncate(LONGEST);
    tagged
}

fn bent(frame: &[u8], number: usize, chance: &mut TestRng) -> Vec<u8> {
    let mut bent = frame.to_vec();
    if number < FLIPS {
        let bit = 1 << chance.random_range(0..8_u32);
        change(&mut bent, chance, |byte, _| byte ^ bit);
        return bent;
    }
    let changes = if number < FLIPS + BYTES { 1 } else { 2 };
    for _ in 0..changes {
        change(&mut bent, chance, |_, chance| {
            let value = chance.random_range(0..2 * VALUES.len());
            let value = VALUES.get(value).copied();
            value.unwrap_or_else(|| chance.random())
        });
    }
    bent
}

fn change(bytes: &mut [u8], chance: &mut TestRng, to: impl FnOnce(u8, &mut TestRng) -> u8) {
    let place = chance.random_range(0..bytes.len().max(1));
    if let Some(byte) = bytes.get_mut(place) {
        *byte = to(*byte, chance);
    }
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::RngAlgorithm;

    use super::*;

    #[test]
    fn every_beginning_is_there_once_and_the_whole_first() {
        let made = Made {
            frame: (0..60).collect(),
            interface: 7,
        };
        let mut chance = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let variants: Vec<Made> = variants(&made, &mut chance).collect();
        assert_eq!(variants[0].frame, made.frame);
        for length in SHORTEST..60 {
            let beginning = &made.frame[..length];
            let found = variants.iter().filter(|variant| variant.frame == beginning);
            assert_eq!(found.count(), 1, "{length}");
        }
        let lengths = SHORTEST..=LONGEST;
        assert!(
            variants
                .iter()
                .all(|one| one.interface == 7 && lengths.contains(&one.frame.len()))
        );
    }
}
