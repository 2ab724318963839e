//! Whether what is sent to a service can be read on its way: by what was spoken, where an event showed that, and else as far
//! as the port tells, which is what it is for, and not what was said there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app_proto::AppProto;

/// Whether it can be read on its way.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// It was seen to be encrypted.
    Encrypted,
    /// It was seen not to be.
    Plain,
    /// The port is one where all is encrypted.
    LikelyEncrypted,
    /// The port is one where nothing is.
    LikelyPlain,
    /// Nothing tells.
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
    /// By what was spoken, if that was seen; else by the protocol in small letters, and the port that is the service's.
    pub fn of(app_proto: Option<AppProto>, protocol: &str, port: Option<u16>) -> Self {
        match app_proto {
            Some(spoken) if spoken.is_encrypted() => Self::Encrypted,
            Some(_) => Self::Plain,
            None => Self::by_port(protocol, port),
        }
    }

    fn by_port(protocol: &str, port: Option<u16>) -> Self {
        let (encrypted, plain): (&[u16], &[u16]) = match protocol {
            "tcp" => (&ENCRYPTED_TCP, &PLAIN_TCP),
            "udp" => (&ENCRYPTED_UDP, &PLAIN_UDP),
            // That of IPsec.
            "esp" => return Self::LikelyEncrypted,
            _ => return Self::Unknown,
        };
        match port {
            Some(port) if encrypted.contains(&port) => Self::LikelyEncrypted,
            Some(port) if plain.contains(&port) => Self::LikelyPlain,
            _ => Self::Unknown,
        }
    }

    /// Whether it can be read, for all that is known.
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::Plain | Self::LikelyPlain)
    }

    /// In what is shown.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Encrypted => "yes",
            Self::Plain => "no",
            Self::LikelyEncrypted => "likely",
            Self::LikelyPlain => "likely not",
            Self::Unknown => "unknown",
        }
    }

    /// In what programs read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Plain => "plain",
            Self::LikelyEncrypted => "likely_encrypted",
            Self::LikelyPlain => "likely_plain",
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
            ("tcp", Some(443), Encryption::LikelyEncrypted),
            ("udp", Some(443), Encryption::LikelyEncrypted),
            ("tcp", Some(22), Encryption::LikelyEncrypted),
            ("udp", Some(22), Encryption::Unknown),
            ("tcp", Some(80), Encryption::LikelyPlain),
            ("udp", Some(80), Encryption::Unknown),
            ("udp", Some(123), Encryption::LikelyPlain),
            ("tcp", Some(37_777), Encryption::Unknown),
            ("tcp", None, Encryption::Unknown),
            ("icmp", None, Encryption::Unknown),
            ("esp", None, Encryption::LikelyEncrypted),
            ("", None, Encryption::Unknown),
        ] {
            assert_eq!(
                Encryption::of(None, protocol, port),
                expected,
                "{protocol} {port:?}"
            );
        }
        // What was seen to be spoken is true of any port.
        for port in [80, 443, 37_777] {
            for (spoken, expected) in [
                (AppProto::Tls, Encryption::Encrypted),
                (AppProto::Http, Encryption::Plain),
            ] {
                assert_eq!(Encryption::of(Some(spoken), "tcp", Some(port)), expected);
            }
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
