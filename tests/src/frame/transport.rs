//! TCP (RFC 9293), UDP (RFC 768), and whatever else there may be.

use super::{Inside, Layer, length};

/// A TCP header.
#[derive(Clone, Debug)]
pub struct Tcp {
    source: u16,
    destination: u16,
    flags: u8,
    options: Vec<u8>,
    data_offset: Option<u8>,
}

/// A segment without any control bit.
pub const fn tcp(source: u16, destination: u16) -> Tcp {
    Tcp {
        source,
        destination,
        flags: 0,
        options: Vec::new(),
        data_offset: None,
    }
}

impl Tcp {
    /// Opens a connection.
    #[must_use]
    pub const fn syn(self) -> Self {
        self.flags(0x02)
    }

    /// Agrees to open a connection.
    #[must_use]
    pub const fn syn_ack(self) -> Self {
        self.flags(0x12)
    }

    /// Carries on.
    #[must_use]
    pub const fn ack(self) -> Self {
        self.flags(0x10)
    }

    /// With these control bits, FIN lowest.
    #[must_use]
    pub const fn flags(mut self, flags: u8) -> Self {
        self.flags = flags;
        self
    }

    /// With options, whole words of them.
    #[must_use]
    pub fn options(mut self, bytes: &[u8]) -> Self {
        self.options.extend(bytes);
        self
    }

    /// Says the header has `words` words of four bytes.
    #[must_use]
    pub const fn data_offset(mut self, words: u8) -> Self {
        self.data_offset = Some(words);
        self
    }
}

impl Layer for Tcp {
    fn protocol(&self) -> u8 {
        6
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let words = length::<u8>(5 + self.options.len() / 4);
        let mut bytes = [self.source.to_be_bytes(), self.destination.to_be_bytes()].concat();
        bytes.extend([0, 0, 0, 1, 0, 0, 0, 2]);
        bytes.extend([self.data_offset.unwrap_or(words) << 4, self.flags]);
        bytes.extend([0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(&self.options);
        bytes.extend(&inside.bytes);
        set_checksum(&mut bytes, 16, self.protocol(), &inside);
        bytes
    }
}

/// A UDP header.
#[derive(Clone, Debug)]
pub struct Udp {
    source: u16,
    destination: u16,
    length: Option<u16>,
}

/// A datagram.
pub const fn udp(source: u16, destination: u16) -> Udp {
    Udp {
        source,
        destination,
        length: None,
    }
}

impl Udp {
    /// Says the datagram has `bytes` bytes.
    #[must_use]
    pub const fn length(mut self, bytes: u16) -> Self {
        self.length = Some(bytes);
        self
    }
}

impl Layer for Udp {
    fn protocol(&self) -> u8 {
        17
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let announced = self
            .length
            .unwrap_or_else(|| length(8 + inside.bytes.len()));
        let mut bytes = [self.source.to_be_bytes(), self.destination.to_be_bytes()].concat();
        bytes.extend(announced.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(&inside.bytes);
        set_checksum(&mut bytes, 6, self.protocol(), &inside);
        bytes
    }
}

/// Bytes that this builder knows nothing of.
#[derive(Clone, Debug)]
pub struct Data {
    protocol: u8,
    bytes: Vec<u8>,
}

/// Bytes to carry.
pub fn data(bytes: &[u8]) -> Data {
    protocol(59, bytes)
}

/// Bytes of a protocol.
pub fn protocol(protocol: u8, bytes: &[u8]) -> Data {
    Data {
        protocol,
        bytes: bytes.to_vec(),
    }
}

impl Layer for Data {
    fn protocol(&self) -> u8 {
        self.protocol
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        [self.bytes.clone(), inside.bytes].concat()
    }
}

/// Fills in the checksum at `offset` of a transport header with its data.
pub(super) fn set_checksum(bytes: &mut [u8], offset: usize, protocol: u8, inside: &Inside<'_>) {
    let sum = match inside.pseudo_header.checksum(protocol, bytes) {
        // RFC 768: a sum of zero would say that there is none.
        [0, 0] if protocol == 17 => [0xff, 0xff],
        sum => sum,
    };
    if let Some(field) = bytes.get_mut(offset..offset + 2) {
        field.copy_from_slice(&sum);
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::checksum::PseudoHeader;
    use crate::frame::{data, ethernet, ipv4, ipv6, tcp, udp};

    #[test]
    fn a_receiver_finds_every_checksum_right() {
        let camera = [2, 0, 0, 0, 0, 9];
        let four = PseudoHeader::V4 {
            source: [192, 0, 2, 1],
            destination: [198, 51, 100, 7],
        };
        let tcp4 = ethernet(camera) / ipv4("192.0.2.1", "198.51.100.7") / tcp(1, 2) / data(b"odd");
        let udp4 = ethernet(camera) / ipv4("192.0.2.1", "198.51.100.7") / udp(1, 2) / data(b"odd");
        // The checksum over a header that holds its checksum is zero.
        assert_eq!(four.checksum(6, &tcp4.build()[34..]), [0, 0]);
        assert_eq!(four.checksum(17, &udp4.build()[34..]), [0, 0]);
        let mut source = [0; 16];
        source[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        let mut destination = source;
        (source[15], destination[15]) = (1, 2);
        let six = PseudoHeader::V6 {
            source,
            destination,
        };
        let tcp6 = ethernet(camera) / ipv6("2001:db8::1", "2001:db8::2") / tcp(1, 2).syn();
        assert_eq!(six.checksum(6, &tcp6.build()[54..]), [0, 0]);
    }

    #[test]
    fn a_syn_is_the_known_bytes() {
        let frame = ethernet([2, 0, 0, 0, 0, 9])
            / ipv4("192.0.2.1", "198.51.100.7")
            / tcp(40000, 443).syn().options(&[2, 4, 5, 0xb4]);
        let bytes = frame.build();
        assert_eq!(
            bytes[34..50],
            [
                0x9c, 0x40, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 2, 0x60, 2, 0xff, 0xff
            ]
        );
        assert_eq!(bytes[52..], [0, 0, 2, 4, 5, 0xb4]);
    }
}
