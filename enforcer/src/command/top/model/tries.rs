//! Where a camera tries to go, by the events that came.

use std::collections::HashMap;

use super::super::told::{Event, Row};

/// How many destinations of a camera are kept; of more, those that it tried last.
const KEPT: usize = 512;

/// Where one camera tried to go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tries {
    goals: HashMap<(String, String), Goal>,
}

/// One destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Goal {
    /// The address; `-` if there is none.
    pub(crate) to: String,
    /// `udp/9999`
    pub(crate) service: String,
    /// Events that came, or frames if the kernel counted them.
    pub(crate) count: u64,
    /// `dropped` and why, or `allowed`.
    pub(crate) fate: String,
    /// When it was last tried, as it is written.
    pub(crate) last: String,
}

impl Tries {
    pub(super) fn take(&mut self, event: &Event) {
        let to = event.to.map_or_else(|| "-".to_owned(), |to| to.to_string());
        let service = event.service();
        let key = (to.clone(), service.clone());
        if self.goals.len() == KEPT && !self.goals.contains_key(&key) {
            self.forget_oldest();
        }
        let goal = self.goals.entry(key).or_insert_with(|| Goal {
            to,
            service,
            count: 0,
            fate: String::new(),
            last: String::new(),
        });
        goal.count += 1;
        goal.fate.clone_from(&event.reason);
        goal.last.clone_from(&event.at);
    }

    pub(super) fn goals(&self) -> Vec<Goal> {
        self.goals.values().cloned().collect()
    }

    /// Whether one of the destinations has this in its address or service.
    pub(super) fn have(&self, part: &str) -> bool {
        let mut keys = self.goals.keys();
        keys.any(|(to, service)| to.contains(part) || service.contains(part))
    }

    fn forget_oldest(&mut self) {
        let oldest = self
            .goals
            .iter()
            .min_by(|(_, one), (_, other)| one.last.cmp(&other.last));
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.goals.remove(&key);
        }
    }
}

impl Goal {
    /// As the kernel counted it.
    pub(super) fn of(row: &Row) -> Self {
        let fate = row.reason.clone().filter(|_| row.action == "dropped");
        Self {
            to: row.dest_ip.to_string(),
            service: row.service(),
            count: row.packets,
            fate: fate.unwrap_or_else(|| row.action.clone()),
            last: row.last.clone().unwrap_or_default(),
        }
    }
}
