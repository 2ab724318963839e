//! What is counted for each camera, and where.

use core::{iter::Sum, ops::AddAssign};

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::reason::DropReason;

/// Frames and their bytes, on one CPU.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Counter {
    /// Frames.
    pub packets: u64,
    /// Bytes of those frames, from the Ethernet header on.
    pub bytes: u64,
}

impl AddAssign for Counter {
    fn add_assign(&mut self, other: Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
    }
}

impl Sum for Counter {
    fn sum<I: Iterator<Item = Self>>(counters: I) -> Self {
        counters.fold(Self::default(), |mut total, counter| {
            total += counter;
            total
        })
    }
}

/// Where in a camera's [`Counters`] a tally stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Frames that the policy lets through.
    Allowed,
    /// Drops told as an event.
    Told,
    /// Drops not told because the camera had used up its share of events.
    Suppressed,
    /// Drops not told because the event ring was full.
    Lost,
    /// Drops for this reason. In audit the frame passed all the same.
    Drop(DropReason),
}

impl Slot {
    /// Index in [`Counters::slots`].
    #[inline(always)]
    pub const fn index(self) -> usize {
        match self {
            Self::Allowed => 0,
            Self::Told => 1,
            Self::Suppressed => 2,
            Self::Lost => 3,
            Self::Drop(reason) => 4 + reason as usize,
        }
    }

    /// Every slot in use, in the order of the indexes.
    pub fn all() -> impl Iterator<Item = Self> {
        let reasons = DropReason::ALL.iter().map(|&reason| Self::Drop(reason));
        [Self::Allowed, Self::Told, Self::Suppressed, Self::Lost]
            .into_iter()
            .chain(reasons)
    }
}

/// How many slots a camera has: more than are in use, because the counters are shared by programs
/// of different versions and the size of a pinned map is for good.
pub const SLOTS: usize = 40;

const _: () = assert!(4 + DropReason::ALL.len() <= SLOTS);

/// The tallies of one camera on one CPU.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct Counters {
    /// By [`Slot::index`].
    pub slots: [Counter; SLOTS],
}

impl Counters {
    /// Nothing counted yet.
    pub const ZERO: Self = Self {
        slots: [Counter {
            packets: 0,
            bytes: 0,
        }; SLOTS],
    };
}

/// A camera's right to be told about: credit grows with time up to a burst, and an event costs
/// some of it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Bucket {
    /// Nanoseconds of credit left at [`Self::at`].
    pub credit: u64,
    /// Nanoseconds on the kernel's monotonic clock; zero before the first event.
    pub at: u64,
    /// The kernel's tick (jiffies) in which the credit did not suffice for the last time.
    pub empty_in: u64,
    /// Drops not told since the last event. Only a hint that rides in the next one: CPUs race
    /// here, and [`Slot::Suppressed`] is exact.
    pub suppressed: u64,
}

impl Bucket {
    /// Takes `cost` if the camera has that much credit at `now`; all in nanoseconds.
    ///
    /// CPUs race here on purpose: a lost update lets one event too many or too few through, and
    /// which of the two it was is counted exactly.
    #[inline(always)]
    pub const fn take(&mut self, now: u64, cost: u64, burst: u64) -> bool {
        let earned = self.credit.saturating_add(now.saturating_sub(self.at));
        let credit = if earned < burst { earned } else { burst };
        self.at = now;
        let enough = credit >= cost;
        self.credit = if enough { credit - cost } else { credit };
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_distinct_and_in_order() {
        for (index, slot) in Slot::all().enumerate() {
            assert_eq!(slot.index(), index);
        }
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let (second, cost) = (1_000_000_000, 100_000_000);
        let mut bucket = Bucket::default();
        let mut taken = |now| {
            (0..100)
                .filter(|_| bucket.take(now, cost, 5 * cost))
                .count()
        };
        assert_eq!(taken(50 * second), 5);
        assert_eq!(taken(50 * second), 0);
        assert_eq!(taken(50 * second + 2 * cost), 2);
        assert_eq!(taken(60 * second), 5);
        assert_eq!(
            taken(55 * second),
            0,
            "a clock that steps back gives nothing"
        );
    }
}
