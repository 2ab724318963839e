//! Frames of more than a page come in pieces, of which the program reads the first: they are judged by it,
//! counted whole, and dropped where a header is not in it. On kernels that have no pieces nothing else is
//! different.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use aya::programs::XdpMode;
use enforcer::kernel::object::Frames;
use enforcer_common::{DropReason, counter::Telling, event::DropEvent};
use enforcer_tests::{
    cases::{Expected, Ports, Suite, suites},
    frame::{Layers, data, ethernet, ipv4, ipv6, tcp, udp},
    host::Host,
    kernel::{Bench, Counting, Counts, TELLING},
    site::{ALLOWED, FLOODER, FORBIDDEN, POLICY, ROUTER, STEADY, Site},
};

/// Actions, with the kernel's names (`linux/bpf.h`).
const XDP_DROP: u32 = 1;
const XDP_PASS: u32 = 2;

/// What an Ethernet frame of the usual jumbo MTU carries behind IPv4 and UDP.
const JUMBO: usize = 9000 - 28;

const NO_OPTIONS: [&str; 0] = [];

#[test]
fn a_jumbo_frame_is_judged_by_its_first_piece_and_counted_whole() {
    with_program(
        "frags-jumbo",
        Frames::here().unwrap(),
        |host, program, port| {
            let body = vec![7; JUMBO];
            for (case, frame, fate) in [
                (
                    "an allowed host",
                    hall() / ipv4(HALL_V4, "203.0.113.7") / udp(40_000, 443) / data(&body),
                    Expected::Allow,
                ),
                (
                    "an allowed host, by IPv6",
                    hall() / ipv6(HALL_V6, "2001:db8:a::7") / tcp(40_000, 443).ack() / data(&body),
                    Expected::Allow,
                ),
                (
                    "a host that is not allowed",
                    hall() / ipv4(HALL_V4, "198.18.0.7") / udp(40_000, 443) / data(&body),
                    Expected::Drop(DropReason::NotAllowed),
                ),
                (
                    "a port that is not allowed",
                    hall() / ipv4(HALL_V4, "192.168.50.1") / udp(40_000, 443) / data(&body),
                    Expected::Drop(DropReason::Port),
                ),
                (
                    "no camera",
                    ethernet([2, 0, 0, 0, 0x99, 0x99])
                        / ipv4(HALL_V4, "203.0.113.7")
                        / udp(40_000, 443)
                        / data(&body),
                    Expected::Drop(DropReason::Unlisted),
                ),
            ] {
                let frame = frame.build();
                assert!(frame.len() > 2 * 4096, "{case}: {}", frame.len());
                assert_fate(host, program, &frame, frame.len(), port, fate, case);
            }
        },
    );
}

#[test]
fn a_packet_that_is_longer_than_all_pieces_together_is_malformed() {
    with_program(
        "frags-long",
        Frames::here().unwrap(),
        |host, program, port| {
            let body = vec![7; JUMBO];
            let frame = hall() / ipv4(HALL_V4, "203.0.113.7") / udp(40_000, 443) / data(&body);
            let mut frame = frame.build();
            frame.pop();
            let fate = Expected::Drop(DropReason::Malformed);
            assert_fate(
                host,
                program,
                &frame,
                frame.len(),
                port,
                fate,
                "a byte short",
            );
            frame.extend([0; 3]);
            assert_fate(
                host,
                program,
                &frame,
                frame.len(),
                port,
                Expected::Allow,
                "padded",
            );
        },
    );
}

#[test]
fn a_header_past_the_first_piece_is_truncated_and_one_that_ends_with_it_is_read() {
    with_program(
        "frags-headers",
        Frames::here().unwrap(),
        |host, program, port| {
            let frame = hall() / ipv4(HALL_V4, "203.0.113.7") / udp(40_000, 443) / data(&[7; 200]);
            let frame = frame.build();
            for (first, fate) in [
                (14, Expected::Drop(DropReason::Truncated)),
                (20, Expected::Drop(DropReason::Truncated)),
                (33, Expected::Drop(DropReason::Truncated)),
                (34, Expected::Drop(DropReason::Truncated)),
                (41, Expected::Drop(DropReason::Truncated)),
                (42, Expected::Allow),
                (43, Expected::Allow),
                (frame.len(), Expected::Allow),
            ] {
                let case = format!("{first} bytes in the first piece");
                assert_fate(host, program, &frame, first, port, fate, &case);
            }
        },
    );
}

#[test]
fn a_kernel_without_pieces_gets_a_program_that_judges_and_counts_the_same() {
    let ports = Ports::default();
    let bench = Bench::new("frags-whole", &ports).unwrap();
    let done = bench.run(|bench| {
        for suite in suites(&ports) {
            let host = Host::new(&suite);
            let (policy, topology) = (host.policy(), host.topology());
            let load = |name: &str, frames| {
                let program = bench.load_taking(frames, name, policy, topology, TELLING)?;
                program.counting(policy, topology)
            };
            let mut whole = load(&format!("{} whole", suite.name), Frames::Whole)?;
            let mut pieces = load(&format!("{} pieces", suite.name), Frames::InPieces)?;
            for case in &suite.cases {
                let about = format!("{}: {}", suite.name, case.name);
                let action = whole.run(&case.frame, case.interface)?;
                assert_eq!(action, pieces.run(&case.frame, case.interface)?, "{about}");
            }
            assert_eq!(whole.counts()?, pieces.counts()?, "{}", suite.name);
        }
        Ok(())
    });
    done.unwrap();
}

#[test]
fn an_interface_with_jumbo_frames_is_enforced_in_native_mode() {
    let site = Site::new("frags_native").unwrap();
    let larger = |namespace: &enforcer_tests::sandbox::Namespace, links: &[&str]| {
        for link in links {
            namespace.ip(&format!("link set {link} mtu 9000")).unwrap();
        }
    };
    larger(&site.camera, &["eth0"]);
    larger(&site.network.router, &["lan-cam1", "wan0", "br-lan"]);
    larger(&site.network.cloud, &["eth0"]);
    site.write(&POLICY.replace("lan-cam*: {}", "lan-cam*: {attach: native}"))
        .unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("in force on lan-cam1 (native)").unwrap();

    let body = vec![7; JUMBO];
    let datagram = |mac, from: &str, to: &str, port| {
        (ethernet(mac).to(ROUTER) / ipv4(from, to) / udp(40_000, port) / data(&body)).build()
    };
    let allowed = datagram(STEADY, "192.168.50.98", "192.168.50.1", ALLOWED);
    let forbidden = datagram(FLOODER, "192.168.50.99", "203.0.113.7", FORBIDDEN);
    assert_eq!(allowed.len(), 9014);
    let (leaks, arrivals) = (site.leaks().unwrap(), site.arrivals().unwrap());
    let wire = site.wire().unwrap();
    for _ in 0..10 {
        wire.send(&forbidden).unwrap();
        wire.send(&allowed).unwrap();
    }
    assert_eq!(arrivals.wait_for(10), 10);
    assert_eq!(leaks.settled(), 0);
    let status = site.enforcer.status().unwrap();
    let steady = &status.camera("steady").unwrap().allowed;
    assert_eq!((steady.packets, steady.bytes), (10, 10 * 9014));
    let flooder = status.camera("flooder").unwrap();
    assert_eq!(flooder.dropped_as("not_allowed"), 10);
    assert_eq!(flooder.dropped.bytes, 10 * 9014);
}

#[test]
fn a_program_for_frames_in_one_piece_is_refused_by_an_interface_with_jumbo_frames() {
    let ports = Ports::default();
    let bench = Bench::new("frags-refused", &ports).unwrap();
    let done = bench.run(|bench| {
        let suite = ports_and_answers(&ports);
        let host = Host::new(&suite);
        let index = ports.cameras;
        bench.ip(&format!(
            "link set peer{index} mtu 9000\nlink set port{index} mtu 9000\n"
        ))?;
        for (name, frames, attached) in [
            ("whole", Frames::Whole, false),
            ("pieces", Frames::InPieces, true),
        ] {
            let program =
                bench.load_taking(frames, name, host.policy(), host.topology(), TELLING)?;
            let mut program = program.counting(host.policy(), host.topology())?;
            let link = program
                .program()?
                .attach_to_if_index(index, XdpMode::Driver);
            assert_eq!(link.is_ok(), attached, "{name}: {link:?}");
        }
        Ok(())
    });
    done.unwrap();
}

const HALL_V4: &str = "192.168.50.22";
const HALL_V6: &str = "fd00:50::22";

/// Frames of the camera of [`ports_and_answers`].
fn hall() -> Layers {
    Layers::from(ethernet([2, 0, 0, 0, 0x50, 0x22]))
}

fn ports_and_answers(ports: &Ports) -> Suite {
    let mut suites = suites(ports).into_iter();
    suites
        .find(|suite| suite.name == "ports and answers")
        .unwrap()
}

fn with_program(test: &str, frames: Frames, task: impl FnOnce(&Host, &mut Counting, u32) + Send) {
    let ports = Ports::default();
    let bench = Bench::new(test, &ports).unwrap();
    let done = bench.run(|bench| {
        let suite = ports_and_answers(&ports);
        let host = Host::new(&suite);
        let program =
            bench.load_taking(frames, suite.name, host.policy(), host.topology(), TELLING)?;
        let mut program = program.counting(host.policy(), host.topology())?;
        task(&host, &mut program, ports.cameras);
        Ok(())
    });
    done.unwrap();
}

/// The action, all counters with their bytes, and the event.
fn assert_fate(
    host: &Host,
    program: &mut Counting,
    frame: &[u8],
    first: usize,
    interface: u32,
    fate: Expected,
    case: &str,
) {
    let before = program.counts().unwrap();
    let action = if first == frame.len() {
        program.run(frame, interface).unwrap()
    } else if let Some(action) = program.run_in_pieces(frame, first, interface).unwrap() {
        action
    } else {
        // Test runs of this kernel cut no frame where they are told to.
        return;
    };
    let camera = if fate == Expected::Drop(DropReason::Unlisted) {
        None
    } else {
        Some("hall")
    };
    let camera = host.number(camera);
    let mut expected = before;
    let counters = expected.entry(camera).or_default();
    let bytes = u32::try_from(frame.len()).unwrap();
    let reason = match fate {
        Expected::Drop(reason) => Some(reason),
        Expected::Allow | Expected::Audit(_) | Expected::Ignore => None,
    };
    if let Some(reason) = reason {
        counters.count_drop(reason, Telling::Told, bytes);
    } else {
        counters.count_allowed(bytes);
    }
    let wanted = if reason.is_some() { XDP_DROP } else { XDP_PASS };
    assert_eq!(action, wanted, "{case}");
    let counts: Counts = program.counts().unwrap();
    assert_eq!(counts, expected, "{case}");
    let events = program.events().unwrap();
    let told = |event: &DropEvent| (event.camera, event.reason, event.frame_length as usize);
    let told: Vec<_> = events.iter().map(told).collect();
    let wanted: Vec<_> = reason
        .map(|reason| (camera, reason, frame.len()))
        .into_iter()
        .collect();
    assert_eq!(told, wanted, "{case}");
}
