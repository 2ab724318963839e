//! The compiled rows, looked up as the kernel does, on the host.

use enforcer::compile::CompiledPolicy;
use enforcer_common::{
    Address, Source, Tables,
    rule::{Request, Ruling},
    table::{Camera, CameraId, GroupId, Interface, Neighbour, PrefixKey},
};

/// The tables of one generation.
pub(crate) struct Rows(pub(crate) CompiledPolicy);

impl Rows {
    /// The value of the longest prefix in a scope that covers an address.
    fn covering<'r, V>(
        rows: impl Iterator<Item = (u32, &'r PrefixKey, V)>,
        scope: u32,
        address: &Address,
    ) -> Option<V> {
        let wanted = PrefixKey::new(scope, *address);
        let covering = rows.filter(|(bits, key, _)| agree(*bits, key, &wanted));
        covering
            .max_by_key(|(bits, ..)| *bits)
            .map(|(_, _, value)| value)
    }
}

impl Tables for Rows {
    fn interface(&self, index: u32) -> Interface {
        let mut rows = self.0.interfaces.iter();
        rows.find(|(known, _)| *known == index)
            .map_or(Interface::UNKNOWN, |(_, row)| *row)
    }

    fn camera(&self, source: &Source) -> Option<Camera> {
        let mut masks = self.0.shapes.iter();
        masks.find_map(|mask| {
            let wanted = source.under(mask);
            let mut rows = self.0.sources.iter();
            rows.find(|(key, _)| *key == wanted).map(|(_, row)| *row)
        })
    }

    fn is_bound(&self, camera: CameraId, address: &Address) -> bool {
        let rows = self.0.bindings.iter();
        Self::covering(rows.map(|(bits, key)| (*bits, key, ())), camera, address).is_some()
    }

    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour {
        let rows = self.0.neighbours.iter();
        let rows = rows.map(|(bits, key, number)| (*bits, key, *number));
        let number = Self::covering(rows, interface, address);
        number.map_or(Neighbour::Elsewhere, Neighbour::from_number)
    }

    fn rule(&self, group: GroupId, request: &Request<'_>) -> Ruling {
        let rows = self.0.destinations.iter();
        let rows = rows.map(|(bits, key, row)| (*bits, key, *row));
        let find = |address| Self::covering(rows.clone(), group, address).unwrap_or_default();
        let (literal, inside) = (find(&request.flow.destination), find(&request.destination));
        let mut ruling = Ruling::NOTHING;
        if request.is_translated() && literal.deny != 0 {
            ruling.deny = literal.deny;
        } else if inside.deny != 0 {
            ruling.deny = inside.deny;
        } else {
            let clauses = self.0.clauses.iter().zip(0..);
            let clauses = clauses.skip_while(|(_, index)| *index < inside.first);
            for (clause, index) in clauses {
                if index - inside.first < inside.count {
                    ruling.consider(clause, request);
                }
            }
        }
        ruling
    }
}

/// Whether two keys are the same in so many bits from the front, which is how the kernel sees them.
fn agree(bits: u32, one: &PrefixKey, other: &PrefixKey) -> bool {
    let bits = bits.checked_sub(PrefixKey::SCOPE_BITS).unwrap();
    let [address, wanted] = [one, other].map(|key| u128::from_be_bytes(key.address.bytes));
    one.scope == other.scope
        && one.address.family == other.address.family
        && (address ^ wanted).leading_zeros() >= bits
}
