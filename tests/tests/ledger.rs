//! What the program writes down of what cameras send: to the frame, in as much room as there is, and while it
//! is taken down.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::{net::Ipv4Addr, thread};

use anyhow::Result;
use enforcer::kernel::ledger::{Ledger, Lines, Subject};
use enforcer_common::{
    DropReason,
    ledger::Outcome,
    table::{CameraId, STRANGERS},
};
use enforcer_tests::{
    cases::{Ports, suites},
    frame::{ethernet, ipv4, udp},
    host::Host,
    kernel::{Bench, Counting, TELLING},
};
use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};

const GATE: [u8; 6] = [2, 0, 0, 0, 0, 1];
const YARD: [u8; 6] = [2, 0, 0, 0, 0, 2];

const POLICY: &str = "
version: 1
interfaces: {lan-cam*: {unlisted: drop}}
groups: {recorded: {allow: [{to: 192.168.50.10, ports: [tcp/554, udp/123]}]}}
cameras:
  gate: {match: {mac: '02:00:00:00:00:01'}, group: recorded}
  yard: {match: {mac: '02:00:00:00:00:02'}, group: recorded, mode: audit}
";

#[test]
fn a_camera_that_makes_up_destinations_fills_its_own_rows_and_every_frame_is_counted() {
    on_the_bench("ledger-fill", |host, program, port| {
        stay_on_this_cpu();
        for number in 0..3_u16 {
            send(program, YARD, number, port)?;
        }
        for number in 0..5_000 {
            send(program, GATE, number, port)?;
            send(program, [2, 9, 9, 9, 9, 9], number, port)?;
        }
        // Rows that were there before go on.
        send(program, YARD, 2, port)?;
        send(program, GATE, 0, port)?;
        let ledger = program.ledger()?;
        let lines = ledger.read(ledger.epoch());
        let [gate, yard] = ["gate", "yard"].map(|camera| host.number(Some(camera)));

        let reason = DropReason::NotAllowed;
        assert_eq!(packets(&lines, yard, Outcome::Audited(reason)), [1, 1, 2]);
        assert_eq!(rest(&lines, yard), 0);

        let rows = packets(&lines, gate, Outcome::Dropped(reason));
        assert!((200..=256).contains(&rows.len()), "{} rows", rows.len());
        assert_eq!(rows.iter().sum::<u64>() + rest(&lines, gate), 5_001);
        assert_eq!(rows.last(), Some(&2), "the first has its row still");

        let unlisted = Outcome::Dropped(DropReason::Unlisted);
        let strangers = packets(&lines, STRANGERS, unlisted);
        let sum = strangers.iter().sum::<u64>();
        assert_eq!(sum + rest(&lines, STRANGERS), 5_000);
        Ok(())
    });
}

#[test]
fn what_is_taken_down_is_whole_and_what_comes_meanwhile_is_in_the_next() {
    on_the_bench("ledger-turn", |host, program, port| {
        let ledger = program.ledger()?;
        let gate = host.number(Some("gate"));
        for round in 0..4 {
            let epoch = ledger.epoch();
            for number in 0..=round {
                send(program, GATE, number, port)?;
            }
            ledger.turn();
            assert_eq!(ledger.epoch(), epoch + 1);
            send(program, GATE, 77, port)?;
            let taken = ledger.read(epoch);
            let before = u64::from(round > 0);
            assert_eq!(all(&taken, gate), u64::from(round) + 1 + before);
            assert_eq!(all(&ledger.read(epoch + 1), gate), 1);
            ledger.clear(epoch);
            assert_eq!(ledger.read(epoch), Lines::new());
            assert_eq!(all(&ledger.read(epoch + 1), gate), 1);
        }
        Ok(())
    });
}

#[test]
fn not_a_frame_is_lost_or_counted_twice_while_it_is_turned_without_end() {
    on_the_bench("ledger-race", |host, program, port| {
        let ledger = program.ledger()?;
        let gate = host.number(Some("gate"));
        let sent = 60_000;
        let taken = thread::scope(|scope| -> Result<u64> {
            let sender = scope.spawn(|| -> Result<()> {
                for number in 0..sent {
                    send(program, GATE, number % 50, port)?;
                }
                Ok(())
            });
            let mut taken = 0;
            while !sender.is_finished() {
                taken += take(&ledger, gate);
            }
            sender.join().expect("the sender")?;
            Ok(taken + take(&ledger, gate) + take(&ledger, gate))
        })?;
        assert_eq!(taken, u64::from(sent));
        Ok(())
    });
}

/// A camera has its rows on each CPU, and which one runs a frame is the scheduler's to say.
fn stay_on_this_cpu() {
    let mut own = CpuSet::new();
    own.set(sched_getcpu());
    sched_setaffinity(None, &own).unwrap();
}

fn take(ledger: &Ledger, camera: CameraId) -> u64 {
    let epoch = ledger.epoch();
    ledger.turn();
    let lines = ledger.read(epoch);
    ledger.clear(epoch);
    all(&lines, camera)
}

fn on_the_bench(name: &str, task: impl FnOnce(&Host, &mut Counting, u32) -> Result<()> + Send) {
    let ports = Ports::default();
    let bench = Bench::new(name, &ports).unwrap();
    let done = bench.run(|bench| {
        let topology = suites(&ports).remove(0).topology;
        let host = Host::parse(name, POLICY, topology);
        let program = bench.load(name, host.policy(), host.topology(), TELLING)?;
        let mut program = program.counting(host.policy(), host.topology())?;
        task(&host, &mut program, ports.cameras)
    });
    done.unwrap();
}

fn send(program: &mut Counting, mac: [u8; 6], number: u16, port: u32) -> Result<()> {
    let [high, low] = number.to_be_bytes();
    let to = Ipv4Addr::new(203, 0, high, low).to_string();
    let frame = ethernet(mac) / ipv4("192.168.50.21", &to) / udp(40_000, 8_800);
    program.run(&frame.build(), port).map(drop)
}

/// Frames in each row of a camera with this outcome, fewest first.
fn packets(lines: &Lines, camera: CameraId, outcome: Outcome) -> Vec<u64> {
    let of = lines.iter().filter(|((number, _), _)| *number == camera);
    let flows = of.filter_map(|((_, subject), sum)| match subject {
        Subject::Flow(_, what) => (what.outcome() == Some(outcome)).then_some(sum.packets),
        Subject::Rest(_) => None,
    });
    let mut packets: Vec<u64> = flows.collect();
    packets.sort_unstable();
    packets
}

fn rest(lines: &Lines, camera: CameraId) -> u64 {
    let of = lines.iter().filter(|((number, _), _)| *number == camera);
    let rest = of.filter(|((_, subject), _)| matches!(subject, Subject::Rest(_)));
    rest.map(|(_, sum)| sum.packets).sum()
}

fn all(lines: &Lines, camera: CameraId) -> u64 {
    let of = lines.iter().filter(|((number, _), _)| *number == camera);
    of.map(|(_, sum)| sum.packets).sum()
}
