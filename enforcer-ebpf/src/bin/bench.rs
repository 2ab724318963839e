//! What the benches of `cargo xtask bench` run beside the program that ships: an empty program, one
//! that puts another frame in the place of each before it hands on, and what is compared with.

#![no_std]
#![no_main]

use aya_ebpf::{
    Global,
    bindings::{BPF_F_NO_PREALLOC, xdp_action},
    btf_maps::{Array, HashMap, LpmTrie, PerCpuArray, ProgramArray, lpm_trie::Key},
    helpers::{bpf_ktime_get_ns, bpf_redirect},
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

/// How many [`FRAMES`] or [`CHANGES`] there are, less one.
#[unsafe(no_mangle)]
static MASK: Global<u32> = Global::new(0);

// The kernel lets only those call one another that take frames in pieces, as the program under test does.

/// The floor: nothing costs less.
#[xdp(frags)]
#[inline(always)]
const fn empty(_ctx: XdpContext) -> u32 {
    xdp_action::XDP_DROP
}

/// The next frame to the program under test.
#[xdp(frags)]
#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "so the attribute calls it")]
fn frame_to_program(ctx: XdpContext) -> u32 {
    hand_on(&ctx, UNDER_TEST)
}

/// The next frame to the empty program: what handing on costs by itself.
#[xdp(frags)]
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

/// The interface that frames go out of.
#[unsafe(no_mangle)]
static OUTGOING: Global<u32> = Global::new(0);

/// What frames of cameras have in common, and all of the first of them.
#[btf_map]
static FIRST: Array<Frame, 1> = Array::new();

/// What the next differ by: checksum, camera, and the halves of the destination.
#[btf_map]
static CHANGES: Array<[u16; 4], 1> = Array::new();

/// The next frame of a camera to an interface.
#[xdp]
#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "so the attribute calls it")]
fn frame_to_interface(ctx: XdpContext) -> u32 {
    if put_next_of_camera(&ctx).is_none() {
        return xdp_action::XDP_ABORTED;
    }
    // SAFETY: the helper takes numbers.
    let action = unsafe { bpf_redirect(OUTGOING.load(), 0) };
    u32::try_from(action).unwrap_or(xdp_action::XDP_ABORTED)
}

/// The next frame of a camera to nobody: what making frames costs by itself.
#[xdp]
#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "so the attribute calls it")]
fn frame_to_nobody(ctx: XdpContext) -> u32 {
    match put_next_of_camera(&ctx) {
        Some(()) => xdp_action::XDP_DROP,
        None => xdp_action::XDP_ABORTED,
    }
}

/// Everything is written anew: the network stack leaves another time to live and other addresses in
/// a frame than it got, and the kernel hands frames out again as they came back.
#[inline(always)]
fn put_next_of_camera(ctx: &XdpContext) -> Option<()> {
    let [checksum, camera, high, low] = *CHANGES.get(next_number()? & MASK.load())?;
    let start = put(ctx, FIRST.get(0)?)?;
    let source = [(10, camera), (24, checksum), (28, camera)];
    let destination = [(30, high), (32, low)];
    for (offset, value) in source.into_iter().chain(destination) {
        // SAFETY: all of them lie inside the frame, whose bounds `put` has checked, and are aligned
        // as the frame is.
        unsafe { *((start + offset) as *mut u16) = value };
    }
    Some(())
}

/// Hands everything to the network stack.
#[xdp]
#[inline(always)]
const fn pass(_ctx: XdpContext) -> u32 {
    xdp_action::XDP_PASS
}

const ON_DEMAND: usize = BPF_F_NO_PREALLOC as usize;

/// MAC address and two zeroes, to group.
#[btf_map]
static SOURCES: HashMap<[u8; 8], [u8; 4], 1, ON_DEMAND> = HashMap::new();

/// Group and IPv4 prefix that the group may send to.
#[btf_map]
static DESTINATIONS: LpmTrie<[u8; 8], u32, 1> = LpmTrie::new();

/// Frames that were dropped, and when the last was.
#[btf_map]
static DROPS: PerCpuArray<[u64; 2], 1> = PerCpuArray::new();

/// The obvious way: one hash, one trie, one counter, and the time.
#[xdp]
#[inline(always)]
#[expect(clippy::needless_pass_by_value, reason = "so the attribute calls it")]
fn hash_and_trie(ctx: XdpContext) -> u32 {
    if is_allowed(&ctx) {
        return xdp_action::XDP_PASS;
    }
    if let Some(drops) = DROPS.get_ptr_mut(0) {
        // SAFETY: a row of a per-CPU map belongs to this CPU.
        let [count, last] = unsafe { &mut *drops };
        *count += 1;
        // SAFETY: the helper takes nothing and always answers.
        *last = unsafe { bpf_ktime_get_ns() };
    }
    xdp_action::XDP_DROP
}

#[inline(always)]
fn is_allowed(ctx: &XdpContext) -> bool {
    let start = ctx.data();
    if start + size_of::<Frame>() > ctx.data_end() {
        return true;
    }
    // SAFETY: the bytes lie inside the frame, as just checked, and any bytes are a frame.
    let bytes = unsafe { &*(start as *const [u8; 64]) };
    if bytes[12] != 8 || bytes[13] != 0 {
        return true;
    }
    let mut source = [0; 8];
    source[..6].copy_from_slice(&bytes[6..12]);
    // SAFETY: the value is copied out at once.
    let Some(group) = (unsafe { SOURCES.get(source) }).copied() else {
        return true;
    };
    let mut key = [0; 8];
    key[..4].copy_from_slice(&group);
    key[4..].copy_from_slice(&bytes[30..34]);
    DESTINATIONS.get(&Key::new(64, key)).is_some()
}

#[inline(always)]
fn put_next(ctx: &XdpContext) -> Option<()> {
    put(ctx, FRAMES.get(next_number()? & MASK.load())?)?;
    Some(())
}

#[inline(always)]
fn next_number() -> Option<u32> {
    let next = NEXT.get_ptr_mut(0)?;
    // SAFETY: the row is there for as long as the program, and one test run at a time writes it.
    let next = unsafe { &mut *next };
    *next = next.wrapping_add(1);
    Some(*next)
}

/// Writes a frame over the one that came, and returns where it starts.
#[inline(always)]
fn put(ctx: &XdpContext, frame: &Frame) -> Option<usize> {
    let (start, end) = (ctx.data(), ctx.data_end());
    if start + size_of::<Frame>() > end {
        return None;
    }
    for (index, word) in frame.0.iter().enumerate() {
        let place = (start as *mut u64).wrapping_add(index);
        // Volatile, since of a plain copy LLVM makes a call of a function that goes byte by byte.
        // SAFETY: the bytes lie inside the frame, as just checked, and frames begin at a multiple
        // of eight in a test run.
        unsafe { place.write_volatile(*word) };
    }
    Some(start)
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
