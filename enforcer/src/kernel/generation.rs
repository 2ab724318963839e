//! A generation: one compiled policy in one freshly loaded program.
//!
//! The steps are types, so that none can be left out: [`Loaded`] is in the kernel and judges
//! nothing; [`Proved`] has answered every canary frame as the host does, and only that can be put
//! in force.

use std::{path::Path, time::Instant};

use anyhow::{Context as _, Result};
use aya::{
    Ebpf, EbpfLoader,
    maps::{Array, Map, MapData, MapError},
    programs::{ProgramError, ProgramType, Xdp},
    sys::{BpfHelper, is_helper_supported},
};
use enforcer_common::{Source, compiled::Memory as _, judgement::Proof, table::MAX_SHAPES};
use rustix::{
    io::Errno,
    process::{Resource, Rlimit, setrlimit},
};
use tracing::debug;
use zerocopy::IntoBytes as _;

use super::{
    arrays,
    budget::Verified,
    counters::Room,
    errno, hits, ledger,
    object::{self, Frames},
};
use crate::{
    compile::CompiledPolicy,
    directories::Directories,
    exit::{Exit, Failure},
    record::Record,
};

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// What a program is loaded with beside its policy.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Events a second for each camera; what is above it is counted, not told.
    pub event_rate: u32,
    /// How much the kernel program says of itself (`aya_log::Level`); zero for nothing.
    pub log_level: u8,
}

/// A generation in the kernel that judges nothing yet. Dropping it changes nothing.
#[must_use = "a loaded generation has to be proved and put in force"]
pub struct Loaded {
    ebpf: Ebpf,
    proof: Array<MapData, Proof>,
}

/// A generation that answered every canary frame as the host does. Dropping it changes nothing.
#[must_use = "a proved generation is not in force until it is put in force"]
pub struct Proved {
    ebpf: Ebpf,
}

impl Loaded {
    /// Loads a program and fills its tables.
    pub fn new(
        policy: &CompiledPolicy,
        record: &Record,
        directories: &Directories,
        settings: Settings,
    ) -> Result<Self> {
        let frames = Frames::here().map_err(|error| explain(anyhow::Error::new(error)));
        let frames = frames.context("ask the kernel how it hands frames over")?;
        Self::taking(frames, policy, record, directories, settings)
    }

    /// The same for a kernel that hands frames over like this.
    pub fn taking(
        frames: Frames,
        policy: &CompiledPolicy,
        record: &Record,
        directories: &Directories,
        settings: Settings,
    ) -> Result<Self> {
        let begun = Instant::now();
        lift_memory_limit();
        let room = Room::new(directories, record.ids.greatest())?;
        let rules = hits::place(directories, record.generation)?;
        let plan = ledger::Plan::new(record)?;
        let place = ledger::Place::new(directories, record.generation)?;
        let shared = Shared {
            room: &room,
            rules: &rules,
            plan: &plan,
            ledger: &place,
        };
        let mut ebpf = load(frames, policy, record, &shared, directories, settings)
            .map_err(|error| explain(anyhow::Error::new(error)))
            .context("load the kernel program")?;
        // First, since the program names its maps by descriptors, which close when a map that was
        // taken is dropped.
        let program: &mut Xdp = program(&mut ebpf)?;
        program.load().map_err(refused)?;
        let verified = program.info()?.verified_instruction_count();
        arrays::fill(&ebpf, policy).context("fill the policy's tables")?;
        plan.write(&mut ebpf)?;
        let proof = take(&mut ebpf, object::VARIABLES)?;
        debug!(
            generation = record.generation,
            verified_instructions = verified,
            milliseconds = begun.elapsed().as_millis(),
            "loaded"
        );
        Ok(Self { ebpf, proof })
    }

    /// How many instructions the verifier looked at, where the kernel tells.
    pub fn verified_instructions(&mut self) -> Result<Option<u32>> {
        Ok(self.verified()?.instructions)
    }

    /// What the kernel made of the program.
    pub fn verified(&mut self) -> Result<Verified> {
        Verified::new(program(&mut self.ebpf)?)
    }

    /// The program and its proof, for whoever runs the canary frames.
    pub(super) fn parts(&mut self) -> Result<(&mut Xdp, &mut Array<MapData, Proof>)> {
        let Self { ebpf, proof } = self;
        Ok((program(ebpf)?, proof))
    }

    pub(super) fn into_proved(self) -> Proved {
        Proved { ebpf: self.ebpf }
    }
}

impl Proved {
    /// The program, to be attached.
    pub fn program(&mut self) -> Result<&mut Xdp> {
        program(&mut self.ebpf)
    }

    /// The loaded object, from which the program's own diagnostics are read.
    pub const fn ebpf(&mut self) -> &mut Ebpf {
        &mut self.ebpf
    }
}

/// Until 5.11 (commit d5299b67dd59 and others) maps and programs count as locked memory, of which a process
/// may have 64 KiB by default, even root's. Later kernels do not ask for it, so it is no matter if it is refused.
fn lift_memory_limit() {
    let unlimited = Rlimit {
        current: None,
        maximum: None,
    };
    if let Err(error) = setrlimit(Resource::Memlock, unlimited) {
        debug!("the limit of locked memory stays: {error}");
    }
}

/// Where a program counts.
struct Shared<'a> {
    room: &'a Room,
    rules: &'a Path,
    plan: &'a ledger::Plan,
    ledger: &'a ledger::Place,
}

fn load(
    frames: Frames,
    policy: &CompiledPolicy,
    record: &Record,
    counting: &Shared<'_>,
    directories: &Directories,
    settings: Settings,
) -> Result<Ebpf, aya::EbpfError> {
    let cost = SECOND / u64::from(settings.event_rate.max(1));
    let burst = SECOND.max(cost);
    // Those of a policy are numbered from one.
    let rules = record.rules.keys().next_back().map_or(1, |last| last + 1);
    let (masks, translators) = (policy.masks(), policy.translators());
    let mut all_masks = [Source::default(); MAX_SHAPES as usize];
    for (to, mask) in all_masks.iter_mut().zip(&policy.masks) {
        *to = *mask;
    }
    let pieces = frames.constant();
    let Shared {
        room,
        rules: rules_at,
        plan,
        ledger,
    } = counting;
    let book = plan.book();
    let clock = u32::from(has_coarse_clock());
    let mut loader = EbpfLoader::new();
    loader
        .override_global("GENERATION", &record.generation, true)
        .override_global("FRAGS", &pieces, true)
        .override_global("COARSE_CLOCK", &clock, true)
        .override_global("LEDGER_CPUS", &book.cpus, true)
        .override_global("LEDGER_CAMERAS", &book.cameras, true)
        .override_global("LEDGER_PAGES", &book.pages, true)
        .override_global("MASKS", all_masks.as_bytes(), true)
        .override_global("MASK_COUNT", &masks, true)
        .override_global("TRANSLATOR_COUNT", &translators, true)
        .override_global("ROUNDS", &policy.rounds, true)
        .override_global("INTERFACES_MASK", &policy.interfaces.places.mask, true)
        .override_global("INTERFACES_SEED", &policy.interfaces.places.seed, true)
        .override_global("SOURCES_MASK", &policy.sources.places.mask, true)
        .override_global("SOURCES_SEED", &policy.sources.places.seed, true)
        .override_global("V4_MASK", &policy.v4.places.mask, true)
        .override_global("V4_SEED", &policy.v4.places.seed, true)
        .override_global("V6_MASK", &policy.v6.places.mask, true)
        .override_global("V6_SEED", &policy.v6.places.seed, true)
        .override_global("EVENT_COST", &cost, true)
        .override_global("EVENT_BURST", &burst, true)
        .override_global(aya_log::LEVEL, &settings.log_level, false)
        .map_max_entries(object::COUNTERS, room.rows)
        .map_max_entries(object::BUCKETS, room.rows)
        .map_max_entries(object::RULES, rules)
        .map_max_entries(object::LEDGER, book.all())
        .map_max_entries(object::NAMES, plan.names())
        .map_pin_path(object::NAMES, ledger.path(object::NAMES))
        .map_pin_path(object::RULES, *rules_at)
        .map_pin_path(object::LEDGER, ledger.path(object::LEDGER))
        .map_pin_path(object::BOOK, ledger.path(object::BOOK))
        .map_pin_path(object::COUNTERS, room.path(object::COUNTERS))
        .map_pin_path(object::BUCKETS, room.path(object::BUCKETS))
        .map_pin_path(object::EVENTS, directories.maps().join(object::EVENTS));
    for (name, rows) in arrays::sizes(policy) {
        loader.map_max_entries(name, rows);
    }
    frames.with_object(|object| loader.load(object))
}

/// Whether the kernel has a clock that is cheap to read. One that does not say has the other.
fn has_coarse_clock() -> bool {
    let helper = BpfHelper::BPF_FUNC_ktime_get_coarse_ns;
    is_helper_supported(ProgramType::Xdp, helper).unwrap_or(false)
}

fn program(ebpf: &mut Ebpf) -> Result<&mut Xdp> {
    let program = ebpf.program_mut(object::PROGRAM);
    let program = program.context("the object has no program `enforce`")?;
    Ok(program.try_into()?)
}

fn take<M>(ebpf: &mut Ebpf, name: &str) -> Result<M>
where
    M: TryFrom<Map, Error = MapError>,
{
    ebpf.take_map(name)
        .with_context(|| format!("the object has no map `{name}`"))?
        .try_into()
        .with_context(|| format!("map `{name}` is not what this daemon was built for"))
}

/// The verifier's reasons are thousands of lines, for developers: they go to the log, if it is asked
/// for so much. What an operator can do is said.
fn refused(error: ProgramError) -> anyhow::Error {
    let error = if let ProgramError::LoadError {
        io_error,
        verifier_log,
    } = error
    {
        debug!("the verifier says: {verifier_log}");
        anyhow::Error::new(io_error)
    } else {
        anyhow::Error::new(error)
    };
    // EACCES is the verifier's own word for a program that it does not let in.
    if matches!(errno(&*error), Some(Errno::PERM | Errno::NOMEM)) {
        explain(error)
    } else {
        error.context(Failure::new(
            Exit::Kernel,
            "this kernel refuses the program; 5.10 or later is needed",
        ))
    }
}

/// Finds the system's word in an error, and says what to do about it.
fn explain(error: anyhow::Error) -> anyhow::Error {
    match errno(&*error) {
        Some(Errno::PERM | Errno::ACCESS) => error.context(Failure::new(
            Exit::Privilege,
            "needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON",
        )),
        Some(Errno::NOMEM) => error.context(Failure::new(
            Exit::Kernel,
            "the kernel has no memory for it; give the machine or the service more (MemoryMax=), or shorten the \
             policy's lists",
        )),
        Some(Errno::NOSYS) => error.context(Failure::new(
            Exit::Kernel,
            "this kernel has no BPF; it needs CONFIG_BPF_SYSCALL",
        )),
        _ => error,
    }
}
