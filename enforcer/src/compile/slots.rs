//! Filling hash tables of two places a key, so that no look-up takes more than two probes.

use enforcer_common::slots::Places;

/// A table and where its keys are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots<R> {
    /// A power of two of them, of which at most half are taken.
    pub rows: Vec<R>,
    /// Where a key is to be looked for.
    pub places: Places,
}

/// Seeds that are tried before the table is made larger.
const SEEDS: u64 = 16;

/// How many rows may have to move for one, before another seed is tried.
const MOVES: u32 = 500;

impl<R: Copy + Default> Slots<R> {
    /// Puts every row into one of the two places of its key; no two keys are the same.
    pub(super) fn new<const WORDS: usize>(rows: &[R], key: impl Fn(&R) -> [u64; WORDS]) -> Self {
        let mut size = (2 * rows.len()).next_power_of_two();
        loop {
            for seed in 0..SEEDS {
                let mask = u32::try_from(size - 1).unwrap_or(u32::MAX);
                let places = Places {
                    mask,
                    seed: seed.wrapping_mul(0x2545_f491_4f6c_dd1d),
                };
                if let Some(rows) = fill(rows, size, |row| places.of(key(row))) {
                    return Self { rows, places };
                }
            }
            size *= 2;
        }
    }
}

impl<R: Default> Default for Slots<R> {
    /// One place that is not taken.
    fn default() -> Self {
        Self {
            rows: vec![R::default()],
            places: Places { mask: 0, seed: 0 },
        }
    }
}

/// The rows in their places, or nothing if they get into each other's way for ever.
fn fill<R: Copy + Default>(
    rows: &[R],
    size: usize,
    places: impl Fn(&R) -> [u32; 2],
) -> Option<Vec<R>> {
    let at = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
    // Which row is in a place, counted from one.
    let mut taken = vec![0_u32; size];
    for first in 1..=u32::try_from(rows.len()).ok()? {
        let mut row = first;
        let mut place = at(places(rows.get(at(row - 1))?)[0]);
        // A row that is in the way moves to its other place, and so on.
        let mut moves = MOVES;
        loop {
            let evicted = std::mem::replace(taken.get_mut(place)?, row);
            if evicted == 0 {
                break;
            }
            moves = moves.checked_sub(1)?;
            row = evicted;
            let [one, other] = places(rows.get(at(row - 1))?).map(at);
            place = if place == one { other } else { one };
        }
    }
    let rows = taken.into_iter().map(|row| match row {
        0 => Some(R::default()),
        row => rows.get(at(row - 1)).copied(),
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_one_of_its_two_places() {
        for count in [0_u64, 1, 2, 3, 100, 70_000] {
            let rows: Vec<u64> = (1..=count).map(|number| number << 16).collect();
            let slots = Slots::new(&rows, |&row| [row]);
            assert!(slots.rows.len() <= 8 * rows.len() + 1, "{count}");
            for row in rows {
                let found = slots.places.of([row]);
                let found = found.map(|place| slots.rows[usize::try_from(place).unwrap()]);
                assert!(found.contains(&row), "{row} of {count}");
            }
        }
    }

    #[test]
    fn the_same_rows_make_the_same_table() {
        let rows: Vec<u64> = (1..1000).collect();
        let key = |&row: &u64| [row, !row];
        assert_eq!(Slots::new(&rows, key), Slots::new(&rows, key));
    }
}
