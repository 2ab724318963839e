//! Which cameras, destinations and events are shown: those of which a name, a reason or an address has what was typed.

use super::{Camera, Goal, Tries};
use crate::command::top::told::Event;

/// How long it may be.
const LONGEST: usize = 64;

/// What was typed; nothing takes all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    typed: String,
    /// In small letters.
    part: String,
}

impl Filter {
    /// What was typed.
    pub(crate) fn typed(&self) -> &str {
        &self.typed
    }

    pub(super) fn push(&mut self, letter: char) {
        if self.typed.chars().count() < LONGEST {
            self.typed.push(letter);
            self.part = self.typed.to_lowercase();
        }
    }

    pub(super) fn pop(&mut self) {
        self.typed.pop();
        self.part = self.typed.to_lowercase();
    }

    pub(super) fn takes_camera(&self, name: &str, camera: &Camera, tries: Option<&Tries>) -> bool {
        self.has(name)
            || self.has(&camera.group)
            || camera.reasons.iter().any(|(reason, _)| self.has(reason))
            || tries.is_some_and(|tries| tries.have(&self.part))
    }

    /// A camera whose own name is meant shows all that it does.
    pub(super) fn takes_goal(&self, camera: &str, goal: &Goal) -> bool {
        let domain = goal.domain.as_deref().unwrap_or_default();
        let texts = [camera, &goal.to, domain, &goal.service, &goal.fate];
        texts.into_iter().any(|text| self.has(text))
    }

    pub(super) fn takes_event(&self, event: &Event) -> bool {
        let to = event.to.map(|to| to.to_string()).unwrap_or_default();
        let name = event.camera.as_deref().unwrap_or(super::cameras::UNLISTED);
        let domain = event.domain.as_deref().unwrap_or_default();
        let service = event.service();
        let texts = [name, &event.reason, &event.sender, &to, domain, &service];
        texts.into_iter().any(|text| self.has(text))
    }

    fn has(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.part)
    }
}
