//! Captures without an end: from a pipe, with Ctrl-C, and what a terminal sees of them meanwhile.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::{Child, ChildStdin, Stdio};

use enforcer_tests::capture::{pcap, pcapng};
use enforcer_tests::daemon::{Outcome, wait};
use enforcer_tests::site::Site;
use enforcer_tests::terminal::{STARTER, Terminal, USUAL};
use rustix::io::ioctl_fionread;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::{ETHERNET, frames, told};

/// How it ends that was ended by whoever had seen enough.
const INTERRUPTED: i32 = 130;

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
    let mut terminal = Terminal::start(&site.network.router, command, USUAL).unwrap();
    let mut input = OpenOptions::new().write(true).open(fifo).unwrap();
    let capture = pcap(ETHERNET, &frames(), 262_144);
    input.write_all(&capture).unwrap();
    terminal.wait_for(" 6 frames, ").unwrap();
    drop(input);
    let text = terminal.wait_for("fifo: 6 packets").unwrap();
    assert!(!text.contains("6 frames, "), "{text}");
    assert!(terminal.wait_end().unwrap().success());
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
