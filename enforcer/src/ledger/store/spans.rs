//! How much was sent when: sums of lines over all destinations.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use redb::{Database, ReadableDatabase as _};

use super::{DAYS, HOUR, HOURS, HOURS_A_DAY, Kept, Store, hour};
use crate::ledger::{Action, Line, Query, Span, line::time, subject};

impl Store {
    /// How much cameras sent when, of what is asked for, by camera and time.
    pub fn spans(&self, query: &Query) -> Result<Vec<Span>> {
        let found = self.file.ask(|database| find(database, query))?;
        let spans = found.into_iter().map(|(key, (packets, bytes))| {
            let (camera, at, hours, action) = key;
            Span {
                camera: Some(camera).filter(|camera| !camera.is_empty()),
                begin: time(i64::from(at) * HOUR),
                hours,
                action,
                packets,
                bytes,
            }
        });
        Ok(spans.collect())
    }
}

/// Packets and bytes, by camera, when that begins, how many hours it has, and what became of them.
type Sums = BTreeMap<(String, u32, u32, Action), (u64, u64)>;

fn find(database: &Database, query: &Query) -> Result<Sums> {
    let since = query.since.map(Timestamp::as_millisecond);
    let begin = since.map_or(0, hour);
    let mut found = Sums::new();
    let read = database.begin_read()?;
    for (table, begin, hours) in [
        (DAYS, begin - begin % HOURS_A_DAY, HOURS_A_DAY),
        (HOURS, begin, 1),
    ] {
        let table = read.open_table(table)?;
        for line in table.range((begin, "", &[][..])..)? {
            let (key, kept) = line?;
            let (at, camera, subject) = key.value();
            if !query.asks_for_camera(camera) {
                continue;
            }
            let Some((subject, kept)) = subject::from_bytes(subject).zip(Kept::read(kept.value()))
            else {
                continue;
            };
            if !query.asks_for_time(i64::from(at) * HOUR, kept.first, kept.last) {
                continue;
            }
            let line = Line::new(camera, &subject, kept);
            if query.asks_for_destination(line.dest_ip) {
                let key = (camera.to_owned(), at, hours, line.action);
                let (packets, bytes) = found.entry(key).or_default();
                *packets += line.packets;
                *bytes += line.bytes;
            }
        }
    }
    Ok(found)
}
