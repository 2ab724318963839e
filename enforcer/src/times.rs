//! Times for people, who are told how far from UTC they are.

use std::collections::BTreeSet;

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

pub(crate) const TO_THE_SECOND: &str = "%Y-%m-%d %H:%M:%S";

/// How times are written: where all of them are as far from UTC, it is said once how far, else each says it.
pub(crate) struct Times<'z> {
    zone: &'z TimeZone,
    offset: Option<Offset>,
}

impl<'z> Times<'z> {
    pub(crate) fn of(times: impl Iterator<Item = Timestamp>, zone: &'z TimeZone) -> Self {
        let offsets: BTreeSet<_> = times.map(|time| zone.to_offset(time)).collect();
        let mut offsets = offsets.into_iter();
        let offset = offsets.next().filter(|_| offsets.next().is_none());
        Self { zone, offset }
    }

    /// `FIRST (+01:00)`
    pub(crate) fn head(&self, name: &str) -> String {
        let Some(offset) = self.offset else {
            return name.to_owned();
        };
        let there = Timestamp::UNIX_EPOCH.to_zoned(offset.to_time_zone());
        format!("{name} ({})", there.strftime("%:z"))
    }

    pub(crate) fn cell(&self, time: Timestamp) -> String {
        let form = if self.offset.is_some() {
            TO_THE_SECOND
        } else {
            "%Y-%m-%d %H:%M:%S%:z"
        };
        time.to_zoned(self.zone.clone()).strftime(form).to_string()
    }
}
