//! What a text must look like, as regular expressions of ECMA 262. They say as much of what the
//! parsers beside this module say as can be said of a text by itself.

use crate::policy::Protocol;

/// Of a list, a group or a camera.
pub(super) const NAME: &str = "^[A-Za-z0-9._-]{1,63}$";

/// An octet of an IPv4 address.
const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

/// Sixteen bits of an IPv6 address.
const WORD: &str = "[0-9A-Fa-f]{1,4}";

/// A port, never zero.
const PORT: &str =
    "(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})";

/// A name that is not also an address.
pub(super) fn list_name() -> String {
    let (address, name) = (v4(), NAME.trim_start_matches('^'));
    format!("^(?!{address}$){name}")
}

/// The name of a list where it could be taken for an address: text with dots that is not all
/// digits.
pub(super) fn list_reference() -> String {
    let name = NAME.trim_start_matches('^');
    format!(r"^(?![0-9-]*\.[0-9.-]*$){name}")
}

/// An interface's name or a pattern of names: 15 characters that the kernel allows, and any number
/// of `*`.
pub(super) fn interface() -> String {
    r"^(?!\.{0,2}$)(?:\**[^\s/:*\u0000-\u001f\u007f-\u009f]){0,15}\**$".to_owned()
}

/// An address or a prefix; of IPv4 addresses within IPv6 the usual spellings are refused.
pub(super) fn prefix() -> String {
    let (v4, v6, within) = (v4_prefix(), v6_prefix(), v4_within_v6());
    format!("^{within}(?:{v4}|{v6})$")
}

/// A prefix that a source address can be in.
pub(super) fn source() -> String {
    let (v4, v6, within) = (v4_prefix(), v6_prefix(), v4_within_v6());
    let never = [
        // Multicast; 224.0.0.0/3 is more than that.
        r"(?:22[4-9]|23[0-9])\.[0-9.]+(?:/(?:[4-9]|[12][0-9]|3[0-2]))?$",
        "[fF]{2}[0-9A-Fa-f]{2}:",
        // Loopback.
        r"127\.",
        "::1(?:/128)?$",
        // Unspecified, broadcast.
        r"0\.0\.0\.0(?:/32)?$",
        "::(?:/128)?$",
        r"255\.255\.255\.255(?:/32)?$",
    ]
    .join("|");
    format!("^(?!{never}){within}(?:{v4}|{v6})$")
}

/// A prefix that IPv4 addresses are translated to (RFC 6052).
pub(super) fn nat64() -> String {
    let v6 = v6();
    format!("^{v6}/(?:32|40|48|56|64|96)$")
}

/// A MAC address that a frame can come from, or what the registry assigned of one.
pub(super) fn mac() -> String {
    let octet = "[0-9A-Fa-f]{2}";
    // The lowest bit of the first octet is that of multicast.
    let first = "[0-9A-Fa-f][02468ACEace]";
    let zero = "00(?:[:-]00){5}(?:/48)?$";
    let rest = [
        format!(r"(?:\1{octet}){{3}}(?:/48)?"),
        r"(?:(?:\100){0,3}/24)?".to_owned(),
        r"\1[0-9A-Fa-f]0(?:\100){0,2}/28".to_owned(),
        format!(r"\1{octet}\1[0-9A-Fa-f]0(?:\100)?/36"),
    ]
    .join("|")
    // `\100` is not the first group and two zeroes.
    .replace(r"\100", r"\1(?:00)");
    format!(r"^(?!{zero}){first}([:-]){octet}\1{octet}(?:{rest})$")
}

/// A transport protocol and a port, or a range of ports.
pub(super) fn port() -> String {
    format!("^(?:tcp|udp)/{PORT}(?:-{PORT})?$")
}

/// The name of a protocol that rules may list.
pub(super) fn protocol() -> String {
    let names: Vec<String> = Protocol::names()
        .map(|name| name.replace('.', r"\."))
        .collect();
    format!("^(?:{})$", names.join("|"))
}

/// A date, or a date with a time and its offset (RFC 3339).
pub(super) fn time() -> String {
    let date = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])";
    let time = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?";
    let offset = "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";
    format!("^{date}(?:T{time}{offset})?$")
}

fn v4() -> String {
    format!(r"(?:{OCTET}\.){{3}}{OCTET}")
}

fn v4_prefix() -> String {
    let v4 = v4();
    format!("{v4}(?:/(?:3[0-2]|[12]?[0-9]))?")
}

fn v6_prefix() -> String {
    let v6 = v6();
    format!("{v6}(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?")
}

/// An IPv6 address (RFC 4291, 2.2), in which `::` stands for at least one word.
fn v6() -> String {
    let v4 = v4();
    let written_out = format!("(?:{WORD}:){{6}}(?:{WORD}:{WORD}|{v4})");
    let eight_words = format!(":{{0,2}}{WORD}(?::{{1,2}}{WORD}){{7}}");
    let six_words_and_v4 = format!(r":{{0,2}}{WORD}(?::{{1,2}}{WORD}){{5}}:{{1,2}}[0-9]+\.");
    let shortened = format!("(?:{WORD}(?::{WORD})*)?::(?:(?:{WORD}:)*(?:{WORD}|{v4}))?");
    format!("(?:{written_out}|(?!{eight_words}|{six_words_and_v4}){shortened})")
}

/// What an IPv6 prefix must not begin with: an IPv4 address as `::ffff:0:0/96` or
/// `64:ff9b::/96`.
fn v4_within_v6() -> String {
    let v4 = v4();
    let length = "(?:/(?:9[6-9]|1[01][0-9]|12[0-8]))?$";
    let mapped = format!("::[fF]{{4}}:(?:{v4}|{WORD}:{WORD}){length}");
    let nat64 = format!("0{{0,2}}64:[fF]{{2}}9[bB]::(?:{v4}|{WORD}(?::{WORD})?)?{length}");
    format!("(?!{mapped}|{nat64})")
}
