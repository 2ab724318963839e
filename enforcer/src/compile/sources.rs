//! Which sources are whose: every combination of a camera's lists is one row, under the mask of the
//! keys that it is made of.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use enforcer_common::{
    Address, Source,
    table::{self, MAX_SHAPES, STRANGERS},
};
use ipnet::IpNet;

use super::{CapacityError, MAX_SOURCES};
use crate::numbering::CameraIds;
use crate::policy::{Identity, MacPrefix, Policy, Specificity};
use crate::rows;
use crate::topology::Topology;

/// The masks, the most specific first, and the rows under them in the same order.
pub(super) fn lay_out(
    policy: &Policy,
    topology: &Topology,
    ids: &CameraIds,
) -> Result<(Vec<Source>, Vec<(Source, table::Camera)>), CapacityError> {
    let known = claims(policy, topology, ids)?;
    let mut masks = Vec::new();
    let mut rows = Vec::with_capacity(known.len());
    let mut last = None;
    let mut number = 0_u16;
    for ((Reverse(shape), mut source), claim) in known {
        if last.replace(shape) != Some(shape) {
            let mut mask = shape.mask();
            number = u16::try_from(masks.len()).unwrap_or(u16::MAX);
            mask.shape = number;
            masks.push(mask);
        }
        source.shape = number;
        rows.push((source, claim.camera));
    }
    let room = usize::try_from(MAX_SHAPES).unwrap_or(usize::MAX);
    if masks.len() > room {
        let count = masks.len();
        return Err(CapacityError::Shapes { count });
    }
    Ok((masks, rows))
}

/// Every source that is some camera's, under its shape.
type Claims = BTreeMap<(Reverse<Shape>, Source), Claim>;

/// The keys that a row is made of. The greatest is the most specific; compared from the top.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    mac_bits: Option<u8>,
    /// Length and family.
    ip: Option<(u8, u8)>,
    vlan: bool,
    interface: bool,
}

/// Whose a source is, and by how narrow a pattern of the interface's name.
struct Claim {
    narrowness: Option<Specificity>,
    camera: table::Camera,
}

/// What a camera is known by before its place: by one of its MAC addresses, else by one of its IP
/// addresses, if it has any.
#[derive(Clone, Copy)]
enum Principal {
    Mac(MacPrefix),
    Ip(IpNet),
    Nothing,
}

/// Where frames come in: perhaps a VLAN, perhaps an interface.
#[derive(Clone, Copy)]
struct Place {
    vlan: Option<u16>,
    interface: Option<(u32, Specificity)>,
}

const ANYWHERE: Place = Place {
    vlan: None,
    interface: None,
};

fn claims(policy: &Policy, topology: &Topology, ids: &CameraIds) -> Result<Claims, CapacityError> {
    let mut claims = Claims::new();
    let mut misplaced = Vec::new();
    let mut count = 0_usize;
    for camera in &policy.cameras {
        let id = ids.id(&camera.name).unwrap_or(STRANGERS);
        let row = rows::camera(policy, camera, id);
        let places = places(&camera.identity, topology);
        let principals = principals(&camera.identity);
        count = count.saturating_add(places.len().saturating_mul(principals.len()));
        if count > MAX_SOURCES {
            return Err(CapacityError::Sources { count });
        }
        for &principal in &principals {
            for &place in &places {
                claim(&mut claims, principal, place, row);
            }
            if let Principal::Mac(mac) = principal
                && mac.bits == MacPrefix::BITS
                && camera.identity.is_placed()
            {
                misplaced.push((principal, row));
            }
        }
    }
    // A whole MAC address without a place is claimed last, by the first of those that nobody who
    // belongs there has claimed.
    for (principal, row) in misplaced {
        let key = (
            Reverse(Shape::new(principal, ANYWHERE)),
            source(principal, ANYWHERE),
        );
        claims.entry(key).or_insert(Claim {
            narrowness: None,
            camera: table::Camera {
                flags: row.flags | table::Camera::MISPLACED,
                ..row
            },
        });
    }
    Ok(claims)
}

/// Of several cameras with one key, that with the narrowest pattern gets it; of equals the first.
fn claim(claims: &mut Claims, principal: Principal, place: Place, camera: table::Camera) {
    let claim = Claim {
        narrowness: place.interface.map(|(_, narrowness)| narrowness),
        camera,
    };
    let key = (
        Reverse(Shape::new(principal, place)),
        source(principal, place),
    );
    match claims.entry(key) {
        Entry::Vacant(vacant) => {
            vacant.insert(claim);
        }
        Entry::Occupied(mut occupied) => {
            if claim.narrowness > occupied.get().narrowness {
                occupied.insert(claim);
            }
        }
    }
}

fn principals(identity: &Identity) -> Vec<Principal> {
    if !identity.mac.is_empty() {
        return identity.mac.iter().copied().map(Principal::Mac).collect();
    }
    if !identity.ip.is_empty() {
        return identity.ip.iter().copied().map(Principal::Ip).collect();
    }
    vec![Principal::Nothing]
}

/// Every VLAN with every link that is there now; `None` where it does not matter.
fn places(identity: &Identity, topology: &Topology) -> Vec<Place> {
    let patterns = &identity.interface;
    let links = topology.links.iter().filter_map(|link| {
        let matching = patterns
            .iter()
            .filter(|pattern| pattern.matches(&link.name));
        let narrowness = matching.map(|pattern| pattern.specificity()).max()?;
        Some(Some((link.index, narrowness)))
    });
    let interfaces: Vec<_> = links.chain(patterns.is_empty().then_some(None)).collect();
    let vlans = identity.vlan.iter().copied().map(Some);
    let vlans = vlans.chain(identity.vlan.is_empty().then_some(None));
    vlans
        .flat_map(|vlan| {
            let interfaces = interfaces.iter();
            interfaces.map(move |&interface| Place { vlan, interface })
        })
        .collect()
}

fn source(principal: Principal, place: Place) -> Source {
    let (mac, address) = match principal {
        Principal::Mac(mac) => (mac.address, Address::NONE),
        Principal::Ip(IpNet::V4(ip)) => ([0; 6], Address::v4(ip.network().octets())),
        Principal::Ip(IpNet::V6(ip)) => ([0; 6], Address::v6(ip.network().octets())),
        Principal::Nothing => ([0; 6], Address::NONE),
    };
    let interface = place.interface.map_or(0, |(index, _)| index);
    Source::new(interface, place.vlan.unwrap_or_default(), mac, address)
}

impl Shape {
    fn new(principal: Principal, place: Place) -> Self {
        let (mac_bits, ip) = match principal {
            Principal::Mac(mac) => (Some(mac.bits), None),
            Principal::Ip(IpNet::V4(ip)) => (None, Some((ip.prefix_len(), 4))),
            Principal::Ip(IpNet::V6(ip)) => (None, Some((ip.prefix_len(), 6))),
            Principal::Nothing => (None, None),
        };
        Self {
            mac_bits,
            ip,
            vlan: place.vlan.is_some(),
            interface: place.interface.is_some(),
        }
    }

    fn mask(&self) -> Source {
        let address = self.ip.map_or(Address::NONE, |(length, _)| Address {
            // An address of the other family is not covered, however short the prefix.
            family: u8::MAX,
            bytes: ones(length),
        });
        Source::new(
            if self.interface { u32::MAX } else { 0 },
            if self.vlan { u16::MAX } else { 0 },
            ones(self.mac_bits.unwrap_or_default()),
            address,
        )
    }
}

/// So many bits from the front.
fn ones<const N: usize>(bits: u8) -> [u8; N] {
    let mut left = bits;
    [0; N].map(|_: u8| {
        let kept = left.min(8);
        left -= kept;
        u8::MAX.checked_shl(u32::from(8 - kept)).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Link;

    #[test]
    fn masks_come_most_specific_first_and_carry_their_number() {
        let (masks, rows) = compiled(
            "
  a: {match: {interface: lan1}, group: g}
  b: {match: {vlan: 7}, group: g}
  c: {match: {ip: '2001:db8::/32', vlan: 7}, group: g}
  d: {match: {ip: 192.0.2.0/24}, group: g}
  e: {match: {mac: '02:00:00:00:00:00/36', interface: lan1}, group: g}
  f: {match: {mac: '02:00:00', vlan: 7, interface: lan1}, group: g}
  h: {match: {mac: '02:00:00:00:00:08'}, group: g}
",
        )
        .unwrap();
        let (none, vlan, interface) = ([0; 6], u16::MAX, u32::MAX);
        let ip = |length| Address {
            family: u8::MAX,
            bytes: ones(length),
        };
        let expected = [
            Source::new(0, 0, [0xff; 6], Address::NONE),
            Source::new(
                interface,
                0,
                [0xff, 0xff, 0xff, 0xff, 0xf0, 0],
                Address::NONE,
            ),
            Source::new(interface, vlan, [0xff, 0xff, 0xff, 0, 0, 0], Address::NONE),
            Source::new(0, vlan, none, ip(32)),
            Source::new(0, 0, none, ip(24)),
            Source::new(0, vlan, none, Address::NONE),
            Source::new(interface, 0, none, Address::NONE),
        ];
        let expected = expected.into_iter().zip(0..).map(|(mut mask, number)| {
            mask.shape = number;
            mask
        });
        assert_eq!(masks, expected.collect::<Vec<_>>());
        let ids: Vec<_> = rows.iter().map(|(key, row)| (key.shape, row.id)).collect();
        assert_eq!(
            ids,
            [(0, 7), (1, 5), (2, 6), (3, 3), (4, 4), (5, 2), (6, 1)]
        );
        for (key, _) in rows {
            assert_eq!(key.under(&masks[usize::from(key.shape)]), key);
        }
    }

    #[test]
    fn a_camera_is_known_by_every_combination_of_its_lists() {
        let (masks, rows) = compiled(
            "
  a: {match: {mac: ['02:00:00:00:00:01', '02:00:00'], vlan: [7, 8], interface: [lan1, 'lan*', wan9]}, group: g}
",
        )
        .unwrap();
        // Whole and prefix, two VLANs, two links; and the whole one anywhere else.
        assert_eq!(masks.len(), 3);
        assert_eq!(rows.len(), 2 * 2 * 2 + 1);
        let misplaced = |row: &table::Camera| row.has(table::Camera::MISPLACED);
        let elsewhere: Vec<_> = rows.iter().filter(|(_, row)| misplaced(row)).collect();
        let [(key, _)] = elsewhere.as_slice() else {
            panic!("{rows:?}");
        };
        assert_eq!(
            (key.interface, key.vlan, key.mac),
            (0, 0, [2, 0, 0, 0, 0, 1])
        );
    }

    #[test]
    fn more_kinds_of_identity_than_there_may_be_masks_are_told() {
        let cameras = |count: u8| {
            let rows = (0..count)
                .map(|length| format!("  c{length}: {{match: {{ip: '::/{length}'}}, group: g}}\n"));
            rows.collect::<String>()
        };
        assert_eq!(compiled(&cameras(32)).unwrap().0.len(), 32);
        let error = compiled(&cameras(40)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "kinds of camera identity: 40, room for 32"
        );
    }

    #[test]
    fn lists_that_combine_to_too_much_are_told() {
        let vlans = (1..=4094)
            .map(|vlan| format!("{vlan},"))
            .collect::<String>();
        let macs = (1..=16)
            .map(|mac| format!("'02:00:00:00:00:{mac:02x}',"))
            .collect::<String>();
        let cameras = (0..9).map(|index| {
            let macs = macs.replace("02:00:00", &format!("02:00:{index:02}"));
            format!("  c{index}: {{match: {{mac: [{macs}], vlan: [{vlans}], interface: 'lan*'}}, group: g}}\n")
        });
        let error = compiled(&cameras.collect::<String>()).unwrap_err();
        assert_eq!(
            error,
            CapacityError::Sources {
                count: 9 * 16 * 4094 * 2
            }
        );
    }

    fn compiled(
        cameras: &str,
    ) -> Result<(Vec<Source>, Vec<(Source, table::Camera)>), CapacityError> {
        let text =
            format!("version: 1\ninterfaces: {{lan*: }}\ngroups: {{g: }}\ncameras:\n{cameras}");
        let policy = Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
        let links = [(1, "lo"), (2, "lan1"), (3, "lan2")].map(|(index, name)| Link {
            index,
            name: name.to_owned(),
            ..Link::default()
        });
        let topology = Topology {
            links: links.to_vec(),
        };
        lay_out(&policy, &topology, &CameraIds::default().assign(&policy))
    }
}
