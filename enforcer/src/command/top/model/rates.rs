//! How a number that only grows has grown lately.

use std::{collections::VecDeque, time::Duration};

/// How many looks back are kept.
pub(crate) const KEPT: usize = 60;

/// A number that grows, and by how much a second it did between looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates {
    total: u64,
    rates: VecDeque<u64>,
}

impl Rates {
    /// Takes what it is now, so long after the last look.
    pub(super) fn take(&mut self, since: Option<Duration>, total: u64) {
        let before = std::mem::replace(&mut self.total, total);
        let Some(since) = since.filter(|since| !since.is_zero()) else {
            return;
        };
        // One that has fallen began anew: after `detach`, or another that had its name.
        let grown = total.checked_sub(before).unwrap_or(total);
        let milliseconds = since.as_millis().max(1);
        let rate = (u128::from(grown) * 1000).div_ceil(milliseconds);
        if self.rates.len() == KEPT {
            self.rates.pop_front();
        }
        self.rates
            .push_back(u64::try_from(rate).unwrap_or(u64::MAX));
    }

    /// What it is.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// A second, between the last two looks.
    pub(crate) fn now(&self) -> u64 {
        self.rates.back().copied().unwrap_or_default()
    }

    /// All that are kept, the latest first.
    pub(crate) fn lately(&self) -> Vec<u64> {
        self.rates.iter().rev().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_what_came_between_two_looks_over_the_time_between_them() {
        let mut rates = Rates::default();
        rates.take(None, 1000);
        assert_eq!((rates.total(), rates.now()), (1000, 0));
        rates.take(Some(Duration::from_millis(500)), 1100);
        assert_eq!(rates.now(), 200);
        rates.take(Some(Duration::from_secs(1)), 1100);
        assert_eq!(rates.now(), 0);
        // One frame in ten seconds is seen.
        rates.take(Some(Duration::from_secs(10)), 1101);
        assert_eq!(rates.now(), 1);
        assert_eq!(rates.lately(), [1, 0, 200]);
    }

    #[test]
    fn a_number_that_fell_began_anew_and_no_time_is_no_look() {
        let mut rates = Rates::default();
        rates.take(None, 1000);
        rates.take(Some(Duration::from_secs(1)), 5);
        assert_eq!(rates.now(), 5);
        rates.take(Some(Duration::ZERO), 50);
        assert_eq!(rates.lately(), [5]);
        for total in 0..200 {
            rates.take(Some(Duration::from_secs(1)), total);
        }
        assert_eq!(rates.lately().len(), KEPT);
    }
}
