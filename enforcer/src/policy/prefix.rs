//! Addresses and prefixes, as people write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::nat64::{WELL_KNOWN, inside};
use crate::words::Shown;

/// Why a text is not a prefix that can be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PrefixError {
    /// It is not written as a prefix; with advice.
    Malformed(Option<String>),
    /// There are bits past the length; with the prefix that has none.
    HostBits(IpNet),
    /// An IPv4 prefix written as IPv6; with the IPv4 prefix.
    Mapped(IpNet),
    /// Translated addresses; with the IPv4 prefix inside.
    Nat64(IpNet),
}

/// The prefix in `text`; a bare address is a prefix of its whole length.
pub(super) fn parse(text: &str) -> Result<IpNet, PrefixError> {
    let prefix = match text.split_once('/') {
        None => text.parse::<IpAddr>().ok().map(IpNet::from),
        Some((_, length)) if length.bytes().all(|digit| digit.is_ascii_digit()) => {
            text.parse().ok()
        }
        Some(_) => None,
    };
    let prefix = prefix.ok_or_else(|| PrefixError::Malformed(advice(text)))?;
    if prefix.trunc() != prefix {
        return Err(PrefixError::HostBits(prefix.trunc()));
    }
    if let Some(inside) = embedded(prefix, Ipv4Addr::UNSPECIFIED.to_ipv6_mapped()) {
        return Err(PrefixError::Mapped(inside));
    }
    Ok(prefix)
}

/// The prefix in `text`, or in words what is wrong with it and what would be right.
pub(crate) fn parse_or_tell(text: &str) -> Result<IpNet, String> {
    parse(text).map_err(|error| match error {
        PrefixError::Malformed(Some(advice)) => format!("not an address or a prefix; {advice}"),
        PrefixError::Malformed(None) => "not an address or a prefix, like 192.0.2.0/24".to_owned(),
        PrefixError::HostBits(meant) => format!(
            "there are bits past the length of {}; did you mean {meant}?",
            meant.prefix_len()
        ),
        PrefixError::Mapped(meant) | PrefixError::Nat64(meant) => {
            format!(
                "that is IPv4 written as IPv6; did you mean {}?",
                Shown(meant)
            )
        }
    })
}

/// The same, where some prefixes lead to translators.
pub(super) fn parse_among(text: &str, translators: &[Ipv6Net]) -> Result<IpNet, PrefixError> {
    let prefix = parse(text)?;
    let mut translators = translators.iter().chain([&WELL_KNOWN]);
    match translators.find_map(|&translator| inside(prefix, translator)) {
        Some(inside) => Err(PrefixError::Nat64(inside)),
        None => Ok(prefix),
    }
}

/// Whether someone who wrote this had a prefix in mind, rather than a name.
pub(super) fn is_likely(text: &str) -> bool {
    let numeric = |letter: char| letter.is_ascii_digit() || ".*-".contains(letter);
    text.contains(['/', ':', '%']) || (text.contains('.') && text.chars().all(numeric))
}

/// Where a source address can never be: what such a place is called.
pub(super) fn never_a_source(prefix: IpNet) -> Option<&'static str> {
    let first = prefix.network();
    let last = prefix.broadcast();
    let both = |is: fn(&IpAddr) -> bool| is(&first) && is(&last);
    if both(IpAddr::is_multicast) {
        Some("a multicast address")
    } else if both(IpAddr::is_loopback) {
        Some("a loopback address")
    } else if both(IpAddr::is_unspecified) {
        Some("the unspecified address")
    } else if both(|address| *address == IpAddr::V4(Ipv4Addr::BROADCAST)) {
        Some("the broadcast address")
    } else {
        None
    }
}

/// The IPv4 prefix that the last 32 bits of an IPv6 prefix inside `base`/96 are.
fn embedded(prefix: IpNet, base: Ipv6Addr) -> Option<IpNet> {
    let IpNet::V6(prefix) = prefix else {
        return None;
    };
    let base = Ipv6Net::new(base, 96).ok()?;
    let length = prefix
        .prefix_len()
        .checked_sub(96)
        .filter(|_| base.contains(&prefix))?;
    let [.., a, b, c, d] = prefix.addr().octets();
    Ipv4Net::new(Ipv4Addr::new(a, b, c, d), length)
        .ok()
        .map(IpNet::from)
}

fn advice(text: &str) -> Option<String> {
    if let Some((address, mask)) = text.split_once('/')
        && let (Ok(address), Ok(mask)) = (address.parse(), mask.parse())
        && let Ok(prefix) = IpNet::with_netmask(address, mask)
    {
        return Some(format!("did you mean {}?", prefix.trunc()));
    }
    if let Some(prefix) = starred(text) {
        return Some(format!("did you mean {prefix}?"));
    }
    if let Some((address, _)) = text.split_once('%')
        && address.parse::<Ipv6Addr>().is_ok()
    {
        return Some(format!("an address here has no zone: {address}"));
    }
    if let Some((address, length)) = text.split_once('/')
        && let (Ok(address), Ok(_)) = (address.parse::<IpAddr>(), length.parse::<u32>())
    {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        return Some(format!("a length of 0 to {longest} goes with {address}"));
    }
    if let Some((first, last)) = text.split_once('-')
        && first.trim().parse::<IpAddr>().is_ok()
        && last.trim().parse::<IpAddr>().is_ok()
    {
        return Some("write a range as the prefixes it is made of".to_owned());
    }
    if let Some(address) = unbracketed(text) {
        return Some(format!("ports stand in `ports:`; did you mean {address}?"));
    }
    if text.chars().any(|letter| letter.is_ascii_alphabetic()) && !text.contains(':') {
        return Some(
            "write its addresses: a host name would let a DNS server decide what is allowed".into(),
        );
    }
    None
}

/// The prefix of `192.0.2.*`.
fn starred(text: &str) -> Option<IpNet> {
    let known = text.trim_end_matches(['*', '.']);
    let stars = text.split('.').filter(|octet| *octet == "*").count();
    let length = 32
        - 8 * u8::try_from(stars)
            .ok()
            .filter(|stars| (1..=4).contains(stars))?;
    let address = text
        .replace('*', "0")
        .parse()
        .ok()
        .filter(|_| !known.contains('*'))?;
    Ipv4Net::new(address, length).ok().map(IpNet::from)
}

/// The address of `192.0.2.1:554` and `[2001:db8::1]:554`.
fn unbracketed(text: &str) -> Option<IpAddr> {
    let (address, _) = text.rsplit_once(':')?;
    let bare = address
        .strip_prefix('[')
        .and_then(|address| address.strip_suffix(']'));
    match bare {
        Some(address) => address.parse().ok(),
        None => address.parse::<Ipv4Addr>().ok().map(IpAddr::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_address_is_a_prefix_of_its_whole_length() {
        assert_eq!(parse("192.0.2.1"), Ok("192.0.2.1/32".parse().unwrap()));
        assert_eq!(parse("2001:db8::1"), Ok("2001:db8::1/128".parse().unwrap()));
        assert_eq!(parse("0.0.0.0/0"), Ok("0.0.0.0/0".parse().unwrap()));
        assert_eq!(parse("::/0"), Ok("::/0".parse().unwrap()));
    }

    #[test]
    fn a_prefix_that_cannot_be_judged_is_refused() {
        for (text, expected) in [
            ("10.20.0.1/16", PrefixError::HostBits(net("10.20.0.0/16"))),
            (
                "2001:db8::1/64",
                PrefixError::HostBits(net("2001:db8::/64")),
            ),
            (
                "::ffff:192.0.2.0/120",
                PrefixError::Mapped(net("192.0.2.0/24")),
            ),
        ] {
            assert_eq!(parse(text), Err(expected), "{text}");
        }
        let own = ["2001:db8:64::/48".parse().unwrap()];
        for (text, inside) in [
            ("64:ff9b::192.0.2.1", "192.0.2.1/32"),
            ("64:ff9b::/96", "0.0.0.0/0"),
            ("2001:db8:64:c000::/72", "192.0.0.0/16"),
        ] {
            let error = PrefixError::Nat64(net(inside));
            assert_eq!(parse_among(text, &own), Err(error), "{text}");
        }
        let around = parse_among("2001:db8::/32", &own);
        assert_eq!(around, Ok(net("2001:db8::/32")));
    }

    #[test]
    fn a_malformed_prefix_gets_the_advice_it_needs() {
        for (text, part) in [
            ("10.0.0.0/255.255.0.0", "did you mean 10.0.0.0/16?"),
            ("10.0.0.0/33", "0 to 32"),
            ("2001:db8::/129", "0 to 128"),
            ("fe80::1%eth0", "no zone: fe80::1"),
            ("10.1.*.*", "did you mean 10.1.0.0/16?"),
            ("192.0.2.1-192.0.2.9", "prefixes it is made of"),
            ("192.0.2.1:554", "did you mean 192.0.2.1?"),
            ("[2001:db8::1]:554", "did you mean 2001:db8::1?"),
            ("ntp.example/24", "write its addresses"),
        ] {
            let Err(PrefixError::Malformed(Some(advice))) = parse(text) else {
                panic!("{text} gets no advice");
            };
            assert!(advice.contains(part), "{text}: {advice}");
        }
        for text in [
            "",
            "/",
            "10.0.0",
            "010.0.0.1",
            "10.0.0.1/",
            "10.*.0.*",
            "1:2",
        ] {
            assert_eq!(parse(text), Err(PrefixError::Malformed(None)), "{text}");
        }
    }

    #[test]
    fn a_name_is_not_taken_for_a_prefix() {
        for (text, expected) in [
            ("recorder", false),
            ("site-1.lan", false),
            ("10.0.0.256", true),
            ("10.0.*", true),
            ("a/24", true),
            ("fd00:x", true),
            ("12", false),
        ] {
            assert_eq!(is_likely(text), expected, "{text}");
        }
    }

    #[test]
    fn some_places_are_never_a_source() {
        for (text, expected) in [
            ("224.0.0.0/4", true),
            ("ff02::1/128", true),
            ("127.0.0.0/8", true),
            ("::1/128", true),
            ("0.0.0.0/32", true),
            ("::/128", true),
            ("255.255.255.255/32", true),
            ("0.0.0.0/0", false),
            ("192.0.2.0/24", false),
        ] {
            assert_eq!(never_a_source(net(text)).is_some(), expected, "{text}");
        }
    }

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }
}
