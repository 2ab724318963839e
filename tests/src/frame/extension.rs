//! IPv6 extension headers (RFC 8200, section 4) and IP authentication (RFC 4302).

use super::{Inside, Layer, length};

/// A hop-by-hop or destination options header.
#[derive(Clone, Debug)]
pub struct Options {
    protocol: u8,
    body: Vec<u8>,
    units: Option<u8>,
    next_header: Option<u8>,
}

/// Hop-by-hop options, all padding unless options are added.
pub const fn hop_by_hop() -> Options {
    options(0)
}

/// Destination options, all padding unless options are added.
pub const fn destination_options() -> Options {
    options(60)
}

const fn options(protocol: u8) -> Options {
    Options {
        protocol,
        body: Vec::new(),
        units: None,
        next_header: None,
    }
}

impl Options {
    /// Adds an option.
    #[must_use]
    pub fn option(mut self, kind: u8, value: &[u8]) -> Self {
        self.body.extend([kind, length(value.len())]);
        self.body.extend(value);
        self
    }

    /// Adds bytes where the options are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.body.extend(bytes);
        self
    }

    /// Says the header has `units` units of eight bytes after the first.
    #[must_use]
    pub const fn units(mut self, units: u8) -> Self {
        self.units = Some(units);
        self
    }

    /// Says that something else follows.
    #[must_use]
    pub const fn next_header(mut self, protocol: u8) -> Self {
        self.next_header = Some(protocol);
        self
    }
}

impl Layer for Options {
    fn protocol(&self) -> u8 {
        self.protocol
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let mut options = self.body.clone();
        let used = 2 + options.len();
        let rest = used.next_multiple_of(8) - used;
        match rest.checked_sub(2) {
            Some(value) => {
                options.extend([1, length(value)]);
                options.resize(options.len() + value, 0);
            }
            None => options.resize(options.len() + rest, 0),
        }
        let units = length::<u8>((2 + options.len()) / 8 - 1);
        let next_header = self.next_header.unwrap_or_else(|| inside.protocol());
        let front = vec![next_header, self.units.unwrap_or(units)];
        [front, options, inside.bytes].concat()
    }
}

/// An extension header of which only the size and the number matter.
#[derive(Clone, Debug)]
pub struct Extension {
    protocol: u8,
    length: u8,
    body: Vec<u8>,
}

/// A routing header of a kind that visits `segments` more places, the last of them `through`.
pub fn routing(kind: u8, segments: u8, through: &str) -> Extension {
    let mut body = vec![kind, segments, 0, 0, 0, 0];
    body.extend(super::v6(through));
    Extension {
        protocol: 43,
        length: 2,
        body,
    }
}

/// An authentication header; its length counts words of four bytes, less two.
pub fn authentication() -> Extension {
    Extension {
        protocol: 51,
        length: 4,
        body: vec![0; 22],
    }
}

/// A mobility header (RFC 6275).
pub fn mobility() -> Extension {
    Extension {
        protocol: 135,
        length: 0,
        body: vec![0; 6],
    }
}

impl Layer for Extension {
    fn protocol(&self) -> u8 {
        self.protocol
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let front = vec![inside.protocol(), self.length];
        [front, self.body.clone(), inside.bytes].concat()
    }
}

/// A fragment header.
#[derive(Clone, Debug)]
pub struct Fragment {
    offset: u16,
    more: bool,
    reserved: u8,
    reserved_bits: u16,
    next_header: Option<u8>,
}

/// A fragment header for a piece at `offset`, in units of eight bytes; with neither an offset nor
/// more to follow, an atomic fragment (RFC 6946).
pub const fn fragment(offset: u16, more: bool) -> Fragment {
    Fragment {
        offset,
        more,
        reserved: 0,
        reserved_bits: 0,
        next_header: None,
    }
}

impl Fragment {
    /// With something in the reserved byte.
    #[must_use]
    pub const fn reserved(mut self, byte: u8) -> Self {
        self.reserved = byte;
        self
    }

    /// With something in the two reserved bits.
    #[must_use]
    pub const fn reserved_bits(mut self, bits: u16) -> Self {
        self.reserved_bits = bits;
        self
    }

    /// Says that something else follows.
    #[must_use]
    pub const fn next_header(mut self, protocol: u8) -> Self {
        self.next_header = Some(protocol);
        self
    }
}

impl Layer for Fragment {
    fn protocol(&self) -> u8 {
        44
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let next_header = self.next_header.unwrap_or_else(|| inside.protocol());
        let field = self.offset << 3 | (self.reserved_bits & 3) << 1 | u16::from(self.more);
        let mut bytes = vec![next_header, self.reserved];
        bytes.extend(field.to_be_bytes());
        bytes.extend([0xde, 0xad, 0xbe, 0xef]);
        bytes.extend(inside.bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::{data, destination_options, ethernet, fragment, hop_by_hop, ipv6, udp};

    #[test]
    fn a_chain_announces_what_follows_and_fills_up_to_eight_bytes() {
        let frame = ethernet([2, 0, 0, 0, 0, 9])
            / ipv6("2001:db8::1", "2001:db8::2")
            / hop_by_hop().option(5, &[0, 0])
            / fragment(0, true)
            / destination_options().raw(&[0])
            / udp(1, 2)
            / data(&[0xaa]);
        let bytes = frame.build();
        assert_eq!(bytes[18..21], [0, 33, 0]);
        assert_eq!(bytes[54..62], [44, 0, 5, 2, 0, 0, 1, 0]);
        assert_eq!(bytes[62..70], [60, 0, 0, 1, 0xde, 0xad, 0xbe, 0xef]);
        assert_eq!(bytes[70..78], [17, 0, 0, 1, 3, 0, 0, 0]);
        assert_eq!(bytes[78..84], [0, 1, 0, 2, 0, 9]);
    }
}
