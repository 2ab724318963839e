//! Everything that is remarkable in a policy, in words.

use thiserror::Error;

use super::advice::codes;
use crate::policy::place::Span;
use crate::policy::report::{Finding, Level};

/// Something that is allowed and probably not meant.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Warning {
    /// A group without `allow`.
    #[error("group `{group}` reaches nothing: it has no `allow`")]
    ReachesNothing {
        /// The group.
        group: String,
    },
    /// A group of no camera.
    #[error("no camera is in group `{group}`")]
    UnusedGroup {
        /// The group.
        group: String,
    },
    /// A list that nothing names.
    #[error("nothing names the list `{list}`")]
    UnusedList {
        /// The list.
        list: String,
    },
    /// An `except` that touches nothing of its `to`.
    #[error("`except` takes nothing out: none of it is in `to`")]
    IdleExcept,
    /// An `except` that leaves nothing of its `to`.
    #[error("the rule covers nothing: `except` takes all of `to` out")]
    EmptyRule,
}

codes! { Warning {
    ReachesNothing, "reaches-nothing", "no `allow`";
    UnusedGroup, "unused-group", "not used";
    UnusedList, "unused-list", "not used";
    IdleExcept, "idle-except", "takes nothing out";
    EmptyRule, "empty-rule", "takes all out";
}}

impl Finding for Warning {
    fn level(&self) -> Level {
        Level::Warning
    }

    fn code(&self) -> &'static str {
        self.code()
    }

    fn label(&self) -> &'static str {
        self.label()
    }

    fn first(&self) -> Option<Span> {
        None
    }

    fn help(&self) -> Option<String> {
        None
    }
}
