//! Which addresses a camera may call its own.

use core::hint::black_box;

use crate::{
    address::Address,
    flow::Flow,
    reason::DropReason,
    table::{Camera, Neighbour, Tables},
};

/// How many addresses a frame may claim: an IPv6 neighbour advertisement has a sender and a target.
pub const MAX_CLAIMS: usize = 2;

/// Checks all that a frame claims ([`Flow::claims`]). One place for every kind of frame, so that the
/// look-ups stand in the program once.
#[inline(always)]
pub(crate) fn check(
    tables: &impl Tables,
    camera: &Camera,
    interface: u32,
    flow: &mut Flow,
) -> Result<(), DropReason> {
    for nth in 0..MAX_CLAIMS {
        let flow = black_box(&mut *flow);
        if let Some(claim) = flow.claims.get(nth)
            && claim.family != 0
            && !camera.owns(claim)
            && !may_claim(tables, camera, interface, claim, flow.claims_link_local)
        {
            return Err(DropReason::Spoofed);
        }
    }
    Ok(())
}

#[inline(always)]
fn may_claim(
    tables: &impl Tables,
    camera: &Camera,
    interface: u32,
    address: &Address,
    link_local: bool,
) -> bool {
    let holders = tables.holders(camera, interface, address);
    match holders.neighbour {
        Neighbour::Router | Neighbour::Broadcast => return false,
        // Whoever answers a packet, if only with an ICMP error that quotes it, sends the answer
        // there: past every rule.
        Neighbour::Foreign if camera.has(Camera::LOCAL) => return false,
        Neighbour::Foreign | Neighbour::Elsewhere | Neighbour::OnLink => {}
    }
    if camera.has(Camera::BOUND) && holders.is_its_own {
        return true;
    }
    // Who is known by addresses has no others, also where a neighbour advertisement is about one.
    let may_have = camera.has(Camera::LOCAL)
        || (!camera.has(Camera::BOUND) && holders.is_its_own)
        || (link_local && address.is_link_local());
    may_have && !holders.is_bound
}
