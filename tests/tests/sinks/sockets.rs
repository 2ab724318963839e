//! Unix sockets, whose readers come late, go, come again, read slowly or are never there.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

use enforcer_tests::daemon::PATIENCE;
use enforcer_tests::site::{EventFile, Site};
use serde_json::Value;

use super::{missed, provoke, records, start, wait};

#[test]
fn a_reader_of_a_stream_gets_what_came_before_it_and_another_what_comes_after() {
    let site = Site::new("sinks_stream").unwrap();
    let path = site.file("events.sock");
    let sink = format!("unix_stream: {{path: {}, format: ecs}}", path.display());
    let mut daemon = start(&site, &[sink], &[]);
    provoke(&site, 3);
    daemon.wait_for("tried again every second").unwrap();
    let mut first = BufReader::new(accept(&UnixListener::bind(&path).unwrap()));
    for _ in 0..3 {
        assert_eq!(line(&mut first)["event"]["reason"], "not_allowed");
    }
    daemon.wait_for("written again; 0 were missed").unwrap();

    drop(first);
    fs::remove_file(&path).unwrap();
    let second = UnixListener::bind(&path).unwrap();
    provoke(&site, 2);
    let mut second = BufReader::new(accept(&second));
    for _ in 0..2 {
        assert_eq!(line(&mut second)["event"]["reason"], "not_allowed");
    }
    daemon.terminate().unwrap();
    let log = daemon.log();
    assert_eq!(
        missed(&log, &format!("unix_stream {}", path.display())),
        None
    );
}

#[test]
fn a_reader_of_datagrams_gets_one_for_each_event_whoever_binds_the_socket() {
    let site = Site::new("sinks_datagrams").unwrap();
    let path = site.file("events.sock");
    let first = bind(&path);
    let sink = format!("unix_datagram: {{path: {}}}", path.display());
    let mut daemon = start(&site, &[sink], &[]);
    provoke(&site, 3);
    for _ in 0..3 {
        assert_eq!(datagram(&first)["drop"]["reason"], "not_allowed");
    }
    drop(first);
    fs::remove_file(&path).unwrap();
    let second = bind(&path);
    provoke(&site, 2);
    for _ in 0..2 {
        assert_eq!(datagram(&second)["drop"]["reason"], "not_allowed");
    }
    daemon.terminate().unwrap();
    let log = daemon.log();
    assert_eq!(
        missed(&log, &format!("unix_datagram {}", path.display())),
        None
    );
}

#[test]
fn beside_a_dead_and_a_slow_one_a_sink_misses_nothing_and_what_they_miss_is_counted() {
    const MANY: usize = 4000;
    let site = Site::new("sinks_dead").unwrap();
    let [dead, slow, good] = ["dead.sock", "slow.sock", "good.json"].map(|name| site.file(name));
    let listener = UnixListener::bind(&slow).unwrap();
    let sinks = [
        format!("unix_stream: {{path: {}, queue: 16}}", dead.display()),
        format!("unix_stream: {{path: {}, queue: 16}}", slow.display()),
        format!("file: {{path: {}}}", good.display()),
    ];
    let mut daemon = start(&site, &sinks, &["--event-rate", "1000000000"]);
    provoke(&site, MANY);
    let many = u64::try_from(MANY).unwrap();
    let status = site.status_when(|status| status.dropped() == many).unwrap();
    let told = status.events.told;
    assert!(told > many / 2, "{status:?}");
    records(&good, usize::try_from(told).unwrap());
    // Nothing of it has been read yet.
    let mut asleep = accept(&listener);
    daemon.terminate().unwrap();

    let lines = EventFile::at(&good).all().unwrap();
    assert_eq!(u64::try_from(lines.len()).unwrap(), told);
    let log = daemon.log();
    let of = |sink: &std::path::Path| missed(&log, &format!("unix_stream {}", sink.display()));
    assert_eq!(of(&dead), Some((told, told)), "{log}");
    let mut read = String::new();
    asleep.read_to_string(&mut read).unwrap();
    let whole = read
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    let whole: Vec<Value> = whole
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let whole = u64::try_from(whole.len()).unwrap();
    assert!((1..told).contains(&whole), "{whole}");
    assert_eq!(of(&slow), Some((told - whole, told)), "{log}");
    assert!(
        !log.contains(&format!("events: {}: ", good.display())),
        "{log}"
    );
    // It was said while it happened, too, and not for each event.
    let said = log.matches("missed until now").count();
    assert!((1..=4).contains(&said), "{log}");
}

fn accept(listener: &UnixListener) -> UnixStream {
    listener.set_nonblocking(true).unwrap();
    let (stream, _) = wait("somebody connects", || listener.accept().ok());
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn line(stream: &mut BufReader<UnixStream>) -> Value {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

fn bind(path: &std::path::Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn datagram(socket: &UnixDatagram) -> Value {
    let mut bytes = [0; 16_384];
    let length = socket.recv(&mut bytes).unwrap();
    serde_json::from_slice(bytes.get(..length).unwrap()).unwrap()
}
