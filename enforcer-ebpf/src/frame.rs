//! The only place that touches packet memory.

use core::hint::black_box;

use aya_ebpf::programs::XdpContext;
use enforcer_common::Frame;
use zerocopy::{FromBytes, Unaligned};

/// Headers end long before this; the verifier wants a bound on what is added to a packet pointer
/// (`MAX_PACKET_OFF`, 65,535), and one that LLVM does not turn into a test of the sign bit of a
/// copy.
const MAX_OFFSET: usize = 0x4000;

/// The frame that the program was called with.
pub(crate) struct XdpFrame<'a> {
    ctx: &'a XdpContext,
}

impl<'a> XdpFrame<'a> {
    #[inline(always)]
    pub(crate) const fn new(ctx: &'a XdpContext) -> Self {
        Self { ctx }
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

    /// Length in bytes.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a linear frame is within a page"
    )]
    pub(crate) fn wire_length(&self) -> u32 {
        self.length() as u32
    }
}

impl Frame for XdpFrame<'_> {
    #[inline(always)]
    fn length(&self) -> usize {
        self.ctx.data_end() - self.ctx.data()
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
