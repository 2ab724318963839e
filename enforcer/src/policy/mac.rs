//! Ethernet addresses and their prefixes, as people write them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A whole Ethernet address or the part of it that the registry assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacPrefix {
    /// The address; bits past [`Self::bits`] are zero.
    pub address: [u8; 6],
    /// 24, 28, 36 or 48.
    pub bits: u8,
}

/// Why a text is not a [`MacPrefix`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MacError {
    /// It is not written as an address; with the way it was probably meant.
    #[error("not a MAC address or prefix")]
    Malformed(Option<String>),
    /// The registry assigns no prefixes of this length.
    #[error("a MAC prefix of {0} bits")]
    Length(u32),
    /// There are bits past the length; with the prefix that has none.
    #[error("bits set outside {0}")]
    HostBits(MacPrefix),
}

impl MacPrefix {
    /// Bits of a whole address.
    pub const BITS: u8 = 48;

    /// The beginning of an address.
    pub(crate) fn of(address: [u8; 6], bits: u8) -> Self {
        let address = masked(address, bits);
        Self { address, bits }
    }

    /// Whether an address begins with this prefix.
    pub fn contains(&self, address: [u8; 6]) -> bool {
        masked(address, self.bits) == self.address
    }

    /// Whether frames can come from such an address: never from a multicast one, nor from zero.
    pub const fn is_source(&self) -> bool {
        let [first, ..] = self.address;
        first & 1 == 0 && !matches!((self.address, self.bits), ([0, 0, 0, 0, 0, 0], 48))
    }
}

/// `44:19:b6:5d:3a:01`, `44:19:b6` or `44:19:b6:d0:00:00/28`, with colons or hyphens.
impl FromStr for MacPrefix {
    type Err = MacError;

    fn from_str(text: &str) -> Result<Self, MacError> {
        let malformed = || MacError::Malformed(rewritten(text));
        let (octets, length) = match text.split_once('/') {
            Some((octets, length)) => (octets, Some(length)),
            None => (text, None),
        };
        let separator = if octets.contains('-') { '-' } else { ':' };
        let mut address = [0; 6];
        let mut slots = address.iter_mut();
        let mut written = 0_u32;
        for octet in octets.split(separator) {
            let slot = slots.next().ok_or_else(malformed)?;
            *slot = hexadecimal(octet).ok_or_else(malformed)?;
            written += 8;
        }
        let bits = match length {
            Some(length) => length.parse().ok().ok_or_else(malformed)?,
            None => written,
        };
        let known = [24_u8, 28, 36, 48]
            .into_iter()
            .find(|&known| u32::from(known) == bits);
        let bits = known
            .filter(|_| bits <= written)
            .ok_or(MacError::Length(bits))?;
        let prefix = Self {
            address: masked(address, bits),
            bits,
        };
        if prefix.address == address {
            Ok(prefix)
        } else {
            Err(MacError::HostBits(prefix))
        }
    }
}

impl fmt::Display for MacPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = if self.bits == 24 { 3 } else { 6 };
        for (index, octet) in self.address.iter().take(octets).enumerate() {
            let separator = if index == 0 { "" } else { ":" };
            write!(f, "{separator}{octet:02x}")?;
        }
        if matches!(self.bits, 24 | 48) {
            Ok(())
        } else {
            write!(f, "/{}", self.bits)
        }
    }
}

fn masked(address: [u8; 6], bits: u8) -> [u8; 6] {
    let mut left = bits;
    address.map(|octet| {
        let kept = left.min(8);
        left -= kept;
        octet & u8::MAX.checked_shl(u32::from(8 - kept)).unwrap_or(0)
    })
}

fn hexadecimal(octet: &str) -> Option<u8> {
    let digits = octet.len() == 2 && octet.bytes().all(|digit| digit.is_ascii_hexdigit());
    digits.then(|| u8::from_str_radix(octet, 16).ok()).flatten()
}

/// `4419b65d3a01`, `4419.b65d.3a01` and `44:19:b6:*` in the way they are written here.
fn rewritten(text: &str) -> Option<String> {
    let text = text.trim_end_matches([':', '-', '*', 'x', 'X']);
    let digits = text.replace([':', '-', ' '], "");
    let digits = match digits
        .split('.')
        .map(str::len)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [_] => digits,
        [4, 4, 4] => digits.replace('.', ""),
        _ => return None,
    };
    if !matches!(digits.len(), 6 | 12) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut spaced = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 2 == 0 {
            spaced.push(':');
        }
        spaced.push(digit.to_ascii_lowercase());
    }
    Some(spaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_prefix_is_read() {
        for (text, shown, bits) in [
            ("44:19:B6:5d:3a:01", "44:19:b6:5d:3a:01", 48),
            ("44-19-b6-5d-3a-01", "44:19:b6:5d:3a:01", 48),
            ("44:19:b6", "44:19:b6", 24),
            ("44:19:b6:00:00:00/24", "44:19:b6", 24),
            ("44:19:b6:d0/28", "44:19:b6:d0:00:00/28", 28),
            ("44:19:b6:d1:20:00/36", "44:19:b6:d1:20:00/36", 36),
        ] {
            let prefix = prefix(text);
            assert_eq!(
                (prefix.to_string().as_str(), prefix.bits),
                (shown, bits),
                "{text}"
            );
            assert_eq!(shown.parse(), Ok(prefix));
        }
    }

    #[test]
    fn what_is_no_prefix_is_told_apart() {
        let malformed = |meant: Option<&str>| MacError::Malformed(meant.map(str::to_owned));
        for (text, expected) in [
            ("", malformed(None)),
            ("44:19:b6:5d:3a:01:02", malformed(None)),
            ("44:19:+6", malformed(None)),
            ("44:19:b6:", malformed(Some("44:19:b6"))),
            ("44:19:b6:*", malformed(Some("44:19:b6"))),
            ("4419.B65d.3a01", malformed(Some("44:19:b6:5d:3a:01"))),
            ("192.0.2.1", malformed(None)),
            ("44:19:b6/é", malformed(None)),
            ("44:19:b6:5d", MacError::Length(32)),
            ("44:19", MacError::Length(16)),
            ("44:19:b6:5d:3a:01/32", MacError::Length(32)),
            ("44:19:b6/28", MacError::Length(28)),
            (
                "44:19:b6:d8:00:00/28",
                MacError::HostBits(prefix("44:19:b6:d0:00:00/28")),
            ),
        ] {
            assert_eq!(text.parse::<MacPrefix>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_prefix_holds_the_addresses_that_begin_with_it() {
        let prefix = prefix("44:19:b6:d0:00:00/28");
        assert!(prefix.contains([0x44, 0x19, 0xb6, 0xdf, 0xff, 0xff]));
        assert!(!prefix.contains([0x44, 0x19, 0xb6, 0xe0, 0, 0]));
    }

    #[test]
    fn no_frame_comes_from_a_multicast_address_or_from_zero() {
        for (text, is_source) in [
            ("01:00:5e:00:00:01", false),
            ("ff:ff:ff:ff:ff:ff", false),
            ("33:33:00", false),
            ("00:00:00:00:00:00", false),
            ("00:00:00", true),
            ("02:00:00:00:50:21", true),
        ] {
            assert_eq!(prefix(text).is_source(), is_source, "{text}");
        }
    }

    fn prefix(text: &str) -> MacPrefix {
        text.parse().unwrap()
    }
}
