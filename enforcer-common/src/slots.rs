//! Hash tables that are never written to while they are read: a key stands in one of two places, so
//! that a look-up takes two probes at most, found or not (cuckoo hashing, Pagh and Rodler, 2001).
//!
//! Who fills a table picks a seed for which that works out. It is no secret: whatever the keys that
//! are asked for, two probes answer.

/// What finds the places of a table's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// How many places there are, less one; there is a power of two of them.
    pub mask: u32,
    /// Which of many hash functions.
    pub seed: u64,
}

/// Odd and without a pattern: digits of the golden ratio and of square roots.
const FACTORS: [u64; 4] = [
    0x9e37_79b9_7f4a_7c15,
    0x6a09_e667_f3bc_c909,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
];

impl Places {
    /// The two places of a key of up to four words.
    #[inline(always)]
    pub fn of<const WORDS: usize>(&self, key: [u64; WORDS]) -> [u32; 2] {
        self.at(self.hash(key))
    }

    /// The hash of a key of up to four words.
    #[inline(always)]
    pub(crate) fn hash<const WORDS: usize>(&self, key: [u64; WORDS]) -> u64 {
        let mut hash = 0_u64;
        // Products that do not wait for each other.
        for (word, factor) in key.iter().zip(FACTORS) {
            hash = hash.wrapping_add((word ^ self.seed).wrapping_mul(factor));
        }
        hash = (hash ^ (hash >> 29)).wrapping_mul(FACTORS[1]);
        hash ^ (hash >> 32)
    }

    /// The two places of a hash.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the upper half is asked for"
    )]
    pub(crate) const fn at(&self, hash: u64) -> [u32; 2] {
        let again = hash.wrapping_mul(FACTORS[2]);
        [hash as u32 & self.mask, (again >> 32) as u32 & self.mask]
    }
}
