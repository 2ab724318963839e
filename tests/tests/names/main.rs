//! Whoever looks is told by which name a camera knows where it sends to: as a resolver answered it, and nobody else.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod heard;
mod kept;
mod owners;
mod tagged;

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use enforcer_tests::daemon::{Daemon, wait};
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::network::{CAMERA, CLOUD_V4, ROUTER_V4};
use enforcer_tests::site::{ROUTER, Site};
use serde_json::Value;

const NAME: &str = "dev.hik-connect.com";

/// The cameras may ask the router for names, and nothing else.
const POLICY: &str = r#"version: 1
interfaces:
  lan-cam*: {}
groups:
  asking:
    allow:
      - to: 192.168.50.1
        ports: [udp/53]
cameras:
  gate:
    match: {mac: "02:00:00:00:50:21", ip: 192.168.50.21}
    group: asking
  yard:
    match: {mac: "02:00:00:00:50:22"}
    group: asking
"#;

const GATE: [u8; 6] = [2, 0, 0, 0, 0x50, 0x21];
const YARD: [u8; 6] = [2, 0, 0, 0, 0x50, 0x22];

/// A site with [`POLICY`].
fn site(test: &str) -> Site {
    let site = Site::new(test).unwrap();
    site.write(POLICY).unwrap();
    site
}

/// A daemon with a file of events, and these settings.
fn start(site: &Site, settings: &str) -> Daemon {
    let config = site.file("enforcer.yaml");
    let sinks = format!("sinks:\n  - file: {{path: {}}}\n", site.events().path());
    fs::write(&config, format!("{settings}\n{sinks}")).unwrap();
    let config = config.to_str().unwrap();
    let options = ["--config", config, "--event-rate", "100000"];
    let mut daemon = site.started(&options).unwrap();
    if settings.contains("names: true") {
        daemon.wait_for_names().unwrap();
    }
    daemon
}

fn resolver(site: &Site) -> UdpSocket {
    let address = SocketAddr::from((ROUTER_V4, 53));
    site.network
        .router
        .run(|| UdpSocket::bind(address))
        .unwrap()
        .unwrap()
}

fn client(site: &Site) -> UdpSocket {
    let address = SocketAddr::from((CAMERA.v4, 0));
    site.camera
        .run(|| UdpSocket::bind(address))
        .unwrap()
        .unwrap()
}

/// A question, and what it is answered.
fn ask(client: &UdpSocket, resolver: &UdpSocket, message: &[u8]) {
    for socket in [client, resolver] {
        socket
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
    }
    client
        .send_to(b"a question", SocketAddr::from((ROUTER_V4, 53)))
        .unwrap();
    let mut room = [0; 512];
    let (_, from) = resolver.recv_from(&mut room).unwrap();
    resolver.send_to(message, from).unwrap();
    let length = client.recv(&mut room).unwrap();
    assert_eq!(room.get(..length), Some(message));
}

/// What is told of a frame of a camera to the cloud once its name is known there.
fn told_with_domain(site: &Site, mac: [u8; 6], from: &str) -> Value {
    wait("a name", || {
        let event = told(site, mac, from);
        event.pointer("/alert/metadata/dest_domain")?;
        Some(event)
    })
}

fn told(site: &Site, mac: [u8; 6], from: &str) -> Value {
    told_to(site, mac, from, &CLOUD_V4.to_string())
}

/// What is told of one more frame.
fn told_to(site: &Site, mac: [u8; 6], from: &str, to: &str) -> Value {
    let before = site.events().so_far().unwrap().len();
    let frame = ethernet(mac).to(ROUTER) / ipv4(from, to) / udp(40_000, 443) / data(b"home");
    site.wire().unwrap().send(&frame.build()).unwrap();
    let mut told = site.events().once(before + 1).unwrap();
    told.pop().unwrap()
}

/// The line of `gate` to the cloud.
fn ledger(site: &Site) -> Value {
    let arguments = [
        "ledger",
        "--camera",
        "gate",
        "--to",
        "203.0.113.7",
        "--json",
    ];
    let outcome = site.enforcer.run(&arguments).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let mut lines: Vec<Value> = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines.remove(0)
}
