//! What the verdict may depend on and nobody knows here.

use enforcer_common::{
    Address, Flow, Source, Tables, Translator, Verdict,
    compiled::{Compiled, Found},
    decided,
    rule::{Request, Ruling},
    table::{self, CameraId, GroupId, Holders, Interface, Neighbour},
};

use super::{Asked, Case, Question};
use crate::compile::CompiledPolicy;
use crate::policy::{Camera, Policy};

/// One sentence for each thing that whoever reads the verdict should know.
pub(super) fn notes(
    policy: &Policy,
    question: &Question,
    case: &Case,
    camera: Option<&Camera>,
    verdict: &Verdict,
    flow: &Flow,
) -> Vec<String> {
    let mut notes = Vec::new();
    let interface = case.router.name(case.link);
    if policy.interface_for(interface).is_none() {
        notes.push(format!(
            "no row of `interfaces` is for `{interface}`, where this camera is: nothing that comes \
             in there is judged"
        ));
    }
    let meant = match &question.frame {
        Asked::Sent { camera, .. } => Some(camera.as_str()),
        Asked::Bytes(_) => None,
    };
    match (meant, camera.map(|camera| camera.name.as_str())) {
        (Some(meant), Some(found)) if meant != found => notes.push(format!(
            "the frame is known as `{found}`'s, which is more specific than `{meant}`"
        )),
        (Some(meant), None) => notes.push(format!(
            "`{meant}` is known by addresses and has none of this family, so the frame is nobody's"
        )),
        (Some(_), Some(_)) | (None, _) => {}
    }
    let free = camera.is_some_and(|camera| !camera.identity.binds());
    notes.extend(unknown_addresses(
        case,
        meant.is_some(),
        free,
        verdict,
        flow,
    ));
    notes
}

/// Whether the verdict would be another if the router had certain addresses.
fn unknown_addresses(
    case: &Case,
    is_made: bool,
    is_free: bool,
    verdict: &Verdict,
    flow: &Flow,
) -> impl Iterator<Item = String> {
    let inside = Request::new(flow).destination;
    // Any network but the smallest ends in one of these, and most in no other.
    let may_be_broadcast = matches!((inside.family, inside.bytes), (4, [_, _, _, 0 | 0xff, ..]));
    let guesses = [
        (
            inside,
            Neighbour::Broadcast,
            "a broadcast address of one of the router's networks",
        ),
        (
            flow.destination,
            Neighbour::OnLink,
            "on the camera's own link",
        ),
        (flow.source, Neighbour::Router, "the router's own"),
    ];
    let wanted = [may_be_broadcast, true, !is_made && is_free];
    let guesses = guesses.into_iter().zip(wanted);
    let guesses = guesses.filter(|(_, wanted)| *wanted);
    guesses.filter_map(move |((address, neighbour, what), _)| {
        let guess = Guess {
            tables: case.router.tables(),
            address,
            neighbour,
        };
        let mut frame = case.frame.clone();
        // Who sends to a broadcast address has everybody on the link receive it.
        if let (Neighbour::Broadcast, true, Some(receiver)) =
            (neighbour, is_made, frame.get_mut(..6))
        {
            receiver.fill(0xff);
        }
        let (other, _) = decided(&frame[..], case.link, &guess);
        if other == *verdict {
            return None;
        }
        let address = address.ip()?;
        let other = match other {
            Verdict::Ignore => "ignored".to_owned(),
            Verdict::Allow { .. } => "allowed".to_owned(),
            Verdict::Drop { reason, .. } => format!("denied: {}", reason.name()),
        };
        Some(format!(
            "the router's addresses are not known here; if {address} is {what}, this is {other}"
        ))
    })
}

/// The tables, had the router a certain address.
pub(crate) struct Guess<'t> {
    pub(crate) tables: &'t Compiled<CompiledPolicy>,
    /// The address,
    pub(crate) address: Address,
    /// and whose it is.
    pub(crate) neighbour: Neighbour,
}

impl Tables for Guess<'_> {
    /// Whether the address has been guessed to be a broadcast address, and what is known.
    type Destination = (bool, Found);

    fn interface(&self, index: u32) -> Interface {
        self.tables.interface(index)
    }

    fn camera(&self, source: &Source) -> Option<table::Camera> {
        self.tables.camera(source)
    }

    fn is_bound(&self, camera: CameraId, address: &Address) -> bool {
        self.tables.is_bound(camera, address)
    }

    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour {
        if *address == self.address {
            self.neighbour
        } else {
            self.tables.neighbour(interface, address)
        }
    }

    fn holders(&self, camera: &table::Camera, interface: u32, address: &Address) -> Holders {
        Holders {
            neighbour: self.neighbour(interface, address),
            ..self.tables.holders(camera, interface, address)
        }
    }

    fn translator(&self, address: &Address) -> Option<Translator> {
        self.tables.translator(address)
    }

    fn destination(&self, group: GroupId, literal: &Address, inside: &Address) -> (bool, Found) {
        let guessed = *inside == self.address && self.neighbour == Neighbour::Broadcast;
        (guessed, self.tables.destination(group, literal, inside))
    }

    fn is_broadcast(&self, (guessed, found): &(bool, Found)) -> bool {
        *guessed || self.tables.is_broadcast(found)
    }

    fn rule(&self, group: GroupId, (_, found): &(bool, Found), request: &Request<'_>) -> Ruling {
        self.tables.rule(group, found, request)
    }
}
