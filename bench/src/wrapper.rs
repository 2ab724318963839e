//! The programs of `enforcer-ebpf/src/bin/bench.rs`: the empty one, and those that put the next
//! frame in front of another.

use std::time::Duration;

use anyhow::{Context as _, Result};
use aya::maps::{Array, MapData, ProgramArray};
use aya::programs::{ProgramFd, TestRun as _, TestRunOptions, Xdp};
use aya::{Ebpf, EbpfLoader};
use enforcer::kernel::proof::context;

use crate::clock;

/// Every frame has this length: that of the shortest on a wire, checksum included.
pub(crate) const LENGTH: usize = 64;

/// A frame.
pub(crate) type Frame = [u8; LENGTH];

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// The empty program alone.
    Floor,
    /// The next frame, and the program under test on it.
    Program,
    /// The next frame, and the empty program on it.
    Empty,
}

/// The programs, with frames and a program under test.
pub(crate) struct Wrapper {
    ebpf: Ebpf,
    /// The kernel empties it when nobody has it open.
    _programs: ProgramArray<MapData>,
    first: Frame,
    interface: u32,
    /// What a system call costs besides the runs.
    call: Duration,
}

impl Wrapper {
    /// Loads them. The frames, a power of two of them, come in on an interface of this namespace.
    pub(crate) fn new(
        object: &[u8],
        frames: &[Frame],
        interface: u32,
        program: &ProgramFd,
    ) -> Result<Self> {
        let count = u32::try_from(frames.len()).context("so many frames")?;
        let mask = count.wrapping_sub(1);
        let mut ebpf = EbpfLoader::new()
            .override_global("MASK", &mask, true)
            .map_max_entries("FRAMES", count)
            .load(object)
            .context("load the bench's object")?;
        for name in ["empty", "frame_to_program", "frame_to_empty"] {
            let program: &mut Xdp = ebpf.program_mut(name).context(name)?.try_into()?;
            program.load().with_context(|| format!("load `{name}`"))?;
        }
        let map = ebpf.take_map("PROGRAMS").context("PROGRAMS")?;
        let mut programs: ProgramArray<MapData> = map.try_into()?;
        let empty: &Xdp = ebpf.program("empty").context("empty")?.try_into()?;
        programs.set(0, program, 0)?;
        programs.set(1, empty.fd()?, 0)?;
        let map = ebpf.take_map("FRAMES").context("FRAMES")?;
        let mut rows: Array<MapData, Frame> = map.try_into()?;
        for (index, frame) in (0..).zip(frames) {
            rows.set(index, frame, 0)?;
        }
        let mut wrapper = Self {
            ebpf,
            _programs: programs,
            first: *frames.first().context("a frame")?,
            interface,
            call: Duration::ZERO,
        };
        let calls = (0..9).map(|_| wrapper.timed(Run::Floor, 1));
        let mut calls: Vec<Duration> = calls.collect::<Result<_>>()?;
        calls.sort_unstable();
        wrapper.call = calls.get(4).copied().unwrap_or_default();
        Ok(wrapper)
    }

    /// Nanoseconds of one run, of many in one system call.
    pub(crate) fn run(&self, run: Run, repeat: u32) -> Result<f64> {
        let spent = self.timed(run, repeat)?.saturating_sub(self.call);
        Ok(spent.as_secs_f64() * 1e9 / f64::from(repeat))
    }

    fn timed(&self, run: Run, repeat: u32) -> Result<Duration> {
        let name = match run {
            Run::Floor => "empty",
            Run::Program => "frame_to_program",
            Run::Empty => "frame_to_empty",
        };
        let program: &Xdp = self.ebpf.program(name).context(name)?.try_into()?;
        let context = context(&self.first, self.interface);
        let mut options = TestRunOptions::new();
        options.data_in = Some(&self.first);
        options.ctx_in = Some(&context);
        options.repeat = repeat;
        let (spent, _) = clock::time(|| program.test_run(options).context("test run"))?;
        Ok(spent)
    }
}
