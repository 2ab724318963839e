//! What is known, and what of it whoever looks wants to see. It knows neither the clock, nor the daemon, nor the screen.

mod cameras;
mod filter;
mod force;
mod rates;
mod seen;
mod tries;

use std::{collections::VecDeque, time::Duration};

use self::seen::Seen;
pub(super) use self::{
    cameras::{Camera, Sort, UNLISTED},
    filter::Filter,
    force::Force,
    rates::Rates,
    tries::{Goal, Tries},
};
use super::{
    keys::Key,
    told::{Event, Status},
};
use crate::ledger::Line;

/// How many news are kept while nothing on the screen is to move.
const HELD: usize = 10_000;

/// How far a page is.
const PAGE: usize = 10;

/// What came from the daemon.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// What is in force, and what was counted.
    Status(Box<Status>),
    /// It says that nothing is in force, and why.
    Nothing(String),
    /// It does not answer, and why.
    Gone(String),
    /// A frame was dropped.
    Event(Event),
    /// So many events are missing: more came than were taken.
    Missed(u64),
    /// Where a camera tried to go, counted by the kernel.
    Ledger(String, Vec<Line>),
}

/// All of it.
#[derive(Debug)]
pub(super) struct Model {
    /// Whether what should be in force is; never held back.
    pub(super) force: Force,
    seen: Seen,
    held: Option<VecDeque<(Duration, News)>>,
    /// The camera that is open.
    opened: Option<String>,
    /// The camera under the cursor; the first if it is none of those that are shown.
    selected: Option<String>,
    /// How many rows of an open camera are above the screen.
    pub(super) scrolled: usize,
    pub(super) sort: Sort,
    pub(super) filter: Filter,
    /// The filter is being written.
    pub(super) is_typing: bool,
    pub(super) is_helping: bool,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    GoOn,
    /// With nothing taken for granted of what is on the screen.
    Redraw,
    Quit,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            force: Force::unknown(),
            seen: Seen::default(),
            held: None,
            opened: None,
            selected: None,
            scrolled: 0,
            sort: Sort::Drops,
            filter: Filter::default(),
            is_typing: false,
            is_helping: false,
        }
    }
}

impl Model {
    /// Takes what came, at a time since the start.
    pub(super) fn take(&mut self, at: Duration, news: News) {
        match &news {
            News::Status(status) => self.force = Force::of(status),
            News::Nothing(words) => self.force = Force::nothing(words),
            News::Gone(words) => self.force = Force::gone(words),
            News::Event(_) | News::Missed(_) | News::Ledger(..) => {}
        }
        match &mut self.held {
            Some(held) => {
                if held.len() == HELD {
                    held.pop_front();
                }
                held.push_back((at, news));
            }
            None => self.seen.take(at, news),
        }
    }

    /// Does what a key says.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a key that means nothing here does nothing"
    )]
    pub(super) fn press(&mut self, key: Key) -> Next {
        match key {
            Key::Interrupt => return Next::Quit,
            Key::Redraw => return Next::Redraw,
            _ => {}
        }
        if self.is_helping {
            self.is_helping = false;
        } else if self.is_typing {
            self.type_filter(key);
        } else {
            match key {
                Key::Letter('q') => return Next::Quit,
                Key::Letter('?') => self.is_helping = true,
                Key::Letter('/') => self.is_typing = true,
                Key::Letter('p') => self.pause(),
                Key::Letter('s') => self.sort = self.sort.next(),
                Key::Enter => self.open(),
                Key::Escape | Key::Backspace => self.back(),
                _ => self.walk(key),
            }
        }
        Next::GoOn
    }

    /// Whether nothing moves.
    pub(super) const fn is_paused(&self) -> bool {
        self.held.is_some()
    }

    /// Cameras that the filter leaves, in order, and how many there are.
    pub(super) fn cameras(&self) -> (Vec<(&str, &Camera)>, usize) {
        let all = &self.seen.cameras;
        let shown = all.iter().filter(|(name, camera)| {
            let tries = self.seen.tries.get(*name);
            self.filter.takes_camera(name, camera, tries)
        });
        let mut shown: Vec<_> = shown
            .map(|(name, camera)| (name.as_str(), camera))
            .collect();
        self.sort.sort(&mut shown);
        (shown, all.len())
    }

    /// Which of these is under the cursor.
    pub(super) fn cursor(&self, shown: &[(&str, &Camera)]) -> usize {
        let is_it = |(name, _): &(&str, &Camera)| Some(*name) == self.selected.as_deref();
        shown.iter().position(is_it).unwrap_or_default()
    }

    /// The camera that is open, if it is still in the policy.
    pub(super) fn opened(&self) -> Option<(&str, &Camera)> {
        let name = self.opened.as_deref()?;
        Some((name, self.seen.cameras.get(name)?))
    }

    /// Where it tries to go, the most often first; and whether that is all, as the kernel counted it.
    pub(super) fn goals(&self, camera: &str) -> (Vec<Goal>, bool) {
        let (mut goals, is_all) = match &self.seen.ledger {
            Some((of, rows)) if of == camera && !rows.is_empty() => {
                (rows.iter().map(Goal::of).collect(), true)
            }
            _ => {
                let tries = self.seen.tries.get(camera);
                (tries.map(Tries::goals).unwrap_or_default(), false)
            }
        };
        goals.retain(|goal: &Goal| self.filter.takes_goal(camera, goal));
        goals.sort_by(|one, other| (other.count, &one.to).cmp(&(one.count, &other.to)));
        (goals, is_all)
    }

    /// The last events that the filter leaves, of the open camera alone if one is; the latest last.
    pub(super) fn tail(&self, most: usize) -> Vec<&Event> {
        let of = |event: &&Event| {
            let opened = self.opened.as_deref();
            opened.is_none_or(|name| name == cameras::whose(event))
        };
        let events = self.seen.events.iter().rev();
        let events = events
            .filter(of)
            .filter(|event| self.filter.takes_event(event));
        let mut tail: Vec<_> = events.take(most).collect();
        tail.reverse();
        tail
    }

    /// How many events did not get here.
    pub(super) const fn missed(&self) -> u64 {
        self.seen.missed
    }

    /// What all cameras sent that was allowed, and that was dropped.
    pub(super) const fn totals(&self) -> (&Rates, &Rates) {
        (&self.seen.allowed, &self.seen.dropped)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a key that means nothing here does nothing"
    )]
    fn type_filter(&mut self, key: Key) {
        match key {
            Key::Letter(letter) => self.filter.push(letter),
            Key::Backspace => self.filter.pop(),
            Key::Enter => self.is_typing = false,
            Key::Escape => {
                self.is_typing = false;
                self.filter = Filter::default();
            }
            _ => {}
        }
    }

    fn pause(&mut self) {
        match self.held.take() {
            None => self.held = Some(VecDeque::new()),
            Some(held) => {
                for (at, news) in held {
                    self.seen.take(at, news);
                }
            }
        }
    }

    fn open(&mut self) {
        let (shown, _) = self.cameras();
        let under = shown
            .get(self.cursor(&shown))
            .map(|(name, _)| (*name).to_owned());
        if self.opened.is_none() {
            self.selected.clone_from(&under);
            self.opened = under;
            self.scrolled = 0;
        }
    }

    fn back(&mut self) {
        if self.opened.take().is_none() {
            self.filter = Filter::default();
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a key that means nothing here does nothing"
    )]
    fn walk(&mut self, key: Key) {
        let (shown, _) = self.cameras();
        let (at, most) = match self.opened() {
            Some((name, _)) => (self.scrolled, self.goals(name).0.len()),
            None => (self.cursor(&shown), shown.len()),
        };
        let to = match key {
            Key::Up | Key::Letter('k') => at.saturating_sub(1),
            Key::Down | Key::Letter('j') => at + 1,
            Key::PageUp => at.saturating_sub(PAGE),
            Key::PageDown => at + PAGE,
            Key::Home | Key::Letter('g') => 0,
            Key::End | Key::Letter('G') => most,
            _ => return,
        };
        let to = to.min(most.saturating_sub(1));
        if self.opened().is_some() {
            self.scrolled = to;
        } else {
            self.selected = shown.get(to).map(|(name, _)| (*name).to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
