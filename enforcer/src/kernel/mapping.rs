//! Array maps as memory.
#![expect(unsafe_code, reason = "memory is mapped, and given back")]

use std::{io, ptr};

use aya::maps::MapData;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// The memory of an array map, which others read and write too; given back when this is dropped.
#[derive(Debug)]
pub(super) struct Mapping {
    start: *mut u8,
    length: usize,
}

// SAFETY: a mapping belongs to the process, not to a thread of it.
unsafe impl Send for Mapping {}

impl Mapping {
    /// The first so many bytes of a map that was made with `BPF_F_MMAPABLE`.
    pub(super) fn new(map: &MapData, length: usize) -> io::Result<Self> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, wherever there is room for it.
        let start = unsafe {
            mmap(
                ptr::null_mut(),
                length,
                protection,
                MapFlags::SHARED,
                map.fd(),
                0,
            )
        }?;
        Ok(Self {
            start: start.cast(),
            length,
        })
    }

    /// Where a value of this type stands, if it stands there whole and aligned.
    pub(super) fn at<T>(&self, offset: usize) -> Option<*mut T> {
        let end = offset.checked_add(size_of::<T>())?;
        let is_there = end <= self.length && offset.is_multiple_of(align_of::<T>());
        // SAFETY: it stays within the mapping.
        is_there.then(|| unsafe { self.start.add(offset) }.cast())
    }

    /// How many bytes there are.
    pub(super) const fn length(&self) -> usize {
        self.length
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: pointers into it live no longer than this.
        let given_back = unsafe { munmap(self.start.cast(), self.length) };
        debug_assert!(given_back.is_ok(), "it was mapped with this length");
    }
}
