//! The control socket: HTTP and JSON over a unix socket, for the command line and for programs; and what of it
//! is for looking, over TCP where that is asked for.
//!
//! The server lives in a thread of its own, so that no client holds up the daemon. What only the daemon can
//! do it is asked for as an [`order::Order`], and it answers when that is done or refused.

pub mod answer;
mod body;
pub mod caller;
pub mod client;
mod description;
pub mod desk;
mod door;
pub mod feed;
mod host;
pub mod listen;
mod metrics;
pub mod numbers;
pub mod order;
mod page;
mod patient;
mod peer;
pub mod routes;
mod seat;
pub mod server;
mod socket;
pub mod tally;
mod token;

pub use description::description;
