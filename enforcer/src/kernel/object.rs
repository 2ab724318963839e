//! The kernel program's object, as it was built with this binary.

/// The object. Aligned, because it is read as an ELF file in place.
pub(super) static OBJECT: &[u8] = aya::include_bytes_aligned!(env!("ENFORCER_BPF"));

// The maps that all generations share, by the names that the object gives them.
pub(super) const COUNTERS: &str = "COUNTERS";
pub(super) const BUCKETS: &str = "BUCKETS";
pub(super) const EVENTS: &str = "EVENTS";

/// How often each rule decided.
pub(super) const RULES: &str = "RULES";

/// The section of the program's variables, of which there is one: where verdicts are written down while
/// the generation is proved.
pub(super) const VARIABLES: &str = ".bss";

/// The program.
pub(super) const PROGRAM: &str = "enforce";
