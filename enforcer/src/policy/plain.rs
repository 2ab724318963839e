//! Lines of list files as nearly all are written, read fast: a million of them are what takes time.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// The IPv4 prefix on the first line of a text, where nothing else stands there, and how many bytes the line
/// takes with its end. Nearly all of a long list is written so; whatever else a line holds, [`super::prefix`] says
/// what it is.
pub(super) fn first_line(text: &[u8]) -> Option<(Ipv4Net, usize)> {
    let (mut address, mut rest) = number(text)?;
    for _ in 1..4 {
        let (octet, after) = number(rest.strip_prefix(b".")?)?;
        address = address << 8 | octet;
        rest = after;
    }
    let mut length = 32;
    if let Some(after) = rest.strip_prefix(b"/") {
        (length, rest) = number(after)?;
    }
    let rest = match rest {
        [] => rest,
        [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => rest,
        _ => return None,
    };
    let prefix = Ipv4Net::new(Ipv4Addr::from_bits(address), u8::try_from(length).ok()?).ok()?;
    (prefix.trunc() == prefix).then_some((prefix, text.len() - rest.len()))
}

/// The number up to 255 that a text begins with, without zeroes in front, and what comes after.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let (first, mut rest) = text.split_first()?;
    let mut number = digit(first)?;
    while let Some((next, after)) = rest.split_first()
        && let Some(digit) = digit(next)
    {
        // So it never grows past what it may be, and no zero stands in front.
        if number == 0 || number > 25 {
            return None;
        }
        number = 10 * number + digit;
        rest = after;
    }
    (number <= 255).then_some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::prefix;

    #[test]
    fn a_plain_line_is_read_as_what_it_says() {
        for (line, rest) in [
            ("0.0.0.0/0\n", ""),
            ("192.0.2.1", ""),
            ("192.0.2.0/24", ""),
            ("255.255.255.255/32\n", "10.0.0.0/8\n"),
            ("10.20.0.0/16\n", "\n"),
            ("10.20.0.0/16\r\n", "\r\n"),
        ] {
            let text = format!("{line}{rest}");
            let (prefix, length) = first_line(text.as_bytes()).unwrap();
            assert_eq!(
                Ok(prefix.into()),
                prefix::parse(line.trim_end()),
                "{text:?}"
            );
            assert_eq!(length, line.len(), "{text:?}");
        }
    }

    #[test]
    fn a_line_that_is_not_plain_is_left_to_be_looked_at() {
        for text in [
            "",
            "\n",
            "#",
            " 10.0.0.0/8",
            "10.0.0.0/8 ",
            "10.0.0.0/8 # all",
            "10.0.0.0/8\r",
            "10.0.0/8",
            "10.0.0.0.0/8",
            "10.0.0.0/33",
            "10.0.0.0/256",
            "10.0.0.1/8",
            "10.0.0.0/08",
            "10.0.0.0/",
            "10.00.0.0/8",
            "010.0.0.0/8",
            "256.0.0.0/8",
            "4294967296.0.0.0/8",
            "10.0.0.-1",
            "2001:db8::/32",
        ] {
            assert_eq!(first_line(text.as_bytes()), None, "{text:?}");
        }
    }
}
