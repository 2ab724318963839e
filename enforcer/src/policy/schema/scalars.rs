//! The single values, each with what it may look like.

#![expect(
    dead_code,
    reason = "these are described and never made: a policy is read with the places of its values"
)]

use schemars::JsonSchema;
use serde::Deserialize;

use super::patterns;

/// The name of a list.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(extend(
    "patternErrorMessage" = "1 to 63 characters of A-Z a-z 0-9 . _ - and no address"
))]
pub(super) struct ListName(#[schemars(regex(pattern = patterns::list_name()))] String);

/// The name of a group.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(inline, extend("patternErrorMessage" = "1 to 63 characters of A-Z a-z 0-9 . _ -"))]
pub(super) struct GroupName(#[schemars(regex(pattern = patterns::NAME))] String);

/// The name of a camera.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(extend("patternErrorMessage" = "1 to 63 characters of A-Z a-z 0-9 . _ -"))]
pub(super) struct CameraName(#[schemars(regex(pattern = patterns::NAME))] String);

/// The name of an interface; `*` stands for any characters, `?` for one.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(extend(
    "patternErrorMessage" = "a name has 1 to 15 characters, without white space, / and :"
))]
pub(super) struct InterfaceName(#[schemars(regex(pattern = patterns::interface()))] String);

/// The name of a list that `prefixes` defines.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("patternErrorMessage" = "write an address, a prefix, or the name of a list"))]
pub(super) struct ListReference(#[schemars(regex(pattern = patterns::list_reference()))] String);

/// An address, or a prefix without bits past its length.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("patternErrorMessage" = "write an address, a prefix, or the name of a list"))]
pub(super) struct Prefix(#[schemars(regex(pattern = patterns::prefix()))] String);

/// An address that a camera can have, or a prefix of such.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend(
    "patternErrorMessage" = "write an address that a camera can have, or a prefix of such"
))]
pub(super) struct SourcePrefix(#[schemars(regex(pattern = patterns::source()))] String);

/// An IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits (RFC 6052).
#[derive(Deserialize, JsonSchema)]
#[schemars(extend(
    "patternErrorMessage" = "write an IPv6 prefix with a length of 32, 40, 48, 56, 64 or 96"
))]
pub(super) struct Nat64Prefix(#[schemars(regex(pattern = patterns::nat64()))] String);

/// A MAC address, or its first 24, 28 or 36 bits.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend(
    "patternErrorMessage" = "write 44:19:b6:5d:3a:01, 44:19:b6 or 44:19:b6:d0:00:00/28"
))]
pub(super) struct Mac(#[schemars(regex(pattern = patterns::mac()))] String);

/// The number of a VLAN.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Vlan(#[schemars(range(min = 1, max = 4094))] u16);

/// A protocol and a port, or a range of ports.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("patternErrorMessage" = "write tcp/554 or udp/8000-8010"))]
pub(super) struct Port(#[schemars(regex(pattern = patterns::port()))] String);

/// A date, which is its first second in UTC, or a date and time with an offset.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("patternErrorMessage" = "write 2030-01-01 or 2030-01-01T08:00:00+01:00"))]
pub(super) struct Time(#[schemars(regex(pattern = patterns::time()))] String);

/// The name of an IP protocol, in lower case as IANA lists it, or its number.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(extend("not" = {"enum": [0, 1, 6, 17, 43, 44, 58, 60, 135, 139, 140, 253, 254]}))]
pub(super) enum Protocol {
    Name(ProtocolName),
    Number(#[schemars(range(min = 0, max = 255))] u8),
}

/// The name of an IP protocol that is neither judged by ports or types nor a header before another.
#[derive(Deserialize, JsonSchema)]
#[schemars(
    inline,
    extend("patternErrorMessage" = "write a protocol like gre or esp; TCP and UDP stand in `ports`")
)]
pub(super) struct ProtocolName(#[schemars(regex(pattern = patterns::protocol()))] String);

/// The version of the policy's format.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("const" = 1))]
pub(super) struct Version(i32);
