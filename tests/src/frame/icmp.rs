//! ICMP (RFC 792), `ICMPv6` (RFC 4443) and IGMP (RFC 2236).

use super::transport::set_checksum;
use super::{Inside, Layer, checksum::checksum};

/// A message of eight bytes and what it carries.
#[derive(Clone, Debug)]
pub struct Message {
    protocol: u8,
    kind: u8,
    code: u8,
}

/// An ICMP message.
pub const fn icmp(kind: u8, code: u8) -> Message {
    Message {
        protocol: 1,
        kind,
        code,
    }
}

/// An `ICMPv6` message.
pub const fn icmpv6(kind: u8, code: u8) -> Message {
    Message {
        protocol: 58,
        kind,
        code,
    }
}

/// An IGMP message.
pub const fn igmp(kind: u8) -> Message {
    Message {
        protocol: 2,
        kind,
        code: 0,
    }
}

impl Layer for Message {
    fn protocol(&self) -> u8 {
        self.protocol
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let mut bytes = vec![self.kind, self.code, 0, 0, 0, 0, 0, 0];
        bytes.extend(&inside.bytes);
        if self.protocol == 58 {
            set_checksum(&mut bytes, 2, self.protocol, &inside);
        } else {
            let sum = checksum(&[&bytes]);
            bytes.splice(2..4, sum);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::{data, ethernet, icmp, icmpv6, ipv4, ipv6};

    #[test]
    fn an_echo_request_is_the_known_bytes() {
        let frame = ethernet([2, 0, 0, 0, 0, 9])
            / ipv4("192.0.2.1", "192.0.2.2")
            / icmp(8, 0)
            / data(&[0x12, 0x34]);
        assert_eq!(
            frame.build()[34..],
            [8, 0, 0xe5, 0xcb, 0, 0, 0, 0, 0x12, 0x34]
        );
    }

    #[test]
    fn the_checksum_of_icmpv6_covers_the_addresses() {
        let frame = ethernet([2, 0, 0, 0, 0, 9]) / ipv6("::1", "::2") / icmpv6(128, 0);
        // 1 + 2 + length 8 + protocol 3a + 8000 = 8045.
        assert_eq!(frame.build()[54..58], [128, 0, 0x7f, 0xba]);
    }
}
