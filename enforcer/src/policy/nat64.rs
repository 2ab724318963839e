//! `nat64:`: prefixes that lead to a translator, and the IPv4 addresses inside.

use std::net::{Ipv4Addr, Ipv6Addr};

use enforcer_common::{Address, Translator, translator::MAX_TRANSLATORS};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// How many a policy may name.
pub(super) const MAX_PREFIXES: usize = MAX_TRANSLATORS as usize;

/// The prefix that always is one, `64:ff9b::/96`.
pub(crate) const WELL_KNOWN: Ipv6Net =
    Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Why a prefix cannot lead to a translator, in words; nothing if it can.
pub(super) fn unfit(prefix: IpNet) -> Option<&'static str> {
    let IpNet::V6(prefix) = prefix else {
        return Some("it is IPv4, and a translator is reached by IPv6");
    };
    let address = Address::v6(prefix.network().octets());
    let last = Address::v6(prefix.broadcast().octets());
    let [.., u, _, _, _, _, _, _, _] = prefix.network().octets();
    if !Translator::LENGTHS.contains(&prefix.prefix_len()) {
        Some("its length is none of 32, 40, 48, 56, 64 and 96")
    } else if u != 0 {
        Some("bits 64 to 71 are set, which RFC 6052 keeps zero")
    } else if address.is_multicast() || address.is_link_local() || address.is_martian() {
        Some("nothing there is reached through a router")
    } else if !is_for_translators(prefix) && (address.embeds_ipv4() || last.embeds_ipv4()) {
        Some("its addresses hide an IPv4 address in another way")
    } else {
        None
    }
}

/// `64:ff9b:1::/48`, for translators of one's own (RFC 8215).
fn is_for_translators(prefix: Ipv6Net) -> bool {
    prefix.network().segments().starts_with(&[0x64, 0xff9b, 1])
}

/// Whether two prefixes have an address in common.
pub(super) fn overlap(one: Ipv6Net, other: Ipv6Net) -> bool {
    one.contains(&other) || other.contains(&one)
}

/// The IPv4 prefix that a prefix within one of a translator stands for.
pub(super) fn inside(prefix: IpNet, translator: Ipv6Net) -> Option<IpNet> {
    let IpNet::V6(prefix) = prefix else {
        return None;
    };
    if !translator.contains(&prefix) {
        return None;
    }
    let (outer, length) = (translator.prefix_len(), prefix.prefix_len());
    // Bits 64 to 71 are none of the IPv4 address, whatever they are.
    let skipped = if outer < 96 {
        length.saturating_sub(64).min(8)
    } else {
        0
    };
    let length = length.saturating_sub(outer + skipped).min(32);
    let cleared = prefix.network().to_bits() & !(0xff << 56);
    let bits = if outer < 96 {
        cleared
    } else {
        prefix.network().to_bits()
    };
    let address = Address::v6(bits.to_be_bytes());
    let [a, b, c, d, ..] = crate::rows::translator(translator).inside(&address)?.bytes;
    let net = Ipv4Net::new(Ipv4Addr::new(a, b, c, d), length).ok()?;
    Some(net.trunc().into())
}

/// The address that a translator makes an IPv4 one of.
pub(crate) fn address(by: Ipv6Net, inside: Ipv4Addr) -> Ipv6Addr {
    let inside = u128::from(inside.to_bits());
    let bits = match by.prefix_len() {
        96 => inside,
        length => {
            // As if there were no bits 64 to 71, and then those behind them moved.
            let whole = inside << (96 - length.min(96));
            let upper = whole & !u128::from(u64::MAX);
            upper | ((whole & u128::from(u64::MAX)) >> 8)
        }
    };
    Ipv6Addr::from_bits(by.network().to_bits() | bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_that_can_lead_to_no_translator_is_told_why() {
        for (text, expected) in [
            ("2001:db8::/32", None),
            ("2001:db8:100::/40", None),
            ("2001:db8:122:344::/64", None),
            ("2001:db8:122:344::/96", None),
            ("64:ff9b:1::/48", None),
            ("64:ff9b:1:5::/96", None),
            ("192.0.2.0/24", Some("IPv4")),
            ("2001:db8::/33", Some("length")),
            ("2001:db8::/128", Some("length")),
            ("::/0", Some("length")),
            ("2001:db8:0:0:100::/96", Some("bits 64 to 71")),
            ("ff0e::/32", Some("through a router")),
            ("fe80::/64", Some("through a router")),
            ("2002::/32", Some("hide")),
            ("2001::/32", Some("hide")),
        ] {
            let why = unfit(net(text));
            match expected {
                Some(part) => assert!(why.unwrap().contains(part), "{text}: {why:?}"),
                None => assert_eq!(why, None, "{text}"),
            }
        }
    }

    #[test]
    fn a_prefix_within_one_stands_for_the_ipv4_prefix_inside() {
        for (prefix, translator, expected) in [
            ("64:ff9b::/96", "64:ff9b::/96", Some("0.0.0.0/0")),
            (
                "64:ff9b::c000:200/120",
                "64:ff9b::/96",
                Some("192.0.2.0/24"),
            ),
            ("2001:db8::/32", "2001:db8::/32", Some("0.0.0.0/0")),
            (
                "2001:db8:c000:221::/64",
                "2001:db8::/32",
                Some("192.0.2.33/32"),
            ),
            (
                "2001:db8:c000:221::/128",
                "2001:db8::/32",
                Some("192.0.2.33/32"),
            ),
            (
                "2001:db8:1c0:2::/64",
                "2001:db8:100::/40",
                Some("192.0.2.0/24"),
            ),
            (
                "2001:db8:1c0:2:20::/75",
                "2001:db8:100::/40",
                Some("192.0.2.32/27"),
            ),
            (
                "2001:db8:1c0:2:2100::/68",
                "2001:db8:100::/40",
                Some("192.0.2.0/24"),
            ),
            (
                "2001:db8:122:344:c0:2:2100::/128",
                "2001:db8:122:344::/64",
                Some("192.0.2.33/32"),
            ),
            ("2001:db8::/31", "2001:db8::/32", None),
            ("2001:db9::/32", "2001:db8::/32", None),
            ("192.0.2.1/32", "2001:db8::/32", None),
        ] {
            let IpNet::V6(translator) = net(translator) else {
                panic!("{translator}");
            };
            let expected = expected.map(net);
            assert_eq!(inside(net(prefix), translator), expected, "{prefix}");
        }
    }

    #[test]
    fn an_address_that_is_made_is_read_as_it_was() {
        for by in [
            "2001:db8::/32",
            "2001:db8:100::/40",
            "2001:db8:122::/48",
            "2001:db8:122:300::/56",
            "2001:db8:122:344::/64",
            "2001:db8:122:344::/96",
        ] {
            let by: Ipv6Net = by.parse().unwrap();
            let v4 = Ipv4Addr::new(192, 0, 2, 33);
            let made = Address::v6(address(by, v4).octets());
            let translator = crate::rows::translator(by);
            assert!(translator.covers(&made), "{by}");
            assert_eq!(
                translator.inside(&made),
                Some(Address::v4(v4.octets())),
                "{by}"
            );
        }
        let by = "2001:db8:122::/48".parse().unwrap();
        let made = address(by, Ipv4Addr::new(192, 0, 2, 33));
        assert_eq!(
            made,
            "2001:db8:122:c000:2:2100::".parse::<Ipv6Addr>().unwrap()
        );
    }

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }
}
