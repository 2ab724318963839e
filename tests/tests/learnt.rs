//! From an audit to a policy that enforces: what a daemon saw, the draft of it, and what that lets pass.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::net::Ipv4Addr;

use enforcer_tests::actor::Receiver;
use enforcer_tests::capture::pcap;
use enforcer_tests::daemon::Outcome;
use enforcer_tests::frame::{Mac, arp_request, data, ethernet, ipv4, udp};
use enforcer_tests::owners::{self, CHINANET};
use enforcer_tests::resolver;
use enforcer_tests::site::{FLOODER, ROUTER, STEADY, Site};
use serde_json::Value;

const ETHERNET: u32 = 1;
const NO_OPTIONS: [&str; 0] = [];

/// What an operator begins with: what there is, and no rule yet.
const AUDIT: &str = r#"version: 1
mode: audit
interfaces:
  lan-cam*: {}
prefixes:
  recorder: [192.168.50.10, "fd00:50::10"]
groups:
  new: {}
cameras:
  flooder:
    match: {mac: "02:00:00:00:50:99"}
    group: new
  steady:
    match: {mac: "02:00:00:00:50:98"}
    group: new
"#;

#[test]
fn a_draft_of_an_audit_lets_the_recorder_s_flow_pass_and_drops_the_others() {
    let site = Site::new("learnt_audit").unwrap();
    site.write(AUDIT).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    send(&site, &all());
    site.status_when(|status| status.dropped() == 16).unwrap();

    let draft = site.file("draft.yaml");
    let draft = draft.to_str().unwrap();
    let outcome = site.enforcer.run(&["learn", "-o", draft]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stdout.is_empty(), "{outcome:?}");
    for words in ["covers 5 frames", "10  public", "1  one-off"] {
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
    let text = fs::read_to_string(draft).unwrap();
    for words in [
        "- to: recorder",
        "answer: [udp/8000]",
        "# from udp/8000: 5 frames of 1 camera, ",
        "# It covers 5 frames of that and leaves out 11,",
        "#   flooder to 203.0.113.7 udp/9999: 10 frames, ",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let check = site.enforcer.run(&["check", "--strict", draft]).unwrap();
    assert_eq!(check.code, Some(0), "{check:?}");

    daemon.terminate().unwrap();
    daemon.wait_end().unwrap();
    // Without a daemon it says the same.
    let outcome = site.enforcer.run(&["learn", "--json"]).unwrap();
    assert_eq!(told(&outcome)["covered"][0]["packets"], 5);

    let mut daemon = site.enforcer.start(draft.as_ref(), &NO_OPTIONS).unwrap();
    daemon.wait_in_force().unwrap();
    let steady = Receiver::frames(&site.network.router, STEADY).unwrap();
    let flooder = Receiver::frames(&site.network.router, FLOODER).unwrap();
    send(&site, &all());
    site.status_when(|status| status.dropped() == 16 + 11)
        .unwrap();
    // Each is seen at the port and at the bridge above it.
    assert_eq!(steady.wait_for(10), 10);
    assert_eq!((steady.settled(), flooder.settled()), (10, 0));
}

#[test]
fn a_draft_of_a_capture_says_what_a_replay_of_it_does() {
    let site = Site::new("learnt_capture").unwrap();
    site.write(AUDIT).unwrap();
    let stranger = [0x44, 0x19, 0xb6, 0, 0, 7];
    let mut frames = all();
    frames.extend(times(
        4,
        &frame(stranger, "192.168.50.77", "192.168.50.10", 554, 40_000),
    ));
    frames.extend(times(
        3,
        &frame(ROUTER, "192.168.50.1", "192.168.50.98", 123, 123),
    ));
    // Of what is left out: it comes from a port that the camera may answer from.
    frames.push(frame(
        STEADY,
        "192.168.50.98",
        "192.168.50.10",
        8_000,
        7_000,
    ));
    let capture = site.file("monday.pcap");
    fs::write(&capture, pcap(ETHERNET, &frames, 262_144)).unwrap();
    let (capture, draft) = (capture.to_str().unwrap(), site.file("draft.yaml"));
    let draft = draft.to_str().unwrap();
    let policy = site.policy().to_str().unwrap();
    for (more, cameras, passing) in [
        (&[][..], 2, 6),
        (&["--stranger", "44:19:b6"][..], 3, 10),
        (&["--include", "203.0.113.0/24"][..], 2, 16),
        (&["--camera", "flooder"][..], 2, 0),
    ] {
        let mut arguments = vec!["learn", "--policy", policy, "--capture", capture];
        arguments.extend(["-o", draft, "--json"]);
        arguments.extend(more);
        let learnt = told(&site.enforcer.run(&arguments).unwrap());
        let check = site
            .enforcer
            .run(&["check", "--strict", draft, "--json"])
            .unwrap();
        assert_eq!(told(&check)["summary"]["cameras"], cameras, "{more:?}");
        let replay = ["replay", capture, "--policy", draft, "--json"];
        let replayed = told(&site.enforcer.run(&replay).unwrap());
        assert_eq!(replayed["frames"]["allowed"], passing, "{more:?}");
        let words = format!(
            "Of {} frames of that it lets {passing} pass and drops {},",
            frames.len(),
            frames.len() - passing
        );
        let text = fs::read_to_string(draft).unwrap();
        assert!(text.contains(&words), "{words}\n{text}");
        let sum = |lines: &Value| -> u64 {
            let lines = lines.as_array().unwrap().iter();
            lines.map(|line| line["packets"].as_u64().unwrap()).sum()
        };
        assert_eq!(sum(&learnt["covered"]), u64::try_from(passing).unwrap());
    }
    // The one from another port is no surprise, and so it is not left out.
    let arguments = ["learn", "--policy", policy, "--capture", capture];
    let outcome = site.enforcer.run(&arguments).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("02:00:00:00:50:01 (made up): 3 frames"),
        "{outcome:?}"
    );
    // The registry of makers has this one.
    assert!(
        outcome
            .stderr
            .contains("44:19:b6:00:00:07 (Hikvision): 4 frames"),
        "{outcome:?}"
    );
    assert!(
        outcome
            .stdout
            .starts_with("# Drafted by `enforcer learn` from "),
        "{outcome:?}"
    );
}

#[test]
fn of_a_capture_it_is_told_whose_the_cloud_is_that_is_left_out() {
    let site = Site::new("learnt_cloud").unwrap();
    site.write(AUDIT).unwrap();
    let owners = site.file("owners.mmdb");
    owners::write(&owners, &[CHINANET]).unwrap();
    let cloud = [7, 8].map(|number| Ipv4Addr::new(203, 0, 113, number));
    let to = |camera: Mac, address: &str, from: Mac, name: &str, of: Ipv4Addr| {
        let frame = ethernet(from).to(camera) / ipv4("192.168.50.1", address);
        let message = resolver::answer(name, of);
        (frame / udp(53, 40_000) / data(&message)).build()
    };
    let answered = |from, of| to(FLOODER, "192.168.50.99", from, "dev.hik-connect.com", of);
    // What the camera answers itself is nobody's word.
    let mut frames = vec![answered(ROUTER, cloud[0]), answered(FLOODER, cloud[1])];
    let time = "time.vendor.example";
    frames.push(to(STEADY, "192.168.50.98", ROUTER, time, cloud[0]));
    for (camera, source, to) in [
        (FLOODER, "192.168.50.99", cloud[0]),
        (FLOODER, "192.168.50.99", cloud[1]),
        (STEADY, "192.168.50.98", cloud[0]),
    ] {
        frames.extend(times(
            5,
            &frame(camera, source, &to.to_string(), 40_000, 443),
        ));
    }
    let capture = site.file("monday.pcap");
    fs::write(&capture, pcap(ETHERNET, &frames, 262_144)).unwrap();
    let [policy, capture, owners] =
        [site.policy(), &capture, &owners].map(|path| path.to_str().unwrap());
    let learn = ["learn", "--policy", policy, "--capture", capture, "--json"];
    let why = |more: &[&str]| -> Vec<(String, String, String)> {
        let learnt = told(&site.enforcer.run(&[&learn, more].concat()).unwrap());
        let left = learnt["left_out"].as_array().unwrap().iter();
        let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
        let left = left.filter(|line| line["dest_port"] == 443);
        let mut told: Vec<_> = left
            .map(|line| {
                let flow = format!("{} {}", text(line, "camera"), text(line, "dest_ip"));
                (flow, text(line, "why"), text(line, "words"))
            })
            .collect();
        told.sort();
        told
    };
    // Whose it is does not hide by which name the camera knows it.
    for (more, [hikvision, nameless, time]) in [
        (
            &[][..],
            [
                "the cloud of Hikvision: dev.hik-connect.com",
                "public",
                "public, of time.vendor.example",
            ],
        ),
        (
            &["--owners", owners],
            [
                "the cloud of Hikvision: dev.hik-connect.com, CN, AS4134 China Telecom (a state's)",
                "public, of CN, AS4134 China Telecom (a state's)",
                "public, of time.vendor.example, CN, AS4134 China Telecom (a state's)",
            ],
        ),
    ] {
        let expected = [
            ("flooder 203.0.113.7", "vendor_cloud", hikvision),
            ("flooder 203.0.113.8", "public", nameless),
            ("steady 203.0.113.7", "public", time),
        ];
        let expected =
            expected.map(|(flow, why, words)| (flow.to_owned(), why.to_owned(), words.to_owned()));
        assert_eq!(why(more), expected, "{more:?}");
    }
    let absent = ["--owners", "/no/such/file"];
    let outcome = site.enforcer.run(&[&learn[..], &absent].concat()).unwrap();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("--owners: /no/such/file"),
        "{outcome:?}"
    );
}

#[test]
fn what_passes_without_a_rule_and_a_camera_of_no_maker_are_told_as_that() {
    let site = Site::new("learnt_apart").unwrap();
    site.write(AUDIT).unwrap();
    let stranger = [0x5e, 0xa1, 0x19, 0, 0, 7];
    let asks = ethernet(STEADY) / arp_request(STEADY, "192.168.50.98", "192.168.50.10");
    let recorder = |from, source| frame(from, source, "192.168.50.10", 8_000, 50_000);
    let mut frames: Vec<_> = times(3, &asks.build()).collect();
    frames.extend(times(5, &recorder(STEADY, "192.168.50.98")));
    frames.extend(times(4, &recorder(stranger, "192.168.50.77")));
    let capture = site.file("monday.pcap");
    fs::write(&capture, pcap(ETHERNET, &frames, 262_144)).unwrap();
    let [policy, capture] = [site.policy(), &capture].map(|path| path.to_str().unwrap());
    let learn = ["learn", "--policy", policy, "--capture", capture];
    let stranger = ["--stranger", "5e:a1:19"];
    let outcome = site
        .enforcer
        .run(&[&learn[..], &stranger].concat())
        .unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    for words in [
        "covers 12 frames\n           3  ARP, DHCP, neighbour discovery and the like, by `link`",
        "note: `stranger-5ea119000007`: Its MAC address is made up (locally administered)",
    ] {
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
    for words in [
        "# Of what it covers 3 frames are ARP, DHCP",
        "is it one? Its MAC address is made up",
    ] {
        assert!(outcome.stdout.contains(words), "{outcome:?}");
    }
}

#[test]
fn what_cannot_be_learnt_from_is_told_and_ends_as_it_says() {
    let site = Site::new("learnt_not").unwrap();
    site.write(AUDIT).unwrap();
    let policy = site.policy().to_str().unwrap();
    let empty = site.file("empty.pcap");
    fs::write(&empty, pcap(ETHERNET, &[], 262_144)).unwrap();
    let cut = site.file("cut.pcap");
    let whole = pcap(ETHERNET, &all(), 262_144);
    fs::write(&cut, &whole[..whole.len() - 1]).unwrap();
    let [empty, cut] = [&empty, &cut].map(|path| path.to_str().unwrap());
    for (arguments, code, words) in [
        (
            &["--policy", policy, "--capture", empty][..],
            1,
            "nothing was seen",
        ),
        (&["--policy", policy, "--capture", cut], 2, "cut short"),
        (
            &["--policy", policy, "--capture", "/dev/null"],
            2,
            "not a file",
        ),
        (
            &["--policy", policy, "--capture", "-"],
            2,
            "standard input, and it is read more than once: name a file",
        ),
        (
            &["--policy", policy, "--capture", cut, "--camera", "floder"],
            2,
            "did you mean `flooder`?",
        ),
        (
            &["--policy", policy, "--capture", cut, "--interface", "wan"],
            2,
            "no row of `interfaces`",
        ),
        (
            &[
                "--policy",
                policy,
                "--capture",
                cut,
                "--stranger",
                "44:19:b6",
            ],
            1,
            "no sender",
        ),
        (
            &["--policy", policy, "--capture", cut, "-o", policy],
            2,
            "of the policy itself",
        ),
        (&["--policy", cut, "--capture", cut], 1, "cut.pcap"),
        (&["--stranger", "44:19:b6"], 2, "--capture"),
        (&[], 2, "--policy PATH"),
    ] {
        let mut all = vec!["learn"];
        all.extend(arguments);
        let outcome = site.enforcer.run(&all).unwrap();
        assert_eq!(outcome.code, Some(code), "{arguments:?} {outcome:?}");
        assert!(outcome.stderr.contains(words), "{arguments:?} {outcome:?}");
    }
    assert_eq!(fs::read_to_string(policy).unwrap(), AUDIT);
}

/// Five of a camera that answers the recorder, ten of one to its cloud, and one that is never seen again.
fn all() -> Vec<Vec<u8>> {
    let recorder = frame(STEADY, "192.168.50.98", "192.168.50.10", 8_000, 50_000);
    let cloud = frame(FLOODER, "192.168.50.99", "203.0.113.7", 40_000, 9_999);
    let once = frame(STEADY, "192.168.50.98", "192.168.50.77", 40_000, 23);
    let frames = times(5, &recorder).chain(times(10, &cloud));
    frames.chain([once]).collect()
}

fn frame(from: Mac, source: &str, to: &str, source_port: u16, port: u16) -> Vec<u8> {
    let frame = ethernet(from).to(ROUTER) / ipv4(source, to) / udp(source_port, port);
    (frame / data(b"video")).build()
}

fn times(number: usize, frame: &[u8]) -> impl Iterator<Item = Vec<u8>> + use<> {
    std::iter::repeat_n(frame.to_vec(), number)
}

fn send(site: &Site, frames: &[Vec<u8>]) {
    let wire = site.wire().unwrap();
    for frame in frames {
        wire.send(frame).unwrap();
    }
}

fn told(outcome: &Outcome) -> Value {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}
