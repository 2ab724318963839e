//! The XDP program: decide, tell, count, write down, act.

#![no_std]
#![no_main]
// An instruction that the compiler cannot see through; the compiler that builds this knows the target
// since long, but not as stable.
#![feature(asm_experimental_arch)]

mod counters;
mod events;
mod frame;
mod ledger;
mod maps;
mod proof;
mod tables;

use core::hint::black_box;

use aya_ebpf::{bindings::xdp_action, macros::xdp, programs::XdpContext};
use enforcer_common::{
    DropReason, Flow, Verdict, compiled::Compiled, decide, event::Circumstances, ledger::Entry,
};

use crate::{
    frame::XdpFrame,
    maps::{Decision, Scratch},
    tables::Generation,
};

/// Judges one frame. Inlined into the entry point that the attribute makes: 32-bit Arm's JIT takes
/// no calls between BPF functions.
#[xdp(frags)]
#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "so the attribute calls it")]
fn enforce(ctx: XdpContext) -> u32 {
    let frame = XdpFrame::new(&ctx);
    let Some(scratch) = scratch() else {
        return xdp_action::XDP_DROP;
    };
    let flow = &mut scratch.flow;
    *flow = Flow::default();
    let verdict = decide(&frame, frame.interface(), &Compiled(Generation), flow);
    if let Some(digest) = proof::write_down(&verdict) {
        return digest;
    }
    if verdict == Verdict::Ignore {
        return xdp_action::XDP_PASS;
    }
    // Asked for once more, so that nothing of it has to be kept until here.
    let Some(Scratch { flow, decision }) = self::scratch() else {
        return xdp_action::XDP_DROP;
    };
    *decision = Decision::new(&verdict, frame.wire_length());
    // Opaque to the compiler: the verifier forgets by which of many ways it came to be.
    let Decision {
        bytes,
        camera,
        rule,
        outcome,
    } = *black_box(decision);
    if let Some(reason) = outcome.reason() {
        let about = Circumstances {
            at: 0,
            suppressed: 0,
            camera,
            rule,
            generation: maps::GENERATION.load(),
            interface: frame.interface(),
            frame_length: bytes,
            captured: 0,
            reason,
            audit: outcome.passes(),
        };
        let telling = events::report(&ctx, &frame, about, flow);
        if let Some(tally) = counters::of(camera) {
            tally.count_drop(reason, telling, bytes);
        }
        if reason == DropReason::Denied {
            counters::count_rule(rule, bytes);
        }
    } else {
        if let Some(tally) = counters::of(camera) {
            tally.count_allowed(bytes);
        }
        counters::count_rule(rule, bytes);
    }
    ledger::count(camera, &Entry::new(flow, outcome, rule), bytes);
    if outcome.passes() {
        xdp_action::XDP_PASS
    } else {
        xdp_action::XDP_DROP
    }
}

/// Where this run takes its frame apart. There is one row, so that none is for the verifier alone.
#[inline(always)]
fn scratch<'a>() -> Option<&'a mut Scratch> {
    let scratch = maps::SCRATCH.get_ptr_mut(0)?;
    // SAFETY: `Scratch` says why nobody else uses the row.
    Some(unsafe { &mut *scratch })
}

#[panic_handler]
#[expect(
    clippy::missing_const_for_fn,
    reason = "the compiler wants it as it is"
)]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    // The verifier rejects an endless loop, so a panic left in the program cannot load.
    loop {}
}

#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
