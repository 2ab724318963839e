//! What stands around an event on its way to syslog and to the journal.

use std::collections::BTreeMap;

use enforcer::events::syslog::{Facility, Sender};
use enforcer::events::{Format, journal};

use super::cases::{cases, named};

#[test]
fn a_message_of_syslog_has_its_severity_and_the_reason_as_its_identifier() {
    let sender = Sender::new(Facility::Local3, "router-1", 42);
    for (case, head) in [
        (
            "tcp_syn",
            "<157>1 2026-11-25T17:40:00.123456Z router-1 enforcer 42 not_allowed - ",
        ),
        (
            "rogue_router_in_vlans",
            "<156>1 2026-11-25T17:40:00.123456Z router-1 enforcer 42 rogue_router - ",
        ),
        (
            "udp_ipv6",
            "<158>1 2026-11-25T17:40:00.123456Z router-1 enforcer 42 discovery - ",
        ),
    ] {
        let case = named(case);
        let mut message = Vec::new();
        sender.write(&case.told(), Format::Ecs, &mut message);
        let message = String::from_utf8(message).unwrap();
        assert_eq!(message, format!("{head}{}", case.line(Format::Ecs, false)));
    }
}

#[test]
fn a_host_has_a_name_that_may_stand_in_a_message() {
    for (host, told) in [
        ("", "-"),
        ("ä b", "--b"),
        ("a\nb", "a-b"),
        ("r.example", "r.example"),
    ] {
        let mut message = Vec::new();
        let sender = Sender::new(Facility::Daemon, host, 1);
        sender.write(&named("arp").told(), Format::Text, &mut message);
        let message = String::from_utf8(message).unwrap();
        assert_eq!(message.split(' ').nth(2), Some(told), "{message}");
    }
}

#[test]
fn in_a_stream_each_message_has_its_length_before_it() {
    let sender = Sender::new(Facility::Daemon, "router-1", 42);
    let (mut stream, mut expected) = (Vec::new(), Vec::new());
    for case in cases() {
        sender.write_counted(&case.told(), Format::Eve, &mut stream);
        let mut message = Vec::new();
        sender.write(&case.told(), Format::Eve, &mut message);
        expected.push(message);
    }
    let mut rest = &stream[..];
    for message in expected {
        let space = rest.iter().position(|&byte| byte == b' ').unwrap();
        let length: usize = str::from_utf8(&rest[..space]).unwrap().parse().unwrap();
        let (told, after) = rest[space + 1..].split_at(length);
        assert_eq!(told, message);
        rest = after;
    }
    assert!(rest.is_empty());
}

#[test]
fn an_entry_of_the_journal_has_a_field_for_everything_that_is_searched_by() {
    let mut entry = Vec::new();
    journal::write(&named("tcp_syn").told(), Format::Text, &mut entry);
    let entry = String::from_utf8(entry).unwrap();
    insta::assert_snapshot!(entry);
}

#[test]
fn a_line_break_in_a_name_begins_no_field() {
    let mut case = named("tcp_syn");
    case.camera = Some("gate\nPRIORITY=0");
    let mut entry = Vec::new();
    journal::write(&case.told(), Format::Text, &mut entry);
    let fields = fields(&entry);
    assert_eq!(fields["ENFORCER_CAMERA"], b"gate\nPRIORITY=0");
    assert_eq!(fields["PRIORITY"], b"5");
}

/// The fields of an entry, as journald reads them. None stands there twice.
pub(crate) fn fields(entry: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut fields = BTreeMap::new();
    let mut rest = entry;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| b"=\n".contains(byte)).unwrap();
        let (name, after) = rest.split_at(end);
        let name = str::from_utf8(name).unwrap().to_owned();
        let (length, after) = if let Some(line) = after.strip_prefix(b"=") {
            (line.iter().position(|&byte| byte == b'\n').unwrap(), line)
        } else {
            let (length, after) = after
                .strip_prefix(b"\n")
                .and_then(<[u8]>::split_first_chunk)
                .unwrap();
            let length = u64::from_le_bytes(*length);
            (usize::try_from(length).unwrap(), after)
        };
        let (value, after) = after.split_at(length);
        assert!(fields.insert(name, value.to_vec()).is_none());
        rest = after.strip_prefix(b"\n").unwrap();
    }
    fields
}
