use std::{fs, os::unix::fs::PermissionsExt as _};

use pcap_file::pcapng::{Block, PcapNgReader};

use super::*;

/// What a daemon tells of a drop, with more or less.
fn dropped(metadata: &str, packet: &str) -> String {
    format!(
        r#"{{"timestamp":"2026-11-25T18:17:00.679816+0000","in_iface":"lan-cam1","event_type":"drop","drop":{{"reason":"port"}},"verdict":{{"action":"alert"}},"alert":{{"metadata":{{"frame_length":["1514"],"unix_nanoseconds":["1764094620679816123"]{metadata}}}}}{packet}}}"#
    )
}

const FRAME: &str = r#","packet":"AQID","packet_info":{"linktype":1}"#;

/// The frames of a file: how long each was, when it came, its bytes and what is said of it.
fn read(file: &[u8]) -> Vec<(u32, u128, Vec<u8>, String)> {
    let mut reader = PcapNgReader::new(file).unwrap();
    let mut frames = Vec::new();
    while let Some(block) = reader.next_block() {
        if let Block::EnhancedPacket(frame) = block.unwrap() {
            frames.push((
                frame.original_len,
                frame.timestamp.as_nanos(),
                frame.data.to_vec(),
                format!("{:?}", frame.options),
            ));
        }
    }
    frames
}

#[test]
fn drops_of_which_nothing_is_told_are_left_out_and_counted() {
    let mut out = Vec::new();
    let mut capture = Capture::open(Path::new("-"), &mut out).unwrap();
    capture.begin().unwrap();
    let lines = [dropped("", ""), dropped("", FRAME), dropped("", "")].join("\n");
    capture.take_lines(lines.as_bytes()).unwrap();
    let missed = Message {
        kind: Kind::Missed,
        line: r#"{"event_type":"missed","missed":{"events":1200}}"#.to_owned(),
    };
    capture.take(&[missed]).unwrap();
    let mut said = Vec::new();
    capture.sum_up(&mut said).unwrap();
    assert_eq!(
        String::from_utf8(said).unwrap(),
        "2 more drops left out: this kernel tells nothing of what is in a frame, Linux 5.18 and later do\n\
         1,200 events missing, of all there were: more came than were taken\n"
    );
    let frames = read(&out);
    assert_eq!(frames.len(), 1);
    let (length, at, frame, comment) = &frames[0];
    assert_eq!((*length, *at), (1514, 1_764_094_620_679_816_123));
    assert_eq!(frame, &[1, 2, 3]);
    assert_eq!(comment, r#"[Comment("port; audit: it passed")]"#);
}

#[test]
fn everything_that_is_known_of_a_drop_is_said_of_its_frame() {
    let metadata = r#","camera":["gate"],"group":["recorded"],"rule":["policy.yaml:12"],"generation":["1"],"suppressed":["7"]"#;
    let line = dropped(metadata, FRAME).replace(r#""alert"},"#, r#""drop"},"#);
    let dropped = Dropped::read(&line).unwrap();
    assert_eq!(
        dropped.comment(),
        "port; camera gate; group recorded; policy.yaml:12; 7 before it were not told"
    );
}

#[test]
fn what_was_there_stays_until_there_is_something_to_write() {
    let directory = tempfile::tempdir().unwrap();
    let (old, new) = (directory.path().join("old"), directory.path().join("new"));
    fs::write(
        &old,
        "something longer than the beginning of a file".repeat(9),
    )
    .unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o644)).unwrap();
    let before = fs::read(&old).unwrap();
    for path in [&old, &new] {
        let mut out = Vec::new();
        drop(Capture::open(path, &mut out).unwrap());
    }
    assert_eq!(fs::read(&old).unwrap(), before);
    assert!(!new.exists());
    for path in [&old, &new] {
        let mut out = Vec::new();
        let mut capture = Capture::open(path, &mut out).unwrap();
        capture.begin().unwrap();
        capture.take_lines(dropped("", FRAME).as_bytes()).unwrap();
        assert_eq!(read(&fs::read(path).unwrap()).len(), 1);
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(out, b"");
    }
}
