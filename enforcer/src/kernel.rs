//! Everything that talks to the kernel's BPF: a generation is loaded ([`generation`]), proved
//! ([`proof`]) and put in force through the links of its interfaces ([`links`]); what it counts
//! ([`counters`]) and tells ([`ring`]) is in maps that all generations share.

pub mod counters;
pub mod generation;
pub mod links;
mod object;
pub mod proof;
pub mod ring;
