//! What the benches of `cargo xtask bench` run beside the program that ships: an empty program, and
//! one that puts another frame in the place of each before it hands on.

#![no_std]
#![no_main]

use aya_ebpf::{
    bindings::xdp_action,
    btf_maps::{Array, ProgramArray},
    macros::{btf_map, xdp},
    programs::XdpContext,
};

/// A frame, in words so that each is written at once.
#[repr(C)]
#[derive(Clone, Copy)]
struct Frame([u64; 8]);

/// What the program under test is given, one after the other and then from the first again. A power
/// of two of them.
#[btf_map]
static FRAMES: Array<Frame, 1> = Array::new();

/// Which of [`FRAMES`] is next.
#[btf_map]
static NEXT: Array<u32, 1> = Array::new();

/// The program under test, and the empty one.
#[btf_map]
static PROGRAMS: ProgramArray<2> = ProgramArray::new();

const UNDER_TEST: u32 = 0;
const EMPTY: u32 = 1;

/// How many [`FRAMES`] there are, less one.
#[unsafe(no_mangle)]
static MASK: aya_ebpf::Global<u32> = aya_ebpf::Global::new(0);

/// The floor: nothing costs less.
#[xdp]
#[inline(always)]
const fn empty(_ctx: XdpContext) -> u32 {
    xdp_action::XDP_DROP
}

/// The next frame to the program under test.
#[xdp]
#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "so the attribute calls it")]
fn frame_to_program(ctx: XdpContext) -> u32 {
    hand_on(&ctx, UNDER_TEST)
}

/// The next frame to the empty program: what handing on costs by itself.
#[xdp]
#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "so the attribute calls it")]
fn frame_to_empty(ctx: XdpContext) -> u32 {
    hand_on(&ctx, EMPTY)
}

/// Aborts where it cannot, so that nothing is counted and the round does not stand.
#[inline(always)]
fn hand_on(ctx: &XdpContext, to: u32) -> u32 {
    if put_next(ctx).is_some() {
        // SAFETY: nothing here waits to be dropped.
        unsafe { PROGRAMS.tail_call(ctx, to) };
    }
    xdp_action::XDP_ABORTED
}

#[inline(always)]
fn put_next(ctx: &XdpContext) -> Option<()> {
    let next = NEXT.get_ptr_mut(0)?;
    // SAFETY: the row is there for as long as the program, and one test run at a time writes it.
    let next = unsafe { &mut *next };
    let frame = FRAMES.get(*next & MASK.load())?;
    *next = next.wrapping_add(1);
    let (start, end) = (ctx.data(), ctx.data_end());
    if start + size_of::<Frame>() > end {
        return None;
    }
    // SAFETY: the bytes lie inside the frame, as just checked, and frames begin at a multiple of
    // eight in a test run.
    unsafe { *(start as *mut Frame) = *frame };
    Some(())
}

#[panic_handler]
#[expect(
    clippy::missing_const_for_fn,
    reason = "the compiler wants it as it is"
)]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
