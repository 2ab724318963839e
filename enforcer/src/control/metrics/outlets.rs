//! What became of the events that were taken off the ring: in each sink, and among those who follow.

use std::fmt;

use super::{Families, NONE};
use crate::control::{feed::Feed, numbers::Numbers};

/// What is known of them at one moment.
#[derive(Debug)]
pub(super) struct Outlets {
    sinks: Vec<Sink>,
    followers: usize,
    /// By all followers, those who have gone included.
    missed: u64,
}

#[derive(Debug)]
struct Sink {
    name: String,
    written: u64,
    missed: u64,
    waiting: u64,
}

impl Outlets {
    pub(super) fn new(numbers: &Numbers, feed: &Feed) -> Self {
        let sinks = numbers.sinks().iter().map(|tally| {
            // In this order: what is counted in between is not written before it is given.
            let (written, missed) = (tally.written(), tally.missed());
            let gone = written.saturating_add(missed);
            Sink {
                name: tally.name().to_owned(),
                written,
                missed,
                waiting: tally.given().saturating_sub(gone),
            }
        });
        Self {
            sinks: sinks.collect(),
            followers: feed.followers(),
            missed: feed.missed(),
        }
    }

    pub(super) fn encode(&self, out: &mut Families<'_>) -> fmt::Result {
        let sinks = self.sinks.iter();
        out.counters(
            "enforcer_sink_events",
            "What became of the events that a sink was given since the daemon was started",
            sinks.clone().flat_map(|sink| {
                let outcomes = [("written", sink.written), ("missed", sink.missed)];
                outcomes.map(|(outcome, count)| {
                    ([("sink", sink.name.as_str()), ("outcome", outcome)], count)
                })
            }),
        )?;
        out.gauges(
            "enforcer_sink_waiting_events",
            "Events that wait to be written",
            sinks.map(|sink| ([("sink", sink.name.as_str())], sink.waiting)),
        )?;
        out.gauges(
            "enforcer_event_followers",
            "Clients that follow the events",
            [(NONE, self.followers)],
        )?;
        out.counters(
            "enforcer_event_followers_missed",
            "Events that such clients were told that they missed, since the daemon was started",
            [(NONE, self.missed)],
        )
    }
}
