//! The kernel finds its way in lists that are longer than what a line of its tables has room for.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::net::Ipv4Addr;

use enforcer::{
    compile::lookup::Lookup,
    numbering::CameraIds,
    policy::Policy,
    topology::{Link, Topology},
};
use enforcer_common::{Judgement, decided};
use enforcer_tests::{
    cases::Ports,
    frame::{Mac, ethernet, ipv4, udp},
    kernel::{Bench, TELLING},
};

const CAMERA: Mac = [2, 0, 0, 0, 0x50, 0x21];

/// More than the arrays of a house have rows for (`enforcer::kernel::counters`).
const CAMERAS: u16 = 3000;

#[test]
fn thousands_of_cameras_are_loaded_and_each_is_known() {
    let ports = Ports::default();
    let bench = Bench::new("many", &ports).unwrap();
    let mac = |camera: u16| {
        let [high, low] = camera.to_be_bytes();
        [2, 0, 0, 0, high, low]
    };
    let cameras = (0..CAMERAS).map(|camera| {
        let [.., high, low] = mac(camera);
        format!("  c{camera}: {{match: {{mac: \"02:00:00:00:{high:02x}:{low:02x}\"}}, group: g}}\n")
    });
    let text = format!(
        "version: 1\ninterfaces: {{lan1: {{unlisted: drop}}}}\n\
         groups: {{g: {{allow: [{{to: 198.51.100.7}}]}}}}\ncameras:\n{}",
        cameras.collect::<String>()
    );
    let policy = Policy::parse("many", &text).unwrap();
    let topology = router(&ports);
    let frames = (0..CAMERAS).map(|camera| {
        (ethernet(mac(camera)) / ipv4("192.168.50.21", "198.51.100.7") / udp(5000, 5000)).build()
    });
    let frames: Vec<Vec<u8>> = frames.collect();
    let judged = bench.run(|bench| {
        let mut program = bench.load("many", &policy, &topology, TELLING)?;
        program.judge(frames.iter().map(|frame| (frame.as_slice(), ports.cameras)))
    });
    for (id, judged) in (1..).zip(judged.unwrap()) {
        assert_eq!((judged.kind, judged.camera), (Judgement::ALLOW, id));
    }
}

fn router(ports: &Ports) -> Topology {
    Topology {
        links: vec![Link {
            index: ports.cameras,
            name: "lan1".to_owned(),
            ..Link::default()
        }],
    }
}

/// Prefixes of IPv4, the same each time: anywhere, and crowded in one /16.
fn list(count: u32) -> Vec<(Ipv4Addr, u8)> {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u32::try_from(state >> 32).unwrap()
    };
    let prefixes = (0..count).map(|nth| {
        let (number, length) = (next(), 20 + next() % 13);
        let number = if nth % 4 == 0 {
            0x2d40_0000 | number >> 16
        } else {
            0x0b00_0000 + number % 0x3000_0000
        };
        let kept = u32::MAX << (32 - length);
        (Ipv4Addr::from(number & kept), u8::try_from(length).unwrap())
    });
    prefixes.collect()
}

#[test]
fn the_kernel_agrees_with_the_host_wherever_a_long_list_has_an_edge() {
    let ports = Ports::default();
    let bench = Bench::new("large", &ports).unwrap();
    let prefixes = list(4000);
    let words: Vec<String> = prefixes
        .iter()
        .map(|(address, length)| format!("{address}/{length}"))
        .collect();
    let text = format!(
        "version: 1\ninterfaces: {{lan1: {{unlisted: drop}}}}\n\
         prefixes: {{long: [{}]}}\n\
         groups: {{one: {{allow: [{{to: long}}]}}, other: {{allow: [{{to: long}}]}}}}\n\
         cameras: {{gate: {{match: {{mac: \"02:00:00:00:50:21\"}}, group: other}}}}\n",
        words.join(", ")
    );
    let policy = Policy::parse("large", &text).unwrap();
    let topology = router(&ports);
    let host = Lookup::new(&policy, &topology, &CameraIds::default()).unwrap();
    let edges = prefixes.iter().flat_map(|&(address, length)| {
        let last = address.to_bits() | u32::MAX.checked_shr(length.into()).unwrap_or(0);
        [address.to_bits() - 1, address.to_bits(), last, last + 1]
    });
    let frames: Vec<Vec<u8>> = edges
        .map(|edge| {
            let destination = Ipv4Addr::from(edge).to_string();
            (ethernet(CAMERA) / ipv4("192.168.50.21", &destination) / udp(5000, 5000)).build()
        })
        .collect();
    let judged = bench.run(|bench| {
        let mut program = bench.load("large", &policy, &topology, TELLING)?;
        program.judge(frames.iter().map(|frame| (frame.as_slice(), ports.cameras)))
    });
    let mut kinds = [0, 0];
    for (frame, kernel) in frames.iter().zip(judged.unwrap()) {
        let (verdict, _) = decided(&frame[..], ports.cameras, host.tables());
        assert_eq!(kernel, Judgement::from(&verdict), "{frame:02x?}");
        kinds[usize::from(kernel.kind == Judgement::ALLOW)] += 1;
    }
    assert!(kinds.iter().all(|&count| count > 1000), "{kinds:?}");
}
