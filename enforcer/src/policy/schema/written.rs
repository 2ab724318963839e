//! The mappings that a policy is made of. The comments here are what editors show: what a key
//! means, what holds without it, and an example.

#![expect(
    dead_code,
    reason = "these are described and never made: a policy is read with the places of its values"
)]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scalars::{
    CameraName, GroupName, InterfaceName, ListName, ListReference, Mac, Nat64Prefix, Port, Prefix,
    Protocol, SourcePrefix, Time, Version, Vlan,
};
use super::shapes::{OneOrList, OneToEight, Optional};
use crate::policy::{Attach, Search, Unlisted};

/// What cameras may reach, and where they are. Whatever it does not allow is dropped.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Policy of enforcer, version 1", extend("dependencies" = until_needs_audit()))]
pub(in crate::policy) struct Document {
    /// The version of the policy's format. The number 1; any other is refused. Required.
    #[schemars(extend("examples" = [1]))]
    version: Version,
    /// Whether what is not allowed is dropped, or only told of. A group and a camera may have a mode
    /// of their own, which then holds for them. Default: `enforce`.
    #[serde(default)]
    #[schemars(extend("examples" = ["audit"]))]
    mode: ModeWord,
    /// When `mode: audit` beside it ends and `enforce` holds: a date, which is its first second in
    /// UTC, or a date and time with an offset. Default: never.
    #[serde(default)]
    #[schemars(extend("examples" = ["2030-01-01", "2030-01-01T08:00:00+01:00"]))]
    until: Optional<Time>,
    /// IPv6 prefixes, one to eight of 32, 40, 48, 56, 64 or 96 bits, to which a NAT64 of yours
    /// translates. What goes there is judged as the IPv4 address inside. Default: `64:ff9b::/96`
    /// alone, which counts always.
    #[serde(default)]
    #[schemars(extend("examples" = ["2001:db8:64::/96"]))]
    nat64: Optional<OneToEight<Nat64Prefix>>,
    /// The interfaces that cameras sit behind, by name or pattern: the ports, not the bridge above
    /// them. If several match, the one with the most literal characters holds. Required, at least one;
    /// of a directory of files, in one of them.
    #[serde(default)]
    #[schemars(extend(
        "minProperties" = 1,
        "examples" = [{"lan-cam*": {"attach": "auto", "unlisted": "drop"}}]
    ))]
    interfaces: Optional<BTreeMap<InterfaceName, Option<InterfaceKeys>>>,
    /// Lists of addresses and prefixes that have a name, for `to` and `except`. Default: none.
    #[serde(default)]
    #[schemars(extend("examples" = [{"recorder": ["192.168.50.10", "fd00:50::10"]}]))]
    prefixes: Option<BTreeMap<ListName, List>>,
    /// What a kind of camera may reach. Default: none.
    #[serde(default)]
    #[schemars(extend(
        "examples" = [{"recorded": {"allow": [{"to": "recorder", "answer": "tcp/554"}]}}]
    ))]
    groups: Option<BTreeMap<GroupName, Option<GroupKeys>>>,
    /// The cameras: how each is known, and what group it is in. Default: none.
    #[serde(default)]
    #[schemars(extend(
        "examples" = [{"gate": {"match": {"mac": "44:19:b6:5d:3a:01"}, "group": "recorded"}}]
    ))]
    cameras: Option<BTreeMap<CameraName, CameraKeys>>,
}

/// What happens to a frame that the policy does not allow.
#[derive(Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::policy) enum ModeWord {
    /// It is dropped.
    #[default]
    Enforce,
    /// It is judged, counted and told, and passes.
    Audit,
}

/// How the program is attached to an interface, and what happens to devices that are no cameras.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::policy) struct InterfaceKeys {
    /// How the program is attached. `native` is faster and not possible with every driver.
    /// Default: `auto`.
    #[serde(default)]
    #[schemars(extend("examples" = ["generic"]))]
    attach: Attach,
    /// What happens to frames from a source that no camera claims. Default: `drop`.
    #[serde(default)]
    #[schemars(extend("examples" = ["pass"]))]
    unlisted: Unlisted,
}

/// What a kind of camera may reach. Without `allow` that is nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("dependencies" = until_needs_audit()))]
pub(in crate::policy) struct GroupKeys {
    /// Rules: a frame passes if one of them matches and none of `deny` does. Default: none.
    #[serde(default)]
    #[schemars(extend("examples" = [[{"to": "recorder", "answer": ["tcp/554", "udp/8000-8010"]}]]))]
    allow: Optional<OneOrList<AllowRule>>,
    /// Rules for destinations that are never reached, however narrow an `allow` for them is.
    /// Default: none.
    #[serde(default)]
    #[schemars(extend("examples" = [[{"to": "192.168.50.13"}]]))]
    deny: Optional<OneOrList<DenyRule>>,
    /// What a device says so that its link works. Default: ARP, DHCP and IPv6 neighbours are allowed,
    /// discovery is not.
    #[serde(default)]
    #[schemars(extend("examples" = [{"dhcp": "drop"}]))]
    link: Option<LinkKeys>,
    /// Whether what is not allowed is dropped, or only told of, for cameras of this group that have no
    /// mode of their own. Default: the policy's.
    #[serde(default)]
    #[schemars(extend("examples" = ["audit"]))]
    mode: Optional<ModeWord>,
    /// When `mode: audit` beside it ends and `enforce` holds: a date, which is its first second in
    /// UTC, or a date and time with an offset. Default: never.
    #[serde(default)]
    #[schemars(extend("examples" = ["2030-01-01", "2030-01-01T08:00:00+01:00"]))]
    until: Optional<Time>,
}

/// Lets through what goes to its destinations: with none of `ports`, `answer` and `protocols`, TCP and
/// UDP on all ports but udp/5351, and ICMP; with any of them, only what one of them names.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::policy) struct AllowRule {
    /// Destinations: addresses, prefixes, names of lists, list files. Multicast and broadcast
    /// addresses only if it names them. Required.
    #[schemars(extend("examples" = ["recorder", ["192.168.50.10", "2001:db8::/32"]]))]
    to: OneOrList<Destination>,
    /// What is taken out of `to` again, written like `to`; another rule may still allow it.
    /// Default: nothing.
    #[serde(default)]
    #[schemars(extend("examples" = ["192.168.50.13"]))]
    except: Optional<OneOrList<Destination>>,
    /// Destination ports that the camera may send to. Default: all, where `answer` and `protocols` are
    /// not there either.
    #[serde(default)]
    #[schemars(extend("examples" = ["tcp/443", ["udp/53", "udp/123"]]))]
    ports: Optional<OneOrList<Port>>,
    /// The camera's own ports, from which it may answer and never open a connection. Default: all,
    /// where `ports` and `protocols` are not there either.
    #[serde(default)]
    #[schemars(extend("examples" = ["tcp/554", ["tcp/80", "udp/8000-8010"]]))]
    answer: Optional<OneOrList<Port>>,
    /// IP protocols other than TCP, UDP and ICMP, by the name that IANA has for them in lower case or
    /// by number (0 to 255). Default: none.
    #[serde(default)]
    #[schemars(extend("examples" = ["gre", ["esp", 112]]))]
    protocols: Optional<OneOrList<Protocol>>,
}

/// Keeps its destinations out of reach, whatever `allow` says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::policy) struct DenyRule {
    /// Destinations: addresses, prefixes, names of lists, list files. Required.
    #[schemars(extend("examples" = ["192.168.50.13", ["management", "2001:db8:ff::/48"]]))]
    to: OneOrList<Destination>,
    /// What is taken out of `to` again, written like `to`; that is left to `allow`. Default: nothing.
    #[serde(default)]
    #[schemars(extend("examples" = ["192.168.50.14"]))]
    except: Optional<OneOrList<Destination>>,
}

/// Addresses, prefixes, names of other lists, and list files.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct List(OneOrList<Destination>);

/// An address, a prefix, the name of a list, or a list file.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Destination {
    Prefix(Prefix),
    List(ListReference),
    File(ListFile),
}

/// All prefixes of a file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::policy) struct ListFile {
    /// The path of a text file with one address or prefix a line; a relative one begins in the
    /// directory of the policy. Required.
    #[schemars(length(min = 1), extend("examples" = ["branches.txt"]))]
    file: String,
}

/// What a device says so that its link works.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(in crate::policy) struct LinkKeys {
    /// ARP in the camera's own name, and probes for addresses that it may use. Default: `allow`.
    #[serde(default = "Permission::allow")]
    #[schemars(extend("examples" = ["drop"]))]
    arp: Permission,
    /// DHCP of both families, from client to server. Default: `allow`.
    #[serde(default = "Permission::allow")]
    #[schemars(extend("examples" = ["drop"]))]
    dhcp: Permission,
    /// IPv6 neighbour and router solicitations, neighbour advertisements. Default: `allow`.
    #[serde(default = "Permission::allow")]
    #[schemars(extend("examples" = ["drop"]))]
    neighbours: Permission,
    /// How devices look for others, to multicast or broadcast addresses that no `deny` covers: all of
    /// it, or a list of what is allowed. Default: `drop`.
    #[serde(default)]
    #[schemars(extend("default" = "drop", "examples" = ["allow", ["ws-discovery", "mdns"]]))]
    discovery: Optional<Discovery>,
}

/// Whether something passes.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::policy) enum Permission {
    /// It passes.
    Allow,
    /// It is dropped.
    Drop,
}

impl Permission {
    const fn allow() -> Self {
        Self::Allow
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Discovery {
    All(Permission),
    One(Search),
    Some(#[schemars(length(min = 1))] Vec<Search>),
}

/// How a camera is known, and what it may reach.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("dependencies" = until_needs_audit()))]
pub(in crate::policy) struct CameraKeys {
    /// How its frames are known: within one key any value will do, of several keys all must hold.
    /// Required, with one key at least.
    #[schemars(extend("examples" = [{"mac": "44:19:b6:5d:3a:01", "ip": "192.168.50.21"}]))]
    r#match: Match,
    /// The name of its group. Required.
    #[schemars(extend("examples" = ["recorded"]))]
    group: GroupName,
    /// Whether what is not allowed is dropped, or only told of, for this camera. Default: its group's,
    /// else the policy's.
    #[serde(default)]
    #[schemars(extend("examples" = ["audit"]))]
    mode: Optional<ModeWord>,
    /// When `mode: audit` beside it ends and `enforce` holds: a date, which is its first second in
    /// UTC, or a date and time with an offset. Default: never.
    #[serde(default)]
    #[schemars(extend("examples" = ["2030-01-01", "2030-01-01T08:00:00+01:00"]))]
    until: Optional<Time>,
}

/// How the frames of a camera are known.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline, extend("minProperties" = 1))]
pub(in crate::policy) struct Match {
    /// MAC addresses, whole or their first 24, 28 or 36 bits, which the registry assigned to a maker.
    /// Default: any.
    #[serde(default)]
    #[schemars(extend("examples" = ["44:19:b6:5d:3a:01", ["44:19:b6", "44:19:b6:d0:00:00/28"]]))]
    mac: Optional<OneOrList<Mac>>,
    /// Addresses and prefixes. Beside `mac` they bind: a frame from any other address is dropped as
    /// spoofed, in IPv4 and IPv6. Default: any of its link.
    #[serde(default)]
    #[schemars(extend("examples" = ["192.168.50.21", ["192.168.50.21", "fd00:50::21"]]))]
    ip: Optional<OneOrList<SourcePrefix>>,
    /// VLANs, 1 to 4094; the outermost tag that names one counts. Default: any.
    #[serde(default)]
    #[schemars(extend("examples" = [50, [50, 51]]))]
    vlan: Optional<OneOrList<Vlan>>,
    /// Interfaces, by name or pattern. Default: any.
    #[serde(default)]
    #[schemars(extend("examples" = ["lan-cam1"]))]
    interface: Optional<OneOrList<InterfaceName>>,
}

/// `until` says when `audit` ends, so that must be written beside it.
fn until_needs_audit() -> serde_json::Value {
    serde_json::json!({
        "until": {"required": ["mode"], "properties": {"mode": {"const": "audit"}}}
    })
}
