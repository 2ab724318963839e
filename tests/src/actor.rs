//! Those who talk over the network, with real sockets: services that answer, probes that ask, and
//! floods of frames with those who count what becomes of them.

mod flood;
mod probe;
mod receiver;
mod service;
mod wire;

pub use flood::{Flood, Pace};
pub use probe::{Probe, Reply};
pub use receiver::Receiver;
pub use service::Service;
pub use wire::Wire;

/// How something is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A connection, one request, one answer.
    Tcp,
    /// A datagram, and one back.
    Udp,
    /// An echo request, which the kernel at the other end answers.
    Ping,
}

/// A question and its answer, both known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What is asked.
    pub request: &'static [u8],
    /// What is answered to that, and to nothing else.
    pub answer: &'static [u8],
}
