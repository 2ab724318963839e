//! What it costs to judge a capture: frames a second, by the kernel and by the host, and what a system call a frame
//! leaves of that.

use std::io::Cursor;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use aya::EbpfLoader;
use aya::programs::{TestRun as _, TestRunOptions, Xdp};
use enforcer::policy::Policy;
use enforcer::replay::{capture::Capture, judge::Judge, replay};
use enforcer_tests::capture::pcap;
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use rustix::time::{ClockId, clock_gettime};
use xtask::bench::goal::{Amount, Goal, Limit};
use xtask::bench::{Effort, goal, machine, page};
use xtask::sh;

use crate::clock::{self, median};

/// Its name on the page.
const NAME: &str = "replay";

/// Cameras that send, each to so many destinations.
const CAMERAS: u16 = 100;
const DESTINATIONS: u16 = 50;

/// How many frames are judged in a second, where no system call a frame is in the way.
const GOAL: u64 = 1_000_000;

/// What one way of judging took for a frame.
struct Took {
    /// Nanoseconds of the processor, all threads together.
    used: f64,
    /// Nanoseconds on the wall.
    elapsed: f64,
}

/// What was measured.
struct Measured {
    host: Took,
    kernel: Took,
    /// Nanoseconds of a test run of an empty program.
    floor: f64,
    /// And of one that is told on which interface the frame came in, which is what a replay asks.
    placed: f64,
}

/// Measures, prints the goals, and writes the section.
pub(crate) fn run(object: &[u8], effort: Effort) -> Result<()> {
    let (rounds, frames) = match effort {
        Effort::Quick => (1, 50_000),
        Effort::Full => (7, 500_000),
    };
    let frames = made(frames);
    let capture = pcap(1, &frames, 262_144);
    let mut all = Vec::new();
    for round in 1..=rounds {
        sh::say(&format!("round {round} of {rounds}"));
        all.push(Measured {
            host: judged(&capture, frames.len(), false)?,
            kernel: judged(&capture, frames.len(), true)?,
            floor: empty(object, &frames, false)?,
            placed: empty(object, &frames, true)?,
        });
    }
    let middle = |of: fn(&Measured) -> f64| median(all.iter().map(of).collect());
    let [host, kernel, floor, placed] = [
        middle(|it| it.host.used),
        middle(|it| it.kernel.used),
        middle(|it| it.floor),
        middle(|it| it.placed),
    ];
    let [host_wall, kernel_wall] = [middle(|it| it.host.elapsed), middle(|it| it.kernel.elapsed)];
    let goals = [
        Goal {
            name: "frames a second of one processor, by the host",
            value: Amount::Count(rate(host)),
            limit: Limit::AtLeast(Amount::Count(GOAL)),
        },
        Goal {
            name: "by the kernel, of the most that system calls allow",
            value: Amount::Ratio(placed / kernel),
            limit: Limit::AtLeast(Amount::Ratio(0.5)),
        },
    ];
    goal::print(&goals)?;
    let rows = [
        ("`replay --host`", host, Some(host_wall)),
        ("`replay`", kernel, Some(kernel_wall)),
        ("a test run of an empty program", floor, None),
        ("the same, told where the frame came in", placed, None),
    ];
    let rows = rows.map(|(name, used, wall)| {
        let wall = wall.map_or_else(|| "–".to_owned(), |wall| rate(wall).to_string());
        format!("| {name} | {used:.0} | {} | {wall} |\n", rate(used))
    });
    let table = format!(
        "| | ns a frame | frames a second of one processor | a second on the wall |\n|---|--:|--:|--:|\n{}",
        rows.concat()
    );
    sh::say(&table);
    if effort == Effort::Full {
        let machine = machine::described()?;
        let goals: Vec<String> = goals.iter().map(|goal| format!("- {goal}\n")).collect();
        let section = format!(
            "\
## Replaying

How fast a capture is judged. {machine}

{} frames of {CAMERAS} cameras, each to {DESTINATIONS} destinations, half of them allowed, in a pcap file in memory. Reading is
a thread of its own; time is that of both threads together. The kernel is handed one frame in a system call
(`BPF_PROG_TEST_RUN`), and the host judges each frame as well. What such a call takes by itself is measured with a
program that does nothing: that is the most that a replay by the kernel could reach, {} frames a second here. Of {rounds} rounds the median counts. To repeat it: `cargo xtask bench replay`.

{}
{table}",
            frames.len(),
            rate(placed),
            goals.concat()
        );
        page::write(NAME, &section)?;
    }
    Ok(())
}

/// Frames of all cameras in turns.
fn made(count: usize) -> Vec<Vec<u8>> {
    let payload = [0; 200];
    let frames = (0..CAMERAS).flat_map(|camera| {
        (0..DESTINATIONS).map(move |destination| {
            let [high, low] = camera.to_be_bytes();
            let source = format!("10.1.{high}.{low}");
            let network = if destination % 2 == 0 {
                "10.2"
            } else {
                "203.0"
            };
            let to = format!("{network}.113.{destination}");
            let frame = ethernet([2, 0, 0, 1, high, low]) / ipv4(&source, &to);
            (frame / udp(40_000, 8_800) / data(&payload)).build()
        })
    });
    let frames: Vec<Vec<u8>> = frames.collect();
    // Cameras take turns, as on a wire.
    let step = usize::from(DESTINATIONS) + 1;
    let order = (0..count).map(|number| number * step % frames.len());
    order.filter_map(|at| frames.get(at).cloned()).collect()
}

fn policy() -> Result<Policy> {
    let cameras = (0..CAMERAS).map(|camera| {
        let [high, low] = camera.to_be_bytes();
        format!("  c{camera}: {{match: {{mac: \"02:00:00:01:{high:02x}:{low:02x}\"}}, group: recorded}}\n")
    });
    let text = format!(
        "version: 1\ninterfaces: {{lan-cam*: }}\ngroups: {{recorded: {{allow: [{{to: 10.2.0.0/16, ports: udp/8800}}]}}}}\n\
         cameras:\n{}",
        cameras.collect::<String>()
    );
    Policy::parse("policy.yaml", &text).context("the policy")
}

/// What a frame takes, from the capture to the book.
fn judged(capture: &[u8], frames: usize, by_kernel: bool) -> Result<Took> {
    let mut judge = Judge::new(policy()?, None)?;
    if by_kernel {
        judge.load()?;
    }
    let capture = Capture::new("capture", Cursor::new(capture.to_vec()))?;
    let (begun, before) = (Instant::now(), used());
    let report = replay(capture, &mut judge, None, false, |_| true)?;
    let (elapsed, used) = (begun.elapsed(), used().saturating_sub(before));
    let all = u64::try_from(frames)?;
    let fates = report.book.fates;
    ensure!(
        (fates.all(), fates.allowed, fates.dropped) == (all, all / 2, all / 2),
        "{fates:?}"
    );
    let each = |time: Duration| Ok::<_, anyhow::Error>(nanoseconds(time, all));
    Ok(Took {
        used: each(used)?,
        elapsed: each(elapsed)?,
    })
}

/// What a test run of the empty program takes.
fn empty(object: &[u8], frames: &[Vec<u8>], is_placed: bool) -> Result<f64> {
    const LOOPBACK: u32 = 1;
    let loader = &mut EbpfLoader::new();
    let mut ebpf = loader.load(object).context("load the bench's object")?;
    let program: &mut Xdp = ebpf.program_mut("empty").context("empty")?.try_into()?;
    program.load().context("load `empty`")?;
    let (spent, ()) = clock::time(|| {
        for frame in frames {
            let context = enforcer::kernel::proof::context(frame, LOOPBACK);
            let mut options = TestRunOptions::new();
            options.data_in = Some(frame);
            options.ctx_in = is_placed.then_some(&context[..]);
            program.test_run(options).context("test run")?;
        }
        Ok(())
    })?;
    Ok(nanoseconds(spent, u64::try_from(frames.len())?))
}

/// Time of the processor that all threads used.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "so many frames are a whole number in either form"
)]
fn nanoseconds(time: Duration, frames: u64) -> f64 {
    time.as_secs_f64() * 1e9 / frames as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole, and none is below zero or near the end"
)]
const fn rate(nanoseconds: f64) -> u64 {
    (1e9 / nanoseconds).round() as u64
}
