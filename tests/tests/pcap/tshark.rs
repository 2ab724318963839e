//! What tshark makes of a file of frames.

use std::path::Path;
use std::process::Command;

use enforcer_tests::daemon::Outcome;
use serde_json::Value;

/// A frame as tshark reads it.
#[derive(Debug)]
pub(super) struct Frame {
    /// Nanoseconds since 1970.
    pub(super) at: i128,
    pub(super) length: usize,
    pub(super) captured: usize,
    pub(super) interface: String,
    pub(super) comment: String,
    pub(super) bytes: Vec<u8>,
}

/// All frames of a file, of which there must be nothing to complain about.
pub(super) fn frames(path: &Path) -> Vec<Frame> {
    let names = [
        "frame.time_epoch",
        "frame.len",
        "frame.cap_len",
        "frame.interface_name",
        "frame.comment",
    ];
    let lines = fields(path, &names);
    let mut command = Command::new("tshark");
    let raw = command.args(["-n", "-T", "jsonraw", "-r"]).arg(path);
    let raw = raw.output().unwrap().stdout;
    let raw: Vec<Value> = serde_json::from_slice(&raw).unwrap();
    assert_eq!(lines.len(), raw.len());
    let frames = lines.into_iter().zip(raw).map(|(line, raw)| {
        let [at, length, captured, interface, comment] = line.try_into().unwrap();
        let raw = raw.pointer("/_source/layers/frame_raw/0").unwrap();
        Frame {
            at: nanoseconds(&at),
            length: length.parse().unwrap(),
            captured: captured.parse().unwrap(),
            interface,
            comment,
            bytes: bytes(raw.as_str().unwrap()),
        }
    });
    frames.collect()
}

/// Some fields of each frame.
pub(super) fn fields(path: &Path, names: &[&str]) -> Vec<Vec<String>> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-r"]).arg(path);
    for name in names {
        command.args(["-e", name]);
    }
    let outcome = Outcome::from(command.output().unwrap());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(!outcome.stderr.contains("cut short"), "{outcome:?}");
    let lines = outcome.stdout.lines();
    let lines = lines.map(|line| line.split('\t').map(str::to_owned).collect());
    lines.collect()
}

/// Of seconds with nine digits behind the point.
fn nanoseconds(at: &str) -> i128 {
    let (seconds, rest) = at.split_once('.').unwrap();
    assert_eq!(rest.len(), 9, "{at}");
    format!("{seconds}{rest}").parse().unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16));
    bytes.collect::<Result<_, _>>().unwrap()
}
