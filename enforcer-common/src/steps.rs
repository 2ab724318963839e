//! A function of 16 bits, as the kernel looks it up: which value holds from which number on.
//!
//! The lower half of an IPv4 address, 16 bits of an IPv6 address, a port and a protocol are all looked
//! up by it. Up to 16 steps stand in one [`Line`], which is as much as memory delivers at once; two lines
//! hang on one number in the [`Head`]; more hang on a line of numbers, and what has too many even for
//! that is split by its upper 8 bits first. So whatever the policy, a look-up touches at most four
//! lines, and mostly one.
//!
//! Within a line the search takes no branch: the verifier follows one path through it, and there is
//! nothing for the processor to guess.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// As many bytes as one cache line has on nearly every machine, and aligned to it where the kernel
/// maps its arrays by pages (`BPF_F_MMAPABLE`).
///
/// Where a way ends, the cells but the first are 15 numbers in ascending order, and 16 values follow:
/// each of the numbers is the last for which the value before its own holds. In front of other lines,
/// the cells but the first are 31 numbers, each the last that the line before its own is for. What is
/// not needed is 65,535, which nothing is past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C, align(64))]
pub struct Line {
    /// Host order.
    pub cells: [u16; 2 * LINE_STEPS],
}

/// How many steps a line has room for.
pub const LINE_STEPS: usize = 16;

/// How many lines a line of numbers can tell apart.
pub const LINE_BRANCHES: usize = 32;

/// How many parts a function is split into that has more steps than lines can tell apart.
pub const SPLIT_PARTS: usize = 256;

/// Where the steps of a function stand.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Head {
    /// Index of the first line, or of the first part.
    pub first: u32,
    /// The last number that the first line is for; 65,535 if there is no second. Of [`Self::LINES`]
    /// alone.
    pub pivot: u16,
    /// One of `Head::*`.
    pub kind: u16,
}

impl Head {
    /// One line, or two.
    pub const LINES: u16 = 0;
    /// A line of numbers, and the lines that it tells apart.
    pub const BRANCHES: u16 = 1;
    /// [`SPLIT_PARTS`] heads by the upper 8 bits, none of them split again.
    pub const SPLIT: u16 = 2;
    /// No line: the pivot is the value.
    pub const CONSTANT: u16 = 3;

    /// The function that has one value, whatever the number.
    #[inline(always)]
    pub const fn constant(value: u16) -> Self {
        Self {
            first: 0,
            pivot: value,
            kind: Self::CONSTANT,
        }
    }
}

/// Where lines are kept.
pub trait Steps {
    /// A line.
    fn line(&self, index: u32) -> Option<&Line>;

    /// The head of a part.
    fn part(&self, index: u32) -> Option<&Head>;

    /// One number less another, around zero, such that the compiler does not know what it is: of a
    /// comparison that it sees it would make a branch.
    fn difference(one: u64, other: u64) -> u64;

    /// The sum of two numbers without a bit in common, such that the compiler does not know what it is: it
    /// would make a bitwise or of it, of which the verifier of Linux 6.1 makes numbers without a bound.
    fn sum(one: usize, other: usize) -> usize;
}

/// The value of a function at a number; zero if the steps are not there, which the verifier alone
/// believes.
#[inline(always)]
pub fn value_at<S: Steps>(steps: &S, mut head: Head, number: u16) -> u16 {
    if head.kind == Head::CONSTANT {
        return head.pivot;
    }
    if head.kind == Head::SPLIT {
        match steps.part(head.first.wrapping_add(u32::from(number >> 8))) {
            Some(part) => head = *part,
            None => return 0,
        }
    }
    let nth = if head.kind == Head::BRANCHES {
        match steps.line(head.first) {
            Some(line) => 1 + passed::<S, 16>(line, number),
            None => return 0,
        }
    } else {
        is_past::<S>(number, head.pivot)
    };
    #[expect(clippy::cast_possible_truncation, reason = "at most 32")]
    let index = head.first.wrapping_add(nth as u32);
    let Some(line) = steps.line(index) else {
        return 0;
    };
    let nth = passed::<S, 8>(line, number);
    line.cells.get(LINE_STEPS | nth).copied().unwrap_or(0)
}

/// How many of the numbers of a line lie below `number`, the first cell not counted; `HALF` is half of
/// how many cells are looked at.
#[inline(always)]
fn passed<S: Steps, const HALF: usize>(line: &Line, number: u16) -> usize {
    let mut nth = 0;
    let mut half = HALF;
    // Unrolled by the compiler: at most five rounds.
    while half > 0 {
        // Cells are told apart by bits of their own, so that the bound of the sum is plain to see.
        let cell = line.cells.get(nth | half).copied().unwrap_or(0);
        nth = S::sum(nth, half * is_past::<S>(number, cell)) & (2 * LINE_STEPS - 1);
        half /= 2;
    }
    nth
}

/// One if `number` is greater than `last`, else zero; without a branch.
#[inline(always)]
fn is_past<S: Steps>(number: u16, last: u16) -> usize {
    (S::difference(last.into(), number.into()) >> 63) as usize
}
