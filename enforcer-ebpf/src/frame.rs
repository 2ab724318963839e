//! The only place that touches packet memory.

use core::hint::black_box;

use aya_ebpf::{
    Global,
    helpers::{bpf_xdp_get_buff_len, bpf_xdp_load_bytes},
    programs::XdpContext,
};
use enforcer_common::{Frame, event::SNAPSHOT};
use zerocopy::{FromBytes, Unaligned};

/// Headers end long before this; the verifier wants a bound on what is added to a packet pointer
/// (`MAX_PACKET_OFF`, 65,535), and one that LLVM does not turn into a test of the sign bit of a
/// copy.
const MAX_OFFSET: usize = 0x4000;

/// Whether frames may come in several pieces. The first alone is between `data` and `data_end`; how
/// long the whole is, a helper tells that older kernels lack (5.18, commit 0165cc817075). There this is
/// zero, and the verifier leaves the call out.
#[unsafe(no_mangle)]
static FRAGS: Global<u32> = Global::new(0);

/// The frame that the program was called with.
pub(crate) struct XdpFrame<'a> {
    ctx: &'a XdpContext,
    length: u32,
}

impl<'a> XdpFrame<'a> {
    #[inline(always)]
    pub(crate) fn new(ctx: &'a XdpContext) -> Self {
        // Opaque, and asked for once: the verifier looks at a quarter more instructions where it is asked for in
        // the middle of the verdict.
        let length = black_box(length(ctx));
        Self { ctx, length }
    }

    /// Index of the interface that the frame came in on.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the context field is 32 bits"
    )]
    pub(crate) fn interface(&self) -> u32 {
        self.ctx.ingress_ifindex() as u32
    }

    /// Length in bytes, all pieces together.
    #[inline(always)]
    pub(crate) const fn wire_length(&self) -> u32 {
        self.length
    }

    /// Copies the first bytes of the frame, of which there are `length`, and says how many. The helper came
    /// with frames in pieces.
    ///
    /// The length is taken from whoever has put it into memory: what a helper is told, the verifier follows to
    /// where it came from, and tells apart whatever differs in it on the way.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a snapshot is 128 bytes at most"
    )]
    pub(crate) fn copy(&self, length: u32, to: *mut [u8; SNAPSHOT]) -> u16 {
        if FRAGS.load() == 0 {
            return 0;
        }
        // Opaque, so that what is compared is what is handed over.
        let length = black_box(length.min(SNAPSHOT as u32));
        if length == 0 || length > SNAPSHOT as u32 {
            return 0;
        }
        // SAFETY: the helper writes as many bytes as it is told, for which there is room.
        let failed = unsafe { bpf_xdp_load_bytes(self.ctx.ctx, 0, to.cast(), length) };
        if failed == 0 { length as u16 } else { 0 }
    }
}

impl Frame for XdpFrame<'_> {
    #[inline(always)]
    fn length(&self) -> usize {
        self.length as usize
    }

    #[inline(always)]
    fn read<T: FromBytes + Unaligned + Copy>(&self, offset: usize) -> Option<T> {
        // Opaque, so that what is compared is what is added: LLVM would rather compare some other
        // number that it knows to be as far from its own bound.
        let offset = black_box(offset);
        if offset > MAX_OFFSET {
            return None;
        }
        let start = self.ctx.data() + offset;
        let mut end = start + size_of::<T>();
        if size_of::<T>() == 1 {
            // LLVM makes `start >= data_end` of a check for one byte, from which the verifier
            // learns nothing (`find_good_pkt_pointers`, a range open to the right from offset 0).
            end = black_box(end);
        }
        if end > self.ctx.data_end() {
            return None;
        }
        // SAFETY: the bytes lie inside the frame, as just checked; `Unaligned` and `FromBytes`
        // make any such bytes a valid `T`.
        Some(unsafe { *(start as *const T) })
    }
}

/// Length of all pieces together.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a frame is a page and at most 17 pieces of one, or 64 KiB"
)]
fn length(ctx: &XdpContext) -> u32 {
    if FRAGS.load() != 0 {
        // SAFETY: the helper reads the context, which is the program's own.
        return unsafe { bpf_xdp_get_buff_len(ctx.ctx) } as u32;
    }
    (ctx.data_end() - ctx.data()) as u32
}
