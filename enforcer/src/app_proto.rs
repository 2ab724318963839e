//! What is spoken in a frame, as far as its first bytes tell: by what no other protocol begins with. Ports are not asked.

mod spoken;

use enforcer_common::{
    Frame as _,
    event::Report,
    header::{Ethernet, Ipv4, Ipv6, Tcp, Udp, VlanTag, ethertype, protocol},
};

pub use spoken::Spoken;

/// Application protocols that first bytes tell, named as Suricata names them where it knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AppProto {
    /// A record of TLS (RFC 8446, 5.1).
    Tls,
    /// A record of DTLS (RFC 6347, 4.1).
    Dtls,
    /// A packet of QUIC with a long header, of version 1 or 2 (RFC 9000, 17.2; RFC 9369, 3.1).
    Quic,
    /// An identification of SSH (RFC 4253, 4.2).
    Ssh,
    /// A request or response of HTTP/1 (RFC 9112), or of SSDP, which is written the same.
    Http,
    /// A request or response of RTSP (RFC 7826).
    Rtsp,
    /// A request or response of SIP (RFC 3261).
    Sip,
}

impl AppProto {
    const ALL: [Self; 7] = [
        Self::Tls,
        Self::Dtls,
        Self::Quic,
        Self::Ssh,
        Self::Http,
        Self::Rtsp,
        Self::Sip,
    ];

    /// In all that is shown and kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Dtls => "dtls",
            Self::Quic => "quic",
            Self::Ssh => "ssh",
            Self::Http => "http",
            Self::Rtsp => "rtsp",
            Self::Sip => "sip",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proto| proto.name() == name)
    }

    /// Whether what it carries cannot be read on its way.
    pub const fn is_encrypted(self) -> bool {
        match self {
            Self::Tls | Self::Dtls | Self::Quic | Self::Ssh => true,
            Self::Http | Self::Rtsp | Self::Sip => false,
        }
    }

    /// By what a segment or datagram carries.
    fn of(transport: u8, payload: &[u8]) -> Option<Self> {
        match (transport, payload) {
            // Handshake or application data; the version is that of a record, which no later one has changed.
            (protocol::IPPROTO_TCP, [0x16 | 0x17, 3, 0..=4, ..]) => Some(Self::Tls),
            (protocol::IPPROTO_UDP, [0x16 | 0x17, 0xfe, 0xfd | 0xff, ..]) => Some(Self::Dtls),
            (
                protocol::IPPROTO_UDP,
                [0xc0..=0xff, 0, 0, 0, 1, ..] | [0xc0..=0xff, 0x6b, 0x33, 0x43, 0xcf, ..],
            ) => Some(Self::Quic),
            (protocol::IPPROTO_TCP, payload) if payload.starts_with(b"SSH-") => Some(Self::Ssh),
            (protocol::IPPROTO_TCP | protocol::IPPROTO_UDP, payload) => text(payload),
            _ => None,
        }
    }
}

/// By the words of a first line. Which of the protocols that are written alike it is, its version says.
fn text(payload: &[u8]) -> Option<AppProto> {
    let is_letter = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_');
    let word = payload.iter().take_while(|byte| is_letter(byte)).count();
    let (word, rest) = payload.split_at(word);
    match (word, rest) {
        (b"HTTP", [b'/', ..]) => return Some(AppProto::Http),
        (b"RTSP", [b'/', ..]) => return Some(AppProto::Rtsp),
        (b"SIP", [b'/', ..]) => return Some(AppProto::Sip),
        ([_, _, _, ..], [b' ', ..]) => {}
        _ => return None,
    }
    let line = rest.split(|byte| *byte == b'\r').next().unwrap_or(rest);
    let has = |version: &[u8]| line.windows(version.len()).any(|part| part == version);
    [
        (&b" RTSP/"[..], AppProto::Rtsp),
        (b" SIP/", AppProto::Sip),
        (b" HTTP/", AppProto::Http),
    ]
    .into_iter()
    .find_map(|(version, proto)| has(version).then_some(proto))
}

/// What a frame speaks, if its first bytes tell. By what the kernel has read of it: this is asked of each event.
fn spoken_in(report: &Report) -> Option<AppProto> {
    let event = &report.event;
    if event.is_later_fragment() {
        return None;
    }
    let frame = report.captured();
    let network = size_of::<Ethernet>() + size_of::<VlanTag>() * usize::from(event.vlan_tags);
    let header = match event.ethertype {
        ethertype::ETH_P_IP => frame.read::<Ipv4>(network)?.header_length()?,
        // Behind another header nothing is looked for.
        ethertype::ETH_P_IPV6 if frame.read::<Ipv6>(network)?.next_header == event.protocol => {
            size_of::<Ipv6>()
        }
        _ => return None,
    };
    let transport = network + header;
    let header = match event.protocol {
        protocol::IPPROTO_UDP => size_of::<Udp>(),
        protocol::IPPROTO_TCP => frame.read::<Tcp>(transport)?.header_length()?,
        _ => return None,
    };
    let begin = transport + header;
    // What follows is padding.
    let end = network + usize::try_from(event.packet_length).ok()?;
    let payload = frame.get(begin..end.min(frame.len()))?;
    AppProto::of(event.protocol, payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_told_by_what_no_other_begins_with() {
        const TCP: u8 = protocol::IPPROTO_TCP;
        const UDP: u8 = protocol::IPPROTO_UDP;
        let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
        let initial = [0xc3, 0, 0, 0, 1, 8, 1, 2];
        for (transport, payload, expected) in [
            (TCP, &hello[..], Some(AppProto::Tls)),
            (TCP, &[0x17, 3, 3, 0, 40, 1], Some(AppProto::Tls)),
            (TCP, &[0x17, 3, 5, 0, 40, 1], None),
            (UDP, &hello, None),
            (UDP, &[0x16, 0xfe, 0xfd, 0, 0], Some(AppProto::Dtls)),
            (TCP, &[0x16, 0xfe, 0xfd, 0, 0], None),
            (UDP, &initial, Some(AppProto::Quic)),
            (
                UDP,
                &[0xd3, 0x6b, 0x33, 0x43, 0xcf, 8],
                Some(AppProto::Quic),
            ),
            (UDP, &[0x43, 0, 0, 0, 1, 8], None),
            (TCP, &initial, None),
            (TCP, b"SSH-2.0-dropbear\r\n", Some(AppProto::Ssh)),
            (
                TCP,
                b"GET /ISAPI/System HTTP/1.1\r\nHost: a",
                Some(AppProto::Http),
            ),
            (TCP, b"HTTP/1.1 401 Unauthorized\r\n", Some(AppProto::Http)),
            (UDP, b"M-SEARCH * HTTP/1.1\r\n", Some(AppProto::Http)),
            (
                TCP,
                b"OPTIONS rtsp://nvr/1 RTSP/1.0\r\n",
                Some(AppProto::Rtsp),
            ),
            (TCP, b"RTSP/1.0 200 OK\r\n", Some(AppProto::Rtsp)),
            (UDP, b"OPTIONS sip:nvr SIP/2.0\r\n", Some(AppProto::Sip)),
            (UDP, b"SIP/2.0 200 OK\r\n", Some(AppProto::Sip)),
            // The version stands behind what was told of the frame.
            (TCP, b"GET /ISAPI/System", None),
            (TCP, b"GET /\r\nX: HTTP/1.1", None),
            (TCP, b"home", None),
            (TCP, b"", None),
            (protocol::IPPROTO_ICMP, b"GET / HTTP/1.1\r\n", None),
        ] {
            assert_eq!(AppProto::of(transport, payload), expected, "{payload:x?}");
        }
    }

    #[test]
    fn every_name_is_that_of_one() {
        for proto in AppProto::ALL {
            assert_eq!(AppProto::named(proto.name()), Some(proto));
        }
        assert_eq!(AppProto::named(""), None);
    }
}
