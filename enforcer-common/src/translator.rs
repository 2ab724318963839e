//! NAT64: IPv6 addresses of which a translator makes IPv4 ones (RFC 6052).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::address::Address;

/// How many prefixes of its own a policy may name.
pub const MAX_TRANSLATORS: u32 = 8;

/// A prefix that leads to a translator. Where in its addresses the IPv4 address stands depends on
/// its length (RFC 6052, section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct Translator {
    /// The prefix, in network order; the rest is zero.
    pub prefix: [u8; 16],
    /// Its length: 32, 40, 48, 56, 64 or 96.
    pub length: u32,
}

impl Translator {
    /// The lengths that a prefix may have.
    pub const LENGTHS: [u8; 6] = [32, 40, 48, 56, 64, 96];

    /// `64:ff9b::/96`, which needs no mention.
    pub const WELL_KNOWN: Self = Self {
        prefix: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        length: 96,
    };

    /// Whether an address is one of its own.
    #[inline(always)]
    pub const fn covers(&self, address: &Address) -> bool {
        if address.family != 6 {
            return false;
        }
        let (high, low) = halves(address.bytes);
        let (own_high, own_low) = halves(self.prefix);
        if self.length > 64 {
            high == own_high && low >> 32 == own_low >> 32
        } else {
            // Such that a length of 64 shifts by nothing, and none by more than a number has bits.
            (high ^ own_high) >> (64_u32.wrapping_sub(self.length) & 63) == 0
        }
    }

    /// The IPv4 address that it makes of one of its own; `None` where that is in doubt, because bits
    /// 64 to 71 are set, which RFC 6052 keeps zero. What is behind the IPv4 address does not matter.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is above the address is cut off"
    )]
    pub const fn inside(&self, address: &Address) -> Option<Address> {
        let (high, low) = halves(address.bytes);
        if low >> 56 != 0 {
            return None;
        }
        let number = if self.length > 64 {
            low as u32
        } else {
            // Of 32 bits so many stand behind bit 71, the others at the end of the first half.
            let behind = self.length.wrapping_sub(32) & 63;
            (high << behind) as u32 | (low >> (56_u32.wrapping_sub(behind) & 63)) as u32
        };
        Some(Address::v4(number.to_be_bytes()))
    }

    /// The one that leads to it, if an address is translated: the well-known one, or else another.
    #[inline(always)]
    pub(crate) fn of(
        address: &Address,
        others: impl FnOnce(&Address) -> Option<Self>,
    ) -> Option<Self> {
        if Self::WELL_KNOWN.covers(address) {
            Some(Self::WELL_KNOWN)
        } else if address.family == 6 {
            others(address)
        } else {
            None
        }
    }
}

#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half is asked for"
)]
const fn halves(bytes: [u8; 16]) -> (u64, u64) {
    let number = u128::from_be_bytes(bytes);
    ((number >> 64) as u64, number as u64)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn the_examples_of_rfc_6052_are_read() {
        for (prefix, length, address) in [
            ("2001:db8::", 32, "2001:db8:c000:221::"),
            ("2001:db8:100::", 40, "2001:db8:1c0:2:21::"),
            ("2001:db8:122::", 48, "2001:db8:122:c000:2:2100::"),
            ("2001:db8:122:300::", 56, "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::", 64, "2001:db8:122:344:c0:2:2100::"),
            ("2001:db8:122:344::", 96, "2001:db8:122:344::192.0.2.33"),
            ("64:ff9b::", 96, "64:ff9b::192.0.2.33"),
        ] {
            let translator = translator(prefix, length);
            let address = v6(address);
            assert!(translator.covers(&address), "{prefix}/{length}");
            let inside = translator.inside(&address);
            assert_eq!(inside, Some(Address::v4([192, 0, 2, 33])), "{length}");
        }
    }

    #[test]
    fn every_bit_is_where_it_belongs() {
        for length in Translator::LENGTHS {
            let translator = translator("2001:db8:1234:5678::", length);
            for bit in 0..128 {
                let mut address = Address::v6(translator.prefix);
                let byte = usize::from(bit / 8_u8);
                address.bytes[byte] ^= 0x80 >> (bit % 8);
                assert_eq!(translator.covers(&address), bit >= length, "{length} {bit}");
                if bit < length {
                    continue;
                }
                // The place of the bit among those of the IPv4 address, if it is one.
                let place = match bit {
                    64..72 if length < 96 => {
                        assert_eq!(translator.inside(&address), None, "{length} {bit}");
                        continue;
                    }
                    72.. if length < 96 => bit - 8 - length,
                    _ => bit - length,
                };
                let expected = 0x8000_0000_u32.checked_shr(place.into()).unwrap_or(0);
                let inside = translator.inside(&address).unwrap();
                assert_eq!(
                    inside,
                    Address::v4(expected.to_be_bytes()),
                    "{length} {bit}"
                );
            }
        }
    }

    #[test]
    fn the_well_known_prefix_is_no_wider_than_it_is() {
        for (address, expected) in [
            ("64:ff9b::203.0.113.1", true),
            ("64:ff9b::0.0.0.0", true),
            ("64:ff9b::1:203.0.113.1", false),
            ("64:ff9b:1::203.0.113.1", false),
            ("65:ff9b::203.0.113.1", false),
        ] {
            assert_eq!(
                Translator::WELL_KNOWN.covers(&v6(address)),
                expected,
                "{address}"
            );
        }
    }

    #[test]
    fn an_ipv4_address_is_never_translated() {
        let address = Address::v4([0x20, 1, 0x0d, 0xb8]);
        assert!(!translator("2001:db8::", 32).covers(&address));
        assert!(!Translator::WELL_KNOWN.covers(&address));
    }

    fn translator(prefix: &str, length: u8) -> Translator {
        let kept = u128::MAX << (128 - u32::from(length));
        let number = u128::from_be_bytes(v6(prefix).bytes) & kept;
        Translator {
            prefix: number.to_be_bytes(),
            length: length.into(),
        }
    }

    fn v6(text: &str) -> Address {
        Address::v6(text.parse::<Ipv6Addr>().unwrap().octets())
    }
}
