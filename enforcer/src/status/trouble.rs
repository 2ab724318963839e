//! What is wrong with what is in force. This is the one place that knows: the exit code of `enforcer status` and its
//! text, `enforcer top` and the live page all go by it.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Daemon, Held, Status};

/// Of more names than this, the others are counted.
const MOST: usize = 20;

/// Something that is not as it should be, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trouble {
    /// Which kind of trouble; more may come.
    pub kind: Kind,
    /// How bad that is.
    pub level: Level,
    /// What is wrong, in a few words.
    pub title: Cow<'static, str>,
    /// Where, since when or why.
    pub words: String,
    /// What comes of it, and what to do.
    pub advice: Option<Cow<'static, str>>,
}

/// How bad a trouble is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TroubleLevel")]
pub enum Level {
    /// What the policy says is not what holds. `enforcer status` exits with 1.
    Error,
    /// What is in force is as it should be, and something beside it is not, or will not stay so.
    Warning,
}

/// Kinds of troubles, the worst first. Names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TroubleKind")]
pub enum Kind {
    /// No interface that the policy names is there.
    Nowhere,
    /// The program is not on an interface that the policy names and that is there.
    NotEnforced,
    /// Something is in force in place of the policy as it is written.
    StandIn,
    /// An audit should have ended, and goes on.
    AuditOver,
    /// The policy's files are not what is in force.
    Behind,
    /// A policy waits for `enforcer confirm`.
    Unconfirmed,
    /// A part of the daemon's own settings does not hold.
    Settings,
    /// No daemon has said this.
    Daemon,
    /// One that only a later version knows; none says this.
    #[serde(other)]
    #[schemars(skip)]
    Other,
}

impl Status {
    /// Whether what is in force is the policy as it is written, everywhere.
    pub fn is_whole(&self) -> bool {
        let mut troubles = self.troubles.iter();
        troubles.all(|trouble| trouble.level != Level::Error)
    }

    /// What the kernel says, where no daemon does; why that is.
    #[must_use]
    pub fn without_daemon(mut self, daemon: Daemon, why: Trouble) -> Self {
        self.daemon = daemon;
        self.troubles.push(why);
        self
    }

    /// The policy's files are not what is in force, which the daemon alone knows. Where something stands in for them
    /// that is said already.
    #[must_use]
    pub fn behind_its_files(mut self) -> Self {
        if self.stand_in.is_none() {
            let errors = self.troubles.iter();
            let errors = errors.take_while(|trouble| trouble.level == Level::Error);
            let behind = Trouble {
                kind: Kind::Behind,
                level: Level::Warning,
                title: "What the files say is not in force".into(),
                words: format!("{} was refused, gone back from, or left alone", self.policy),
                advice: Some(
                    "`enforcer check` says whether something is wrong with it; `enforcer reload` puts it in force"
                        .into(),
                ),
            };
            self.troubles.insert(errors.count(), behind);
        }
        self
    }

    /// Says what is wrong with the rest of it.
    pub(super) fn judged(mut self) -> Self {
        let troubles = [
            self.nowhere(),
            self.not_enforced(),
            self.stand_in(),
            self.audit_over(),
            self.unconfirmed(),
        ];
        let settings = self.settings_amiss.iter().map(|words| Trouble {
            kind: Kind::Settings,
            level: Level::Warning,
            title: "Settings".into(),
            words: words.clone(),
            advice: None,
        });
        self.troubles = troubles.into_iter().flatten().chain(settings).collect();
        self
    }

    /// Interfaces that come and go are no trouble while one is there. Where none is, nobody is kept from anything, and a
    /// name that is misspelt looks just the same.
    fn nowhere(&self) -> Option<Trouble> {
        self.interfaces.is_empty().then(|| Trouble {
            kind: Kind::Nowhere,
            level: Level::Error,
            title: "Not enforced anywhere".into(),
            words: format!(
                "no interface of the policy is there: {}",
                listed(self.waiting.iter().map(String::as_str))
            ),
            advice: Some("a daemon waits for them; a name that is misspelt never comes".into()),
        })
    }

    fn not_enforced(&self) -> Option<Trouble> {
        let open = self.interfaces.iter().filter(|it| !it.enforcing);
        let open = listed(open.map(|it| it.name.as_str()));
        (!open.is_empty()).then(|| Trouble {
            kind: Kind::NotEnforced,
            level: Level::Error,
            title: "Not enforced".into(),
            words: format!("on {open}"),
            advice: Some(
                "cameras there reach everything; `enforcer doctor` says what is in the way".into(),
            ),
        })
    }

    fn stand_in(&self) -> Option<Trouble> {
        self.stand_in.as_ref().map(|stand_in| Trouble {
            kind: Kind::StandIn,
            level: Level::Error,
            title: "The policy is not in force".into(),
            words: format!("in its place is {stand_in}"),
            advice: Some(
                "the daemon puts the policy in force when it is mended; `enforcer check` says what to mend"
                    .into(),
            ),
        })
    }

    fn audit_over(&self) -> Option<Trouble> {
        let is_over = |held: &Held| held.overdue;
        let cameras = self.cameras.iter().filter(|it| is_over(&it.held));
        let unlisted = is_over(&self.unlisted.held).then_some("what is no camera's");
        let names = listed(cameras.map(|it| it.name.as_str()).chain(unlisted));
        (!names.is_empty()).then(|| Trouble {
            kind: Kind::AuditOver,
            level: Level::Error,
            title: "An audit is over and not enforced".into(),
            words: names,
            advice: Some("the daemon ends it: see whether it runs, and its log".into()),
        })
    }

    fn unconfirmed(&self) -> Option<Trouble> {
        self.unconfirmed.as_ref().map(|waits| Trouble {
            kind: Kind::Unconfirmed,
            level: Level::Warning,
            title: "Unconfirmed".into(),
            words: waits.to_string(),
            advice: None,
        })
    }
}

impl Trouble {
    /// That no daemon runs.
    pub fn daemon_not_running() -> Self {
        Self {
            kind: Kind::Daemon,
            level: Level::Warning,
            title: "The daemon does not run".into(),
            words:
                "what is in force stays, nothing is told, changes of the policy are not followed"
                    .to_owned(),
            advice: None,
        }
    }

    /// That none has answered, and why.
    pub fn daemon_not_answering(why: &anyhow::Error) -> Self {
        Self {
            kind: Kind::Daemon,
            level: Level::Warning,
            title: "The daemon does not answer".into(),
            words: format!("this is what the kernel says, since no daemon does: {why:#}"),
            advice: None,
        }
    }
}

/// Loud, and what comes of it is left out: `NOT ENFORCED: on lan-cam1`.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title.to_uppercase(), self.words)
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<_> = names.collect();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let listed = names.join(", ");
    if more == 0 {
        listed
    } else {
        format!("{listed} and {more} more")
    }
}

#[cfg(test)]
mod tests;
