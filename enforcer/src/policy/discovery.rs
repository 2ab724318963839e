//! `discovery:`: by which protocols a camera may look for others on its link.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// A protocol by which devices look for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Search {
    /// SSDP, by which `UPnP` devices are found: udp/1900.
    Ssdp,
    /// WS-Discovery, by which ONVIF devices are found: udp/3702.
    WsDiscovery,
    /// Multicast DNS: udp/5353.
    Mdns,
    /// Link-local multicast name resolution: udp/5355.
    Llmnr,
    /// What Hikvision's devices are found by: udp/37020.
    Sadp,
    /// What Dahua's devices are found by: udp/37810.
    Dhip,
    /// Reports of group membership: IGMP, and MLD for IPv6.
    Igmp,
}

/// Some of these protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Discovery(u8);

impl Search {
    /// Each, with its name.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("ssdp", Self::Ssdp),
        ("ws-discovery", Self::WsDiscovery),
        ("mdns", Self::Mdns),
        ("llmnr", Self::Llmnr),
        ("sadp", Self::Sadp),
        ("dhip", Self::Dhip),
        ("igmp", Self::Igmp),
    ];

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Discovery {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// All of them.
    pub const ALL: Self = Self((1 << Search::NAMES.len()) - 1);

    /// These and one more.
    #[must_use]
    pub const fn with(self, search: Search) -> Self {
        Self(self.0 | search.bit())
    }

    /// These and others.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether one of them is allowed.
    pub const fn allows(self, search: Search) -> bool {
        self.0 & search.bit() != 0
    }
}

/// As a policy writes it: `drop`, `allow` or `[ssdp, mdns]`.
impl fmt::Display for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.write_str("drop"),
            Self::ALL => f.write_str("allow"),
            some => {
                let all = Search::NAMES.into_iter();
                let allowed = all.filter(|&(_, search)| some.allows(search));
                let names: Vec<&str> = allowed.map(|(name, _)| name).collect();
                write!(f, "[{}]", names.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema::words;

    #[test]
    fn some_protocols_are_told_as_a_policy_writes_them() {
        let some = Discovery::NONE.with(Search::Mdns).with(Search::Ssdp);
        for (discovery, expected) in [
            (Discovery::NONE, "drop"),
            (some, "[ssdp, mdns]"),
            (some.with(Search::Ssdp), "[ssdp, mdns]"),
            (Discovery::ALL, "allow"),
        ] {
            assert_eq!(discovery.to_string(), expected);
        }
        let all = Search::NAMES.into_iter();
        let all = all.fold(Discovery::NONE, |all, (_, search)| all.with(search));
        assert_eq!(all, Discovery::ALL);
    }

    #[test]
    fn the_names_are_those_that_a_policy_is_read_with() {
        assert_eq!(words::<Search>(), Search::NAMES);
    }

    #[test]
    fn a_protocol_is_allowed_if_it_is_among_them() {
        for (name, search) in Search::NAMES {
            let alone = Discovery::NONE.with(search);
            for (other, another) in Search::NAMES {
                assert_eq!(alone.allows(another), name == other, "{name} {other}");
            }
        }
    }
}
