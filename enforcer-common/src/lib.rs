//! What the kernel program and userspace share, in the order a frame meets it: its bytes
//! ([`frame`]), the headers in them ([`header`]), who sent it ([`source`]), where it goes
//! ([`flow`]), what the policy says of both ([`table`], [`rule`]), and the answer ([`verdict`]) with
//! its cause ([`reason`]), its tally ([`counter`]) and its record ([`event`]).
//!
//! Nothing here does I/O or allocates: the same functions run in the kernel, in the tests, and
//! wherever the command line explains a verdict.

#![no_std]
#![cfg_attr(not(feature = "user"), deny(unsafe_code))]

#[cfg(test)]
extern crate std;

pub mod address;
pub mod claim;
pub mod compiled;
pub mod counter;
pub mod event;
pub mod flow;
pub mod frame;
pub mod header;
mod housekeeping;
pub mod judgement;
pub mod ledger;
mod network;
pub mod reason;
pub mod rule;
pub mod service;
pub mod slots;
pub mod source;
pub mod steps;
pub mod table;
pub mod translator;
mod transport;
pub mod verdict;

#[cfg(feature = "user")]
mod user;

pub use address::Address;
pub use flow::Flow;
pub use frame::Frame;
pub use judgement::Judgement;
pub use reason::DropReason;
pub use source::Source;
pub use table::Tables;
pub use translator::Translator;
pub use verdict::{Verdict, decide, decided};
