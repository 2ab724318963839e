//! The maps, declared once; `tables.rs`, `counters.rs` and `events.rs` read them.
//!
//! Sizes are placeholders: the daemon sets each to what a generation needs when it loads it.

use aya_ebpf::{
    Global,
    bindings::BPF_F_NO_PREALLOC,
    btf_maps::{Array, HashMap, LpmTrie, PerCpuArray, PerCpuHashMap, RingBuf, lpm_trie::Key},
    macros::btf_map,
};
use enforcer_common::{
    Flow, Source, Translator,
    counter::{Bucket, Counters},
    event::DropEvent,
    judgement::Proof,
    rule::{Clause, Destination, Ruling},
    table::{Camera, Interface, PrefixKey},
};

const ON_DEMAND: usize = BPF_F_NO_PREALLOC as usize;

// A generation's own: filled once, before it is proved, and never changed. Other interfaces or
// addresses make another generation.

/// Interface index to what holds for it.
#[btf_map]
pub(crate) static INTERFACES: HashMap<u32, Interface, 1, ON_DEMAND> = HashMap::new();

/// The masks under which sources are looked up, the most specific first; `SHAPE_COUNT` of them.
#[btf_map]
pub(crate) static SHAPES: Array<Source, 1> = Array::new();

/// A source under one of the masks, to the camera that it identifies.
#[btf_map]
pub(crate) static SOURCES: HashMap<Source, Camera, 1, ON_DEMAND> = HashMap::new();

/// The addresses that cameras are bound to: by camera, and all of them once more under
/// [`enforcer_common::table::STRANGERS`]. The value means nothing.
#[btf_map]
pub(crate) static BINDINGS: LpmTrie<PrefixKey, u32, 1> = LpmTrie::new();

/// What the router knows of addresses, by interface: numbers of
/// [`enforcer_common::table::Neighbour`].
#[btf_map]
pub(crate) static NEIGHBOURS: LpmTrie<PrefixKey, u32, 1> = LpmTrie::new();

/// The rules that cover an address, by group.
#[btf_map]
pub(crate) static DESTINATIONS: LpmTrie<PrefixKey, Destination, 1> = LpmTrie::new();

/// What the rules allow; the clauses of a destination stand next to each other.
#[btf_map]
pub(crate) static CLAUSES: Array<Clause, 1> = Array::new();

/// The prefixes of translators; `TRANSLATOR_COUNT` of them.
#[btf_map]
pub(crate) static TRANSLATORS: Array<Translator, 1> = Array::new();

/// Where verdicts are written down while the generation is proved.
#[btf_map]
pub(crate) static PROOF: Array<Proof, 1> = Array::new();

/// Where a frame is taken apart.
#[btf_map]
pub(crate) static SCRATCH: PerCpuArray<Scratch, 1> = PerCpuArray::new();

/// What the 512 bytes of stack have no room for. It belongs to one run of the program at a time:
/// a row of a per-CPU map is this CPU's own, and XDP programs do not interrupt each other on one.
pub(crate) struct Scratch {
    /// What the frame says.
    pub(crate) flow: Flow,
    /// The key that a source is looked up under.
    pub(crate) source: Source,
    /// The key that an address is looked up under.
    pub(crate) prefix: Key<PrefixKey>,
    /// What the rules said so far.
    pub(crate) ruling: Ruling,
}

// Shared by all generations, so that nothing counted is lost across them.

/// Tallies by camera; the daemon makes the rows.
#[btf_map]
pub(crate) static COUNTERS: PerCpuHashMap<u32, Counters, 1, ON_DEMAND> = PerCpuHashMap::new();

/// Each camera's right to be told about; the daemon makes the rows.
#[btf_map]
pub(crate) static BUCKETS: HashMap<u32, Bucket, 1, ON_DEMAND> = HashMap::new();

/// Drop events on their way to the daemon.
#[btf_map]
pub(crate) static EVENTS: RingBuf<DropEvent, 0x0010_0000> = RingBuf::new();

// Constants of a generation.

/// Its number, in every event.
#[unsafe(no_mangle)]
pub(crate) static GENERATION: Global<u32> = Global::new(0);

/// How many [`SHAPES`] there are.
#[unsafe(no_mangle)]
pub(crate) static SHAPE_COUNT: Global<u32> = Global::new(0);

/// How many [`TRANSLATORS`] there are.
#[unsafe(no_mangle)]
pub(crate) static TRANSLATOR_COUNT: Global<u32> = Global::new(0);

/// Nanoseconds of credit that an event costs.
#[unsafe(no_mangle)]
pub(crate) static EVENT_COST: Global<u64> = Global::new(10_000_000);

/// Nanoseconds of credit that a camera can save up.
#[unsafe(no_mangle)]
pub(crate) static EVENT_BURST: Global<u64> = Global::new(1_000_000_000);
