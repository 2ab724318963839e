//! The XDP program: decide, count, tell, act.

#![no_std]
#![no_main]
// An instruction that the compiler cannot see through; the compiler that builds this knows the target
// since long, but not as stable.
#![feature(asm_experimental_arch)]

mod counters;
mod events;
mod frame;
mod maps;
mod proof;
mod tables;

use aya_ebpf::{bindings::xdp_action, macros::xdp, programs::XdpContext};
use enforcer_common::{
    DropReason, Flow, Verdict, compiled::Compiled, counter::Slot, decide, event::Circumstances,
};

use crate::{frame::XdpFrame, maps::Scratch, tables::Generation};

/// Judges one frame. Inlined into the entry point that the attribute makes: 32-bit Arm's JIT takes
/// no calls between BPF functions.
#[xdp(frags)]
#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "so the attribute calls it")]
fn enforce(ctx: XdpContext) -> u32 {
    let frame = XdpFrame::new(&ctx);
    let Some(scratch) = maps::SCRATCH.get_ptr_mut(0) else {
        // The map has one row, so this is for the verifier alone.
        return xdp_action::XDP_DROP;
    };
    // SAFETY: `Scratch` says why nobody else uses the row.
    let Scratch { flow } = unsafe { &mut *scratch };
    *flow = Flow::default();
    let verdict = decide(&frame, frame.interface(), &Compiled(Generation), flow);
    if proof::write_down(&verdict) {
        return xdp_action::XDP_ABORTED;
    }
    let bytes = frame.wire_length();
    match verdict {
        Verdict::Ignore => xdp_action::XDP_PASS,
        Verdict::Allow { camera, rule } => {
            if let Some(tally) = counters::of(camera) {
                tally.count(Slot::Allowed, bytes);
            }
            counters::count_rule(rule, bytes);
            xdp_action::XDP_PASS
        }
        Verdict::Drop {
            camera,
            reason,
            rule,
            audit,
        } => {
            let about = Circumstances {
                at: 0,
                suppressed: 0,
                camera,
                rule,
                generation: maps::GENERATION.load(),
                interface: frame.interface(),
                frame_length: bytes,
                reason,
                audit,
            };
            let told = events::report(&ctx, about, flow);
            if let Some(tally) = counters::of(camera) {
                tally.count(Slot::Drop(reason), bytes);
                tally.count(told, bytes);
            }
            if reason == DropReason::Denied {
                counters::count_rule(rule, bytes);
            }
            if audit {
                xdp_action::XDP_PASS
            } else {
                xdp_action::XDP_DROP
            }
        }
    }
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
