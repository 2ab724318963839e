//! Whether what should be in force is.

use crate::{
    command::top::told::Status,
    status::{Level, Trouble},
};

/// What is in force, and how sure that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Force {
    /// For people. The worst is first.
    pub(crate) words: String,
    /// How bad it is; nothing, as far as is known, if this is none.
    pub(crate) worst: Option<Level>,
}

impl Force {
    pub(super) fn unknown() -> Self {
        Self {
            words: "asking the daemon".to_owned(),
            worst: None,
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
        let is_error = |trouble: &&Trouble| trouble.level == Level::Error;
        let (errors, warnings): (Vec<_>, Vec<_>) = status.troubles.iter().partition(is_error);
        if !errors.is_empty() {
            let troubles = errors.into_iter().chain(warnings).map(ToString::to_string);
            return Self::broken(troubles.collect::<Vec<_>>().join("; "));
        }
        let on: Vec<_> = status
            .interfaces
            .iter()
            .map(|interface| {
                let mode = interface.mode.as_deref().unwrap_or("none");
                format!("{} ({mode})", interface.name)
            })
            .collect();
        let generation = status.generation;
        let mut words = format!("generation {generation} in force on {}", on.join(", "));
        let cameras = status.cameras.iter();
        let audited = cameras.filter(|camera| camera.mode == "audit").count();
        if audited > 0 {
            words = format!("{audited} in audit; {words}");
        }
        if warnings.is_empty() {
            return Self { words, worst: None };
        }
        // What is at the end may not fit on the screen.
        let titles = warnings.iter().map(|trouble| trouble.title.to_uppercase());
        let details = warnings.iter().map(|trouble| trouble.words.clone());
        let parts = titles.chain([words]).chain(details);
        Self {
            words: parts.collect::<Vec<_>>().join("; "),
            worst: Some(Level::Warning),
        }
    }

    const fn broken(words: String) -> Self {
        Self {
            words,
            worst: Some(Level::Error),
        }
    }
}
