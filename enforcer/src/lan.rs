//! Addresses that are nobody's on the internet: what goes there stays in the network, as far as an address can tell.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Private addresses (RFC 1918, RFC 4193), and those of links (RFC 3927, RFC 4291).
const LAN: [IpNet; 6] = [
    v4([10, 0, 0, 0], 8),
    v4([172, 16, 0, 0], 12),
    v4([192, 168, 0, 0], 16),
    v4([169, 254, 0, 0], 16),
    v6(0xfc00, 7),
    v6(0xfe80, 10),
];

/// Whether it is one of these.
pub(crate) fn is_private(address: IpAddr) -> bool {
    LAN.iter().any(|prefix| prefix.contains(&address))
}

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length))
}

const fn v6(first: u16, length: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(
        Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0),
        length,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_ends_where_its_prefix_ends() {
        for (address, expected) in [
            ("192.168.50.1", true),
            ("172.31.255.255", true),
            ("172.32.0.0", false),
            ("198.51.100.7", false),
            ("fd00:50::1", true),
            ("fe80::1", true),
            ("2001:db8::7", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), expected, "{address}");
        }
    }
}
