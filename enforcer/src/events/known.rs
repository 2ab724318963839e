//! What is known of where a frame was to go, besides the address: found out once, by whoever tells it first, and not by
//! the reader of the ring.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Instant,
};

use enforcer_common::event::DropEvent;

use super::facts::Facts;
use crate::{
    app_proto::Spoken,
    labels::{Label, Labels},
    names::Heard,
};

/// Where it is looked up.
#[derive(Clone, Debug, Default)]
pub struct Knowing {
    heard: Option<Heard>,
    labels: Arc<Labels>,
    spoken: Spoken,
}

/// What is known of where a frame was to go.
#[derive(Debug)]
pub struct Known {
    address: IpAddr,
    domain: Option<Arc<str>>,
    labels: Arc<Labels>,
    label: OnceLock<Label>,
}

impl Knowing {
    /// By names that were heard, if it is listened to them, and by labels.
    pub fn new(heard: Option<Heard>, labels: Arc<Labels>) -> Self {
        Self {
            heard,
            labels,
            spoken: Spoken::default(),
        }
    }

    /// What was spoken of late in frames that were told.
    pub const fn spoken(&self) -> &Spoken {
        &self.spoken
    }

    /// Whose addresses are.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Names that were heard; none, if it is not listened to them.
    pub fn heard(&self) -> Heard {
        self.heard.clone().unwrap_or_default()
    }

    /// What can be known of where an event's frame was to go; nothing where nobody has asked for that.
    pub fn of(&self, event: &DropEvent, now: Instant) -> Option<Box<Known>> {
        let knows_owners = self.labels.knows_owners();
        if self.heard.is_none() && !knows_owners {
            return None;
        }
        let address = Facts::new(event).destination?;
        let heard = self.heard.as_ref();
        let domain = heard.and_then(|heard| heard.of(event.camera, address, now));
        (domain.is_some() || knows_owners).then(|| {
            Box::new(Known {
                address,
                domain,
                labels: Arc::clone(&self.labels),
                label: OnceLock::new(),
            })
        })
    }
}

impl Known {
    /// The name by which the camera knows it.
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    /// Whose it is.
    pub fn label(&self) -> &Label {
        self.label
            .get_or_init(|| self.labels.of(self.address, self.domain()))
    }
}
