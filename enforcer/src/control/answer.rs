//! What comes back over the control socket: what was done, or why it was not.

use std::{
    fmt,
    io::{self, Write},
};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    exit::{Exit, exit_of},
    unconfirmed::Waits,
};

/// What was done, and what is in force now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// Number of the generation in force.
    pub generation: u32,
    /// What is in force, where, and where it should be and is not: one line.
    pub in_force: String,
    /// What waits for `enforcer confirm`.
    pub unconfirmed: Option<Waits>,
    /// What else there is to say.
    pub note: Option<String>,
}

/// Why it was not done. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// Which kind of refusal.
    pub kind: Kind,
    /// The exit code of a command that is refused so.
    pub exit: u8,
    /// All that is wrong, for people.
    pub message: String,
    /// What is in force, if that was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_force: Option<String>,
}

/// Kinds of refusals. Names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The policy cannot be put in force.
    BadPolicy,
    /// The daemon lacks the right to do it.
    Privilege,
    /// The kernel lacks something.
    Kernel,
    /// An interface is somebody else's.
    Busy,
    /// Another policy waits for `enforcer confirm`.
    Unconfirmed,
    /// No policy waits for `enforcer confirm`.
    NothingWaits,
    /// There is no generation to go back to.
    NothingKept,
    /// Nothing is in force.
    NothingInForce,
    /// Whoever asked may not.
    Forbidden,
    /// Whoever asked did not say the token.
    Unauthorized,
    /// The request names another host.
    Misdirected,
    /// The request is not understood.
    BadRequest,
    /// What is asked for is not done in this way.
    MethodNotAllowed,
    /// There is nothing of that name.
    NotFound,
    /// Too many wait already.
    Overloaded,
    /// The daemon ends.
    Stopping,
    /// Anything else.
    #[serde(other)]
    Failed,
}

impl Done {
    /// For people.
    pub fn show(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.in_force)?;
        if let Some(note) = &self.note {
            writeln!(out, "{note}")?;
        }
        if let Some(waits) = &self.unconfirmed {
            writeln!(out, "{waits}")?;
        }
        Ok(())
    }
}

impl Refusal {
    /// A refusal of a kind, in words.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            exit: kind.exit() as u8,
            message: message.into(),
            in_force: None,
        }
    }
}

impl Kind {
    /// How a command ends that is refused so.
    pub const fn exit(self) -> Exit {
        match self {
            Self::BadPolicy => Exit::BadPolicy,
            Self::Privilege | Self::Forbidden | Self::Unauthorized | Self::Misdirected => {
                Exit::Privilege
            }
            Self::Kernel => Exit::Kernel,
            Self::Busy => Exit::Busy,
            Self::Stopping => Exit::NotRunning,
            Self::BadRequest | Self::MethodNotAllowed => Exit::Usage,
            Self::Unconfirmed
            | Self::NothingWaits
            | Self::NothingKept
            | Self::NothingInForce
            | Self::NotFound
            | Self::Overloaded
            | Self::Failed => Exit::No,
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::BadPolicy => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Privilege | Self::Kernel | Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::Unconfirmed | Self::NothingWaits | Self::NothingKept => {
                StatusCode::CONFLICT
            }
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NothingInForce | Self::Overloaded | Self::Stopping => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}

impl From<&anyhow::Error> for Refusal {
    fn from(error: &anyhow::Error) -> Self {
        if let Some(refusal) = error.downcast_ref::<Self>() {
            return refusal.clone();
        }
        let kind = match exit_of(error) {
            Exit::BadPolicy => Kind::BadPolicy,
            Exit::Privilege => Kind::Privilege,
            Exit::Kernel => Kind::Kernel,
            Exit::Busy => Kind::Busy,
            Exit::Ok | Exit::No | Exit::Usage | Exit::NotRunning | Exit::Interrupted => {
                Kind::Failed
            }
        };
        Self::new(kind, format!("{error:#}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.kind.status(), Json(self)).into_response()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Failure;

    #[test]
    fn a_failure_is_refused_with_its_exit_code_and_all_its_words() {
        let error = anyhow::anyhow!("cause").context(Failure::new(Exit::BadPolicy, "two\nlines"));
        let refusal = Refusal::from(&error);
        assert_eq!(refusal.kind, Kind::BadPolicy);
        assert_eq!(refusal.exit, 4);
        assert_eq!(refusal.message, "two\nlines: cause");
        let refusal = Refusal::new(Kind::Unconfirmed, "one waits");
        let error = anyhow::Error::new(refusal.clone());
        assert_eq!(Refusal::from(&error), refusal);
        assert_eq!(Refusal::from(&anyhow::anyhow!("other")).exit, 1);
    }

    #[test]
    fn a_kind_of_a_later_version_is_a_failure() {
        let text = r#"{"kind": "on_holiday", "exit": 1, "message": "back in May"}"#;
        let refusal: Refusal = serde_json::from_str(text).unwrap();
        assert_eq!(refusal, Refusal::new(Kind::Failed, "back in May"));
        let kind = serde_json::to_string(&Kind::NothingKept).unwrap();
        assert_eq!(kind, "\"nothing_kept\"");
    }
}
