//! The loaded program gives every frame the fate that the cases name, by the same camera, rule and
//! reason as the host; it counts every frame once, and tells of every drop or counts that it did not.

use std::sync::{Arc, Mutex};

use aya_log::Level;
use enforcer::kernel::{
    budget::Code,
    generation::Settings,
    ledger::{Ledger, Lines, Subject, Sum},
    object::Frames,
};

use enforcer_common::{
    DropReason, Judgement, Verdict,
    counter::{Counters, Drops, Telling},
    event::{Circumstances, DropEvent, SNAPSHOT},
    ledger::{Entry, Outcome},
    table::{CameraId, STRANGERS},
};
use enforcer_tests::{
    cases::{Expected, Ports, Suite, suites},
    frame::{ethernet, ipv4, udp},
    host::Host,
    kernel::{Bench, Counting, Counts, TELLING},
};
use log::Log;

/// Actions, with the kernel's names (`linux/bpf.h`).
const XDP_DROP: u32 = 1;
const XDP_PASS: u32 = 2;

#[test]
fn the_kernel_gives_every_case_the_verdict_of_the_host() {
    let ports = Ports::default();
    let bench = Bench::new("verdicts-judge", &ports).unwrap();
    let judged = bench.run(|bench| {
        let mut judged = 0;
        for suite in suites(&ports) {
            let host = Host::new(&suite);
            let mut program = bench.load(suite.name, host.policy(), host.topology(), TELLING)?;
            let frames = suite.cases.iter();
            let frames = frames.map(|case| (case.frame.as_slice(), case.interface));
            let kernel = program.judge(frames)?;
            for (case, kernel) in suite.cases.iter().zip(kernel) {
                let (verdict, _) = host.judge(&case.frame, case.interface);
                let about = format!("{}: {}", suite.name, case.name);
                assert_eq!(kernel, Judgement::from(&verdict), "{about}");
                assert_eq!(host.read(verdict).1, case.expected, "{about}");
                judged += 1;
            }
        }
        Ok(judged)
    });
    assert!(judged.unwrap() > 300);
}

/// The kernel gives up after a million; what is below that is time at each reload.
const MOST_VERIFIED: u32 = 100_000;

/// All there is (`MAX_BPF_STACK`).
const MOST_STACK: usize = 512;

/// Before the verifier cuts what a policy does not need: some twice of what it was when this was written.
const MOST_BYTES: usize = 128 << 10;

#[test]
fn the_verifier_is_done_in_good_time() {
    let ports = Ports::default();
    let bench = Bench::new("verdicts-verifier", &ports).unwrap();
    for frames in [Frames::Whole, Frames::InPieces] {
        let verified = bench.run(|bench| {
            let suite = suites(&ports).remove(0);
            let host = Host::new(&suite);
            let name = format!("{frames:?}");
            let (policy, topology) = (host.policy(), host.topology());
            let mut program = bench.load_taking(frames, &name, policy, topology, TELLING)?;
            program.verified()
        });
        let verified = verified.unwrap();
        println!("{frames:?}: {verified:?}");
        // Older kernels do not tell.
        if let Some(instructions) = verified.instructions {
            assert!((1..MOST_VERIFIED).contains(&instructions), "{verified:?}");
        }
    }
}

#[test]
fn the_program_is_within_the_stack_small_and_one_function() {
    let Code {
        bytes,
        stack,
        calls,
    } = Code::new().unwrap();
    assert_eq!(calls, 0);
    println!("{bytes} bytes, {stack} bytes of stack");
    assert!((1..=MOST_STACK).contains(&stack), "{stack} bytes of stack");
    assert!((1..=MOST_BYTES).contains(&bytes), "{bytes} bytes");
}

#[test]
fn every_frame_is_counted_once_and_every_drop_is_told() {
    let ports = Ports::default();
    let bench = Bench::new("verdicts-count", &ports).unwrap();
    let done = bench.run(|bench| {
        for suite in suites(&ports) {
            let host = Host::new(&suite);
            let program = bench.load(suite.name, host.policy(), host.topology(), TELLING)?;
            let mut program = program.counting(host.policy(), host.topology())?;
            run_all(&suite, &host, &mut program)?;
        }
        Ok(())
    });
    done.unwrap();
}

#[test]
fn what_is_not_told_is_counted() {
    let ports = Ports::default();
    let bench = Bench::new("verdicts-suppress", &ports).unwrap();
    let done = bench.run(|bench| {
        let suite = suites(&ports).remove(0);
        let host = Host::new(&suite);
        let settings = Settings {
            event_rate: 1,
            ..TELLING
        };
        let program = bench.load(suite.name, host.policy(), host.topology(), settings)?;
        let mut program = program.counting(host.policy(), host.topology())?;
        let dropped = |case: &&_| matches!(fate(case), Expected::Drop(_));
        let case = suite.cases.iter().find(dropped).unwrap();
        let begun = std::time::Instant::now();
        for _ in 0..1000 {
            assert_eq!(program.run(&case.frame, case.interface)?, XDP_DROP);
        }
        let most = 2 + begun.elapsed().as_secs();
        let counts = program.counts()?;
        let drops: Drops = counts.values().map(Counters::dropped).sum();
        let told = drops.told;
        assert_eq!((told + drops.suppressed, drops.lost), (1000, 0));
        assert!((1..=most).contains(&told), "{told} told");
        assert_eq!(program.events()?.len() as u64, told);
        Ok(())
    });
    done.unwrap();
}

#[test]
fn what_the_ring_has_no_room_for_is_counted() {
    let ports = Ports::default();
    let bench = Bench::new("verdicts-lose", &ports).unwrap();
    let done = bench.run(|bench| {
        let suite = suites(&ports).remove(0);
        let host = Host::new(&suite);
        let program = bench.load(suite.name, host.policy(), host.topology(), TELLING)?;
        let mut program = program.counting(host.policy(), host.topology())?;
        let dropped = |case: &&_| matches!(fate(case), Expected::Drop(_));
        let case = suite.cases.iter().find(dropped).unwrap();
        let sent = 12_000;
        for _ in 0..sent {
            assert_eq!(program.run(&case.frame, case.interface)?, XDP_DROP);
        }
        let counts = program.counts()?;
        let drops: Drops = counts.values().map(Counters::dropped).sum();
        assert!(drops.lost > 0, "the ring has no end");
        assert_eq!(drops.all().packets, sent);
        assert_eq!(program.events()?.len() as u64, drops.told);
        // Now that there is room, the next says how many were not told.
        program.run(&case.frame, case.interface)?;
        let events = program.events()?;
        let untold: Vec<_> = events.iter().map(|event| event.suppressed).collect();
        assert_eq!(untold, [drops.lost + drops.suppressed]);
        Ok(())
    });
    done.unwrap();
}

#[test]
fn strangers_under_ever_new_addresses_share_one_row_and_take_no_camera_s_share() {
    let ports = Ports::default();
    let bench = Bench::new("verdicts-strangers", &ports).unwrap();
    let done = bench.run(|bench| {
        let suite = suites(&ports).remove(0);
        let host = Host::new(&suite);
        let settings = Settings {
            event_rate: 1,
            ..TELLING
        };
        let program = bench.load(suite.name, host.policy(), host.topology(), settings)?;
        let mut program = program.counting(host.policy(), host.topology())?;
        for number in 0..5000_u16 {
            let [high, low] = number.to_be_bytes();
            let mac = [2, 0x99, 0, 0, high, low];
            let source = format!("192.168.{high}.{low}");
            let destination = format!("203.0.{low}.{high}");
            let frame = ethernet(mac) / ipv4(&source, &destination) / udp(number, 443);
            assert_eq!(program.run(&frame.build(), ports.cameras)?, XDP_DROP);
        }
        let counts = program.counts()?;
        let unlisted = counts[&STRANGERS].of(DropReason::Unlisted);
        assert_eq!(unlisted.all().packets, 5000);
        assert!(counts.keys().all(|camera| *camera == STRANGERS));
        assert!(program.events()?.len() < 100, "they have a share too");

        let dropped = |case: &&_| fate(case) == Expected::Drop(DropReason::Denied);
        let case = suite.cases.iter().find(dropped).unwrap();
        program.run(&case.frame, case.interface)?;
        let events = program.events()?;
        let [event] = events.as_slice() else {
            anyhow::bail!("{} events", events.len());
        };
        assert_eq!(event.camera, host.number(case.camera));
        Ok(())
    });
    done.unwrap();
}

#[test]
fn the_program_says_something_of_itself_only_when_asked() {
    let ports = Ports::default();
    let bench = Bench::new("verdicts-log", &ports).unwrap();
    let said = bench.run(|bench| {
        let suite = suites(&ports).remove(0);
        let host = Host::new(&suite);
        let dropped = |case: &&_| matches!(fate(case), Expected::Drop(_));
        let case = suite.cases.iter().find(dropped).unwrap();
        let mut said = Vec::new();
        for (name, log_level) in [("silent", 0), ("talking", Level::Debug as u8)] {
            let settings = Settings {
                log_level,
                ..TELLING
            };
            let program = bench.load(name, host.policy(), host.topology(), settings)?;
            let mut program = program.counting(host.policy(), host.topology())?;
            let heard = Heard::default();
            let mut diagnostics = program.diagnostics(heard.clone())?;
            for _ in 0..12_000 {
                program.run(&case.frame, case.interface)?;
            }
            diagnostics.flush();
            said.push(heard.0.lock().unwrap().first().cloned());
        }
        Ok(said)
    });
    let full = Some("the event ring is full".to_owned());
    assert_eq!(said.unwrap(), [None, full]);
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Log for Heard {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if let Ok(mut heard) = self.0.lock() {
            heard.push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

const fn fate(case: &enforcer_tests::cases::Case) -> Expected {
    case.expected
}

fn run_all(suite: &Suite, host: &Host, program: &mut Counting) -> anyhow::Result<()> {
    let mut expected = Counts::new();
    let mut told = Vec::new();
    let mut written = Lines::new();
    for case in &suite.cases {
        let (verdict, flow) = host.judge(&case.frame, case.interface);
        let action = program.run(&case.frame, case.interface)?;
        let passes = match verdict {
            Verdict::Ignore => true,
            Verdict::Allow { camera, rule } => {
                let bytes = u32::try_from(case.frame.len())?;
                expected.entry(camera).or_default().count_allowed(bytes);
                let entry = Entry::new(&flow, Outcome::Allowed, rule);
                write(&mut written, camera, &entry, &case.frame);
                true
            }
            Verdict::Drop {
                camera,
                reason,
                rule,
                audit,
            } => {
                let bytes = u32::try_from(case.frame.len())?;
                let counters = expected.entry(camera).or_default();
                counters.count_drop(reason, Telling::Told, bytes);
                let entry = Entry::new(&flow, Outcome::of_drop(reason, audit), rule);
                write(&mut written, camera, &entry, &case.frame);
                let about = Circumstances {
                    at: 0,
                    suppressed: 0,
                    camera,
                    rule,
                    generation: 1,
                    interface: case.interface,
                    frame_length: u32::try_from(case.frame.len())?,
                    captured: u16::try_from(case.frame.len().min(SNAPSHOT))?,
                    reason,
                    audit,
                };
                told.push((DropEvent::new(&about, &flow), &case.frame));
                audit
            }
        };
        let wanted = if passes { XDP_PASS } else { XDP_DROP };
        assert_eq!(action, wanted, "{}: {}", suite.name, case.name);
    }
    assert_eq!(program.counts()?, expected, "{}", suite.name);
    let reports = program.reports()?;
    assert_eq!(reports.len(), told.len(), "{}", suite.name);
    for (mut report, (event, frame)) in reports.into_iter().zip(told) {
        assert!(report.event.at > 0);
        report.event.at = 0;
        assert_eq!(report.event, event, "{}", suite.name);
        assert_eq!(
            Some(report.captured()),
            frame.get(..SNAPSHOT.min(frame.len()))
        );
    }
    assert_eq!(read(&program.ledger()?), written, "{}", suite.name);
    Ok(())
}

/// What stands in the ledger, without the times; what is there was not turned away.
fn read(ledger: &Ledger) -> Lines {
    let mut lines = ledger.read(ledger.epoch());
    for sum in lines.values_mut() {
        assert!(sum.first > 0 && sum.last >= sum.first);
        (sum.first, sum.last) = (0, 0);
    }
    lines
}

fn write(lines: &mut Lines, camera: CameraId, entry: &Entry, frame: &[u8]) {
    let new = Sum {
        rule: entry.rule,
        packets: 1,
        bytes: frame.len() as u64,
        first: 0,
        last: 0,
    };
    let line = lines.entry((camera, Subject::Flow(entry.destination, entry.what)));
    line.and_modify(|sum| sum.add(&new)).or_insert(new);
}
