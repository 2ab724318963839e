//! How much was sent when: sums of lines over all destinations.

use std::collections::BTreeMap;

use anyhow::Result;
use redb::Database;

use super::{HOUR, Store, each};
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
    let mut sums = Sums::new();
    each(database, query, |found| {
        let Some(subject) = subject::from_bytes(found.subject) else {
            return;
        };
        let line = Line::new(found.camera, &subject, found.kept);
        if query.asks_for_destination(line.dest_ip) {
            let key = (found.camera.to_owned(), found.at, found.hours, line.action);
            let (packets, bytes) = sums.entry(key).or_default();
            *packets += line.packets;
            *bytes += line.bytes;
        }
    })?;
    Ok(sums)
}
