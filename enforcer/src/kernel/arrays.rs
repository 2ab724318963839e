//! Putting a generation's arrays into the kernel: maps of just their size, written to as memory.
#![expect(unsafe_code, reason = "what is mapped is written to through a pointer")]

use std::slice;

use anyhow::{Context as _, Result, bail};
use aya::{Ebpf, maps::Map};
use zerocopy::{Immutable, IntoBytes};

use super::mapping::Mapping;
use crate::compile::CompiledPolicy;

/// How many rows each array has, by its name in the object. The kernel refuses a map without entries.
pub(super) fn sizes(policy: &CompiledPolicy) -> impl Iterator<Item = (&'static str, u32)> {
    let lengths = [
        ("INTERFACES", policy.interfaces.rows.len()),
        ("SOURCES", policy.sources.rows.len()),
        ("V4", policy.v4.rows.len()),
        ("V6", policy.v6.rows.len()),
        ("DEPTHS", policy.depths.len()),
        ("LINES", policy.lines.len()),
        ("PARTS", policy.parts.len()),
        ("PLANS", policy.plans.len()),
        ("CELLS", policy.cells.len()),
        ("SERVICES", policy.services.len()),
        ("TRANSLATORS", policy.translators.len()),
    ];
    let sizes = lengths.into_iter();
    sizes.map(|(name, rows)| (name, u32::try_from(rows).unwrap_or(u32::MAX).max(1)))
}

/// Writes the arrays down.
pub(super) fn fill(ebpf: &Ebpf, policy: &CompiledPolicy) -> Result<()> {
    write(ebpf, "INTERFACES", &policy.interfaces.rows)?;
    write(ebpf, "SOURCES", &policy.sources.rows)?;
    write(ebpf, "V4", &policy.v4.rows)?;
    write(ebpf, "V6", &policy.v6.rows)?;
    write(ebpf, "DEPTHS", &policy.depths)?;
    write(ebpf, "LINES", &policy.lines)?;
    write(ebpf, "PARTS", &policy.parts)?;
    write(ebpf, "PLANS", &policy.plans)?;
    write(ebpf, "CELLS", &policy.cells)?;
    write(ebpf, "SERVICES", &policy.services)?;
    write(ebpf, "TRANSLATORS", &policy.translators)
}

/// Rows stand 8 bytes apart or a multiple of it (`array_map_alloc`).
const APART: usize = 8;

/// Writes one array down.
pub(super) fn write<R: IntoBytes + Immutable>(ebpf: &Ebpf, name: &str, rows: &[R]) -> Result<()> {
    let Some(Map::Array(data)) = ebpf.map(name) else {
        bail!("the object has no array `{name}`");
    };
    let stride = size_of::<R>().next_multiple_of(APART);
    let length = stride * rows.len();
    if length == 0 {
        return Ok(());
    }
    let mapping = Mapping::new(data, length);
    let mapping = mapping.with_context(|| format!("map the array `{name}` into memory"))?;
    let Some(start) = mapping.at::<u8>(0) else {
        return Ok(());
    };
    // SAFETY: the mapping is as long, and nobody else writes to the map or reads from it yet: its program is
    // not attached.
    let bytes = unsafe { slice::from_raw_parts_mut(start, mapping.length()) };
    for (to, row) in bytes.chunks_exact_mut(stride).zip(rows) {
        let row = row.as_bytes();
        if let Some(to) = to.get_mut(..row.len()) {
            to.copy_from_slice(row);
        }
    }
    Ok(())
}
