//! What it costs to tell: the daemon under a flood of events, at rest, and asked for many cameras.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use aya::programs::{TestRun as _, TestRunOptions};
use enforcer::events::{Format, Told};
use enforcer::kernel::{links, proof::context};
use enforcer_common::event::{Circumstances, DropEvent};
use enforcer_common::{Address, DropReason, Flow};
use enforcer_tests::daemon::{Answer, Daemon};
use enforcer_tests::network::CAMERA;
use enforcer_tests::site::{POLICY, Site, forbidden};
use jiff::Timestamp;
use xtask::bench::goal::{Amount, Goal, Limit};
use xtask::bench::{Effort, goal, machine, page};
use xtask::sh;

use crate::clock::{self, median};

/// Its name on the page.
const NAME: &str = "events";

/// Frames of one system call of the flood; all of them fit into the ring.
const BURST: u32 = 4096;

/// How long a flood runs before it is measured.
const WARM: Duration = Duration::from_secs(1);

/// Cameras of a large provider.
const MANY: u32 = 10_000;

/// What was measured of a daemon under a flood.
struct Flooded {
    /// Events that it wrote in a second of its own time of the processor.
    rate: f64,
    /// And in a second on the wall, beside the flood.
    elapsed: f64,
    /// What was resident, at most.
    memory: u64,
    /// Of a hundred events that the program had, how many found no room in the ring.
    lost: f64,
}

/// Measures, prints the goals, and writes the section.
pub(crate) fn run(effort: Effort) -> Result<()> {
    let (rounds, length) = match effort {
        Effort::Quick => (1, Duration::from_secs(3)),
        Effort::Full => (5, Duration::from_secs(10)),
    };
    sh::say("the JSON writer alone");
    let writer = on_one_processor(|| {
        let writers = (0..rounds).map(|_| writer());
        Ok(median(writers.collect::<Result<_>>()?))
    })?;
    sh::say("a flood of events");
    let floods = (0..rounds).map(|_| flood(length));
    let floods = floods.collect::<Result<Vec<_>>>()?;
    sh::say("at rest");
    let rest = at_rest(length)?;
    sh::say("many cameras");
    let asked = many_cameras(if effort == Effort::Quick { 5 } else { 50 })?;

    let middle = |of: fn(&Flooded) -> f64| median(floods.iter().map(of).collect());
    let memory = floods.iter().map(|flood| flood.memory).max();
    let goals = [
        Goal {
            name: "events a second, from the ring to a file of EVE, on one processor",
            value: Amount::Count(count(middle(|flood| flood.rate))),
            limit: Limit::AtLeast(Amount::Count(500_000)),
        },
        Goal {
            name: "the same, of what the JSON writer alone does",
            value: Amount::Ratio(middle(|flood| flood.rate) / writer),
            limit: Limit::AtLeast(Amount::Ratio(0.9)),
        },
        Goal {
            name: "memory of the daemon in a flood",
            value: Amount::Memory(memory.unwrap_or_default()),
            limit: Limit::AtMost(Amount::Memory(30 << 20)),
        },
        Goal {
            name: "time of the processor at rest, in a second",
            value: Amount::Time(rest),
            limit: Limit::AtMost(Amount::Time(Duration::from_millis(1))),
        },
        Goal {
            name: "GET /v1/cameras of 10,000 cameras",
            value: Amount::Time(asked),
            limit: Limit::AtMost(Amount::Time(Duration::from_millis(50))),
        },
    ];
    goal::print(&goals)?;
    let [writer, elapsed, lost] = [
        writer,
        middle(|flood| flood.elapsed),
        middle(|flood| flood.lost),
    ]
    .map(count);
    sh::say(&format!(
        "the JSON writer alone: {writer} events a second; elapsed: {elapsed} a second; {lost} % had no room in the ring"
    ));
    if effort == Effort::Full {
        let machine = machine::described()?;
        let goals: Vec<String> = goals.iter().map(|goal| format!("- {goal}\n")).collect();
        let section = format!(
            "\
## Telling

What it costs to tell of drops. {machine}

The program in force gets frames that it drops as fast as test runs (`BPF_PROG_TEST_RUN`) hand them over, on one
processor; the daemon is kept on another, with `--event-rate` without a limit, and writes EVE to a file in memory that
is emptied all the time. What it writes in a second of its own time of the processor counts: reading the ring, putting
names to numbers, keeping the last events, the writing and the kernel's part of it. Of {rounds} rounds of {} seconds
the median counts, and of memory the most. What finds no room in the ring is counted as lost ({lost} % here), so
the daemon always has something to do. To repeat it: `cargo xtask bench events`.

{}
The JSON writer alone makes {writer} lines a second of such an event; the daemon has {elapsed} a second on the wall.
",
            length.as_secs(),
            goals.concat()
        );
        page::write(NAME, &section)?;
    }
    Ok(())
}

/// In a thread that stays on the last processor, and leaves the others to the daemon.
fn on_one_processor<T: Send>(task: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let done = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            clock::stay()?;
            task()
        });
        thread.join()
    });
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// How many events a second the JSON writer writes, by itself.
fn writer() -> Result<f64> {
    const EVENTS: u32 = 500_000;
    let flow = Flow {
        source: Address::v4([192, 168, 50, 99]),
        destination: Address::v4([203, 0, 113, 7]),
        source_mac: [2, 0, 0, 0, 0x50, 0x99],
        destination_mac: [2, 0, 0, 0, 0x50, 1],
        ethertype: 0x0800,
        protocol: 17,
        source_port: 40_000,
        destination_port: 9999,
        hop_limit: 64,
        length: 32,
        ..Flow::default()
    };
    let about = Circumstances {
        at: 1,
        suppressed: 0,
        camera: 1,
        rule: 0,
        generation: 1,
        interface: 7,
        frame_length: 46,
        captured: 46,
        reason: DropReason::NotAllowed,
        audit: false,
    };
    let event = DropEvent::new(&about, &flow);
    let told = Told {
        event: &event,
        at: Timestamp::now(),
        interface: CAMERA.port,
        camera: Some("flooder"),
        group: Some("timed"),
        rule: None,
        frame: None,
        domain: None,
        label: None,
    };
    let mut lines = Vec::new();
    let (spent, ()) = clock::time(|| {
        for _ in 0..EVENTS {
            if lines.len() > 64 << 10 {
                lines.clear();
            }
            Format::Eve.write(&told, false, &mut lines);
        }
        Ok(())
    })?;
    Ok(f64::from(EVENTS) / spent.as_secs_f64())
}

/// A daemon that is given more events than it can take.
fn flood(length: Duration) -> Result<Flooded> {
    let site = Site::new("bench_events")?;
    let memory = Memory::new()?;
    let daemon = started(&site, &memory.events())?;
    let pinned = links::pinned(site.enforcer.directories())?;
    let interface = *pinned.first().context("no interface")?;
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let sender = scope.spawn(|| {
            clock::stay()?;
            site.network
                .router
                .run(|| send(&site, interface, &is_over))?
        });
        let emptier = scope.spawn(|| memory.empty(&is_over));
        let measured = measure(&site, &daemon, length);
        is_over.store(true, Ordering::Relaxed);
        for ended in [sender.join(), emptier.join()] {
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        measured
    })
}

fn measure(site: &Site, daemon: &Daemon, length: Duration) -> Result<Flooded> {
    thread::sleep(WARM);
    let (begun, before) = (Instant::now(), Now::of(site, daemon)?);
    let mut memory = 0;
    while begun.elapsed() < length {
        thread::sleep(Duration::from_millis(100));
        memory = memory.max(resident(daemon.id())?);
    }
    let (elapsed, after) = (begun.elapsed(), Now::of(site, daemon)?);
    let spent = after.used.saturating_sub(before.used);
    let [written, told, lost] = [
        after.written - before.written,
        after.told - before.told,
        after.lost - before.lost,
    ];
    ensure!(lost > 0.0, "the daemon was not kept busy");
    Ok(Flooded {
        rate: written / spent.as_secs_f64(),
        elapsed: written / elapsed.as_secs_f64(),
        memory,
        lost: lost * 100.0 / (told + lost),
    })
}

/// Hands frames to the program until it is over.
fn send(site: &Site, interface: u32, is_over: &AtomicBool) -> Result<()> {
    let program = links::in_force(site.enforcer.directories())?.context("nothing is in force")?;
    let frame = forbidden();
    let context = context(&frame, interface);
    while !is_over.load(Ordering::Relaxed) {
        let mut options = TestRunOptions::new();
        options.data_in = Some(&frame);
        options.ctx_in = Some(&context);
        options.repeat = BURST;
        program.test_run(options).context("test run")?;
    }
    Ok(())
}

/// How long the daemon has the processor in a second in which nothing comes.
fn at_rest(length: Duration) -> Result<Duration> {
    let site = Site::new("bench_rest")?;
    let memory = Memory::new()?;
    let daemon = started(&site, &memory.events())?;
    thread::sleep(Duration::from_secs(3));
    let (begun, before) = (Instant::now(), used(daemon.id())?);
    thread::sleep(length);
    let after = used(daemon.id())?;
    let spent = after.saturating_sub(before);
    Ok(spent.div_f64(begun.elapsed().as_secs_f64()))
}

/// How long the list of many cameras takes.
fn many_cameras(rounds: usize) -> Result<Duration> {
    let site = Site::new("bench_many")?;
    let cameras = (0..MANY).map(|number| {
        let [_, high, middle, low] = number.to_be_bytes();
        format!(
            "  c{number}: {{match: {{mac: \"02:01:00:{high:02x}:{middle:02x}:{low:02x}\"}}, group: timed}}\n"
        )
    });
    site.write(&format!("{POLICY}{}", cameras.collect::<String>()))?;
    let memory = Memory::new()?;
    let _daemon = started(&site, &memory.events())?;
    let mut took = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        let answer = site.enforcer.ask("GET", "/v1/cameras", "")?;
        took.push(begun.elapsed().as_secs_f64());
        ensure!(answer.status == 200, "{}", answer.text);
    }
    Ok(Duration::from_secs_f64(median(took)))
}

/// A daemon, kept on the processor that the flood is not on.
fn started(site: &Site, events: &Path) -> Result<Daemon> {
    let cpus = thread::available_parallelism().context("the processors")?;
    let mut enforcer = site.enforcer.clone();
    if cpus.get() > 1 {
        enforcer = enforcer.started_by(&["taskset", "--cpu-list", "0"]);
    }
    let events = events.to_str().context("a path")?;
    let options = ["--event-rate", "1000000000", "--events", events];
    let mut daemon = enforcer.start(site.policy(), &options)?;
    daemon.wait_in_force()?;
    Ok(daemon)
}

/// What the daemon has done until now.
struct Now {
    written: f64,
    told: f64,
    lost: f64,
    used: Duration,
}

impl Now {
    fn of(site: &Site, daemon: &Daemon) -> Result<Self> {
        let used = used(daemon.id())?;
        let metrics = site.enforcer.ask("GET", "/metrics", "")?;
        let sum = |begins: &str, holds: &str| sum(&metrics, begins, holds);
        Ok(Self {
            written: sum("enforcer_sink_events_total", "written"),
            told: sum("enforcer_events_total", "told"),
            lost: sum("enforcer_events_total", "lost"),
            used,
        })
    }
}

/// The sum of all series of a name with such a label.
fn sum(metrics: &Answer, begins: &str, holds: &str) -> f64 {
    let lines = metrics.text.lines();
    let lines = lines.filter(|line| line.starts_with(begins) && line.contains(holds));
    lines
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// How long a process had a processor, all of its threads together.
fn used(process: u32) -> Result<Duration> {
    let mut used = Duration::ZERO;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        // One that has ended has nothing to tell.
        let Ok(told) = fs::read_to_string(task?.path().join("schedstat")) else {
            continue;
        };
        let nanoseconds = told.split(' ').next().context("schedstat")?.parse()?;
        used += Duration::from_nanos(nanoseconds);
    }
    Ok(used)
}

/// Memory that is resident, in bytes.
fn resident(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kibibytes.context("VmRSS")?.parse::<u64>()? << 10)
}

/// A folder in memory.
struct Memory(PathBuf);

impl Memory {
    fn new() -> Result<Self> {
        let folder = Path::new("/dev/shm").join(format!("enforcer-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self(folder))
    }

    fn events(&self) -> PathBuf {
        self.0.join("events.json")
    }

    /// Empties the file until it is over.
    fn empty(&self, is_over: &AtomicBool) -> Result<()> {
        let file: File = OpenOptions::new().write(true).open(self.events())?;
        while !is_over.load(Ordering::Relaxed) {
            file.set_len(0)?;
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole, and none is below zero or near the end"
)]
const fn count(number: f64) -> u64 {
    number.round() as u64
}
