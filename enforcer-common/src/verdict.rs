//! The verdict: what becomes of a frame, and why. The one function that the kernel, the tests and
//! the command line share.

use core::hint::black_box;

use crate::{
    address::Address,
    claim,
    flow::Flow,
    frame::Frame,
    header::{ethertype, protocol},
    housekeeping,
    ledger::Outcome,
    reason::DropReason,
    rule::{Request, RuleId},
    source::Source,
    table::{Camera, CameraId, STRANGERS, Tables},
    translator::Translator,
};

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not a camera's: none of our business.
    Ignore,
    /// The policy lets it through.
    Allow {
        /// Who sent it.
        camera: CameraId,
        /// The rule that lets it through; zero for link housekeeping.
        rule: RuleId,
    },
    /// The policy does not let it through.
    Drop {
        /// Who sent it, or [`STRANGERS`].
        camera: CameraId,
        /// Why.
        reason: DropReason,
        /// The rule that denies it or came nearest to allowing it; zero for none.
        rule: RuleId,
        /// Count and tell, and let it pass all the same.
        audit: bool,
    },
}

impl Verdict {
    /// Who sent the frame, or [`STRANGERS`]; none where it is none of our business.
    pub const fn camera(&self) -> Option<CameraId> {
        match *self {
            Self::Ignore => None,
            Self::Allow { camera, .. } | Self::Drop { camera, .. } => Some(camera),
        }
    }

    /// The rule behind it; zero for none.
    pub const fn rule(&self) -> RuleId {
        match *self {
            Self::Ignore => 0,
            Self::Allow { rule, .. } | Self::Drop { rule, .. } => rule,
        }
    }

    /// What the ledger says of the frame; none where it is none of our business.
    pub const fn outcome(&self) -> Option<Outcome> {
        match *self {
            Self::Ignore => None,
            Self::Allow { .. } => Some(Outcome::Allowed),
            Self::Drop { reason, audit, .. } => Some(Outcome::of_drop(reason, audit)),
        }
    }
}

/// Why a frame of a camera is refused, and the rule behind it.
#[derive(Clone, Copy)]
struct Refusal {
    reason: DropReason,
    rule: RuleId,
}

impl From<DropReason> for Refusal {
    #[inline(always)]
    fn from(reason: DropReason) -> Self {
        Self { reason, rule: 0 }
    }
}

/// The same as [`decide`] with a flow of its own, which the kernel's stack has no room for.
pub fn decided(
    frame: &(impl Frame + ?Sized),
    interface: u32,
    tables: &impl Tables,
) -> (Verdict, Flow) {
    let mut flow = Flow::default();
    let verdict = decide(frame, interface, tables, &mut flow);
    (verdict, flow)
}

/// Judges a frame that came in on `interface`, and fills `flow` with as much as could be read.
#[inline(always)]
pub fn decide(
    frame: &(impl Frame + ?Sized),
    interface: u32,
    tables: &impl Tables,
    flow: &mut Flow,
) -> Verdict {
    let link = flow.read_link(frame);
    let source = Source::read(frame, interface, flow, link.is_ok());
    let camera = tables.camera(&source);
    // Behind more tags than are read may be any address, also a camera's that is known by it.
    let is_hidden = matches!(link, Err(DropReason::VlanDepth));
    if camera.is_none() && !is_hidden && tables.interface(interface).pass_unlisted != 0 {
        return Verdict::Ignore;
    }
    // Opaque to the compiler here and further down: what the flow says is then read from memory, and
    // the verifier forgets by which of many ways it came to be.
    let flow = black_box(flow);
    let read = match link {
        Ok(()) => flow.read_network(frame),
        Err(reason) => Err(reason),
    };
    let Some(camera) = camera else {
        return Verdict::Drop {
            camera: STRANGERS,
            reason: DropReason::Unlisted,
            rule: 0,
            audit: tables.interface(interface).audit != 0,
        };
    };
    let judged = match (link, read) {
        (Ok(()), read) => judge(frame, tables, &camera, &source, read, black_box(flow)),
        (Err(reason), _) => Err(Refusal::from(reason)),
    };
    match judged {
        Ok(rule) => Verdict::Allow {
            camera: camera.id,
            rule,
        },
        Err(Refusal { reason, rule }) => Verdict::Drop {
            camera: camera.id,
            reason,
            rule,
            audit: camera.has(Camera::AUDIT),
        },
    }
}

/// Judges a camera's frame, of which the link layer could be read; the rule that lets it through, or
/// zero for link housekeeping. `read` says what came of reading the rest.
#[inline(always)]
fn judge(
    frame: &(impl Frame + ?Sized),
    tables: &impl Tables,
    camera: &Camera,
    source: &Source,
    read: Result<(), DropReason>,
    flow: &mut Flow,
) -> Result<RuleId, Refusal> {
    let [first, ..] = flow.source_mac;
    if first & 1 != 0 {
        return Err(DropReason::Malformed.into());
    }
    if camera.has(Camera::MISPLACED) {
        return Err(DropReason::Spoofed.into());
    }
    read?;
    if flow.ethertype == ethertype::ETH_P_ARP {
        housekeeping::judge_arp(frame, camera, flow)?;
    } else {
        judge_packet(frame, tables, camera, source.interface, flow)?;
    }
    let flow = black_box(flow);
    claim::check(tables, camera, source.interface, flow)?;
    if flow.is_housekeeping {
        return Ok(0);
    }
    judge_destination(tables, camera, black_box(flow))
}

/// What of a packet can be judged before it is known whose its addresses are.
#[inline(always)]
fn judge_packet(
    frame: &(impl Frame + ?Sized),
    tables: &impl Tables,
    camera: &Camera,
    interface: u32,
    flow: &mut Flow,
) -> Result<(), DropReason> {
    check_addresses(tables, flow)?;
    flow.translate(tables)?;
    housekeeping::refuse_rogue(flow)?;
    let discovers_neighbours = housekeeping::is_neighbour_discovery(flow);
    let is_to_dhcp_server = housekeeping::is_to_dhcp_server(flow);
    flow.to_neighbour = (discovers_neighbours || is_to_dhcp_server)
        && housekeeping::is_neighbour(tables, interface, &flow.destination);
    let flow = black_box(flow);
    if discovers_neighbours {
        return housekeeping::judge_neighbour_discovery(frame, camera, flow);
    }
    flow.is_dhcp = is_to_dhcp_server && housekeeping::is_dhcp(flow);
    if flow.is_dhcp && !camera.has(Camera::DHCP) {
        return Err(DropReason::Housekeeping);
    }
    // Link-local addresses are IPv6's, and so is a group that is sent to from one.
    flow.claims_link_local =
        flow.is_dhcp || (flow.destination.is_multicast() && housekeeping::discovery(flow) != 0);
    if !flow.source.is_unspecified() {
        flow.claims = [flow.source, Address::NONE];
    }
    flow.is_housekeeping = flow.is_dhcp
        && (flow.destination.is_multicast() || flow.destination.is_limited_broadcast());
    Ok(())
}

/// Deny, allow, ports, answers.
#[inline(always)]
fn judge_destination(
    tables: &impl Tables,
    camera: &Camera,
    flow: &mut Flow,
) -> Result<RuleId, Refusal> {
    let inside = Request::new(flow).destination;
    let destination = tables.destination(camera.group, &flow.destination, &inside);
    flow.to_group = flow.destination.is_multicast()
        || flow.destination.is_limited_broadcast()
        || tables.is_broadcast(&destination);
    // What is sent to the router alone may go on into another of its networks (`bc_forwarding`); what everybody on
    // the link is sent does not (`ip_forward`).
    let stays_on_link = flow.destination.is_multicast()
        || flow.destination.is_limited_broadcast()
        || flow.is_link_group();
    flow.discovers = if flow.to_group && stays_on_link {
        housekeeping::discovery(flow)
    } else {
        0
    };
    let flow = black_box(flow);
    let discovers = flow.discovers != 0;
    // Memberships, too, are told before there is an address at all (RFC 3376, RFC 3590).
    let membership = discovers && flow.protocol != protocol::IPPROTO_UDP;
    if flow.source.is_unspecified() && !flow.is_dhcp && !membership {
        return Err(DropReason::Malformed.into());
    }
    let on_link = !flow.destination.is_multicast() || flow.destination.is_local_multicast();
    flow.excused = flow.is_dhcp || (discovers && camera.has(flow.discovers) && on_link);
    let request = Request::new(flow);
    let inside = &request.destination;
    if flow.destination.embeds_ipv4() && !request.is_translated() {
        return Err(DropReason::EmbeddedIpv4.into());
    }
    if inside.is_martian() {
        return Err(DropReason::Malformed.into());
    }
    let ruling = tables.rule(camera.group, &destination, &request);
    if ruling.deny != 0 {
        return Err(Refusal {
            reason: DropReason::Denied,
            rule: ruling.deny,
        });
    }
    // A unicast address in a broadcast frame reaches the whole link whatever the address says
    // (RFC 1122, section 3.3.6); and a translator must not make a multicast of a unicast.
    let disguised = (flow.is_link_group() && !flow.to_group)
        || (request.is_translated() && (inside.is_multicast() || inside.is_limited_broadcast()));
    if disguised {
        return Err(DropReason::Multicast.into());
    }
    if ruling.allow != 0 {
        return Ok(ruling.allow);
    }
    if flow.excused {
        return Ok(0);
    }
    let reason = match (discovers, flow.to_group) {
        (true, _) => DropReason::Discovery,
        (false, true) if ruling.refusal == DropReason::NotAllowed => DropReason::Multicast,
        _ if request.is_port_mapping() => DropReason::PortMapping,
        _ => ruling.refusal,
    };
    Err(Refusal {
        reason,
        rule: ruling.nearest,
    })
}

/// Addresses that no camera's packet may carry, whatever the policy. An unspecified source is
/// judged where it may stand.
#[inline(always)]
fn check_addresses(tables: &impl Tables, flow: &Flow) -> Result<(), DropReason> {
    let (source, destination) = (&flow.source, &flow.destination);
    let source_is_wrong = (source.is_martian() && !source.is_unspecified())
        || source.is_multicast()
        || source.is_limited_broadcast();
    if source_is_wrong || destination.is_martian() || source == destination {
        return Err(DropReason::Malformed);
    }
    // Only a translator sends from addresses that it makes of IPv4 ones.
    let translator = Translator::of(source, |address| tables.translator(address));
    if source.embeds_ipv4() || translator.is_some() {
        Err(DropReason::EmbeddedIpv4)
    } else {
        Ok(())
    }
}
