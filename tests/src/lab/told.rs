//! What a drop event says, read from its line as a person would.

use std::net::{IpAddr, SocketAddr};

use enforcer_common::DropReason;

use super::conversation::Conversation;

/// Who sent what was dropped, where to, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) reason: DropReason,
    from: SocketAddr,
    /// A stranger's packet is not read that far.
    to: Option<SocketAddr>,
}

impl Told {
    /// Finds `192.0.2.1:40112 -> 203.0.113.7:443` and the name of a reason in a line; nothing if
    /// it tells of no IP packet.
    pub(super) fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let arrow = words.iter().position(|word| *word == "->")?;
        Some(Self {
            reason: words.iter().find_map(|word| {
                let mut reasons = DropReason::ALL.iter().copied();
                reasons.find(|reason| reason.name() == *word)
            })?,
            from: endpoint(words.get(arrow.checked_sub(1)?)?)?,
            to: match *words.get(arrow + 1)? {
                "?" => None,
                word => Some(endpoint(word)?),
            },
        })
    }

    /// Is it about this conversation?
    pub(super) fn is_about(&self, conversation: &Conversation) -> bool {
        self.from.ip() == conversation.from.ip() && self.to.is_none_or(|to| to == conversation.to)
    }
}

/// An address with its port, or with 0 where there is none.
fn endpoint(word: &str) -> Option<SocketAddr> {
    word.parse().ok().or_else(|| {
        let address: IpAddr = word.parse().ok()?;
        Some(SocketAddr::new(address, 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_from_whom_to_whom_and_why() {
        let line = "17:40:00.123Z  DROP   gate (recorded)  \
            tcp [fd00:50::21]:40112 -> [2001:db8::7]:443 SYN  not_allowed  lan-cam1  home.yaml:22";
        let told = Told::read(line).unwrap();
        assert_eq!(told.reason, DropReason::NotAllowed);
        assert_eq!(told.from, "[fd00:50::21]:40112".parse().unwrap());
        assert_eq!(told.to, "[2001:db8::7]:443".parse().ok());
    }

    #[test]
    fn a_packet_without_ports_has_port_zero() {
        let told = Told::read("icmp 192.0.2.1 -> 203.0.113.7 echo request  port").unwrap();
        assert_eq!(told.to, "203.0.113.7:0".parse().ok());
    }

    #[test]
    fn where_a_stranger_sends_to_is_unknown() {
        let told = Told::read("- 02:00:00:00:50:66  ipv4 192.0.2.1 -> ?  unlisted").unwrap();
        assert_eq!(told.to, None);
    }

    #[test]
    fn what_is_no_ip_packet_is_about_nobody() {
        assert_eq!(
            Told::read("arp 02:00:00:00:50:66 asks for 192.0.2.1  unlisted"),
            None
        );
        assert_eq!(Told::read("-> 203.0.113.7:443 port"), None);
    }
}
