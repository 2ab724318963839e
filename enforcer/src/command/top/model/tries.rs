//! Where a camera tries to go, by the events that came.

use std::collections::HashMap;

use super::super::told::Event;
use crate::ledger::{Action, Line};

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
    /// By which name the camera knows it.
    pub(crate) domain: Option<String>,
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
            domain: None,
            service,
            count: 0,
            fate: String::new(),
            last: String::new(),
        });
        goal.count += 1;
        if event.domain.is_some() {
            goal.domain.clone_from(&event.domain);
        }
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
    pub(super) fn of(line: &Line) -> Self {
        let to = line.dest_ip.map(|to| to.to_string());
        let to = to.unwrap_or_else(|| if line.others { "others" } else { "-" }.to_owned());
        let reason = line.reason.as_deref().unwrap_or_default();
        Self {
            to,
            domain: line.dest_domain.clone(),
            service: line.service(),
            count: line.packets,
            fate: if line.action == Action::Dropped && !reason.is_empty() {
                reason.to_owned()
            } else {
                let fate = format!("{} {reason}", line.action.name());
                fate.trim_end().to_owned()
            },
            last: line.last.to_string(),
        }
    }
}
