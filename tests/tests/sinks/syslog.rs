//! Syslog, as rsyslog reads it: over a local socket, UDP and TCP.

use std::fs;
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use enforcer_tests::daemon::PATIENCE;
use enforcer_tests::site::Site;
use serde_json::Value;

use super::{provoke, start, wait};

/// Nobody else is in the router's namespace.
const PORT: u16 = 5140;

#[test]
fn rsyslog_gets_every_event_over_each_of_the_three_ways() {
    const SOME: usize = 5;
    let site = Site::new("sinks_syslog").unwrap();
    let server = Rsyslog::start(&site);
    let sinks = [
        format!("syslog: {{to: {}, format: ecs}}", server.socket.display()),
        format!("syslog: {{to: 'udp://127.0.0.1:{PORT}', facility: local1}}"),
        format!("syslog: {{to: 'tcp://127.0.0.1:{PORT}', facility: local2, format: text}}"),
    ];
    let mut daemon = start(&site, &sinks, &[]);
    provoke(&site, SOME);
    let messages = wait("all messages", || {
        let messages = server.messages();
        (messages.len() >= 3 * SOME).then_some(messages)
    });
    daemon.terminate().unwrap();
    assert_eq!(messages.len(), 3 * SOME);
    let process = daemon.id().to_string();
    let mut by_way = [0; 3];
    for message in messages {
        let [input, priority, program, id, reason, message] =
            <[String; 6]>::try_from(message).unwrap();
        assert_eq!(
            (program, id, reason),
            (
                "enforcer".to_owned(),
                process.clone(),
                "not_allowed".to_owned()
            )
        );
        let json = || serde_json::from_str::<Value>(&message).unwrap();
        match input.as_str() {
            "imuxsock" => {
                assert_eq!(priority, "daemon.notice");
                assert_eq!(json()["enforcer"]["camera"], "flooder");
                by_way[0] += 1;
            }
            "imudp" => {
                assert_eq!(priority, "local1.notice");
                assert_eq!(json()["alert"]["metadata"]["camera"][0], "flooder");
                by_way[1] += 1;
            }
            _ => {
                assert_eq!(
                    (input.as_str(), priority.as_str()),
                    ("imtcp", "local2.notice")
                );
                assert!(message.contains("  DROP   flooder (timed)  "), "{message}");
                by_way[2] += 1;
            }
        }
    }
    assert_eq!(by_way, [SOME; 3]);
}

#[test]
fn what_nobody_takes_over_udp_is_missed_and_not_written() {
    let site = Site::new("sinks_syslog_udp").unwrap();
    let sink = format!("syslog: {{to: 'udp://127.0.0.1:{PORT}'}}");
    let mut daemon = start(&site, &[sink], &[]);
    let is = |written, missed| {
        let told = site.enforcer.ask("GET", "/metrics", "").unwrap();
        let of = |outcome: &str| {
            let labels = format!("sink=\"syslog udp 127.0.0.1:{PORT}\",outcome=\"{outcome}\"");
            told.metric(&format!("enforcer_sink_events_total{{{labels}}}"))
        };
        let counted = (of("written"), of("missed"));
        (counted == (Some(written), Some(missed))).then_some(())
    };
    provoke(&site, 1);
    daemon.wait_for("Connection refused").unwrap();
    wait("one that is missed", || is(0, 1));
    let bind = || UdpSocket::bind(("127.0.0.1", PORT));
    let server = site.network.router.run(bind).unwrap().unwrap();
    provoke(&site, 2);
    daemon
        .wait_for("written again; 1 were missed until now")
        .unwrap();
    server.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut message = [0; 4096];
    for _ in 0..2 {
        assert!(server.recv(&mut message).unwrap() > 0);
    }
    wait("two that are written", || is(2, 1));
}

#[test]
fn what_comes_while_no_server_answers_is_told_to_the_next() {
    let site = Site::new("sinks_syslog_late").unwrap();
    let sink = format!("syslog: {{to: 'tcp://127.0.0.1:{PORT}'}}");
    let mut daemon = start(&site, &[sink], &[]);
    provoke(&site, 3);
    let told = daemon.wait_for("tried again every second").unwrap();
    assert!(
        told.contains("syslog tcp 127.0.0.1:5140: Connection refused"),
        "{told}"
    );
    let server = Rsyslog::start(&site);
    wait("all messages", || {
        (server.messages().len() == 3).then_some(())
    });
    daemon.terminate().unwrap();
    let log = daemon.log();
    assert!(log.contains("written again; 0 were missed"), "{log}");
}

/// A server in the router's namespace with files of its own. It ends with this.
struct Rsyslog {
    child: Child,
    socket: PathBuf,
    written: PathBuf,
}

impl Rsyslog {
    fn start(site: &Site) -> Self {
        let directory = site.file("rsyslog");
        fs::create_dir(&directory).unwrap();
        let socket = directory.join("log");
        let written = directory.join("messages");
        let configuration = directory.join("rsyslog.conf");
        fs::write(&configuration, configured(&directory, &socket, &written)).unwrap();
        let mut command = Command::new("rsyslogd");
        command
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .args(["-n", "-f"])
            .arg(&configuration)
            .arg("-i")
            .arg(directory.join("pid"))
            .stdin(Stdio::null());
        let router = &site.network.router;
        let started = router.spawn(&mut command);
        let child = started.context(".ci/run installs what tests need").unwrap();
        let server = Self {
            child,
            socket,
            written,
        };
        wait("rsyslog listens", || {
            UnixDatagram::unbound()
                .unwrap()
                .connect(&server.socket)
                .ok()?;
            let connected = router.run(|| TcpStream::connect(("127.0.0.1", PORT)).is_ok());
            // Ports are in hexadecimal there, and of its own namespace.
            let sockets = fs::read_to_string(format!("/proc/{}/net/udp", server.child.id()));
            let is_bound = sockets
                .unwrap_or_default()
                .contains(&format!(":{PORT:04X} "));
            (connected.unwrap() && is_bound).then_some(())
        });
        server
    }

    /// What it has written: input, facility with severity, program, process, identifier, message.
    fn messages(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(&self.written).unwrap_or_default();
        let lines = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let fields = lines.map(|line| line.trim_end().split('|').map(str::to_owned).collect());
        fields.collect()
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn configured(directory: &Path, socket: &Path, written: &Path) -> String {
    format!(
        r#"global(workDirectory="{directory}")
module(load="imuxsock" SysSock.Use="off")
module(load="imudp")
module(load="imtcp")
template(name="fields" type="string" string="%inputname%|%syslogfacility-text%.%syslogseverity-text%|%programname%|%procid%|%msgid%|%msg%\n")
ruleset(name="events") {{ action(type="omfile" file="{written}" template="fields") }}
input(type="imuxsock" Socket="{socket}" UseSpecialParser="off" ruleset="events")
input(type="imudp" port="{PORT}" address="127.0.0.1" ruleset="events")
input(type="imtcp" port="{PORT}" address="127.0.0.1" ruleset="events")
"#,
        directory = directory.display(),
        socket = socket.display(),
        written = written.display(),
    )
}
