//! What each camera sent where, kept across restarts: the kernel's ledgers are taken down ([`take`]) into a
//! store in the state directory ([`store`]), and read from there ([`line`](mod@line)).

pub mod line;
pub mod store;
pub mod take;

mod subject;
pub mod text;

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

pub use line::{Action, Line};

/// Which lines are asked for: those that all of this is true of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Of one of these cameras; of any and of strangers, if there is none.
    pub cameras: Vec<String>,
    /// To an address in one of these prefixes; to any, if there is none.
    pub to: Vec<IpNet>,
    /// Seen since then, as far as what is kept can tell: by the hour, and after two days by the day.
    pub since: Option<Timestamp>,
}

impl Query {
    /// Whether lines of a camera are asked for; nothing is the name of strangers.
    fn asks_for_camera(&self, camera: &str) -> bool {
        self.cameras.is_empty() || self.cameras.iter().any(|wanted| wanted == camera)
    }

    fn asks_for_destination(&self, destination: Option<IpAddr>) -> bool {
        let is_in = |prefix: &IpNet| destination.is_some_and(|address| prefix.contains(&address));
        self.to.is_empty() || self.to.iter().any(is_in)
    }
}
