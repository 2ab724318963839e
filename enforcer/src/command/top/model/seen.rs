//! What moves on the screen, and is held back while it is paused.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::{
    News, Rates, Tries,
    cameras::{self, Camera},
};
use crate::{
    command::top::told::{Event, Status},
    ledger::Line,
};

/// How many events are kept to be shown.
pub(super) const TAIL: usize = 1000;

/// What moves on the screen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) at: Option<Duration>,
    pub(super) cameras: BTreeMap<String, Camera>,
    pub(super) allowed: Rates,
    pub(super) dropped: Rates,
    pub(super) events: VecDeque<Event>,
    pub(super) missed: u64,
    pub(super) tries: BTreeMap<String, Tries>,
    pub(super) ledger: Option<(String, Vec<Line>)>,
}

impl Seen {
    pub(super) fn take(&mut self, at: Duration, news: News) {
        match news {
            News::Status(status) => self.count(at, &status),
            News::Event(event) => {
                let tries = self.tries.entry(cameras::whose(&event).to_owned());
                tries.or_default().take(&event);
                if self.events.len() == TAIL {
                    self.events.pop_front();
                }
                self.events.push_back(event);
            }
            News::Missed(events) => self.missed += events,
            News::Ledger(camera, lines) => self.ledger = Some((camera, lines)),
            News::Nothing(_) | News::Gone(_) => {}
        }
    }

    fn count(&mut self, at: Duration, status: &Status) {
        let since = self.at.replace(at).map(|before| at.saturating_sub(before));
        let mut before = std::mem::take(&mut self.cameras);
        for (name, counted) in cameras::counted(status) {
            let mut camera = before.remove(&name).unwrap_or_default();
            camera.take(since, counted);
            self.cameras.insert(name, camera);
        }
        let sum = |of: fn(&Camera) -> u64| self.cameras.values().map(of).sum::<u64>();
        let (allowed, dropped) = (sum(|it| it.allowed.total()), sum(|it| it.dropped.total()));
        self.allowed.take(since, allowed);
        self.dropped.take(since, dropped);
        // Of cameras that are gone nothing is kept.
        self.tries.retain(|name, _| self.cameras.contains_key(name));
    }
}
