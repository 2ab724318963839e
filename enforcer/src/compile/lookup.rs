//! The compiled tables on the host: what the command line judges frames by, without a kernel.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use enforcer_common::{
    Address, Source, Tables, Translator,
    rule::{Destination, Request, Ruling},
    table::{Camera, CameraId, GroupId, Interface, Neighbour, PrefixKey},
};

use super::{CapacityError, addresses, interfaces, sources};
use crate::numbering::{CameraIds, Rules};
use crate::policy::Policy;
use crate::ranges::Ranges;
use crate::rows;
use crate::topology::Topology;

/// The tables of one policy on one router.
#[derive(Clone, Debug)]
pub struct Lookup {
    interfaces: BTreeMap<u32, Interface>,
    shapes: Vec<Source>,
    sources: HashMap<Source, Camera>,
    bindings: Prefixes<()>,
    neighbours: Prefixes<u32>,
    translators: Vec<Translator>,
    ranges: Ranges,
}

/// Prefixes within scopes, of which the longest that covers an address counts.
#[derive(Clone, Debug)]
struct Prefixes<V> {
    /// Lengths in bits, with the scope and the family.
    lengths: BTreeSet<u32>,
    rows: HashMap<(u32, PrefixKey), V>,
}

impl Lookup {
    /// Compiles a policy for a router. A camera that has no number yet gets the one that
    /// [`CameraIds::assign`] gives it.
    pub fn new(
        policy: &Policy,
        topology: &Topology,
        ids: &CameraIds,
    ) -> Result<Self, CapacityError> {
        let ids = ids.assign(policy);
        let (shapes, sources) = sources::lay_out(policy, topology, &ids)?;
        let bindings = addresses::bindings(policy, &ids).into_iter();
        let neighbours = addresses::neighbours(policy, topology)?.into_iter();
        Ok(Self {
            interfaces: interfaces(policy, topology).collect(),
            shapes,
            sources: sources.into_iter().collect(),
            bindings: bindings.map(|(bits, key)| (bits, key, ())).collect(),
            neighbours: neighbours.collect(),
            translators: rows::translators(policy),
            ranges: Ranges::new(policy, &Rules::new(policy))?,
        })
    }

    /// What the rules say of every address.
    pub const fn ranges(&self) -> &Ranges {
        &self.ranges
    }
}

impl Tables for Lookup {
    fn interface(&self, index: u32) -> Interface {
        let known = self.interfaces.get(&index);
        known.copied().unwrap_or(Interface::UNKNOWN)
    }

    fn camera(&self, source: &Source) -> Option<Camera> {
        let mut masks = self.shapes.iter();
        masks.find_map(|mask| self.sources.get(&source.under(mask)).copied())
    }

    fn is_bound(&self, camera: CameraId, address: &Address) -> bool {
        self.bindings.covering(camera, address).is_some()
    }

    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour {
        let number = self.neighbours.covering(interface, address);
        number.map_or(Neighbour::Elsewhere, |&number| {
            Neighbour::from_number(number)
        })
    }

    fn translator(&self, address: &Address) -> Option<Translator> {
        let mut translators = self.translators.iter().copied();
        translators.find(|translator| translator.covers(address))
    }

    fn rule(&self, group: GroupId, request: &Request<'_>) -> Ruling {
        // Translated on its way, a packet has two destinations: a denial of either counts.
        let literal = if request.is_translated() {
            self.ranges.at(group, &request.flow.destination)
        } else {
            Destination::default()
        };
        let inside = self.ranges.at(group, &request.destination);
        let mut denials = [literal.deny, inside.deny].into_iter();
        let mut ruling = Ruling {
            deny: denials.find(|&rule| rule != 0).unwrap_or_default(),
            ..Ruling::NOTHING
        };
        if ruling.deny == 0 {
            for clause in self.ranges.allowed_by(&inside) {
                ruling.consider(clause, request);
            }
        }
        ruling
    }
}

impl<V> Prefixes<V> {
    /// What the longest prefix in a scope that covers an address says.
    fn covering(&self, scope: u32, address: &Address) -> Option<&V> {
        let mut lengths = self.lengths.iter().rev();
        lengths.find_map(|&bits| {
            let free = PrefixKey::BITS.saturating_sub(bits);
            let mask = u128::MAX.checked_shl(free).unwrap_or(0);
            let number = u128::from_be_bytes(address.bytes) & mask;
            let address = Address {
                bytes: number.to_be_bytes(),
                ..*address
            };
            self.rows.get(&(bits, PrefixKey::new(scope, address)))
        })
    }
}

impl<V> FromIterator<(u32, PrefixKey, V)> for Prefixes<V> {
    fn from_iter<I: IntoIterator<Item = (u32, PrefixKey, V)>>(rows: I) -> Self {
        let rows = rows.into_iter();
        let rows: HashMap<_, _> = rows
            .map(|(bits, key, value)| ((bits, key), value))
            .collect();
        Self {
            lengths: rows.keys().map(|&(bits, _)| bits).collect(),
            rows,
        }
    }
}
