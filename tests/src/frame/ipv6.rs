//! IPv6 (RFC 8200, section 3).

use super::checksum::PseudoHeader;
use super::{Inside, Layer, length, v6};

/// An IPv6 header.
#[derive(Clone, Debug)]
pub struct Ipv6 {
    source: [u8; 16],
    destination: [u8; 16],
    hop_limit: u8,
    version: u8,
    payload_length: Option<u16>,
    next_header: Option<u8>,
}

/// A packet from `source` to `destination`.
pub fn ipv6(source: &str, destination: &str) -> Ipv6 {
    Ipv6 {
        source: v6(source),
        destination: v6(destination),
        hop_limit: 64,
        version: 6,
        payload_length: None,
        next_header: None,
    }
}

impl Ipv6 {
    /// With a hop limit.
    #[must_use]
    pub const fn hop_limit(mut self, hop_limit: u8) -> Self {
        self.hop_limit = hop_limit;
        self
    }

    /// Says it is another version.
    #[must_use]
    pub const fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// Says `bytes` bytes follow.
    #[must_use]
    pub const fn payload_length(mut self, bytes: u16) -> Self {
        self.payload_length = Some(bytes);
        self
    }

    /// Says that something else follows.
    #[must_use]
    pub const fn next_header(mut self, protocol: u8) -> Self {
        self.next_header = Some(protocol);
        self
    }
}

impl Layer for Ipv6 {
    fn ethertype(&self) -> u16 {
        0x86dd
    }

    fn protocol(&self) -> u8 {
        41
    }

    fn pseudo_header(&self) -> Option<PseudoHeader> {
        Some(PseudoHeader::V6 {
            source: self.source,
            destination: self.destination,
        })
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let payload_length = self
            .payload_length
            .unwrap_or_else(|| length(inside.bytes.len()));
        let mut bytes = vec![self.version << 4, 0, 0, 0];
        bytes.extend(payload_length.to_be_bytes());
        bytes.push(self.next_header.unwrap_or_else(|| inside.protocol()));
        bytes.push(self.hop_limit);
        bytes.extend(self.source);
        bytes.extend(self.destination);
        bytes.extend(inside.bytes);
        bytes
    }
}
