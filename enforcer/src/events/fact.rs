//! One event with all that it takes to tell it, for whoever tells it the same.

use std::{net::IpAddr, sync::Arc};

use enforcer_common::event::{DropEvent, SNAPSHOT};
use jiff::Timestamp;

use super::{Known, Told, facts::Facts};
use crate::record::{Camera, Record};

/// One event with all that it takes to tell it.
#[derive(Debug)]
pub struct Fact {
    /// What the kernel said.
    pub event: DropEvent,
    /// The first bytes of the frame, as many as [`DropEvent::captured`] says. In place, not apart: an event costs one
    /// allocation, however many sinks there are.
    pub frame: [u8; SNAPSHOT],
    /// Wall clock.
    pub at: Timestamp,
    /// The names of its generation, if they are known.
    pub record: Option<Arc<Record>>,
    /// The interface's name.
    pub interface: Arc<str>,
    /// What is known of where it was to go; apart, since most have none of it.
    pub known: Option<Box<Known>>,
}

impl Fact {
    /// What is told.
    pub fn told(&self) -> Told<'_> {
        let record = self.record.as_deref();
        let camera = self.camera();
        let rule = record.and_then(|record| record.rules.get(&self.event.rule));
        Told {
            event: &self.event,
            at: self.at,
            interface: &self.interface,
            camera: camera.map(|camera| camera.name.as_str()),
            group: camera.map(|camera| camera.group.as_str()),
            rule: rule.map(String::as_str),
            frame: None,
            domain: self.known.as_ref().and_then(|known| known.domain()),
            label: self.known.as_ref().map(|known| known.label()),
        }
    }

    /// The same with the first bytes of the frame, which may hold what only few may see.
    pub fn told_with_frame(&self) -> Told<'_> {
        let length = usize::from(self.event.captured);
        Told {
            frame: Some(self.frame.get(..length).unwrap_or(&self.frame)),
            ..self.told()
        }
    }

    /// Whose frame it was, if that is a camera's and known.
    pub fn camera(&self) -> Option<&Camera> {
        let record = self.record.as_deref()?;
        record.cameras.get(&self.event.camera)
    }

    /// Where the frame was to go: the receiver of a packet, or whom an ARP frame asks for.
    pub fn destination(&self) -> Option<IpAddr> {
        Facts::new(&self.event).destination
    }
}
