//! One hash for both directions of a flow, which other monitors compute too: Community ID, version
//! 1, seed 0 (`corelight/community-id-spec`).

use std::mem::swap;
use std::net::IpAddr;

use arrayvec::ArrayString;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use enforcer_common::header::{icmp, icmpv6, protocol};
use sha1::{Digest as _, Sha1};

/// What stands at the two ends of a flow besides the addresses.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ends {
    /// Nothing: a protocol without ports.
    None,
    /// Source and destination port.
    Ports(u16, u16),
    /// An ICMP or `ICMPv6` message: its type and the type that answers it stand for ports.
    Message {
        /// Message type.
        kind: u8,
        /// Code within the type.
        code: u8,
    },
}

/// The SHA-1 digest of a flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlowHash([u8; 20]);

impl FlowHash {
    /// The same for both directions, unless the flow is an ICMP message that nothing answers.
    pub(super) fn new(source: IpAddr, destination: IpAddr, protocol: u8, ends: Ends) -> Self {
        let (ports, one_way) = match ends {
            Ends::None => (None, false),
            Ends::Ports(source, destination) => (Some((source, destination)), false),
            Ends::Message { kind, code } => match answer(protocol, kind) {
                Some(answer) => (Some((kind.into(), answer.into())), false),
                None => (Some((kind.into(), code.into())), true),
            },
        };
        let (source_port, destination_port) = ports.unzip();
        let (mut lower, mut upper) = ((source, source_port), (destination, destination_port));
        if !one_way && lower > upper {
            swap(&mut lower, &mut upper);
        }
        let mut digest = Sha1::new_with_prefix(0_u16.to_be_bytes());
        for (address, _) in [lower, upper] {
            match address {
                IpAddr::V4(address) => digest.update(address.octets()),
                IpAddr::V6(address) => digest.update(address.octets()),
            }
        }
        digest.update([protocol, 0]);
        for port in [lower.1, upper.1].into_iter().flatten() {
            digest.update(port.to_be_bytes());
        }
        Self(digest.finalize().into())
    }

    /// `1:` and the digest in base64.
    pub(super) fn community_id(&self) -> ArrayString<30> {
        let mut base64 = [0; 28];
        // 20 bytes are 28 letters.
        let length = BASE64_STANDARD.encode_slice(self.0, &mut base64);
        let base64 = base64.get(..length.unwrap_or_default());
        let mut text = ArrayString::new();
        text.push_str("1:");
        text.push_str(
            base64
                .and_then(|base64| str::from_utf8(base64).ok())
                .unwrap_or_default(),
        );
        text
    }

    /// The first 53 bits: every JSON reader holds an integer of that size exactly.
    pub(super) fn flow_id(&self) -> u64 {
        let head = self.0.first_chunk();
        head.map_or(0, |&head| u64::from_be_bytes(head) >> 11)
    }
}

/// The message type that answers another, where the specification pairs them.
const fn answer(number: u8, kind: u8) -> Option<u8> {
    match number {
        protocol::IPPROTO_ICMP => answer_v4(kind),
        protocol::IPPROTO_ICMPV6 => answer_v6(kind),
        _ => None,
    }
}

const fn answer_v4(kind: u8) -> Option<u8> {
    Some(match kind {
        icmp::ICMP_ECHO => icmp::ICMP_ECHOREPLY,
        icmp::ICMP_ECHOREPLY => icmp::ICMP_ECHO,
        icmp::ICMP_ROUTER_ADVERTISEMENT => 10,
        10 => icmp::ICMP_ROUTER_ADVERTISEMENT,
        // Timestamp, information, address mask.
        13 => 14,
        14 => 13,
        15 => 16,
        16 => 15,
        17 => 18,
        18 => 17,
        _ => return None,
    })
}

const fn answer_v6(kind: u8) -> Option<u8> {
    Some(match kind {
        icmpv6::ICMPV6_ECHO_REQUEST => icmpv6::ICMPV6_ECHO_REPLY,
        icmpv6::ICMPV6_ECHO_REPLY => icmpv6::ICMPV6_ECHO_REQUEST,
        icmpv6::NDISC_ROUTER_SOLICITATION => icmpv6::NDISC_ROUTER_ADVERTISEMENT,
        icmpv6::NDISC_ROUTER_ADVERTISEMENT => icmpv6::NDISC_ROUTER_SOLICITATION,
        icmpv6::NDISC_NEIGHBOUR_SOLICITATION => icmpv6::NDISC_NEIGHBOUR_ADVERTISEMENT,
        icmpv6::NDISC_NEIGHBOUR_ADVERTISEMENT => icmpv6::NDISC_NEIGHBOUR_SOLICITATION,
        // MLD query and report, who-are-you, home agent discovery.
        130 => icmpv6::ICMPV6_MGM_REPORT,
        icmpv6::ICMPV6_MGM_REPORT => 130,
        139 => 140,
        140 => 139,
        144 => 145,
        145 => 144,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    //! The flows of `baseline/` in the specification.

    use super::*;

    #[test]
    fn the_published_flows_have_their_published_identifiers() {
        for (number, source, destination, ends, expected) in [
            (
                6,
                "128.232.110.120",
                "66.35.250.204",
                Ends::Ports(34855, 80),
                "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
            ),
            (
                6,
                "2001:470:e5bf:dead:4957:2174:e82c:4887",
                "2607:f8b0:400c:c03::1a",
                Ends::Ports(63943, 25),
                "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
            ),
            (
                17,
                "192.168.1.52",
                "8.8.8.8",
                Ends::Ports(54585, 53),
                "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
            ),
            (
                132,
                "192.168.170.8",
                "192.168.170.56",
                Ends::Ports(7, 7),
                "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=",
            ),
            (
                46,
                "10.1.12.1",
                "10.1.12.2",
                Ends::None,
                "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=",
            ),
            (
                46,
                "fe80:1:203:405:607:809:a0b:c0d",
                "fe80:1011:1213:1415:1617:1819:1a1b:1c1d",
                Ends::None,
                "1:wQ/2mwrnXP4lmJcHdGL5ePjR+e0=",
            ),
        ] {
            let (source, destination) = (address(source), address(destination));
            let there = FlowHash::new(source, destination, number, ends);
            let back = FlowHash::new(destination, source, number, reversed(ends));
            assert_eq!(there.community_id().as_str(), expected);
            assert_eq!(back.community_id().as_str(), expected);
            assert_eq!(there.flow_id(), back.flow_id());
        }
    }

    #[test]
    fn the_published_icmp_messages_have_their_published_identifiers() {
        let (camera, router) = ("192.168.0.89", "192.168.0.1");
        for (source, destination, message, expected) in [
            (camera, router, (8, 0), "X0snYXpgwiv9TZtqg64sgzUn6Dk="),
            (router, camera, (0, 0), "X0snYXpgwiv9TZtqg64sgzUn6Dk="),
            (
                "10.0.0.1",
                "10.0.0.2",
                (11, 0),
                "YHxtAirCG//0OzkcVAukqKQN9xM=",
            ),
        ] {
            assert_eq!(
                message_id(1, source, destination, message),
                format!("1:{expected}")
            );
        }
    }

    #[test]
    fn the_published_icmpv6_messages_have_their_published_identifiers() {
        let (one, other) = ("fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea");
        let (near, far) = ("3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2");
        let elsewhere = "3ffe:501:1800:2345::2";
        let abroad = "3ffe:501:410:0:2c0:dfff:fe47:33e";
        for (source, destination, message, expected) in [
            (one, other, (135, 0), "dGHyGvjMfljg6Bppwm3bg0LO8TY="),
            (other, one, (136, 0), "dGHyGvjMfljg6Bppwm3bg0LO8TY="),
            (other, one, (135, 0), "zavyT/cezQr1fmImYCwYnMXbgck="),
            (one, other, (136, 0), "zavyT/cezQr1fmImYCwYnMXbgck="),
            (elsewhere, near, (3, 0), "2ObVBgIn28oZvibYZhZMBgh7WdQ="),
            (abroad, near, (1, 4), "hLZd0XGWojozrvxqE0dWB1iM6R0="),
            (near, far, (128, 0), "+TW+HtLHvV1xnGhV1lv7XoJrqQg="),
            (far, near, (129, 0), "+TW+HtLHvV1xnGhV1lv7XoJrqQg="),
            (one, "ff02::2", (133, 0), "hO+sN4H+MG5MY/8hIrXPqc4ZQz0="),
            (other, "ff02::1", (134, 0), "pkvHqCL88/tg1k4cPigmZXUtL00="),
        ] {
            assert_eq!(
                message_id(58, source, destination, message),
                format!("1:{expected}")
            );
        }
    }

    #[test]
    fn every_answer_is_answered_by_what_it_answers() {
        for number in [protocol::IPPROTO_ICMP, protocol::IPPROTO_ICMPV6] {
            for kind in 0..=u8::MAX {
                if let Some(reply) = answer(number, kind) {
                    assert_eq!(answer(number, reply), Some(kind));
                }
            }
        }
    }

    fn message_id(number: u8, source: &str, destination: &str, (kind, code): (u8, u8)) -> String {
        let ends = Ends::Message { kind, code };
        FlowHash::new(address(source), address(destination), number, ends)
            .community_id()
            .to_string()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn reversed(ends: Ends) -> Ends {
        match ends {
            Ends::Ports(source, destination) => Ends::Ports(destination, source),
            Ends::None | Ends::Message { .. } => ends,
        }
    }
}
