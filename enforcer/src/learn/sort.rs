//! What of that which was seen a draft may cover, and why it leaves out the rest.

use std::{collections::HashMap, fmt};

use enforcer_common::{DropReason, header::protocol};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use super::{
    Basis,
    known::{Known, Place},
    needs::{Need, PORT_MAPPING, What},
};
use crate::{
    frame::to_address,
    hindsight::number,
    labels,
    ledger::{Action, Line},
    policy::{Protocol, Transport},
};

/// Fewer frames than this are no habit.
const FEW: u64 = 3;

/// Of a camera that was seen for so long
const LONG: SignedDuration = SignedDuration::from_hours(24);

/// what happens within this time, and never again, is none either.
const BRIEF: SignedDuration = SignedDuration::from_mins(5);

/// What is thought of a line.
#[derive(Clone, Debug)]
pub(super) enum Sorted {
    /// A camera, by its index in the policy, needs this.
    Needed { camera: usize, need: Need },
    /// No rule is about it: what `link` allows.
    Housekeeping,
    /// A draft does not cover it.
    Left(Why),
}

/// Why a draft leaves something out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It has no line of its own.
    Others,
    /// No camera of the policy sent it.
    Stranger,
    /// The policy has no such camera any more.
    Gone,
    /// A `deny` of its group covers it.
    Denied,
    /// It is in a list that a group denies.
    DeniedElsewhere(String),
    /// A camera looks for others.
    Discovery,
    /// It is for many.
    Group,
    /// It leaves the network; where to and whose that is, as far as that is known.
    Public(Option<String>),
    /// It goes to the cloud of a vendor of cameras; where to, the same way.
    Cloud(String, Option<String>),
    /// It happened once.
    OneOff,
    /// Only a rule for all ports lets fragments pass.
    Fragments,
    /// Only a rule for all ports lets ICMP pass.
    Icmp,
    /// It asks the router to open a port.
    PortMapping,
    /// It carries packets to anywhere.
    Tunnel,
    /// No policy lets it pass, or its link's settings do not: the reason's name.
    Never(String),
    /// The draft does not let it pass: why.
    Refused(Option<DropReason>),
    /// It cannot be told what becomes of it.
    Unknown,
}

/// Sorts the lines of the cameras that are drafted for, and of what is no camera's.
pub(super) fn sort(basis: &Basis<'_>, known: &Known<'_>, lines: Vec<Line>) -> Vec<(Line, Sorted)> {
    let cameras = basis.policy.cameras.iter().enumerate();
    let cameras: HashMap<&str, usize> = cameras
        .map(|(index, camera)| (camera.name.as_str(), index))
        .collect();
    let is_asked = |line: &Line| {
        let name = line.camera.as_ref();
        basis.cameras.is_empty() || name.is_some_and(|name| basis.cameras.contains(name))
    };
    let lines: Vec<Line> = lines.into_iter().filter(is_asked).collect();
    let mut seen: HashMap<Option<String>, (Timestamp, Timestamp)> = HashMap::new();
    for line in &lines {
        let (first, last) = seen
            .entry(line.camera.clone())
            .or_insert((line.first, line.last));
        *first = (*first).min(line.first);
        *last = (*last).max(line.last);
    }
    let sorted = lines.into_iter().map(|line| {
        let span = seen.get(&line.camera);
        let is_long = span.is_some_and(|(first, last)| last.duration_since(*first) >= LONG);
        let camera = line.camera.as_deref().map(|name| cameras.get(name));
        let sorted = match camera {
            None => Sorted::Left(Why::Stranger),
            Some(None) => Sorted::Left(Why::Gone),
            Some(Some(&camera)) => one(basis, known, &line, camera, is_long),
        };
        (line, sorted)
    });
    sorted.collect()
}

fn one(basis: &Basis<'_>, known: &Known<'_>, line: &Line, camera: usize, is_long: bool) -> Sorted {
    match need(basis, known, line, camera, is_long) {
        Ok(Some(need)) => Sorted::Needed { camera, need },
        Ok(None) => Sorted::Housekeeping,
        Err(why) => Sorted::Left(why),
    }
}

/// What a line of a camera needs; nothing where that is no rule.
fn need(
    basis: &Basis<'_>,
    known: &Known<'_>,
    line: &Line,
    camera: usize,
    is_long: bool,
) -> Result<Option<Need>, Why> {
    if line.others {
        return Err(Why::Others);
    }
    if line.action == Action::Allowed && line.rule.is_none() {
        return Ok(None);
    }
    let reason = line.reason.as_deref();
    let never = || Why::Never(reason.unwrap_or("ethertype").to_owned());
    let is_about_destinations = |reason: &str| {
        let reason = DropReason::named(reason);
        reason.is_some_and(|reason| ABOUT_DESTINATIONS.contains(&reason))
    };
    if reason.is_some_and(|reason| !is_about_destinations(reason)) {
        return Err(never());
    }
    let literal = line.dest_ip.ok_or_else(never)?;
    let destination = known.inside(literal);
    let address = to_address(destination);
    if address.embeds_ipv4() || address.is_martian() || known.is_translated(destination) {
        return Err(never());
    }
    let policy = basis.policy;
    let group = policy.cameras.get(camera).map(|camera| camera.group);
    let denies = group.and_then(|group| policy.groups.get(group));
    let mut denies = denies.map(|group| group.deny.iter()).into_iter().flatten();
    if denies.any(|deny| deny.covers(destination) || deny.covers(literal)) {
        return Err(Why::Denied);
    }
    let place = known.place(destination);
    if place != Place::Asked {
        if reason == Some(DropReason::Discovery.name()) {
            return Err(Why::Discovery);
        }
        let is_group = address.is_multicast() || address.is_limited_broadcast();
        if is_group || reason == Some(DropReason::Multicast.name()) {
            return Err(Why::Group);
        }
        match &place {
            Place::Denied(list) => return Err(Why::DeniedElsewhere(list.clone())),
            Place::Public => return Err(public(line)),
            Place::Asked | Place::Known => {}
        }
        let lasted = line.last.duration_since(line.first);
        if line.packets < FEW || (is_long && lasted <= BRIEF) {
            return Err(Why::OneOff);
        }
    }
    let what = what(line, place == Place::Asked)?;
    Ok(Some(Need { destination, what }))
}

/// The reasons for which a rule would be another answer.
const ABOUT_DESTINATIONS: [DropReason; 10] = [
    DropReason::Denied,
    DropReason::NotAllowed,
    DropReason::Port,
    DropReason::NotAnAnswer,
    DropReason::Protocol,
    DropReason::Fragment,
    DropReason::IcmpType,
    DropReason::PortMapping,
    DropReason::Multicast,
    DropReason::Discovery,
];

/// Which service it is; what takes a rule for all ports, or opens one, is for those alone that are asked for.
fn what(line: &Line, is_asked: bool) -> Result<What, Why> {
    let unless_asked = |what, why| if is_asked { Ok(what) } else { Err(why) };
    let unknown = || Why::Never(line.proto.clone().unwrap_or_default());
    let number = number(line).ok_or_else(unknown)?;
    let transport = match number {
        protocol::IPPROTO_TCP => Transport::Tcp,
        protocol::IPPROTO_UDP => Transport::Udp,
        protocol::IPPROTO_ICMP | protocol::IPPROTO_ICMPV6 => {
            return unless_asked(What::Any, Why::Icmp);
        }
        other => {
            let protocol = Protocol::from(other);
            let is_one = other.to_string().parse::<Protocol>().is_ok();
            return match protocol {
                _ if !is_one => Err(unknown()),
                tunnel if tunnel.is_tunnel() => Err(Why::Tunnel),
                other => Ok(What::Protocol(other)),
            };
        }
    };
    let is_fragment = line.reason.as_deref() == Some(DropReason::Fragment.name());
    match (line.src_port, line.dest_port) {
        _ if is_fragment => unless_asked(What::Any, Why::Fragments),
        (Some(port), _) if port > 0 => Ok(What::Answer(transport, port)),
        (None, Some(PORT_MAPPING)) if transport == Transport::Udp => {
            unless_asked(What::Open(transport, PORT_MAPPING), Why::PortMapping)
        }
        (None, Some(port)) if port > 0 => Ok(What::Open(transport, port)),
        _ => unless_asked(What::Any, Why::Fragments),
    }
}

/// Why what leaves the network is left out, with what is known of where it goes.
fn public(line: &Line) -> Why {
    let (organization, carrier) = (&line.dest_organization, &line.dest_carrier);
    let system = line
        .dest_asn
        .map(|system| (system, organization.as_deref(), carrier.as_deref()));
    let owner = labels::in_words(None, line.dest_country.as_deref(), system);
    let owner = Some(owner).filter(|owner| !owner.is_empty());
    let known: Vec<String> = line.dest_domain.iter().cloned().chain(owner).collect();
    let known = Some(known.join(", ")).filter(|known| !known.is_empty());
    match &line.dest_cloud {
        Some(vendor) => Why::Cloud(vendor.clone(), known),
        None => Why::Public(known),
    }
}

impl Why {
    /// One word, for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Others => "others",
            Self::Stranger => "stranger",
            Self::Gone => "gone",
            Self::Denied => "denied",
            Self::DeniedElsewhere(_) => "denied_elsewhere",
            Self::Discovery => "discovery",
            Self::Group => "multicast",
            Self::Public(_) => "public",
            Self::Cloud(..) => "vendor_cloud",
            Self::OneOff => "one_off",
            Self::Fragments => "fragments",
            Self::Icmp => "icmp",
            Self::PortMapping => "port_mapping",
            Self::Tunnel => "tunnel",
            Self::Never(_) => "never",
            Self::Refused(_) => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// Whether `--include` has it drafted.
    pub const fn can_be_included(&self) -> bool {
        match self {
            Self::DeniedElsewhere(_)
            | Self::Discovery
            | Self::Group
            | Self::Public(_)
            | Self::Cloud(..)
            | Self::OneOff
            | Self::Fragments
            | Self::Icmp
            | Self::PortMapping => true,
            Self::Others
            | Self::Stranger
            | Self::Gone
            | Self::Denied
            | Self::Tunnel
            | Self::Never(_)
            | Self::Refused(_)
            | Self::Unknown => false,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Others => "has no line of its own, so where it went is not known",
            Self::Stranger => "no camera of the policy",
            Self::Gone => "no camera of the policy any more",
            Self::Denied => "its group denies it",
            Self::DeniedElsewhere(list) => return write!(f, "in `{list}`, which a group denies"),
            Self::Discovery => "looks for other devices",
            Self::Group => "to many at once",
            Self::Public(None) => "public",
            Self::Public(Some(known)) => return write!(f, "public, of {known}"),
            Self::Cloud(vendor, None) => return write!(f, "the cloud of {vendor}"),
            Self::Cloud(vendor, Some(known)) => {
                return write!(f, "the cloud of {vendor}: {known}");
            }
            Self::OneOff => "one-off",
            Self::Fragments => "fragments, which only a rule for all ports lets pass",
            Self::Icmp => "ICMP, which only a rule for all ports lets pass",
            Self::PortMapping => "asks the router to open a port to it",
            Self::Tunnel => "a tunnel, which carries packets to anywhere",
            Self::Never(reason) => return write!(f, "no rule lets it pass: {reason}"),
            Self::Refused(Some(reason)) => return write!(f, "not covered: {}", reason.name()),
            Self::Refused(None) => "no camera's, by the draft",
            Self::Unknown => "what becomes of it cannot be told",
        };
        f.write_str(words)
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
