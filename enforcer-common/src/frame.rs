//! Bounds-checked, copy-out access to the bytes of a frame.

use zerocopy::{FromBytes, Unaligned};

/// A frame: L2 bytes as XDP sees them.
///
/// A trait rather than a slice because a slice carries its length as a plain number, which the
/// verifier cannot connect with the packet pointer: in the kernel every access is compared with
/// the end of the frame itself.
pub trait Frame {
    /// Length in bytes.
    fn length(&self) -> usize;

    /// Copies out what stands at `offset`; `None` if the frame ends before it does.
    fn read<T: FromBytes + Unaligned + Copy>(&self, offset: usize) -> Option<T>;
}

impl Frame for [u8] {
    fn length(&self) -> usize {
        self.len()
    }

    fn read<T: FromBytes + Unaligned + Copy>(&self, offset: usize) -> Option<T> {
        let end = offset.checked_add(size_of::<T>())?;
        T::read_from_bytes(self.get(offset..end)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_ends_with_the_frame() {
        let frame = [1u8, 2, 3];
        assert_eq!(frame[..].length(), 3);
        assert_eq!(frame[..].read::<[u8; 3]>(0), Some([1, 2, 3]));
        assert_eq!(frame[..].read::<[u8; 2]>(1), Some([2, 3]));
        assert_eq!(frame[..].read::<[u8; 2]>(2), None);
        assert_eq!(frame[..].read::<u8>(usize::MAX), None);
    }
}
