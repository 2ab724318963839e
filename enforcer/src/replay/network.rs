//! What a capture does not say and some verdicts depend on: which addresses the router has, and where.

use std::{fmt, str::FromStr};

use enforcer_common::{
    Address, DropReason, Flow, Verdict, compiled::Compiled, decided, table::Neighbour,
};
use ipnet::IpNet;

use crate::{compile::CompiledPolicy, explain::Guess, policy::NamePattern};

/// Servers listen there (RFC 2131, section 4.1; RFC 8415, section 7.2).
const DHCP_SERVER: u16 = 67;
const DHCPV6_SERVER: u16 = 547;

/// An address of the router's with the length of its network, as `ip address` shows it; on each interface, or on those
/// of some name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The interfaces.
    pub on: Option<NamePattern>,
    /// The address: 192.168.50.1/24.
    pub address: IpNet,
}

impl Network {
    /// Whether the router has it on an interface.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.on.as_ref().is_none_or(|on| on.matches(name))
    }
}

/// `lan-cam1=192.168.50.1/24`, `fd00:50::1/64`
impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (on, address) = match text.split_once('=') {
            Some((on, address)) => {
                let on = on.parse::<NamePattern>();
                let on = on.map_err(|error| format!("no interface: {error}"))?;
                (Some(on), address)
            }
            None => (None, text),
        };
        let example =
            "the router's own address and the length of its network, like 192.168.50.1/24";
        let address: IpNet = address.parse().map_err(|_error| example.to_owned())?;
        let has_hosts = address.prefix_len() + 1 < address.max_prefix_len();
        if has_hosts && address.addr() == address.network() {
            return Err(format!(
                "that is the network itself; what is wanted is {example}"
            ));
        }
        Ok(Self { on, address })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.on {
            Some(on) => write!(f, "{}={}", on.as_str(), self.address),
            None => self.address.fmt(f),
        }
    }
}

/// The interfaces that networks are said to be on, but for those with wildcards.
pub fn interfaces(networks: &[Network]) -> impl Iterator<Item = &str> {
    let named = networks.iter().filter_map(|network| network.on.as_ref());
    named.filter(|on| on.is_exact()).map(NamePattern::as_str)
}

/// Whether it may matter to a verdict that the receiver is on the link: to what is asked of neighbours, and of DHCP servers.
pub(super) fn may_pass_on_link(verdict: &Verdict, flow: &Flow) -> bool {
    let Verdict::Drop { reason, .. } = verdict else {
        return false;
    };
    let is_to_dhcp_server = matches!(flow.destination_port, DHCP_SERVER | DHCPV6_SERVER);
    *reason == DropReason::Housekeeping || is_to_dhcp_server
}

/// Whether a frame that is dropped would pass if its receiver were in a network of the router's on that interface.
pub(super) fn passes_on_link(
    frame: &[u8],
    interface: u32,
    tables: &Compiled<CompiledPolicy>,
    receiver: Address,
) -> bool {
    let known = Guess {
        tables,
        address: receiver,
        neighbour: Neighbour::OnLink,
    };
    let (verdict, _) = decided(frame, interface, &known);
    matches!(verdict, Verdict::Allow { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_the_router_s_address_in_it() {
        for text in [
            "192.168.50.1/24",
            "lan-cam1=192.168.50.1/24",
            "lan-*=fd00:50::1/64",
            "10.0.0.0/31",
            "10.0.0.7/32",
        ] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        for (text, words) in [
            ("192.168.50.0/24", "that is the network itself"),
            ("lan-cam1=fd00:50::/64", "that is the network itself"),
            ("192.168.50.1", "the length of its network"),
            ("lan cam=192.168.50.1/24", "no interface: the kernel"),
            ("=192.168.50.1/24", "no interface: a name"),
        ] {
            let error = text.parse::<Network>().unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
