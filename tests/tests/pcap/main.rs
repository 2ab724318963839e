//! `enforcer events --pcap`: frames that no capture on the router sees, as tshark reads them.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod sent;
mod tshark;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use enforcer_tests::daemon::{Outcome, PATIENCE};
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{FLOODER, ROUTER, Site};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

/// Every drop is told.
const ALL: &[&str] = &["--event-rate", "1000000000"];

/// Two clocks are not read at the same moment, in nanoseconds.
const SKEW: i128 = 1_000_000_000;

/// As much of a frame as is told.
const CAPTURED: usize = 128;

#[test]
fn tshark_reads_every_frame_as_it_was_sent() {
    let site = Site::new("pcap_frames").unwrap();
    let _daemon = site.started(ALL).unwrap();
    let sent = sent::frames();
    let begun = jiff::Timestamp::now();
    send(&site, sent.iter().map(|(frame, _)| frame.as_slice()));
    let path = site.file("drops.pcapng");
    let outcome = capture(&site, &path, &[]);
    assert_eq!(
        outcome.stderr,
        format!("{}: {} frames\n", path.display(), sent.len())
    );
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let read = tshark::frames(&path);
    assert_eq!(read.len(), sent.len());
    let times = begun.as_nanosecond() - SKEW..jiff::Timestamp::now().as_nanosecond() + SKEW;
    for ((frame, comment), read) in sent.iter().zip(&read) {
        let captured = &frame[..frame.len().min(CAPTURED)];
        assert_eq!(read.bytes, captured, "{read:?}");
        assert_eq!(read.captured, captured.len());
        assert_eq!(read.length, frame.len(), "{read:?}");
        assert!(is_said(&read.comment, comment), "{comment}: {read:?}");
        assert_eq!(read.interface, "lan-cam1");
        assert!(times.contains(&read.at), "{read:?}");
    }
    // Not only to the microsecond.
    assert!(read.iter().any(|read| read.at % 1000 != 0), "{read:?}");
    let fields = tshark::fields(&path, &["ip.src", "ip.dst", "udp.dstport"]);
    assert_eq!(fields[0], ["192.168.50.99", "203.0.113.7", "1"]);
    let fields = tshark::fields(&path, &["vlan.id", "tcp.flags", "tcp.dstport"]);
    assert_eq!(fields[2], ["50", "0x0002", "443"]);
    let fields = tshark::fields(&path, &["ipv6.src", "ipv6.dst"]);
    assert_eq!(fields[3], ["2001:db8::99", "2001:db8:1::7"]);
    let about = Command::new("capinfos").arg(&path).output().unwrap();
    let about = String::from_utf8(about.stdout).unwrap();
    assert!(about.contains("enforcer 0."), "{about}");

    // The same options as for lines, in place of what was there.
    let outcome = capture(&site, &path, &["--camera", "steady"]);
    assert!(outcome.stderr.ends_with(": 1 frame\n"), "{outcome:?}");
    assert_eq!(tshark::frames(&path).len(), 1);
    capture(&site, &path, &["--last", "2", "--reason", "not_allowed"]);
    assert_eq!(tshark::frames(&path).len(), 2);
}

#[test]
fn who_reads_at_the_same_time_sees_each_frame_when_it_comes() {
    let site = Site::new("pcap_live").unwrap();
    let mut daemon = site.started(ALL).unwrap();
    let options = ["events", "--follow", "--last", "0", "--pcap", "-"];
    let mut verb = site.enforcer.spawn(&options).unwrap();
    let mut command = Command::new("tshark");
    command.args([
        "-l",
        "-n",
        "-r",
        "-",
        "-T",
        "fields",
        "-e",
        "udp.dstport",
        "-e",
        "frame.comment",
    ]);
    command.stdin(verb.output().unwrap());
    let mut tshark = Killed(
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(tshark.0.stdout.take().unwrap()).lines();
    wait_for_follower(&site);
    let mut expect = |ports: std::ops::RangeInclusive<u16>| {
        for port in ports {
            send(&site, [datagram(port).as_slice()]);
            let line = lines.next().unwrap().unwrap();
            assert_eq!(
                line,
                format!("{port}\tnot_allowed; camera flooder; group timed")
            );
        }
    };
    expect(1..=3);
    daemon.terminate().unwrap();
    verb.wait_for("waiting for it").unwrap();
    let mut daemon = site.started(ALL).unwrap();
    verb.wait_for("the daemon is there again").unwrap();
    expect(4..=5);
    // That is how a capture ends.
    verb.interrupt().unwrap();
    assert_eq!(verb.end(PATIENCE).unwrap().code(), Some(0));
    assert!(lines.next().is_none());
    daemon.terminate().unwrap();
}

#[test]
fn a_capture_to_a_file_says_when_it_is_interrupted_what_is_in_it() {
    let site = Site::new("pcap_interrupted").unwrap();
    let _daemon = site.started(ALL).unwrap();
    let path = site.file("drops.pcapng");
    let options = ["events", "-f", "-n", "0", "--pcap", path.to_str().unwrap()];
    let mut verb = site.enforcer.spawn(&options).unwrap();
    wait_for_follower(&site);
    for port in 1..=3 {
        send(&site, [datagram(port).as_slice()]);
        // It is there before the capture ends.
        wait("the frame is in the file", || {
            tshark::frames(&path).len() == usize::from(port)
        });
    }
    verb.interrupt().unwrap();
    assert_eq!(verb.end(PATIENCE).unwrap().code(), Some(0));
    assert_eq!(verb.errors(), format!("{}: 3 frames", path.display()));
}

#[test]
fn a_place_that_cannot_be_written_to_is_said_before_anything_is_asked() {
    let site = Site::new("pcap_places").unwrap();
    // There is no daemon, which would be another failure.
    for place in ["/no/such/directory/drops.pcapng", "/"] {
        for follow in [&[][..], &["--follow"]] {
            let verb = [&["events", "--pcap", place], follow].concat();
            let outcome = site.enforcer.run(&verb).unwrap();
            assert_eq!(outcome.code, Some(1), "{outcome:?}");
            assert!(
                outcome.stderr.starts_with(&format!("error: {place}: ")),
                "{outcome:?}"
            );
        }
    }
    let path = site.file("drops.pcapng");
    let outcome = site
        .enforcer
        .run(&["events", "--pcap", path.to_str().unwrap()])
        .unwrap();
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(!path.exists());
    for other in [&["--json"][..], &["--format", "text"]] {
        let verb = [&["events", "--pcap", path.to_str().unwrap()], other].concat();
        assert_eq!(site.enforcer.run(&verb).unwrap().code, Some(2));
    }
}

#[test]
fn of_a_disk_that_is_full_what_fits_can_be_read() {
    let site = Site::new("pcap_full").unwrap();
    let _daemon = site.started(ALL).unwrap();
    let many: Vec<_> = (1..=200).map(datagram).collect();
    send(&site, many.iter().map(Vec::as_slice));
    let folder = site.file("small");
    fs::create_dir(&folder).unwrap();
    mount("tmpfs", &folder, "tmpfs", MountFlags::empty(), c"size=8192").unwrap();
    let _disk = Mounted(&folder);
    let path = folder.join("drops.pcapng");
    let verb = ["events", "--pcap", path.to_str().unwrap()];
    let outcome = site.enforcer.run(&verb).unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains("No space left on device"),
        "{outcome:?}"
    );
    // In the middle of none.
    let read = tshark::frames(&path);
    assert!((10..200).contains(&read.len()), "{}", read.len());
    let told = format!("{}: {} frames\n", path.display(), read.len());
    assert!(outcome.stderr.starts_with(&told), "{outcome:?}");
}

/// Where the policy stands is the test's own affair.
fn is_said(comment: &str, expected: &str) -> bool {
    let words = |text: &str| {
        text.split("; ")
            .map(|word| word.rsplit('/').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    words(comment) == words(expected)
}

fn datagram(port: u16) -> Vec<u8> {
    let packet = ipv4("192.168.50.99", "203.0.113.7");
    (ethernet(FLOODER).to(ROUTER) / packet / udp(40_000, port) / data(b"a")).build()
}

/// Sends frames, and waits until the daemon has read the last of them.
fn send<'f>(site: &Site, frames: impl IntoIterator<Item = &'f [u8]>) {
    let kept = || {
        let answer = site
            .enforcer
            .ask("GET", "/v1/events?follow=false", "")
            .unwrap();
        answer.text.lines().count()
    };
    let mut expected = kept();
    let wire = site.wire().unwrap();
    for frame in frames {
        wire.send(frame).unwrap();
        expected += 1;
    }
    wait("the events are read", || kept() == expected);
}

/// Captures what is kept.
fn capture(site: &Site, path: &Path, options: &[&str]) -> Outcome {
    let verb = [&["events", "--pcap", path.to_str().unwrap()], options].concat();
    let outcome = site.enforcer.run(&verb).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
    outcome
}

fn wait_for_follower(site: &Site) {
    wait("somebody follows", || {
        let metrics = site.enforcer.ask("GET", "/metrics", "").unwrap();
        metrics.metric("enforcer_event_followers") == Some(1)
    });
}

fn wait(what: &str, is_so: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !is_so() {
        assert!(std::time::Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(enforcer_tests::daemon::TICK);
    }
}

/// A process that ends with the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A file system that is there until this is dropped.
struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        unmount(self.0, UnmountFlags::DETACH).unwrap();
    }
}
