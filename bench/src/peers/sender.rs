//! Live frames out of the far end of the veth pair, and what becomes of the processor's time.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use aya::maps::{Array, MapData};
use aya::programs::{TestRun as _, TestRunAttrs, TestRunOptions, Xdp};
use aya::{Ebpf, EbpfLoader};
use enforcer::kernel::proof::context;

use crate::clock;
use crate::stage::PEER;
use crate::wrapper::Frame;

/// Frames that the kernel sends at once.
const BATCH: u32 = 64;

/// The program that sends.
pub(super) struct Sender {
    ebpf: Ebpf,
    first: Frame,
    /// The kernel's thread that takes over frames when there are many.
    helper: String,
}

impl Sender {
    pub(super) fn new(object: &[u8], frames: &[Frame]) -> Result<Self> {
        let count = u32::try_from(frames.len()).context("so many frames")?;
        let mask = count.wrapping_sub(1);
        let mut ebpf = EbpfLoader::new()
            .override_global("MASK", &mask, true)
            .override_global("OUTGOING", &PEER, true)
            .map_max_entries("FRAMES", count)
            .load(object)
            .context("load the bench's object")?;
        let program: &mut Xdp = ebpf.program_mut(NAME).context(NAME)?.try_into()?;
        program.load().context("load the sender")?;
        let map = ebpf.take_map("FRAMES").context("FRAMES")?;
        let mut rows: Array<MapData, Frame> = map.try_into()?;
        for (index, frame) in (0..).zip(frames) {
            rows.set(index, frame, 0)?;
        }
        Ok(Self {
            ebpf,
            first: *frames.first().context("a frame")?,
            helper: helper()?,
        })
    }

    /// Sends frames and returns nanoseconds of the processor for each, all that follows included.
    pub(super) fn send(&self, frames: u32) -> Result<f64> {
        let program: &Xdp = self.ebpf.program(NAME).context(NAME)?.try_into()?;
        let context = context(&self.first, PEER);
        let mut options = TestRunOptions::new();
        options.data_in = Some(&self.first);
        options.ctx_in = Some(&context);
        options.repeat = frames;
        options.attrs = TestRunAttrs::new().xdp_live_frames(BATCH);
        let before = self.helped()?;
        let (own, _) = clock::time(|| program.test_run(options).context("live frames"))?;
        std::thread::sleep(Duration::from_millis(5));
        let spent = own + self.helped()?.saturating_sub(before);
        Ok(spent.as_secs_f64() * 1e9 / f64::from(frames))
    }

    fn helped(&self) -> Result<Duration> {
        let text = fs::read_to_string(&self.helper).context("ksoftirqd")?;
        let nanoseconds = text.split_whitespace().next().context("ksoftirqd")?;
        Ok(Duration::from_nanos(nanoseconds.parse()?))
    }
}

const NAME: &str = "frame_to_interface";

/// Where the kernel tells the time of `ksoftirqd` of this processor.
fn helper() -> Result<String> {
    let name = format!("ksoftirqd/{}", rustix::thread::sched_getcpu());
    for process in fs::read_dir("/proc").context("/proc")? {
        let path = process.context("/proc")?.path();
        let comm = fs::read_to_string(path.join("comm")).unwrap_or_default();
        if comm.trim() == name {
            return Ok(path.join("schedstat").display().to_string());
        }
    }
    anyhow::bail!("no {name}")
}
