//! Live frames out of the far end of the veth pair, and what becomes of the processor's time.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aya::maps::{Array, MapData};
use aya::programs::{TestRun as _, TestRunAttrs, TestRunOptions, Xdp};
use aya::{Ebpf, EbpfLoader};
use enforcer::kernel::proof::context;

use crate::clock;
use crate::stage::PEER;
use crate::wrapper::Frame;

/// Frames that the kernel sends at once.
const BATCH: u32 = 64;

/// Bytes that differ between frames of cameras: those of checksum, camera and destination. The
/// source address ends as the MAC address does.
const CHANGED: [usize; 8] = [24, 25, 10, 11, 30, 31, 32, 33];
const SOURCE: [usize; 2] = [28, 29];

/// Where UDP has its checksum, which may be left out.
const UDP_CHECKSUM: [usize; 2] = [40, 41];

/// Where frames go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To the interface that cameras are behind.
    Interface,
    /// Nowhere: they are made and dropped.
    Nowhere,
}

/// The programs that send.
pub(super) struct Sender {
    ebpf: Ebpf,
    first: Frame,
    /// The kernel's thread that takes over frames when there are many.
    helper: String,
}

impl Sender {
    /// Loads them, with frames of cameras, a power of two of them.
    pub(super) fn new(object: &[u8], frames: &[Frame]) -> Result<Self> {
        let count = u32::try_from(frames.len()).context("so many frames")?;
        let mask = count.wrapping_sub(1);
        let mut ebpf = EbpfLoader::new()
            .override_global("MASK", &mask, true)
            .override_global("OUTGOING", &PEER, true)
            .map_max_entries("CHANGES", count)
            .load(object)
            .context("load the bench's object")?;
        for way in [Way::Interface, Way::Nowhere] {
            let name = way.program();
            let program: &mut Xdp = ebpf.program_mut(name).context(name)?.try_into()?;
            program.load().with_context(|| format!("load `{name}`"))?;
        }
        let first = without_checksum(*frames.first().context("a frame")?);
        let map = ebpf.take_map("FIRST").context("FIRST")?;
        let mut row: Array<MapData, Frame> = map.try_into()?;
        row.set(0, first, 0)?;
        let map = ebpf.take_map("CHANGES").context("CHANGES")?;
        let mut rows: Array<MapData, [u8; 8]> = map.try_into()?;
        for (index, frame) in (0..).zip(frames) {
            rows.set(index, change(&first, frame)?, 0)?;
        }
        Ok(Self {
            ebpf,
            first,
            helper: helper()?,
        })
    }

    /// Sends frames and returns nanoseconds of the processor for each, all that follows included.
    pub(super) fn send(&self, way: Way, frames: u32) -> Result<f64> {
        let name = way.program();
        let program: &Xdp = self.ebpf.program(name).context(name)?.try_into()?;
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

impl Way {
    /// In the bench's object.
    const fn program(self) -> &'static str {
        match self {
            Self::Interface => "frame_to_interface",
            Self::Nowhere => "frame_to_nobody",
        }
    }
}

/// What makes another frame of the first: eight bytes, so that frames take less of the caches than
/// what judges them.
fn change(first: &Frame, frame: &Frame) -> Result<[u8; 8]> {
    let change = CHANGED.map(|at| at_or_zero(frame, at));
    let mut made = *first;
    let [_, _, high, low, ..] = change;
    let bytes = CHANGED.into_iter().zip(change);
    for (at, byte) in bytes.chain(SOURCE.into_iter().zip([high, low])) {
        if let Some(place) = made.get_mut(at) {
            *place = byte;
        }
    }
    ensure!(
        made == without_checksum(*frame),
        "frames differ by more than their cameras and destinations"
    );
    Ok(change)
}

fn without_checksum(mut frame: Frame) -> Frame {
    for at in UDP_CHECKSUM {
        if let Some(place) = frame.get_mut(at) {
            *place = 0;
        }
    }
    frame
}

fn at_or_zero(frame: &Frame, at: usize) -> u8 {
    frame.get(at).copied().unwrap_or_default()
}

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

#[cfg(test)]
mod tests {
    use xtask::bench::Numbers;

    use super::*;
    use crate::list::{Kind, List};
    use crate::verdict::{To, frames};

    #[test]
    fn frames_of_cameras_differ_by_eight_bytes_and_no_more() {
        let list = List::new(Kind::V4, 16).unwrap();
        let (frames, _) = frames(&list, true, To::Miss, 64, &mut Numbers::new(2)).unwrap();
        let first = without_checksum(frames[0]);
        for frame in &frames {
            change(&first, frame).unwrap();
        }
        let mut other = frames[1];
        other[22] = 1;
        let error = change(&first, &other).unwrap_err();
        assert_eq!(
            error.to_string(),
            "frames differ by more than their cameras and destinations"
        );
    }
}
