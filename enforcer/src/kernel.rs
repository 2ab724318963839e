//! Everything that talks to the kernel's BPF: a generation is loaded ([`generation`]), proved
//! ([`proof`]) and put in force through the links of its interfaces ([`links`]); what it counts
//! ([`counters`]) and tells ([`ring`]) is in maps that all generations share. What it takes of what kernels
//! allow is in [`budget`], which rules decided in [`hits`], and what each camera sent where in [`ledger`]. What others have loaded [`programs`] knows.

use std::{error::Error, io};

use rustix::io::Errno;

mod arrays;
pub mod budget;
pub mod counters;
pub mod generation;
pub mod hits;
pub mod ledger;
pub mod links;
mod mapping;
pub mod object;
pub mod programs;
pub mod proof;
pub mod ring;

pub(crate) use object::PROGRAM as OUR_PROGRAM;

/// What the kernel said, wherever it stands in an error.
pub(crate) fn errno(error: &(dyn Error + 'static)) -> Option<Errno> {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        if let Some(code) = io.and_then(io::Error::raw_os_error) {
            return Some(Errno::from_raw_os_error(code));
        }
        next = error.source();
    }
    None
}
