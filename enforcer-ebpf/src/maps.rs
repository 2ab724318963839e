//! The maps, declared once; `tables.rs`, `counters.rs` and `events.rs` read them.
//!
//! Sizes are placeholders: the daemon sets each to what a generation needs when it loads it.

use core::{cell::UnsafeCell, ptr};

use aya_ebpf::{
    Global,
    bindings::BPF_F_MMAPABLE,
    btf_maps::{Array, PerCpuArray, RingBuf},
    macros::btf_map,
};
use enforcer_common::{
    Flow, Translator, Verdict,
    compiled::{Cell, Depth, InterfaceRow, Plan, SourceRow, V4Row, V6Row},
    counter::{Bucket, Counter, Counters},
    event::Report,
    judgement::Proof,
    ledger::{Book, Outcome, Row},
    rule::RuleId,
    service::Services,
    steps::{Head, Line},
    table::{CameraId, MAX_SHAPES, STRANGERS},
};

/// Filled by writing to memory rather than by a system call for each row, and aligned to pages.
const MAPPED: usize = BPF_F_MMAPABLE as usize;

// A generation's own: filled once, before it is proved, and never changed. Other interfaces or
// addresses make another generation. `enforcer_common::compiled` says what each is for.

/// What holds for interfaces.
#[btf_map]
pub(crate) static INTERFACES: Array<InterfaceRow, 1, MAPPED> = Array::new();

/// Who sources are.
#[btf_map]
pub(crate) static SOURCES: Array<SourceRow, 1, MAPPED> = Array::new();

/// Functions of lower halves of IPv4 addresses.
#[btf_map]
pub(crate) static V4: Array<V4Row, 1, MAPPED> = Array::new();

/// Functions of parts of IPv6 addresses.
#[btf_map]
pub(crate) static V6: Array<V6Row, 1, MAPPED> = Array::new();

/// How far into IPv6 addresses look-ups are.
#[btf_map]
pub(crate) static DEPTHS: Array<Depth, 1, MAPPED> = Array::new();

/// The lines of all functions.
#[btf_map]
pub(crate) static LINES: Array<Line, 1, MAPPED> = Array::new();

/// The heads of functions that are split.
#[btf_map]
pub(crate) static PARTS: Array<Head, 1, MAPPED> = Array::new();

/// Where the rules of groups are.
#[btf_map]
pub(crate) static PLANS: Array<Plan, 1, MAPPED> = Array::new();

/// What classes of addresses are to groups.
#[btf_map]
pub(crate) static CELLS: Array<Cell, 1, MAPPED> = Array::new();

/// What rules come to.
#[btf_map]
pub(crate) static SERVICES: Array<Services, 1, MAPPED> = Array::new();

/// The prefixes of translators; `TRANSLATOR_COUNT` of them.
#[btf_map]
pub(crate) static TRANSLATORS: Array<Translator, 1, MAPPED> = Array::new();

/// How often each rule decided; row zero is for link housekeeping.
#[btf_map]
pub(crate) static RULES: PerCpuArray<Counter, 1> = PerCpuArray::new();

/// What each camera sent where, in lines that are rows or tags; `enforcer_common::ledger` says which are whose.
#[btf_map]
pub(crate) static LEDGER: Array<Row, 1, MAPPED> = Array::new();

/// What the numbers in [`LEDGER`] stand for, for whoever takes it down. The program does not look.
#[btf_map]
pub(crate) static NAMES: Array<u64, 1, MAPPED> = Array::new();

/// Which half of [`LEDGER`] is written to.
#[btf_map]
pub(crate) static BOOK: Array<Book, 1, MAPPED> = Array::new();

/// Where verdicts are written down while the generation is proved. A variable: to look at it costs no
/// look-up.
#[unsafe(no_mangle)]
pub(crate) static PROOF: Variable<Proof> = Variable(UnsafeCell::new(Proof::IDLE));

/// What the daemon reads and writes, too.
#[repr(transparent)]
pub(crate) struct Variable<T>(UnsafeCell<T>);

// SAFETY: whoever goes by the pointer says why that is sound.
unsafe impl<T> Sync for Variable<T> {}

impl<T> Variable<T> {
    #[inline(always)]
    pub(crate) const fn get(&self) -> *mut T {
        self.0.get()
    }
}

/// Where a frame is taken apart.
#[btf_map]
pub(crate) static SCRATCH: PerCpuArray<Scratch, 1> = PerCpuArray::new();

/// What the 512 bytes of stack have no room for. It belongs to one run of the program at a time:
/// a row of a per-CPU map is this CPU's own, and XDP programs do not interrupt each other on one.
pub(crate) struct Scratch {
    /// What the frame says.
    pub(crate) flow: Flow,
    /// What becomes of it.
    pub(crate) decision: Decision,
}

/// What becomes of a camera's frame.
#[derive(Clone, Copy)]
pub(crate) struct Decision {
    /// Length of the frame in bytes.
    pub(crate) bytes: u32,
    pub(crate) camera: CameraId,
    pub(crate) rule: RuleId,
    pub(crate) outcome: Outcome,
}

impl Decision {
    #[inline(always)]
    pub(crate) const fn new(verdict: &Verdict, bytes: u32) -> Self {
        match *verdict {
            Verdict::Ignore => Self {
                bytes,
                camera: STRANGERS,
                rule: 0,
                outcome: Outcome::Allowed,
            },
            Verdict::Allow { camera, rule } => Self {
                bytes,
                camera,
                rule,
                outcome: Outcome::Allowed,
            },
            Verdict::Drop {
                camera,
                reason,
                rule,
                audit,
            } => Self {
                bytes,
                camera,
                rule,
                outcome: Outcome::of_drop(reason, audit),
            },
        }
    }
}

// Shared by all generations, so that nothing counted is lost across them.

/// Tallies by number of the camera.
#[btf_map]
pub(crate) static COUNTERS: PerCpuArray<Counters, 1> = PerCpuArray::new();

/// Each camera's right to be told about, by its number.
#[btf_map]
pub(crate) static BUCKETS: Array<Bucket, 1> = Array::new();

/// Drop events on their way to the daemon.
#[btf_map]
pub(crate) static EVENTS: RingBuf<Report, 0x0020_0000> = RingBuf::new();

// Constants of a generation.

/// Constants in rows of so many words.
#[repr(transparent)]
pub(crate) struct Rows<const WORDS: usize, const COUNT: usize>([[u64; WORDS]; COUNT]);

impl<const WORDS: usize, const COUNT: usize> Rows<WORDS, COUNT> {
    /// As they are in the object, before the daemon writes them.
    const ZERO: Self = Self([[0; WORDS]; COUNT]);

    /// A row. Read as if it could change, since the compiler only knows how it is in the object.
    #[inline(always)]
    pub(crate) fn row(&self, index: u32) -> Option<[u64; WORDS]> {
        let row = self.0.get(index as usize)?;
        let mut words = [0; WORDS];
        for (to, from) in words.iter_mut().zip(row) {
            // SAFETY: a reference is valid to read from.
            *to = unsafe { ptr::read_volatile(from) };
        }
        Some(words)
    }
}

/// Its number, in every event.
#[unsafe(no_mangle)]
pub(crate) static GENERATION: Global<u32> = Global::new(0);

/// The masks under which sources are looked up. The verifier knows what constants are: it checks the
/// look-up under those that there are, bit by bit, and under no others.
#[unsafe(no_mangle)]
pub(crate) static MASKS: Rows<4, { MAX_SHAPES as usize }> = Rows::ZERO;

/// How many [`MASKS`] there are.
#[unsafe(no_mangle)]
pub(crate) static MASK_COUNT: Global<u32> = Global::new(0);

/// How many rounds the look-up of an IPv6 address takes at most.
#[unsafe(no_mangle)]
pub(crate) static ROUNDS: Global<u32> = Global::new(0);

/// Where keys are in [`INTERFACES`], [`SOURCES`], [`V4`] and [`V6`]: how many places there are, less
/// one, and which hash function finds them.
#[unsafe(no_mangle)]
pub(crate) static INTERFACES_MASK: Global<u32> = Global::new(0);
#[unsafe(no_mangle)]
pub(crate) static INTERFACES_SEED: Global<u64> = Global::new(0);
#[unsafe(no_mangle)]
pub(crate) static SOURCES_MASK: Global<u32> = Global::new(0);
#[unsafe(no_mangle)]
pub(crate) static SOURCES_SEED: Global<u64> = Global::new(0);
#[unsafe(no_mangle)]
pub(crate) static V4_MASK: Global<u32> = Global::new(0);
#[unsafe(no_mangle)]
pub(crate) static V4_SEED: Global<u64> = Global::new(0);
#[unsafe(no_mangle)]
pub(crate) static V6_MASK: Global<u32> = Global::new(0);
#[unsafe(no_mangle)]
pub(crate) static V6_SEED: Global<u64> = Global::new(0);

/// How [`LEDGER`] is laid out (see [`Book`]); without pages, nothing is written there.
#[unsafe(no_mangle)]
pub(crate) static LEDGER_CPUS: Global<u32> = Global::new(0);
#[unsafe(no_mangle)]
pub(crate) static LEDGER_CAMERAS: Global<u32> = Global::new(0);
#[unsafe(no_mangle)]
pub(crate) static LEDGER_PAGES: Global<u32> = Global::new(0);

/// Whether the kernel has a clock that is cheap to read (5.11, commit d05512618056). Where this is zero, the
/// verifier leaves the call out.
#[unsafe(no_mangle)]
pub(crate) static COARSE_CLOCK: Global<u32> = Global::new(0);

/// How many [`TRANSLATORS`] there are.
#[unsafe(no_mangle)]
pub(crate) static TRANSLATOR_COUNT: Global<u32> = Global::new(0);

/// Nanoseconds of credit that an event costs.
#[unsafe(no_mangle)]
pub(crate) static EVENT_COST: Global<u64> = Global::new(10_000_000);

/// Nanoseconds of credit that a camera can save up.
#[unsafe(no_mangle)]
pub(crate) static EVENT_BURST: Global<u64> = Global::new(1_000_000_000);
