//! What was heard of late, for whoever takes down the ledger: events say it, and the ledger has no bytes of frames.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use enforcer_common::{
    Address, Flow,
    event::Report,
    ledger::{Entry, Outcome, What},
    table::CameraId,
};
use rustc_hash::FxHashMap;

use super::{AppProto, spoken_in};

/// Of how many flows it is kept. More than these are not heard until the ledger is taken down again.
const ROOM: usize = 65_536;

/// Of how many a camera may have at most; the ledger has no more lines for it on a CPU.
const MOST: usize = 256;

/// And of how many it may have whatever others have, so that none takes away what another one speaks.
const LEAST: usize = 16;

/// What the ledger calls a flow of a camera.
type Key = (Address, What);

/// What was heard of late. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Spoken(Arc<Mutex<Turns>>);

#[derive(Debug, Default)]
struct Turns {
    now: Turn,
    before: Turn,
}

#[derive(Debug, Default)]
struct Turn {
    cameras: FxHashMap<CameraId, FxHashMap<Key, AppProto>>,
    /// How many flows all of them have.
    all: usize,
}

impl Spoken {
    /// Hears what a frame says.
    pub fn hear(&self, report: &Report) {
        let Some(proto) = spoken_in(report) else {
            return;
        };
        let event = &report.event;
        let flow = Flow {
            ethertype: event.ethertype,
            protocol: event.protocol,
            source_port: event.source_port,
            destination_port: event.destination_port,
            tcp_flags: event.tcp_flags,
            destination: event.destination,
            ..Flow::default()
        };
        let outcome = Outcome::of_drop(event.reason, event.audit != 0);
        let Entry {
            destination, what, ..
        } = Entry::new(&flow, outcome, event.rule);
        let flow = (destination, what);
        self.turns().now.note(event.camera, flow, proto);
    }

    /// What a flow was heard to speak.
    pub fn of(&self, camera: CameraId, destination: Address, what: What) -> Option<AppProto> {
        let turns = self.turns();
        let flow = (destination, what);
        let now = turns.now.of(camera, flow);
        now.or_else(|| turns.before.of(camera, flow))
    }

    /// What was heard before the last turn is forgotten.
    pub fn turn(&self) {
        let mut turns = self.turns();
        turns.before = mem::take(&mut turns.now);
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    fn note(&mut self, camera: CameraId, flow: Key, proto: AppProto) {
        let has_room = self.all < ROOM;
        let flows = self.cameras.entry(camera).or_default();
        let most = if has_room { MOST } else { LEAST };
        if flows.len() < most || flows.contains_key(&flow) {
            let is_new = flows.insert(flow, proto).is_none();
            self.all += usize::from(is_new);
        }
    }

    fn of(&self, camera: CameraId, flow: Key) -> Option<AppProto> {
        self.cameras.get(&camera)?.get(&flow).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use enforcer_common::{
        DropReason,
        event::{Circumstances, DropEvent, SNAPSHOT},
    };

    use super::*;

    /// Ethernet, IPv4 and TCP, with what a camera asks a server by way of greeting; of a packet of so many bytes.
    fn report(camera: CameraId, port: u16, payload: &[u8]) -> Report {
        let length = u16::try_from(40 + payload.len()).unwrap();
        let mut bytes = vec![2, 0, 0, 0, 0x50, 1, 2, 0, 0, 0, 0x50, 0x99, 8, 0];
        bytes.extend([0x45, 0]);
        bytes.extend(length.to_be_bytes());
        bytes.extend([0, 0, 0x40, 0, 64, 6, 0, 0, 192, 168, 50, 99, 203, 0, 113, 7]);
        bytes.extend(40_000_u16.to_be_bytes());
        bytes.extend(port.to_be_bytes());
        bytes.extend([0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 2, 0, 0, 0, 0, 0]);
        bytes.extend(payload);
        let captured = bytes.len().min(SNAPSHOT);
        let about = Circumstances {
            at: 1,
            suppressed: 0,
            camera,
            rule: 0,
            generation: 1,
            interface: 7,
            frame_length: u32::try_from(bytes.len()).unwrap(),
            captured: u16::try_from(captured).unwrap(),
            reason: DropReason::NotAllowed,
            audit: true,
        };
        bytes.resize(SNAPSHOT.max(bytes.len()), 0);
        Report {
            event: DropEvent::new(&about, &flow(port, length.into())),
            frame: *bytes.first_chunk().unwrap(),
        }
    }

    fn flow(port: u16, length: u32) -> Flow {
        Flow {
            ethertype: 0x0800,
            protocol: 6,
            source_port: 40_000,
            destination_port: port,
            tcp_flags: 0x18,
            destination: Address::v4([203, 0, 113, 7]),
            length,
            ..Flow::default()
        }
    }

    /// What the ledger calls it.
    fn what(port: u16) -> What {
        let outcome = Outcome::Audited(DropReason::NotAllowed);
        Entry::new(&flow(port, 0), outcome, 0).what
    }

    #[test]
    fn what_is_heard_is_of_one_camera_and_flow_and_is_forgotten_after_two_turns() {
        let to = Address::v4([203, 0, 113, 7]);
        let spoken = Spoken::default();
        // A greeting that is longer than what is told of a frame.
        let mut hello = vec![0x16, 3, 1, 2, 0, 1];
        hello.resize(500, 0);
        spoken.hear(&report(1, 37_777, &hello));
        spoken.hear(&report(2, 37_777, b"home"));
        let of = |camera, to, port| spoken.of(camera, to, what(port));
        assert_eq!(of(1, to, 37_777), Some(AppProto::Tls));
        assert_eq!(of(2, to, 37_777), None);
        assert_eq!(of(1, to, 443), None);
        assert_eq!(of(1, Address::v4([203, 0, 113, 8]), 37_777), None);
        spoken.turn();
        assert_eq!(of(1, to, 37_777), Some(AppProto::Tls));
        spoken.turn();
        assert_eq!(of(1, to, 37_777), None);
    }

    #[test]
    fn a_camera_that_speaks_without_end_takes_no_room_of_another() {
        let spoken = Spoken::default();
        let to = Address::v4([203, 0, 113, 7]);
        let heard = |camera, ports: RangeInclusive<u16>| {
            let heard = ports.filter(|port| spoken.of(camera, to, what(*port)).is_some());
            heard.count()
        };
        for camera in 1..=3 {
            for port in 1..=9_000 {
                spoken.hear(&report(camera, port, b"SSH-2.0-x\r\n"));
            }
            assert_eq!(heard(camera, 1..=9_000), MOST);
        }
        spoken.hear(&report(4, 80, b"GET / HTTP/1.1\r\n"));
        assert_eq!(spoken.of(4, to, what(80)), Some(AppProto::Http));
        // However many there are, there is an end to it, and some room for each.
        let many = u32::try_from(ROOM / MOST).unwrap();
        for camera in 5..=4 + 2 * many {
            for port in 1..=300 {
                spoken.hear(&report(camera, port, b"SSH-2.0-x\r\n"));
            }
        }
        assert_eq!(heard(4 + 2 * many, 1..=300), LEAST);
        spoken.hear(&report(4, 81, b"GET / HTTP/1.1\r\n"));
        assert_eq!(heard(4, 80..=81), 2);
    }
}
