//! Which sources are whose: every combination of a camera's lists is one row, under the mask of the
//! keys that it is made of.

mod shape;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use enforcer_common::{
    Source,
    table::{self, MAX_SHAPES, STRANGERS},
};

use self::shape::{ANYWHERE, Place, Principal, Shape, source};
use super::{CapacityError, MAX_SOURCES};
use crate::numbering::CameraIds;
use crate::policy::{Identity, MacPrefix, NamePattern, Policy, Specificity};
use crate::rows;
use crate::topology::Topology;

/// The masks, the most specific first, and the rows under them in the same order.
pub(super) type Sources = (Vec<Source>, Vec<(Source, table::Camera)>);

/// Lays out by what cameras are known.
pub(super) fn lay_out(
    policy: &Policy,
    topology: &Topology,
    ids: &CameraIds,
) -> Result<Sources, CapacityError> {
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
type Claims = BTreeMap<Key, Claim>;

/// Such that the most specific comes first.
type Key = (Reverse<Shape>, Source);

/// Whose a source is, and by how narrow a pattern of the interface's name.
struct Claim {
    narrowness: Option<Specificity>,
    camera: table::Camera,
}

fn claims(policy: &Policy, topology: &Topology, ids: &CameraIds) -> Result<Claims, CapacityError> {
    let mut claims = Claims::new();
    let mut misplaced = Vec::new();
    let mut count = 0_usize;
    for camera in &policy.cameras {
        let id = ids.id(&camera.name).unwrap_or(STRANGERS);
        let row = rows::camera(policy, camera, id);
        let places = Places::new(&camera.identity, topology);
        let principals = principals(&camera.identity);
        count = count.saturating_add(places.count().saturating_mul(principals.len()));
        if count > MAX_SOURCES {
            return Err(CapacityError::Sources { count });
        }
        for &principal in &principals {
            for place in places.iter() {
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
        claims.entry(key(principal, ANYWHERE)).or_insert(Claim {
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
    match claims.entry(key(principal, place)) {
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

fn key(principal: Principal, place: Place) -> Key {
    let shape = Shape::new(principal, place);
    (Reverse(shape), source(principal, place))
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
struct Places {
    vlans: Vec<Option<u16>>,
    interfaces: Vec<Option<(u32, Specificity)>>,
}

impl Places {
    fn new(identity: &Identity, topology: &Topology) -> Self {
        let patterns = &identity.interface;
        let links = topology.links.iter().filter_map(|link| {
            let matching = patterns.iter().filter(|row| row.matches(&link.name));
            let narrowness = matching.map(NamePattern::specificity).max()?;
            Some(Some((link.index, narrowness)))
        });
        let vlans = identity.vlan.iter().copied().map(Some);
        Self {
            vlans: vlans
                .chain(identity.vlan.is_empty().then_some(None))
                .collect(),
            interfaces: links.chain(patterns.is_empty().then_some(None)).collect(),
        }
    }

    const fn count(&self) -> usize {
        self.vlans.len().saturating_mul(self.interfaces.len())
    }

    fn iter(&self) -> impl Iterator<Item = Place> {
        self.vlans.iter().flat_map(|&vlan| {
            let interfaces = self.interfaces.iter();
            interfaces.map(move |&interface| Place { vlan, interface })
        })
    }
}

#[cfg(test)]
mod tests {
    use enforcer_common::Address;

    use super::shape::ones;
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
        let ip = |length| Address::new(u8::MAX, ones(length));
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
        let list = |values: std::ops::RangeInclusive<u16>, before: &str| {
            let values = values.map(|value| format!("{before}{value}"));
            values.collect::<Vec<_>>().join(",")
        };
        let (ips, vlans) = (list(1..=16, "192.0.2."), list(1..=4094, ""));
        let camera =
            format!("  a: {{match: {{ip: [{ips}], vlan: [{vlans}], interface: '*'}}, group: g}}\n");
        let error = compiled_with(&camera, &["lan"; 17]).unwrap_err();
        assert_eq!(
            error,
            CapacityError::Sources {
                count: 16 * 4094 * 17
            }
        );
    }

    fn compiled(cameras: &str) -> Result<Sources, CapacityError> {
        compiled_with(cameras, &["lo", "lan1", "lan2"])
    }

    fn compiled_with(cameras: &str, names: &[&str]) -> Result<Sources, CapacityError> {
        let text =
            format!("version: 1\ninterfaces: {{lan*: }}\ngroups: {{g: }}\ncameras:\n{cameras}");
        let policy = Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
        let links = (1..).zip(names).map(|(index, &name)| Link {
            index,
            name: name.to_owned(),
            ..Link::default()
        });
        let topology = Topology {
            links: links.collect(),
        };
        lay_out(&policy, &topology, &CameraIds::default().assign(&policy))
    }
}
