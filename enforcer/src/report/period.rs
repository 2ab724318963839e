//! What a report is of, as far as the ledger can tell it apart.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ledger::store;

/// What a report is of.
#[derive(Clone, Debug)]
pub struct Period {
    /// The name of the router.
    pub host: String,
    /// When it is made.
    pub made: Timestamp,
    /// When it begins.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// When it was to begin, if that is within an hour or a day that counts as a whole.
    pub asked_since: Option<Timestamp>,
    /// When it was to end, if so.
    pub asked_until: Option<Timestamp>,
    /// What was seen for the first time since then is new.
    pub new_since: Timestamp,
    /// No report was kept before, and none was told when what is new begins.
    pub is_first: bool,
    /// Who made a camera, by its name; of one that may be of several, all.
    pub makers: BTreeMap<String, String>,
}

/// From the begin of the hour that a period begins in to the end of that in which it ends, and of days where the ledger tells
/// hours apart no longer; it ends by now at the latest.
pub fn counted(since: Timestamp, until: Timestamp, now: Timestamp) -> (Timestamp, Timestamp) {
    let (begin, _) = store::slot(since, now);
    let (last, length) = store::slot(until, now);
    let end = if last == until {
        until
    } else {
        last.checked_add(length).unwrap_or(until)
    };
    (begin, end.min(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_of_whole_hours_and_of_whole_days_where_hours_are_told_apart_no_longer() {
        let now = "2030-01-31T18:20:00Z";
        for (since, until, begin, end) in [
            (
                "2030-01-31T15:08:00Z",
                "2030-01-31T17:06:00Z",
                "2030-01-31T15:00:00Z",
                "2030-01-31T18:00:00Z",
            ),
            (
                "2030-01-31T15:00:00Z",
                "2030-01-31T17:00:00Z",
                "2030-01-31T15:00:00Z",
                "2030-01-31T17:00:00Z",
            ),
            // The first hour of those that are told apart, and the one before.
            ("2030-01-29T00:00:00Z", now, "2030-01-29T00:00:00Z", now),
            (
                "2030-01-28T23:59:59Z",
                "2030-01-31T18:10:00Z",
                "2030-01-28T00:00:00Z",
                now,
            ),
            (
                "2030-01-03T10:00:00Z",
                "2030-01-05T10:00:00Z",
                "2030-01-03T00:00:00Z",
                "2030-01-06T00:00:00Z",
            ),
            (
                "2030-01-03T00:00:00Z",
                "2030-01-05T00:00:00Z",
                "2030-01-03T00:00:00Z",
                "2030-01-05T00:00:00Z",
            ),
        ] {
            let at = |text: &str| text.parse::<Timestamp>().unwrap();
            let told = counted(at(since), at(until), at(now));
            assert_eq!(told, (at(begin), at(end)), "{since} {until}");
        }
    }
}
