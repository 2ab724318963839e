//! IPv4 (RFC 791).

use super::checksum::{PseudoHeader, checksum};
use super::{Inside, Layer, length, v4};

/// An IPv4 header.
#[derive(Clone, Debug)]
pub struct Ipv4 {
    source: [u8; 4],
    destination: [u8; 4],
    ttl: u8,
    flags_offset: u16,
    options: Vec<u8>,
    version: u8,
    ihl: Option<u8>,
    total_length: Option<u16>,
    protocol: Option<u8>,
}

/// A packet from `source` to `destination`.
pub fn ipv4(source: &str, destination: &str) -> Ipv4 {
    Ipv4 {
        source: v4(source),
        destination: v4(destination),
        ttl: 64,
        flags_offset: 0,
        options: Vec::new(),
        version: 4,
        ihl: None,
        total_length: None,
        protocol: None,
    }
}

impl Ipv4 {
    /// With a time to live.
    #[must_use]
    pub const fn ttl(mut self, ttl: u8) -> Self {
        self.ttl = ttl;
        self
    }

    /// Sets the bit for "more fragments".
    #[must_use]
    pub const fn more_fragments(mut self) -> Self {
        self.flags_offset |= 0x2000;
        self
    }

    /// Starts at `offset`, in units of eight bytes.
    #[must_use]
    pub const fn fragment_offset(mut self, offset: u16) -> Self {
        self.flags_offset |= offset & 0x1fff;
        self
    }

    /// Sets the bit for "do not fragment".
    #[must_use]
    pub const fn do_not_fragment(mut self) -> Self {
        self.flags_offset |= 0x4000;
        self
    }

    /// Sets the flag that is reserved.
    #[must_use]
    pub const fn reserved_flag(mut self) -> Self {
        self.flags_offset |= 0x8000;
        self
    }

    /// Adds an option of a kind with its own length.
    #[must_use]
    pub fn option(mut self, kind: u8, value: &[u8]) -> Self {
        self.options.extend([kind, length(2 + value.len())]);
        self.options.extend(value);
        self
    }

    /// Adds bytes where the options are.
    #[must_use]
    pub fn raw_options(mut self, bytes: &[u8]) -> Self {
        self.options.extend(bytes);
        self
    }

    /// Says it is another version.
    #[must_use]
    pub const fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// Says the header has `words` words of four bytes.
    #[must_use]
    pub const fn ihl(mut self, words: u8) -> Self {
        self.ihl = Some(words);
        self
    }

    /// Says the packet has `bytes` bytes.
    #[must_use]
    pub const fn total_length(mut self, bytes: u16) -> Self {
        self.total_length = Some(bytes);
        self
    }

    /// Says that something else follows.
    #[must_use]
    pub const fn protocol(mut self, protocol: u8) -> Self {
        self.protocol = Some(protocol);
        self
    }
}

impl Layer for Ipv4 {
    fn ethertype(&self) -> u16 {
        0x0800
    }

    fn protocol(&self) -> u8 {
        4
    }

    fn pseudo_header(&self) -> Option<PseudoHeader> {
        Some(PseudoHeader::V4 {
            source: self.source,
            destination: self.destination,
        })
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let mut options = self.options.clone();
        options.resize(options.len().next_multiple_of(4), 0);
        let header = 20 + options.len();
        let ihl = self.ihl.unwrap_or_else(|| length(header / 4));
        let total = self
            .total_length
            .unwrap_or_else(|| length(header + inside.bytes.len()));
        let mut front = vec![self.version << 4 | ihl & 0x0f, 0];
        front.extend(total.to_be_bytes());
        front.extend([0x12, 0x34]);
        front.extend(self.flags_offset.to_be_bytes());
        front.push(self.ttl);
        front.push(self.protocol.unwrap_or_else(|| inside.protocol()));
        let addresses = [self.source, self.destination].concat();
        let sum = checksum(&[&front, &addresses, &options]);
        [front, sum.to_vec(), addresses, options, inside.bytes].concat()
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::{data, ethernet, ipv4, udp};

    #[test]
    fn header_and_checksums_are_those_of_a_known_packet() {
        let frame = ethernet([2, 0, 0, 0, 0, 9])
            / ipv4("192.168.0.1", "192.168.0.199")
            / udp(53, 40000)
            / data(b"hello");
        let bytes = frame.build();
        // Worked out by hand: 4500+0021+1234+0000+4011+c0a8+0001+c0a8+00c7 = 2:197e.
        assert_eq!(
            bytes[14..34],
            [
                0x45, 0, 0, 33, 0x12, 0x34, 0, 0, 64, 17, 0xe6, 0x7f, 192, 168, 0, 1, 192, 168, 0,
                199
            ]
        );
        assert_eq!(bytes[34..40], [0, 53, 0x9c, 0x40, 0, 13]);
    }

    #[test]
    fn options_make_the_header_longer_and_are_filled_up_to_a_word() {
        let frame = ethernet([2, 0, 0, 0, 0, 9])
            / ipv4("192.0.2.1", "192.0.2.2")
                .option(148, &[0, 0])
                .raw_options(&[1])
            / data(&[0xaa]);
        let bytes = frame.build();
        assert_eq!(bytes[14], 0x47);
        assert_eq!(bytes[16..18], [0, 29]);
        assert_eq!(bytes[34..], [148, 4, 0, 0, 1, 0, 0, 0, 0xaa]);
    }
}
