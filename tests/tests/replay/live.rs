//! Captures without an end: from a pipe, with Ctrl-C, and what a terminal sees of them meanwhile.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::{Child, ChildStdin, Stdio};
use std::time::Duration;

use enforcer_tests::capture::{pcap, pcapng};
use enforcer_tests::daemon::{Outcome, wait};
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{FLOODER, Site};
use enforcer_tests::terminal::{STARTER, Size, Terminal};
use rustix::io::ioctl_fionread;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::{ETHERNET, frames, told};

/// How it ends that was ended by whoever had seen enough.
const INTERRUPTED: i32 = 130;

/// A terminal with room for all that is told.
const SHEET: Size = (120, 60);

#[test]
fn a_capture_from_a_pipe_is_judged_like_one_from_a_file_however_it_comes() {
    let site = Site::new("replay_pipe").unwrap();
    let two = pcapng(&[("lan-cam1", &frames()[0]), ("lan-cam1", &frames()[1])]);
    for (capture, packets) in [(pcap(ETHERNET, &frames(), 262_144), 6), (two, 2)] {
        let (child, mut input) = begin(&site);
        for bytes in capture.chunks(7) {
            input.write_all(bytes).unwrap();
        }
        drop(input);
        let document = told(&end(child));
        assert_eq!(document["capture"], "standard input");
        assert_eq!(document["packets"], packets);
        assert_eq!(document["error"], Value::Null);
    }
}

#[test]
fn at_ctrl_c_what_came_so_far_is_told_though_the_pipe_stays_open() {
    let site = Site::new("replay_interrupt").unwrap();
    for signal in [Signal::INT, Signal::TERM] {
        let (child, mut input) = begin(&site);
        let process = Pid::from_child(&child);
        let capture = pcap(ETHERNET, &frames(), 262_144);
        input.write_all(&capture).unwrap();
        wait("the reader to have read all that there is", || {
            let is_empty = ioctl_fionread(&input).unwrap() == 0;
            (is_empty && waits_for_more(process)).then_some(())
        });
        kill_process(process, signal).unwrap();
        let outcome = end(child);
        drop(input);
        assert_eq!(outcome.code, Some(INTERRUPTED), "{outcome:?}");
        let words = "before the end of the capture";
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(document["packets"], 6, "{outcome:?}");
        assert_eq!(document["frames"]["dropped"], 4);
        assert_eq!(document["error"], json!("interrupted"));
    }
}

#[test]
fn a_terminal_sees_how_far_it_is_and_then_the_summary_alone() {
    let mut site = Site::new("replay_progress").unwrap();
    site.enforcer = site.enforcer.clone().started_by(&STARTER);
    let fifo = site.file("fifo");
    let created = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(created.unwrap().success());
    let [fifo, policy] = [fifo.as_path(), site.policy()].map(|path| path.to_str().unwrap());
    let mut command = site.enforcer.command(&["replay", fifo, "--policy", policy]);
    command.env("TERM", "xterm-256color");
    let mut terminal = Terminal::start(&site.network.router, command, SHEET).unwrap();
    let mut input = OpenOptions::new().write(true).open(fifo).unwrap();
    let capture = pcap(ETHERNET, &frames(), 262_144);
    input.write_all(&capture).unwrap();
    terminal.wait_for(" 6 frames, ").unwrap();
    drop(input);
    let text = terminal.wait_for("fifo: 6 frames").unwrap();
    let mut so_far = text.lines().filter(|line| line.contains(" 6 frames, "));
    assert!(so_far.all(|line| line.contains("fifo: ")), "{text}");
    assert!(terminal.wait_end().unwrap().success());
}

#[test]
fn of_a_long_file_a_terminal_sees_how_much_is_judged_and_how_long_the_rest_takes() {
    let mut site = Site::new("replay_bar").unwrap();
    site.enforcer = site.enforcer.clone().started_by(&STARTER);
    let capture = many(150_000, 60);
    let path = site.file("long.pcap");
    fs::write(&path, &capture).unwrap();
    let [capture, policy] = [path.as_path(), site.policy()].map(|path| path.to_str().unwrap());
    let arguments = ["replay", capture, "--policy", policy, "--host"];
    let mut command = site.enforcer.command(&arguments);
    command.env("TERM", "xterm-256color");
    let mut terminal = Terminal::start(&site.network.router, command, SHEET).unwrap();
    // However fast it is, it is at it for longer than a bar takes to show itself.
    let is_at_it = || {
        let read = fs::read_to_string(format!("/proc/{}/io", terminal.id())).ok()?;
        let read: u64 = read.strip_prefix("rchar: ")?.lines().next()?.parse().ok()?;
        (read > 2 << 20).then_some(())
    };
    wait("it to have read some of it", is_at_it);
    terminal.signal(Signal::STOP).unwrap();
    std::thread::sleep(Duration::from_millis(1_100));
    terminal.signal(Signal::CONT).unwrap();
    let text = terminal.wait_for("% of ").unwrap();
    let bar = text.lines().find(|line| line.contains("% of ")).unwrap();
    assert!(bar.contains(" frames  ") && bar.ends_with(" left"), "{bar}");
    let (percent, _) = bar.split_once("% of ").unwrap();
    let percent = percent.rsplit(' ').next().unwrap();
    assert!(
        (1..=100).contains(&percent.parse::<u32>().unwrap()),
        "{bar}"
    );
    let text = terminal.wait_for("long.pcap: 150,000 frames").unwrap();
    assert!(!text.contains("% of "), "{text}");
    assert!(terminal.wait_end().unwrap().success());
}

#[test]
fn a_second_ctrl_c_ends_it_though_nobody_takes_what_it_tells() {
    let site = Site::new("replay_second").unwrap();
    let (mut child, mut input) = begin(&site);
    let process = Pid::from_child(&child);
    // A line for each of these is more than a pipe holds.
    input.write_all(&many(1_000, 60)).unwrap();
    wait("the reader to have read all that there is", || {
        let is_empty = ioctl_fionread(&input).unwrap() == 0;
        (is_empty && waits_for_more(process)).then_some(())
    });
    kill_process(process, Signal::INT).unwrap();
    let output = child.stdout.take().unwrap();
    wait("its output to be full", || {
        (ioctl_fionread(&output).unwrap() >= 65_536).then_some(())
    });
    assert_eq!(child.try_wait().unwrap(), None, "it waits for its reader");
    kill_process(process, Signal::INT).unwrap();
    let outcome = end(child);
    assert_eq!(outcome.code, Some(INTERRUPTED), "{outcome:?}");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_pipe_without_an_end_takes_no_more_memory_the_longer_it_is() {
    const ROUND: usize = 8_000;
    let site = Site::new("replay_endless").unwrap();
    let (child, mut input) = begin(&site);
    let process = Pid::from_child(&child);
    let most = || {
        let path = format!("/proc/{}/status", process.as_raw_nonzero());
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.unwrap().trim().strip_suffix(" kB").unwrap();
        number.parse::<u64>().unwrap()
    };
    // Of more destinations than a camera has lines for.
    let round = many(ROUND, 1_400);
    input.write_all(&round).unwrap();
    input.write_all(&round[HEADER..]).unwrap();
    let before = most();
    for _ in 0..12 {
        input.write_all(&round[HEADER..]).unwrap();
    }
    let grown = most() - before;
    drop(input);
    let outcome = end(child);
    assert_eq!(told(&outcome)["packets"], 14 * ROUND);
    assert!(grown < 8 << 10, "{grown} kB more after {before}");
}

/// The header of a pcap file.
const HEADER: usize = 24;

/// A capture of frames of one camera, each to another address, and so long.
fn many(frames: usize, length: usize) -> Vec<u8> {
    let frames = (0..frames).map(|number| {
        let [.., high, low] = number.to_be_bytes();
        let to = format!("203.{}.{high}.{low}", number >> 16);
        let frame = ethernet(FLOODER) / ipv4("192.168.50.99", &to) / udp(40_000, 9999);
        (frame / data(&vec![0; length - 42])).build()
    });
    pcap(ETHERNET, &frames.collect::<Vec<_>>(), 262_144)
}

/// Whether the thread that reads the capture sleeps.
fn waits_for_more(process: Pid) -> bool {
    let tasks = format!("/proc/{}/task", process.as_raw_nonzero());
    let tasks = fs::read_dir(tasks).into_iter().flatten().flatten();
    let mut states = tasks.filter_map(|task| fs::read_to_string(task.path().join("stat")).ok());
    states.any(|state| state.contains(" (capture) S "))
}

fn begin(site: &Site) -> (Child, ChildStdin) {
    let policy = site.policy().to_str().unwrap();
    let arguments = ["replay", "-", "--policy", policy, "--json"];
    let mut command = site.enforcer.command(&arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take().unwrap();
    (child, input)
}

fn end(child: Child) -> Outcome {
    child.wait_with_output().unwrap().into()
}
