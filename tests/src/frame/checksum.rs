//! The checksum of IP, TCP, UDP and ICMP (RFC 1071).

/// What a transport checksum covers besides the transport header and its data.
#[derive(Clone, Copy, Debug, Default)]
pub enum PseudoHeader {
    /// Nothing: there is no network layer.
    #[default]
    None,
    /// RFC 9293, section 3.1.
    V4 {
        /// Sender.
        source: [u8; 4],
        /// Receiver.
        destination: [u8; 4],
    },
    /// RFC 8200, section 8.1.
    V6 {
        /// Sender.
        source: [u8; 16],
        /// Receiver.
        destination: [u8; 16],
    },
}

impl PseudoHeader {
    /// The checksum of a transport header with its data, whose own checksum field is zero.
    pub(super) fn checksum(&self, protocol: u8, bytes: &[u8]) -> [u8; 2] {
        let length = super::length::<u32>(bytes.len()).to_be_bytes();
        let [.., high, low] = length;
        match self {
            Self::None => checksum(&[bytes]),
            Self::V4 {
                source,
                destination,
            } => checksum(&[source, destination, &[0, protocol, high, low], bytes]),
            Self::V6 {
                source,
                destination,
            } => checksum(&[source, destination, &length, &[0, 0, 0, protocol], bytes]),
        }
    }
}

/// The checksum of several pieces in a row; all but the last must be of even length.
pub(super) fn checksum(pieces: &[&[u8]]) -> [u8; 2] {
    let words = pieces.iter().flat_map(|piece| piece.chunks(2));
    let mut sum: u32 = words
        .map(|word| match word {
            [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
            [high] => u32::from(*high) << 8,
            _ => 0,
        })
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let [.., high, low] = (!sum).to_be_bytes();
    [high, low]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_comes_out_right() {
        // RFC 1071, section 3: the sum is ddf2.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&[&bytes]), [!0xdd, !0xf2]);
    }

    #[test]
    fn an_odd_last_byte_counts_as_the_upper_half_of_a_word() {
        assert_eq!(
            checksum(&[&[0x12, 0x34], &[0x56]]),
            checksum(&[&[0x12, 0x34, 0x56, 0]])
        );
    }
}
