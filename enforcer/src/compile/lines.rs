//! Writing functions of 16 bits into lines.

use enforcer_common::steps::{Head, LINE_BRANCHES, LINE_STEPS, Line, SPLIT_PARTS};
use rustc_hash::FxHashMap;

/// From which number on which value holds; the first holds from the beginning, and no two values in
/// a row are the same.
pub(super) type Function = Vec<(u16, u16)>;

/// The lines of all functions, and the heads of those that are split.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) rows: Vec<Line>,
    pub(super) parts: Vec<Head>,
    /// Where lines that are one function alone stand: many are alike.
    alone: FxHashMap<Line, u32>,
}

impl Default for Lines {
    /// With one line that is nobody's, so that index zero stands for no function.
    fn default() -> Self {
        Self {
            rows: vec![Line {
                cells: [0; 2 * LINE_STEPS],
            }],
            parts: Vec::new(),
            alone: FxHashMap::default(),
        }
    }
}

impl Lines {
    /// Writes a function down.
    pub(super) fn write(&mut self, function: &[(u16, u16)]) -> Head {
        match function.len().div_ceil(LINE_STEPS) {
            0 | 1 => Head {
                first: self.alone(function),
                pivot: u16::MAX,
                kind: Head::LINES,
            },
            2 => {
                let first = index(self.rows.len());
                let (one, other) = function.split_at(LINE_STEPS);
                self.rows.extend([line(one), line(other)]);
                Head {
                    first,
                    pivot: before(other),
                    kind: Head::LINES,
                }
            }
            3..=LINE_BRANCHES => {
                let first = index(self.rows.len());
                let chunks = function.chunks(LINE_STEPS);
                let lasts = chunks.clone().skip(1).map(before);
                self.rows.push(numbers(lasts));
                self.rows.extend(chunks.map(line));
                Head {
                    first,
                    pivot: u16::MAX,
                    kind: Head::BRANCHES,
                }
            }
            _ => self.split(function),
        }
    }

    fn alone(&mut self, function: &[(u16, u16)]) -> u32 {
        let line = line(function);
        let next = index(self.rows.len());
        let known = *self.alone.entry(line).or_insert(next);
        if known == next {
            self.rows.push(line);
        }
        known
    }

    fn split(&mut self, function: &[(u16, u16)]) -> Head {
        let mut rest = function;
        let mut value = 0;
        let mut parts = Vec::with_capacity(SPLIT_PARTS);
        for part in 0..=u8::MAX {
            let ends = rest.partition_point(|&(from, _)| from >> 8 <= u16::from(part));
            let (within, after) = rest.split_at(ends);
            let within = from_on(u16::from(part) << 8, value, within.iter().copied());
            value = within.last().map_or(value, |&(_, last)| last);
            rest = after;
            parts.push(self.write(&within));
        }
        let first = index(self.parts.len());
        self.parts.append(&mut parts);
        Head {
            first,
            pivot: u16::MAX,
            kind: Head::SPLIT,
        }
    }
}

/// The function of the numbers from `first` on, at which `value` holds unless the steps say otherwise.
pub(super) fn from_on(first: u16, value: u16, steps: impl Iterator<Item = (u16, u16)>) -> Function {
    let mut function = Vec::with_capacity(1 + steps.size_hint().0);
    function.push((first, value));
    for (from, value) in steps {
        if from == first {
            function.clear();
        }
        function.push((from, value));
    }
    function
}

/// A line where a way ends.
fn line(function: &[(u16, u16)]) -> Line {
    let mut line = numbers(function.iter().skip(1).map(|&(from, _)| from - 1));
    let values = line.cells.iter_mut().skip(LINE_STEPS);
    let last = function.last().map_or(0, |&(_, value)| value);
    let known = function.iter().map(|&(_, value)| value);
    for (cell, value) in values.zip(known.chain(std::iter::repeat(last))) {
        *cell = value;
    }
    line
}

/// A line of numbers.
fn numbers(lasts: impl Iterator<Item = u16>) -> Line {
    let mut line = Line {
        cells: [u16::MAX; 2 * LINE_STEPS],
    };
    for (cell, last) in line.cells.iter_mut().skip(1).zip(lasts) {
        *cell = last;
    }
    line
}

/// The last number that does not belong to some steps any more.
fn before(steps: &[(u16, u16)]) -> u16 {
    steps.first().map_or(0, |&(from, _)| from.saturating_sub(1))
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use enforcer_common::steps::{Steps, value_at};
    use proptest::{collection::btree_map, prelude::*};

    use super::*;

    impl Steps for Lines {
        fn line(&self, index: u32) -> Option<&Line> {
            self.rows.get(usize::try_from(index).ok()?)
        }

        fn part(&self, index: u32) -> Option<&Head> {
            self.parts.get(usize::try_from(index).ok()?)
        }

        fn difference(one: u64, other: u64) -> u64 {
            one.wrapping_sub(other)
        }

        fn sum(one: usize, other: usize) -> usize {
            one + other
        }
    }

    fn check(functions: &[Function]) {
        let mut lines = Lines::default();
        let heads: Vec<Head> = functions.iter().map(|one| lines.write(one)).collect();
        for (function, head) in functions.iter().zip(&heads) {
            let mut steps = function.iter().peekable();
            let mut expected = 0;
            for number in 0..=u16::MAX {
                if let Some(&(_, value)) = steps.next_if(|&&(from, _)| from == number) {
                    expected = value;
                }
                assert_eq!(value_at(&lines, *head, number), expected, "{number}");
            }
        }
    }

    #[test]
    fn a_function_is_what_was_written_down_however_many_steps_it_has() {
        let counts = [
            1, 2, 15, 16, 17, 32, 33, 48, 511, 512, 513, 1000, 65_535, 65_536,
        ];
        let function = |count: u32| -> Function {
            let from = |step: u32| u16::try_from(u64::from(step) * 65_536 / u64::from(count));
            let value = |step: u32| u16::try_from(step * 7 % 0x7fff);
            let steps = (0..count).map(|step| (from(step).unwrap(), value(step).unwrap()));
            steps.collect()
        };
        check(&counts.map(function));
    }

    #[test]
    fn steps_that_crowd_together_are_found_as_well() {
        let crowd = |from: u16| -> Function {
            let crowd = (from..=u16::MAX).take(700).enumerate();
            let steps = crowd.map(|(nth, from)| (from, u16::try_from(nth % 2 + 1).unwrap()));
            std::iter::once((0, 9)).chain(steps).collect()
        };
        check(&[crowd(1), crowd(255), crowd(0x1234), crowd(0xfd44)]);
    }

    #[test]
    fn functions_that_are_alike_share_their_line() {
        let mut lines = Lines::default();
        let one = lines.write(&[(0, 1), (7, 2)]);
        assert_eq!(lines.write(&[(0, 1), (7, 2)]), one);
        assert_ne!(lines.write(&[(0, 1), (7, 3)]), one);
        assert_eq!(lines.rows.len(), 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_function_is_what_was_written_down(
            steps in btree_map(any::<u16>(), 0..4_u16, 0..80),
        ) {
            let mut function: Function = vec![(0, 0)];
            for (from, value) in steps {
                if from > 0 && function.last().is_some_and(|&(_, last)| last != value) {
                    function.push((from, value));
                }
            }
            check(&[function]);
        }
    }
}
