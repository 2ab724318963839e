//! Whether what should be in force is.

use crate::command::top::told::Status;

/// What is in force, and how sure that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Force {
    /// For people. The worst is first.
    pub(crate) words: String,
    /// Everything that should be in force is, as far as is known.
    pub(crate) is_whole: bool,
}

impl Force {
    pub(super) fn unknown() -> Self {
        Self {
            words: "asking the daemon".to_owned(),
            is_whole: true,
        }
    }

    pub(super) fn nothing(words: &str) -> Self {
        Self::broken(format!("NOT IN FORCE: {words}"))
    }

    pub(super) fn gone(words: &str) -> Self {
        Self::broken(format!(
            "THE DAEMON DOES NOT ANSWER, numbers are old: {words}"
        ))
    }

    pub(super) fn of(status: &Status) -> Self {
        let interfaces = &status.interfaces;
        let open = interfaces.iter().filter(|interface| !interface.enforcing);
        let open: Vec<_> = open.map(|interface| interface.name.as_str()).collect();
        let mut troubles = Vec::new();
        if !open.is_empty() {
            troubles.push(format!("NOT ENFORCED on {}", open.join(", ")));
        }
        if interfaces.is_empty() {
            let waiting = status.waiting.join(", ");
            troubles.push(format!("NOT ENFORCED ANYWHERE: no interface {waiting} yet"));
        }
        if let Some(stand_in) = &status.stand_in {
            troubles.push(format!("IN FORCE: {stand_in}"));
        }
        if status.unlisted.overdue || status.cameras.iter().any(|camera| camera.overdue) {
            troubles.push("AN AUDIT IS OVER AND NOT ENFORCED".to_owned());
        }
        if !troubles.is_empty() {
            return Self::broken(troubles.join("; "));
        }
        let on: Vec<_> = interfaces
            .iter()
            .map(|interface| {
                let mode = interface.mode.as_deref().unwrap_or("none");
                format!("{} ({mode})", interface.name)
            })
            .collect();
        let mut words = format!(
            "generation {} in force on {}",
            status.generation,
            on.join(", ")
        );
        if let Some(waits) = &status.unconfirmed {
            words = format!("unconfirmed until {}; {words}", waits.until);
        }
        let audited = status
            .cameras
            .iter()
            .filter(|camera| camera.mode == "audit");
        let audited = audited.count();
        if audited > 0 {
            words = format!("{audited} in audit; {words}");
        }
        Self {
            words,
            is_whole: true,
        }
    }

    const fn broken(words: String) -> Self {
        Self {
            words,
            is_whole: false,
        }
    }
}
