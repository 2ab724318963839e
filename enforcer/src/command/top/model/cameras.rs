//! Cameras, and in which order they stand.

use std::{cmp::Reverse, time::Duration};

use super::Rates;
use crate::command::top::told::{self, Event, Status};

/// Stands for all devices that are no camera's. No camera is called so: names have no blanks.
pub(crate) const UNLISTED: &str = "not listed";

/// What is known of a camera.
#[derive(Clone, Debug, Default)]
pub(crate) struct Camera {
    pub(crate) group: String,
    pub(crate) is_audit: bool,
    pub(crate) allowed: Rates,
    pub(crate) dropped: Rates,
    /// Why, the most often first.
    pub(crate) reasons: Vec<(String, u64)>,
}

/// What was counted of a camera.
pub(super) struct Counted<'a> {
    group: &'a str,
    mode: &'a str,
    allowed: u64,
    dropped: u64,
    reasons: Vec<(String, u64)>,
}

/// What stands above what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Who is dropped most now, and then who was most of all.
    Drops,
    /// Who was dropped most of all.
    Dropped,
    /// Who is allowed most now.
    Allowed,
    Name,
}

/// Of all cameras of the policy in force, and of what is not listed if anything was dropped of it.
pub(super) fn counted(status: &Status) -> impl Iterator<Item = (String, Counted<'_>)> {
    let cameras = status.cameras.iter().map(|camera| {
        let told::Dropped { packets, reasons } = &camera.dropped;
        let reasons = reasons
            .iter()
            .map(|(reason, packets)| (reason.clone(), *packets));
        let counted = Counted {
            group: &camera.group,
            mode: &camera.mode,
            allowed: camera.allowed.packets,
            dropped: *packets,
            reasons: reasons.collect(),
        };
        (camera.name.clone(), counted)
    });
    let told::Unlisted { mode, packets } = &status.unlisted;
    let unlisted = (*packets > 0).then(|| {
        let counted = Counted {
            group: "-",
            mode,
            allowed: 0,
            dropped: *packets,
            reasons: Vec::new(),
        };
        (UNLISTED.to_owned(), counted)
    });
    cameras.chain(unlisted)
}

/// Whose event it is.
pub(super) fn whose(event: &Event) -> &str {
    event.camera.as_deref().unwrap_or(UNLISTED)
}

impl Camera {
    pub(super) fn take(&mut self, since: Option<Duration>, counted: Counted<'_>) {
        let Counted {
            group,
            mode,
            allowed,
            dropped,
            mut reasons,
        } = counted;
        group.clone_into(&mut self.group);
        self.is_audit = mode == "audit";
        self.allowed.take(since, allowed);
        self.dropped.take(since, dropped);
        reasons.sort_by_key(|(_, packets)| Reverse(*packets));
        self.reasons = reasons;
    }
}

impl Sort {
    /// The one after it.
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Drops => Self::Dropped,
            Self::Dropped => Self::Allowed,
            Self::Allowed => Self::Name,
            Self::Name => Self::Drops,
        }
    }

    /// In a word or two.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Drops => "drops/s",
            Self::Dropped => "dropped",
            Self::Allowed => "allowed/s",
            Self::Name => "name",
        }
    }

    pub(super) fn sort(self, cameras: &mut [(&str, &Camera)]) {
        // They come in the order of their names, which stays where the rest is equal.
        cameras.sort_by_key(|(_, camera)| {
            let (now, total) = (camera.dropped.now(), camera.dropped.total());
            Reverse(match self {
                Self::Drops => (now, total),
                Self::Dropped => (total, 0),
                Self::Allowed => (camera.allowed.now(), camera.allowed.total()),
                Self::Name => (0, 0),
            })
        });
    }
}
