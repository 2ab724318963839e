//! One thing that was found: how bad it is, what it means, and what to do.

use serde::Serialize;

use super::facts::{Device, Untold};
use super::question::Question;

/// How bad a finding is; the worst first, as they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Frames get by that the policy does not let through, or would.
    Error,
    /// Nothing gets by now; something is not as it should be.
    Warning,
    /// The answer is not known, and it may be any.
    Unknown,
    /// It is as it is; good to know.
    Note,
    /// It is as it should be.
    Ok,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it answers.
    pub code: Question,
    /// How bad it is.
    pub level: Level,
    /// The interface that it is about; none for the host.
    pub interface: Option<String>,
    /// What is so.
    pub message: String,
    /// What that means for enforcement.
    pub meaning: String,
    /// Commands that mend it, in their order.
    pub run: Vec<String>,
    /// What to write into the policy to mend it, a line each.
    pub policy: Vec<String>,
    /// Whether root would know more.
    #[serde(skip)]
    pub for_root: bool,
}

impl Level {
    /// From the worst to the best.
    pub const ALL: &[Self] = &[
        Self::Error,
        Self::Warning,
        Self::Unknown,
        Self::Note,
        Self::Ok,
    ];

    /// Its word, in text and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Note => "note",
            Self::Ok => "ok",
        }
    }
}

impl Finding {
    pub(super) fn new(
        code: Question,
        level: Level,
        message: impl Into<String>,
        meaning: impl Into<String>,
    ) -> Self {
        Self {
            code,
            level,
            interface: None,
            message: message.into(),
            meaning: meaning.into(),
            run: Vec::new(),
            policy: Vec::new(),
            for_root: false,
        }
    }

    /// What cannot be answered, and why.
    pub(super) fn unknown(code: Question, untold: &Untold) -> Self {
        let message = format!("cannot tell: {}", untold.words);
        let who = if untold.for_root {
            "Root would know."
        } else {
            "Nobody here can say; it may be either."
        };
        let meaning = format!("{} {who}", code.asks());
        Self {
            for_root: untold.for_root,
            ..Self::new(code, Level::Unknown, message, meaning)
        }
    }

    pub(super) fn on(mut self, device: &Device) -> Self {
        self.interface = Some(device.name.clone());
        self
    }

    pub(super) fn run(mut self, command: impl Into<String>) -> Self {
        self.run.push(command.into());
        self
    }

    /// What to write under `interfaces:`.
    pub(super) fn interfaces<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.policy.push("interfaces:".to_owned());
        let rows = names.into_iter().map(|name| format!("  {name}: {{}}"));
        self.policy.extend(rows);
        self
    }
}
