//! A good policy follows another in one step, a bad one changes nothing, under traffic.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use enforcer_tests::actor::{Exchange, Probe, Reply, Service, Transport};
use enforcer_tests::daemon::PATIENCE;
use enforcer_tests::network::{CAMERA, CLOUD_V4};
use enforcer_tests::sandbox::Namespace;
use enforcer_tests::site::{POLICY, Site, Traffic};

const NO_OPTIONS: [&str; 0] = [];

/// Longer than it takes to notice a change of the file.
const LULL: Duration = Duration::from_millis(900);

/// What may be on its way through the machine when a policy goes in force is there by then.
const ON_THE_WAY: Duration = Duration::from_millis(200);

/// The camera of the network, which may talk to one port of the cloud.
const ONE_PORT: &str = r#"version: 1
interfaces:
  lan-cam*: {}
groups:
  talks:
    allow:
      - to: 203.0.113.7
        ports: [tcp/443]
cameras:
  gate:
    match: {mac: "02:00:00:00:50:21", ip: 192.168.50.21}
    group: talks
"#;

#[test]
fn what_cannot_be_written_down_is_in_force_all_the_same_and_written_when_it_can() {
    let site = Site::new("reload_unwritten").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let record = site.enforcer.directories().record();
    let in_the_way = record.with_file_name(".in-force.json.partial");
    fs::create_dir(&in_the_way).unwrap();
    daemon.reload().unwrap();
    daemon
        .wait_for("generation 2 is in force and `enforcer status` cannot know of it")
        .unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    assert_eq!(site.enforcer.status().unwrap().generation, 1);
    fs::remove_dir(&in_the_way).unwrap();
    site.status_when(|status| status.generation == 2).unwrap();
}

#[test]
fn what_was_counted_counts_on_when_cameras_outgrow_their_arrays_under_traffic() {
    let site = Site::new("reload_outgrown").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let arrays = || {
        let maps = fs::read_dir(site.enforcer.directories().maps()).unwrap();
        let names = maps.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.starts_with("cameras-")).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(arrays(), ["cameras-64"]);
    let traffic = Traffic::begin(&site).unwrap();
    let more = (0..200).map(|number| {
        format!(
            "  more-{number}: {{match: {{mac: \"02:00:00:01:00:{number:02x}\"}}, group: timed}}\n"
        )
    });
    site.write(&(POLICY.to_owned() + &more.collect::<String>()))
        .unwrap();
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    assert_eq!(arrays(), ["cameras-256", "cameras-64"]);
    traffic.go_on().unwrap();
    // Back to few: the arrays stay, and so does what they hold.
    site.write(POLICY).unwrap();
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 3);
    traffic.go_on().unwrap();
    let sent = traffic.end().unwrap();
    sent.ensure_counted(&site.enforcer.status().unwrap())
        .unwrap();
}

#[test]
fn a_bad_policy_is_reported_and_changes_nothing_under_traffic() {
    let site = Site::new("reload_bad").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let traffic = Traffic::begin(&site).unwrap();
    let path = site.policy().to_str().unwrap();
    let misspelt = POLICY.replace("    group: timed\n  steady", "    group: timde\n  steady");
    for (bad, told) in [
        (Some(&b"version: 1\ngroups: [\n"[..]), format!("{path}:3:1")),
        (Some(misspelt.as_bytes()), format!("{path}:14:12")),
        (None, format!("{path}: no such file")),
        (
            Some(b"version: 1 # \xff\xfe\n"),
            format!("{path}:1:14: not UTF-8"),
        ),
    ] {
        match bad {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        daemon.wait_for("what was in force stays in force").unwrap();
        traffic.go_on_briefly().unwrap();
        assert_eq!(site.enforcer.status().unwrap().generation, 1);
        let log = daemon.log();
        assert!(log.contains(&told), "{told}:\n{log}");
    }
    // Nobody need tell it that this one is good.
    site.write(POLICY).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    traffic.go_on_briefly().unwrap();
    let sent = traffic.end().unwrap();
    sent.ensure_counted(&site.enforcer.status().unwrap())
        .unwrap();
}

#[test]
fn fifty_reloads_leak_nothing_lose_nothing_and_count_everything() {
    let site = Site::new("reload_fifty").unwrap();
    let events = site.events();
    let options = ["--event-rate", "1000", "--events", events.path()];
    let mut daemon = site.enforcer.start(site.policy(), &options).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let traffic = Traffic::begin(&site).unwrap();
    for generation in 2..52 {
        let policy = format!("{POLICY}# {generation}\n");
        match generation % 6 {
            0 => site.write(&policy).unwrap(),
            3 => site.rename_over(&policy).unwrap(),
            _ => daemon.reload().unwrap(),
        }
        assert_eq!(daemon.wait_in_force().unwrap(), generation);
    }
    let sent = traffic.end().unwrap();
    daemon.terminate().unwrap();
    let status = site.enforcer.status().unwrap();
    sent.ensure_counted(&status).unwrap();
    let told = events.all().unwrap().len();
    assert_eq!(u64::try_from(told).unwrap(), status.events.told);
}

#[test]
fn every_way_to_change_the_file_puts_it_in_force_once() {
    let site = Site::new("reload_ways").unwrap();
    // As Kubernetes mounts a ConfigMap: a link to a link to a directory.
    let mounted = site.file("mounted");
    for version in ["..1", "..2"] {
        fs::create_dir_all(mounted.join(version)).unwrap();
        fs::write(mounted.join(version).join("policy.yaml"), POLICY).unwrap();
    }
    symlink("..1", mounted.join("..data")).unwrap();
    let policy = mounted.join("policy.yaml");
    symlink("..data/policy.yaml", &policy).unwrap();
    let next = mounted.join("next");
    let rename = |to: &str| fs::rename(&next, mounted.join(to)).unwrap();

    let mut daemon = site.enforcer.start(&policy, &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    for (generation, way) in (2..).zip(["hangup", "in place", "a link's target", "over a link"]) {
        match way {
            "in place" => fs::write(&policy, POLICY.replace("123", "124")).unwrap(),
            "a link's target" => {
                symlink("..2", &next).unwrap();
                rename("..data");
            }
            "over a link" => {
                fs::write(&next, POLICY).unwrap();
                rename("policy.yaml");
            }
            _ => daemon.reload().unwrap(),
        }
        assert_eq!(daemon.wait_in_force().unwrap(), generation, "{way}");
        assert_eq!(daemon.in_force_within(LULL).unwrap(), None, "{way}");
        assert_eq!(site.enforcer.status().unwrap().generation, generation);
    }
}

#[test]
fn a_tighter_policy_cuts_a_connection_that_is_open() {
    let site = Site::new("reload_tighter").unwrap();
    site.write(ONE_PORT).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let connection = Connection::open(&site.camera, &site.network.cloud, 443);
    connection.wait_for(100);

    site.write(&ONE_PORT.replace("443", "444")).unwrap();
    daemon.wait_in_force().unwrap();
    thread::sleep(ON_THE_WAY);
    let (sent, received) = (connection.sent(), connection.received());
    thread::sleep(3 * ON_THE_WAY);
    assert!(connection.sent() > sent, "the camera goes on");
    assert_eq!(connection.received(), received);
    let status = site.enforcer.status().unwrap();
    assert!(status.camera("gate").unwrap().dropped_as("port") > 0);

    // It was the policy that cut it, and nothing else.
    site.write(ONE_PORT).unwrap();
    daemon.wait_in_force().unwrap();
    connection.wait_for(received + 100);
}

#[test]
fn a_looser_policy_lets_a_new_connection_through() {
    const EXCHANGE: Exchange = Exchange {
        request: b"who",
        answer: b"me",
    };
    let site = Site::new("reload_looser").unwrap();
    let at = SocketAddr::from((CLOUD_V4, 8443));
    let _service = Service::tcp(&site.network.cloud, at, EXCHANGE).unwrap();
    site.write(ONE_PORT).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let ask = |patience| {
        let probe = Probe {
            transport: Transport::Tcp,
            from: SocketAddr::from((CAMERA.v4, 0)),
            to: at,
            exchange: EXCHANGE,
            patience: Duration::from_millis(patience),
        };
        probe.send(&site.camera).unwrap()
    };
    assert_eq!(ask(300), Reply::Silent);
    site.write(&ONE_PORT.replace("tcp/443", "tcp/443, tcp/8443"))
        .unwrap();
    daemon.wait_in_force().unwrap();
    assert_eq!(ask(10_000), Reply::Answered);
}

/// A camera that sends a byte every millisecond, and a server that reads them.
struct Connection {
    sent: Arc<AtomicU64>,
    received: Arc<AtomicU64>,
}

impl Connection {
    fn open(camera: &Namespace, cloud: &Namespace, port: u16) -> Self {
        let at = SocketAddr::from((CLOUD_V4, port));
        let listener = cloud.run(|| TcpListener::bind(at).unwrap()).unwrap();
        let mut near = camera.run(|| TcpStream::connect(at).unwrap()).unwrap();
        let (mut far, from) = listener.accept().unwrap();
        assert_eq!(from.ip(), IpAddr::V4(CAMERA.v4));
        let connection = Self {
            sent: Arc::default(),
            received: Arc::default(),
        };
        let sent = Arc::clone(&connection.sent);
        thread::spawn(move || {
            // Both end with the sandbox: the far end's namespace goes, or the near end gives up.
            while near.write_all(b".").is_ok() && Arc::strong_count(&sent) > 1 {
                sent.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(1));
            }
        });
        let received = Arc::clone(&connection.received);
        thread::spawn(move || {
            let mut bytes = [0; 2048];
            while let Ok(length @ 1..) = far.read(&mut bytes) {
                let length = u64::try_from(length).unwrap();
                received.fetch_add(length, Ordering::Relaxed);
            }
        });
        connection
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    fn wait_for(&self, bytes: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.received() < bytes && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
        let received = self.received();
        assert!(received >= bytes, "{received} of {bytes} bytes");
    }
}
