//! What is counted for each camera, and where.

use core::{hint::black_box, iter::Sum, ops::AddAssign};

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

impl Counter {
    /// Counts one frame.
    #[inline(always)]
    pub fn count(&mut self, bytes: u32) {
        self.packets += 1;
        self.bytes += u64::from(bytes);
    }
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

/// Whether a drop was told. Each is one of these, so that of a camera and a reason they add up to its drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// As an event.
    Told,
    /// Not, because the camera had used up its share of events.
    Suppressed,
    /// Not, because the event ring was full.
    Lost,
}

impl Telling {
    /// All there are, in the order of their names.
    pub const ALL: [Self; 3] = [Self::Lost, Self::Suppressed, Self::Told];

    /// The name in metrics and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Suppressed => "suppressed",
            Self::Lost => "lost",
        }
    }
}

/// Drops for one reason, on one CPU. In audit the frames passed all the same.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Drops {
    /// [`Telling::Told`].
    pub told: u64,
    /// [`Telling::Suppressed`].
    pub suppressed: u64,
    /// [`Telling::Lost`].
    pub lost: u64,
    /// Bytes of all of them, from the Ethernet header on.
    pub bytes: u64,
}

impl Drops {
    /// How many of them were told, or not for this cause.
    pub const fn of(&self, telling: Telling) -> u64 {
        match telling {
            Telling::Told => self.told,
            Telling::Suppressed => self.suppressed,
            Telling::Lost => self.lost,
        }
    }

    /// All of them.
    pub const fn all(&self) -> Counter {
        Counter {
            packets: self.told + self.suppressed + self.lost,
            bytes: self.bytes,
        }
    }
}

impl AddAssign for Drops {
    fn add_assign(&mut self, other: Self) {
        self.told += other.told;
        self.suppressed += other.suppressed;
        self.lost += other.lost;
        self.bytes += other.bytes;
    }
}

impl Sum for Drops {
    fn sum<I: Iterator<Item = Self>>(drops: I) -> Self {
        drops.fold(Self::default(), |mut total, drops| {
            total += drops;
            total
        })
    }
}

/// How many reasons there is room for: more than there are, because the counters are shared by programs
/// of different versions and the size of a pinned map is for good.
pub const REASONS: usize = 30;

const _: () = assert!(DropReason::ALL.len() <= REASONS);

/// The tallies of one camera on one CPU.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Counters {
    /// Frames that the policy lets through.
    pub allowed: Counter,
    /// By number of the [`DropReason`].
    pub drops: [Drops; REASONS],
}

impl Counters {
    /// Counts one frame that passes.
    #[inline(always)]
    pub fn count_allowed(&mut self, bytes: u32) {
        self.allowed.count(bytes);
    }

    /// Counts one drop.
    #[inline(always)]
    pub fn count_drop(&mut self, reason: DropReason, telling: Telling, bytes: u32) {
        // LLVM knows how many reasons there are and drops the bounds check that the verifier needs.
        let index = black_box(reason as usize);
        if let Some(drops) = self.drops.get_mut(index) {
            match telling {
                Telling::Told => drops.told += 1,
                Telling::Suppressed => drops.suppressed += 1,
                Telling::Lost => drops.lost += 1,
            }
            drops.bytes += u64::from(bytes);
        }
    }

    /// Drops for a reason.
    pub fn of(&self, reason: DropReason) -> Drops {
        self.drops.get(reason as usize).copied().unwrap_or_default()
    }

    /// Drops for all reasons.
    pub fn dropped(&self) -> Drops {
        self.drops.iter().copied().sum()
    }
}

impl AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        self.allowed += other.allowed;
        for (drops, more) in self.drops.iter_mut().zip(other.drops) {
            *drops += more;
        }
    }
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
    /// here, and [`Drops`] are exact.
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
    fn a_drop_counts_once_under_its_reason_and_what_became_of_its_event() {
        let mut counters = Counters::default();
        counters.count_allowed(60);
        for (number, reason) in (1..).zip(DropReason::ALL) {
            for telling in Telling::ALL {
                let mut one = Counters::default();
                one.count_drop(*reason, telling, 60);
                assert_eq!(one.of(*reason).of(telling), 1);
                assert_eq!(one.of(*reason), one.dropped());
                counters += one;
            }
            let all = Counter {
                packets: 3,
                bytes: 180,
            };
            assert_eq!(counters.of(*reason).all(), all);
            assert_eq!(counters.dropped().all().packets, 3 * number);
        }
        assert_eq!(counters.allowed.packets, 1);
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
