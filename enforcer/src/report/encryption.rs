//! Whether what is sent to a service can be read on its way, as far as the port tells. The ledger has no bytes of
//! frames, so this is what the port is for, and not what was said there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether it can be read on its way.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// The port is one where all is encrypted: likely it is.
    Encrypted,
    /// The port is one where nothing is: likely it is not.
    Plain,
    /// The port tells nothing.
    Unknown,
}

/// HTTPS, and another of the same; SSH, SMTP, DNS, FTP, IMAP and POP over TLS; RTSP over TLS (RFC 7826), TR-069's,
/// SIP's, MQTT's and AMQP's.
const ENCRYPTED_TCP: [u16; 14] = [
    22, 322, 443, 465, 636, 853, 990, 993, 995, 5061, 5671, 7443, 8443, 8883,
];

/// QUIC, DNS over QUIC, IKE and `IPsec`, that through NAT, `OpenVPN`, `CoAP` over DTLS, `WireGuard`.
const ENCRYPTED_UDP: [u16; 7] = [443, 500, 853, 1194, 4500, 5684, 51_820];

/// FTP, telnet, SMTP, DNS, HTTP and others of the same, POP, IMAP, LDAP, RTSP and another, RTMP, MQTT, SIP, ONVIF's
/// HTTP on the ports that cameras have it on.
const PLAIN_TCP: [u16; 18] = [
    21, 23, 25, 53, 80, 81, 110, 143, 389, 554, 1883, 1935, 2323, 5060, 5683, 8080, 8554, 8899,
];

/// DNS, DHCP, TFTP, NTP, SNMP, syslog, SSDP, WS-Discovery, NAT-PMP, SIP, mDNS, LLMNR, CoAP, SADP, DHIP.
const PLAIN_UDP: [u16; 18] = [
    53, 67, 68, 69, 123, 161, 162, 514, 547, 1900, 3702, 5060, 5350, 5351, 5353, 5355, 5683, 37_020,
];

impl Encryption {
    /// By the protocol in small letters, and the port that is the service's.
    pub fn of(protocol: &str, port: Option<u16>) -> Self {
        let (encrypted, plain): (&[u16], &[u16]) = match protocol {
            "tcp" => (&ENCRYPTED_TCP, &PLAIN_TCP),
            "udp" => (&ENCRYPTED_UDP, &PLAIN_UDP),
            // That of IPsec.
            "esp" => return Self::Encrypted,
            _ => return Self::Unknown,
        };
        match port {
            Some(port) if encrypted.contains(&port) => Self::Encrypted,
            Some(port) if plain.contains(&port) => Self::Plain,
            _ => Self::Unknown,
        }
    }

    /// In what is shown.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Encrypted => "likely",
            Self::Plain => "likely not",
            Self::Unknown => "unknown",
        }
    }

    /// In what programs read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Plain => "plain",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_the_service_tells_for_the_protocol_that_it_is_of() {
        for (protocol, port, expected) in [
            ("tcp", Some(443), Encryption::Encrypted),
            ("udp", Some(443), Encryption::Encrypted),
            ("tcp", Some(22), Encryption::Encrypted),
            ("udp", Some(22), Encryption::Unknown),
            ("tcp", Some(80), Encryption::Plain),
            ("udp", Some(80), Encryption::Unknown),
            ("udp", Some(123), Encryption::Plain),
            ("tcp", Some(37_777), Encryption::Unknown),
            ("tcp", None, Encryption::Unknown),
            ("icmp", None, Encryption::Unknown),
            ("esp", None, Encryption::Encrypted),
            ("", None, Encryption::Unknown),
        ] {
            assert_eq!(
                Encryption::of(protocol, port),
                expected,
                "{protocol} {port:?}"
            );
        }
        for (encrypted, plain) in [
            (&ENCRYPTED_TCP[..], &PLAIN_TCP[..]),
            (&ENCRYPTED_UDP[..], &PLAIN_UDP[..]),
        ] {
            assert!(encrypted.is_sorted() && plain.is_sorted());
            assert!(!encrypted.iter().any(|port| plain.contains(port)));
        }
    }
}
