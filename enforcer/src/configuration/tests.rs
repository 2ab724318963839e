//! What the file may say, and where it is told that it may not.

use std::{collections::HashSet, mem::discriminant, num::NonZero};

use tempfile::TempDir;

use super::*;

fn read(text: &str) -> Result<Vec<Sink>, String> {
    let (directory, path) = written(text);
    let read = Configuration::read(&path);
    let before = format!("{}/", directory.path().display());
    let read = read.map(|configuration| configuration.sinks);
    read.map_err(|failure| failure.to_string().replace(&before, ""))
}

fn written(text: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("enforcer.yaml");
    fs::write(&path, text).unwrap();
    (directory, path)
}

#[test]
fn every_kind_of_sink_is_read_with_what_holds_unless_it_is_said() {
    let text = "\
sinks:
  - stdout: {format: text, queue: 10}
  - file: {path: /var/log/enforcer/events.json}
  - unix_stream: {path: /run/a.sock, format: ecs}
  - unix_datagram: {path: /run/b.sock}
  - syslog: {to: /dev/log, facility: local3}
  - syslog: {to: 'udp://192.0.2.1:514'}
  - syslog: {to: 'tcp://[2001:db8::1]:601', format: ecs}
  - journald: {}
";
    let sink = |to, format| Sink {
        to,
        format,
        queue: QUEUE,
    };
    let server = |text: &str| text.parse().unwrap();
    let expected = vec![
        Sink {
            queue: 10,
            ..sink(To::Stdout, Format::Text)
        },
        sink(
            To::File("/var/log/enforcer/events.json".into()),
            Format::Eve,
        ),
        sink(To::UnixStream("/run/a.sock".into()), Format::Ecs),
        sink(To::UnixDatagram("/run/b.sock".into()), Format::Eve),
        sink(
            To::Syslog(Server::Local("/dev/log".into()), Facility::Local3),
            Format::Eve,
        ),
        sink(
            To::Syslog(Server::Udp(server("192.0.2.1:514")), Facility::Daemon),
            Format::Eve,
        ),
        sink(
            To::Syslog(Server::Tcp(server("[2001:db8::1]:601")), Facility::Daemon),
            Format::Ecs,
        ),
        sink(
            To::Journald("/run/systemd/journal/socket".into()),
            Format::Text,
        ),
    ];
    assert_eq!(read(text), Ok(expected));
    assert_eq!(read("{}"), Ok(Vec::new()));
}

#[test]
fn names_and_owners_are_off_unless_they_are_asked_for() {
    let read = |text| {
        let (_directory, path) = written(text);
        let read = Configuration::read(&path).map_err(|failure| failure.to_string());
        read.map(|configuration| (configuration.names, configuration.owners))
    };
    assert_eq!(read("{}"), Ok((false, Vec::new())));
    let text = "names: true\nowners: [/a.mmdb, /b.mmdb]\n";
    let files = ["/a.mmdb", "/b.mmdb"].map(PathBuf::from).to_vec();
    assert_eq!(read(text), Ok((true, files)));
    let told = read("owners: [a.mmdb]\n").unwrap_err();
    assert!(told.contains(":1:10: owners[0]: "), "{told}");
    assert!(told.contains("a path from the root on"), "{told}");
}

#[test]
fn how_much_of_the_ledger_is_kept_is_what_is_said_and_else_what_the_documentation_says() {
    let read = |text: &str| {
        let (_directory, path) = written(text);
        let read = Configuration::read(&path).map_err(|failure| failure.to_string());
        read.map(|configuration| configuration.ledger)
    };
    let kept = |days, mebibytes| Retention {
        days: NonZero::new(days).unwrap(),
        mebibytes: NonZero::new(mebibytes).unwrap(),
    };
    assert_eq!(read("ledger: {days: 7, mebibytes: 8}\n"), Ok(kept(7, 8)));
    assert_eq!(read("ledger: {days: 7}\n"), Ok(kept(7, 64)));
    assert_eq!(read("ledger: {mebibytes: 8}\n"), Ok(kept(30, 8)));
    let document = include_str!("../../../docs/ledger.md");
    let mut examples = document.split("```yaml\n").skip(1);
    let (example, _) = examples.next().unwrap().split_once("```").unwrap();
    assert!(example.contains("days:") && example.contains("mebibytes:"));
    assert_eq!(read(example), Ok(Retention::default()));
    assert_eq!(read("{}"), Ok(Retention::default()));
}

#[test]
fn what_is_wrong_is_told_with_file_line_and_column() {
    for (text, place, words) in [
        (
            "sink: []\n",
            "1:1",
            "there is no `sink`; did you mean `sinks`?",
        ),
        (
            "sinks:\n  - fil: {}\n",
            "2:5",
            "there is no `fil`; did you mean `file`?",
        ),
        (
            "sinks:\n  - database: {}\n",
            "2:5",
            "there is no `database`; there are `stdout`, `file`, `unix_stream`, `unix_datagram`, `syslog`, `journald`",
        ),
        (
            "sinks:\n  - file:\n      path: /a\n      paht: /b\n",
            "4:7",
            "there is no `paht`; did you mean `path`?",
        ),
        ("sinks:\n  - file: {}\n", "2:11", "missing field `path`"),
        (
            "sinks:\n  - file: {path: a/b}\n",
            "2:18",
            "a path from the root on",
        ),
        (
            "sinks:\n  - file: {path: /a, queue: 0}\n",
            "2:29",
            "from 1 to 1000000 events",
        ),
        (
            "sinks:\n  - stdout: {format: xml}\n",
            "2:22",
            "there is no `xml`; there are `eve`, ",
        ),
        (
            "sinks:\n  - syslog: {to: 'udp://log.example:514'}\n",
            "2:18",
            "an address like udp://192.0.2.1:514",
        ),
        (
            "ledger: {days: 0}\n",
            "1:16",
            "ledger.days: invalid value: integer `0`, expected days from 1 to 4294967295",
        ),
        (
            "ledger:\n  mebibytes: 0\n",
            "2:14",
            "expected mebibytes from 1 to ",
        ),
        (
            "ledger: {days: 4294967296}\n",
            "1:16",
            "integer `4294967296`, expected days from 1 to 4294967295",
        ),
        (
            "ledger: {days: 30d}\n",
            "1:16",
            "string \"30d\", expected days from 1",
        ),
        (
            "ledger:\n  day: 7\n",
            "2:3",
            "there is no `day`; did you mean `days`?",
        ),
        ("sinks: [\n", "2:1", "did not find expected node content"),
    ] {
        assert_refused(text, place, words);
    }
}

#[test]
fn a_sink_that_is_none_or_stands_there_twice_is_told_where_it_stands() {
    for (text, place, words) in [
        (
            "sinks:\n  - file: {path: /a}\n  - file: {path: /a, format: ecs}\n",
            "3:5",
            "sinks[1]: /a stands here twice, so that it would get every event twice",
        ),
        (
            "sinks:\n  - file: {path: /no/such/a}\n  - file: {path: /no/such/b/../a}\n",
            "3:5",
            "/no/such/b/../a stands here twice",
        ),
        (
            "sinks:\n  - stdout\n  - stdout: {format: ecs}\n",
            "3:5",
            "the standard output stands here twice",
        ),
        (
            "sinks:\n  - file: /a\n",
            "2:11",
            "expected a mapping, like {path: /var/log/enforcer/events.json}",
        ),
        (
            "sinks:\n  - file\n",
            "2:5",
            "it takes a path, like `file: {path: /var/log/enforcer/events.json}`",
        ),
        (
            "sinks:\n  - {}\n",
            "2:5",
            "expected a kind of sink and what it takes",
        ),
        (
            "sinks:\n  - stdout:\n    journald:\n",
            "2:5",
            "one kind of sink stands behind each dash",
        ),
        (
            "sinks:\n  - syslog: {to: 'udp://127.0.0.1:0'}\n",
            "2:18",
            "no name and no port 0",
        ),
        (
            "sinks:\n  - syslog: {to: 'tcp://[::1]:0'}\n",
            "2:18",
            "no name and no port 0",
        ),
    ] {
        assert_refused(text, place, words);
    }
}

#[test]
fn a_path_that_no_socket_can_have_is_refused() {
    for kind in ["unix_stream", "unix_datagram", "journald", "syslog"] {
        let key = if kind == "syslog" { "to" } else { "path" };
        let of = |length: usize| {
            let path = format!("/{}", "x".repeat(length - 1));
            read(&format!("sinks: [{{{kind}: {{{key}: {path}}}}}]\n"))
        };
        assert!(of(107).is_ok(), "{kind}");
        let told = of(108).unwrap_err();
        assert!(told.contains("of 107 bytes at most"), "{told}");
    }
}

#[test]
fn what_takes_nothing_needs_nothing_behind_it() {
    let plain = read("sinks: [stdout: {}, journald: {}]\n").unwrap();
    assert_eq!(read("sinks: [stdout, journald]\n").unwrap(), plain);
    assert_eq!(read("sinks:\n- stdout:\n- journald:\n").unwrap(), plain);
}

#[test]
fn a_file_that_is_not_there_is_told_by_its_name() {
    let failure = Configuration::read(Path::new("/no/such/file")).unwrap_err();
    assert_eq!(failure.to_string(), "/no/such/file: no such file");
}

#[test]
fn the_example_in_the_documentation_is_a_configuration_of_every_kind() {
    let document = include_str!("../../../docs/events.md");
    let (_, from) = document.split_once("```yaml\n").unwrap();
    let (example, _) = from.split_once("```").unwrap();
    let sinks = read(example).unwrap_or_else(|words| panic!("{words}"));
    let kinds: HashSet<_> = sinks.iter().map(|sink| discriminant(&sink.to)).collect();
    assert_eq!(kinds.len(), 6);
}

fn assert_refused(text: &str, place: &str, words: &str) {
    let told = read(text).unwrap_err();
    let expected = format!("enforcer.yaml:{place}: ");
    assert!(told.starts_with(&expected), "{text}\n{told}");
    assert!(told.contains(words), "{text}\n{told}");
    assert!(!told.contains(" at line "), "{told}");
}
