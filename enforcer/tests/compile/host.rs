//! The rows of the kernel's longest-prefix table, looked up as the kernel does.

use enforcer::compile::CompiledPolicy;
use enforcer_common::{
    Address,
    rule::Clause,
    table::{GroupId, PrefixKey},
};

/// What the longest prefix of a group that covers an address says: the rule that denies it, and what
/// allows it.
pub(crate) fn destination<'c>(
    compiled: &'c CompiledPolicy,
    group: GroupId,
    address: &Address,
) -> (u32, &'c [Clause]) {
    let wanted = PrefixKey::new(group, *address);
    let rows = compiled.destinations.iter();
    let covering = rows.filter(|(bits, key, _)| agree(*bits, key, &wanted));
    let Some((.., row)) = covering.max_by_key(|(bits, ..)| *bits) else {
        return (0, &[]);
    };
    let [first, count] = [row.first, row.count].map(|number| usize::try_from(number).unwrap());
    let clauses = compiled.clauses.get(first..first + count);
    (row.deny, clauses.unwrap_or_default())
}

/// Whether two keys are the same in so many bits from the front, which is how the kernel sees them.
fn agree(bits: u32, one: &PrefixKey, other: &PrefixKey) -> bool {
    let bits = bits.checked_sub(PrefixKey::SCOPE_BITS).unwrap();
    let [address, wanted] = [one, other].map(|key| u128::from_be_bytes(key.address.bytes));
    one.scope == other.scope
        && one.address.family == other.address.family
        && (address ^ wanted).leading_zeros() >= bits
}
