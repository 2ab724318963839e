//! `match:`, and that no two cameras are known by the same.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use ipnet::IpNet;

use super::Validation;
use super::fields::Fields;
use crate::policy::document::Entry;
use crate::policy::mac::MacError;
use crate::policy::place::{Located, Span};
use crate::policy::prefix;
use crate::policy::problem::{Problem, shown};
use crate::policy::schema::Match;
use crate::policy::{Identity, MacPrefix, NamePattern};

/// More combinations of one camera's lists than this are a mistake.
const MAX_CLAIMS: usize = 65_536;

/// What is claimed by the cameras so far, by whom and where.
#[derive(Default)]
pub(super) struct Claims<'d>(HashMap<Claim, (&'d str, Span)>);

/// One combination that a camera is known by. Where a MAC address is given, an IP address beside it
/// binds and does not select, so it is no part of this.
#[derive(PartialEq, Eq, Hash)]
struct Claim {
    mac: Option<MacPrefix>,
    ip: Option<IpNet>,
    vlan: Option<u16>,
    interface: Option<NamePattern>,
}

/// What a camera is known by first of all.
struct Principal {
    /// What this is called.
    key: &'static str,
    mac: Option<MacPrefix>,
    ip: Option<IpNet>,
    at: Span,
}

/// Where the first value of a key of `match` stands, if there is one.
pub(super) struct Places {
    pub(super) ip: Option<Span>,
    pub(super) interface: Option<Span>,
}

/// The values of `match`, each with its place.
#[derive(Default)]
struct Values {
    mac: Vec<Located<MacPrefix>>,
    ip: Vec<Located<IpNet>>,
    vlan: Vec<Located<u16>>,
    interface: Vec<Located<NamePattern>>,
}

impl<'d> Validation<'_, '_> {
    pub(super) fn identity(
        &mut self,
        camera: &Fields<'_>,
        name: &'d str,
        claims: &mut Claims<'d>,
    ) -> Option<(Identity, Places)> {
        let entry = camera.required("match", self.problems)?;
        let place = Located {
            value: "`match`".to_owned(),
            at: entry.key.at,
        };
        let before = self.problems.len();
        let fields = self.fields::<Match>(&entry.value, &place)?;
        if fields.is_empty() {
            self.problems.report(
                entry.key.at,
                Problem::EmptyMatch {
                    camera: shown(name),
                },
            );
            return None;
        }
        let values = Values {
            mac: self.values(&fields, "mac", "a MAC address", Self::mac),
            ip: self.values(&fields, "ip", "an address or prefix", Self::source),
            vlan: self.values(&fields, "vlan", "a number from 1 to 4094", Self::vlan),
            interface: self.values(&fields, "interface", "an interface's name", Self::pattern),
        };
        if self.problems.len() > before {
            // What could not be read might be what tells this camera apart.
            return None;
        }
        self.claim(&values, name, entry, claims);
        let places = Places {
            ip: values.ip.first().map(|ip| ip.at),
            interface: values.interface.first().map(|row| row.at),
        };
        Some((values.into_identity(), places))
    }

    /// The values of one key, each once.
    fn values<T: Clone + Eq + Hash>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        expected: &'static str,
        read: fn(&mut Self, &str, Span) -> Option<T>,
    ) -> Vec<Located<T>> {
        let Some(entry) = fields.find(key) else {
            return Vec::new();
        };
        let mut seen = HashSet::new();
        let mut values = Vec::new();
        for node in self.items(entry) {
            let Some(text) = self.text(node, &format!("`{key}`"), expected) else {
                continue;
            };
            let value = read(self, text, node.at).filter(|value| seen.insert(value.clone()));
            values.extend(value.map(|value| Located { value, at: node.at }));
        }
        values
    }

    fn mac(&mut self, text: &str, at: Span) -> Option<MacPrefix> {
        let problem = match text.parse::<MacPrefix>() {
            Ok(mac) if mac.is_source() => return Some(mac),
            Ok(_) => Problem::MacNotASource { text: shown(text) },
            Err(MacError::Malformed(meant)) => Problem::BadMac {
                text: shown(text),
                meant,
            },
            Err(MacError::Length(length)) => Problem::BadMacLength {
                text: shown(text),
                length,
            },
            Err(MacError::HostBits(meant)) => {
                let length = meant.bits;
                Problem::HostBitsSet {
                    text: shown(text),
                    length,
                    meant: meant.to_string(),
                }
            }
        };
        self.problems.report(at, problem);
        None
    }

    fn source(&mut self, text: &str, at: Span) -> Option<IpNet> {
        let prefix = self.prefix(text, at)?;
        let Some(what) = prefix::never_a_source(prefix) else {
            return Some(prefix);
        };
        self.problems.report(
            at,
            Problem::IpNotASource {
                text: shown(text),
                what,
            },
        );
        None
    }

    fn vlan(&mut self, text: &str, at: Span) -> Option<u16> {
        let digits = text.bytes().all(|digit| digit.is_ascii_digit());
        let vlan = text
            .parse()
            .ok()
            .filter(|vlan| digits && (1..=4094).contains(vlan));
        if vlan.is_none() {
            let (text, meant) = (shown(text), in_another_base(text));
            self.problems.report(at, Problem::BadVlan { text, meant });
        }
        vlan
    }

    fn claim(&mut self, values: &Values, camera: &'d str, entry: &Entry, claims: &mut Claims<'d>) {
        if values.claims() > MAX_CLAIMS {
            let what = format!("the lists of camera `{camera}` combine to too many identities");
            self.problems.report(
                entry.key.at,
                Problem::TooLarge {
                    what,
                    limit: MAX_CLAIMS,
                },
            );
            return;
        }
        for Principal { key, mac, ip, at } in values.principals() {
            let taken = values.places().find_map(|(vlan, interface)| {
                let claim = Claim {
                    mac,
                    ip,
                    vlan: vlan.copied(),
                    interface: interface.cloned(),
                };
                let (first_camera, first) = *claims.0.entry(claim).or_insert((camera, at));
                (first_camera != camera).then_some((first_camera, first))
            });
            if let Some((first_camera, first)) = taken {
                let (camera, first_camera) = (shown(camera), shown(first_camera));
                self.problems.report(
                    at,
                    Problem::SameIdentity {
                        camera,
                        first_camera,
                        key,
                        first,
                    },
                );
            }
        }
    }
}

impl Values {
    fn claims(&self) -> usize {
        let principal = if self.mac.is_empty() {
            self.ip.len()
        } else {
            self.mac.len()
        };
        [principal, self.vlan.len(), self.interface.len()]
            .into_iter()
            .fold(1, |product: usize, length| {
                product.saturating_mul(length.max(1))
            })
    }

    /// A camera with neither MAC nor IP address is known by its VLAN or interface alone.
    fn principals(&self) -> Vec<Principal> {
        if !self.mac.is_empty() {
            let macs = self.mac.iter();
            return macs
                .map(|mac| Principal::new("MAC address", mac.at).mac(mac.value))
                .collect();
        }
        if !self.ip.is_empty() {
            let ips = self.ip.iter();
            return ips
                .map(|ip| Principal::new("IP address", ip.at).ip(ip.value))
                .collect();
        }
        let vlan = self
            .vlan
            .first()
            .map(|vlan| Principal::new("VLAN", vlan.at));
        let interface = self
            .interface
            .first()
            .map(|row| Principal::new("interface", row.at));
        vlan.or(interface).into_iter().collect()
    }

    /// Every VLAN with every interface; `None` where it does not matter.
    fn places(&self) -> impl Iterator<Item = (Option<&u16>, Option<&NamePattern>)> {
        or_none(&self.vlan)
            .flat_map(|vlan| or_none(&self.interface).map(move |interface| (vlan, interface)))
    }

    fn into_identity(self) -> Identity {
        fn plain<T>(located: Vec<Located<T>>) -> Vec<T> {
            located.into_iter().map(|located| located.value).collect()
        }
        Identity {
            mac: plain(self.mac),
            ip: plain(self.ip),
            vlan: plain(self.vlan),
            interface: plain(self.interface),
        }
    }
}

impl Principal {
    const fn new(key: &'static str, at: Span) -> Self {
        Self {
            key,
            mac: None,
            ip: None,
            at,
        }
    }

    const fn mac(self, mac: MacPrefix) -> Self {
        Self {
            mac: Some(mac),
            ..self
        }
    }

    const fn ip(self, ip: IpNet) -> Self {
        Self {
            ip: Some(ip),
            ..self
        }
    }
}

/// The VLAN identifier of `0x32` and `0o62`.
fn in_another_base(text: &str) -> Option<u16> {
    let (digits, base) = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) => (digits, 8),
        (None, None) => return None,
    };
    let vlan = u16::from_str_radix(digits, base).ok();
    vlan.filter(|vlan| (1..=4094).contains(vlan))
}

fn or_none<T>(values: &[Located<T>]) -> impl Iterator<Item = Option<&T>> {
    let none = values.is_empty().then_some(None);
    values.iter().map(|value| Some(&value.value)).chain(none)
}
