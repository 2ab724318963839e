//! Whoever looks is told by which name a camera knows where it sends to: as a resolver answered it, and nobody else.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use enforcer::names::answer::Answer;
use enforcer_tests::actor::Wire;
use enforcer_tests::daemon::{Daemon, wait};
use enforcer_tests::frame::{data, ethernet, ipv4, ipv6, udp, vlan};
use enforcer_tests::network::{CAMERA, CLOUD_V4, ROUTER_V4};
use enforcer_tests::owners::{self, Owner};
use enforcer_tests::resolver::answer;
use enforcer_tests::site::{ROUTER, Site};
use enforcer_tests::tagger::Tagger;
use serde_json::Value;

const NAME: &str = "dev.hik-connect.com";

/// The camera `gate` may ask the router for names, `yard` may nothing.
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

#[test]
fn a_name_is_told_as_the_resolver_answered_it_to_this_camera() {
    let site = Site::new("names").unwrap();
    let daemon = start(&site, "names: true");
    let resolver = resolver(&site);
    let client = client(&site);
    // Through real sockets: a question, and the answer through the router's own stack.
    ask(&client, &resolver, &answer(NAME, CLOUD_V4));
    let event = told_with_domain(&site, GATE, "192.168.50.21");
    assert_eq!(
        event["alert"]["metadata"]["dest_domain"],
        NAME.to_owned().into_list()
    );
    assert_eq!(
        event["alert"]["metadata"]["dest_cloud"],
        "Hikvision".to_owned().into_list()
    );
    // Another camera has asked nobody.
    let event = told(&site, YARD, "192.168.50.22");
    assert_eq!(
        event["alert"]["metadata"]["camera"],
        "yard".to_owned().into_list()
    );
    assert_eq!(event["alert"]["metadata"]["dest_domain"], Value::Null);
    drop(daemon);
}

#[test]
fn what_is_forged_malformed_or_for_somebody_else_is_not_heard() {
    let site = Site::new("names_forged").unwrap();
    let daemon = start(&site, "names: true");
    let wire = site.wire().unwrap();
    let router = Wire::open(&site.network.router, "lan-cam1").unwrap();
    let own = answer("forged.example", CLOUD_V4);
    let to_gate = |from: u16, message: &[u8]| {
        let packet = ipv4("192.168.50.1", "192.168.50.21");
        (ethernet(ROUTER).to(GATE) / packet / udp(from, 40_000) / data(message)).build()
    };
    // The camera sends an answer to itself, or to another, and with the router's addresses.
    wire.send(&to_gate(53, &own)).unwrap();
    for to in [GATE, YARD, ROUTER] {
        let packet = ipv4("192.168.50.21", "192.168.50.22");
        let frame = ethernet(GATE).to(to) / packet / udp(53, 40_000) / data(&own);
        wire.send(&frame.build()).unwrap();
    }
    // Frames that leave towards it, and are none of a resolver, or not well-formed.
    router.send(&to_gate(5353, &own)).unwrap();
    router.send(&to_gate(54, &own)).unwrap();
    for length in 0..own.len() {
        router.send(&to_gate(53, &own[..length])).unwrap();
    }
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/dns_answer");
    let mut refused = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        if Answer::read(&bytes).is_none() {
            router.send(&to_gate(53, &bytes)).unwrap();
            refused += 1;
        }
    }
    assert!(refused > 10, "{refused}");
    // From another camera, which a policy may let it talk to.
    let packet = ipv4("192.168.50.22", "192.168.50.21");
    let frame = ethernet(YARD).to(GATE) / packet / udp(53, 40_000) / data(&own);
    router.send(&frame.build()).unwrap();
    // To its hardware address and another's network address: it is bound to its own.
    let packet = ipv4("192.168.50.1", "192.168.50.99");
    let frame = ethernet(ROUTER).to(GATE) / packet / udp(53, 40_000) / data(&own);
    router.send(&frame.build()).unwrap();
    // What is heard after all of that shows that all of that was looked at.
    router
        .send(&to_gate(
            53,
            &answer("real.example", Ipv4Addr::new(203, 0, 113, 8)),
        ))
        .unwrap();
    wait("the last answer", || {
        let event = told_to(&site, GATE, "192.168.50.21", "203.0.113.8");
        (event["alert"]["metadata"]["dest_domain"] != Value::Null).then_some(())
    });
    let event = told(&site, GATE, "192.168.50.21");
    assert_eq!(
        event["alert"]["metadata"]["camera"],
        "gate".to_owned().into_list()
    );
    assert_eq!(event["alert"]["metadata"]["dest_domain"], Value::Null);
    drop(daemon);
}

#[test]
fn the_ledger_keeps_a_name_across_restarts_and_after_it_has_ended() {
    let site = Site::new("names_ledger").unwrap();
    let mut daemon = start(&site, "names: true");
    let (resolver, client) = (resolver(&site), client(&site));
    ask(&client, &resolver, &answer(NAME, CLOUD_V4));
    told_with_domain(&site, GATE, "192.168.50.21");
    assert_eq!(ledger(&site)["dest_domain"], NAME);
    daemon.terminate().unwrap();
    // Without a daemon, and with one that hears nothing.
    assert_eq!(ledger(&site)["dest_domain"], NAME);
    let daemon = start(&site, "names: false");
    let before = ledger(&site)["packets"].as_u64();
    told(&site, GATE, "192.168.50.21");
    let line = ledger(&site);
    assert!(line["packets"].as_u64() > before, "{line}");
    assert_eq!(line["dest_domain"], NAME);
    assert_eq!(line["dest_cloud"], "Hikvision");
    drop(daemon);
}

#[test]
fn names_are_heard_in_a_vlan_and_on_an_interface_that_comes_later() {
    let site = Site::new("names_vlan").unwrap();
    let policy = POLICY.replace(", ip: 192.168.50.21}", ", vlan: 50}");
    site.write(&policy).unwrap();
    let daemon = start(&site, "names: true");
    let network = &site.network.router;
    network
        .ip("link add lan-cam9 type veth peer name other9\n\
             link set lan-cam9 up\n\
             link set other9 up\n")
        .unwrap();
    site.status_when(|status| status.is_enforcing("lan-cam9"))
        .unwrap();
    let [router, camera] = ["lan-cam9", "other9"].map(|name| Wire::open(network, name).unwrap());
    // Whether an event has the name after an answer was sent, in a frame of one kind or another.
    let is_told = |number: u8, answered: &dyn Fn(&[u8]) -> Vec<u8>| {
        let address = Ipv4Addr::new(203, 0, 113, number);
        router.send(&answered(&answer(NAME, address))).unwrap();
        let packet = ipv4("192.168.50.21", &address.to_string());
        let link = ethernet(GATE).to(ROUTER) / vlan(50);
        let asked = (link / packet / udp(40_000, 443) / data(b"home")).build();
        camera.send(&asked).unwrap();
        let to = address.to_string();
        let told = events(&site).into_iter();
        let mut of_it = told.filter(|event| event["dest_ip"] == to);
        of_it.any(|event| event["alert"]["metadata"]["dest_domain"][0] == NAME)
    };
    let link = || ethernet(ROUTER).to(GATE);
    let v4 = || ipv4("192.168.50.1", "192.168.50.21");
    let v6 = || ipv6("2001:db8::1", "2001:db8::21");
    let from = || udp(53, 40_000);
    let in_its_own = |it: &[u8]| (link() / vlan(50) / v4() / from() / data(it)).build();
    let over_ipv6 = |it: &[u8]| (link() / vlan(50) / v6() / from() / data(it)).build();
    let in_two = |it: &[u8]| (link() / vlan(50) / vlan(7) / v4() / from() / data(it)).build();
    let with_options = |it: &[u8]| {
        let packet = v4().raw_options(&[1, 1, 1, 1]);
        (link() / vlan(50) / packet / from() / data(it)).build()
    };
    let in_another = |it: &[u8]| (link() / vlan(51) / v4() / from() / data(it)).build();
    let in_none = |it: &[u8]| (link() / v4() / from() / data(it)).build();
    wait("the name in IPv6", || is_told(11, &over_ipv6).then_some(()));
    wait("the name in two tags", || {
        is_told(12, &in_two).then_some(())
    });
    wait("the name behind options", || {
        is_told(13, &with_options).then_some(())
    });
    // What goes to another VLAN is not for this camera; what comes after it shows that it was looked at.
    wait("the name", || {
        assert!(!is_told(8, &in_another) && !is_told(9, &in_none));
        is_told(10, &in_its_own).then_some(())
    });
    drop(daemon);
}

#[test]
fn a_name_is_heard_where_the_tag_of_its_vlan_is_beside_the_frame() {
    let site = Site::new("names_beside").unwrap();
    let policy = POLICY.replace(", ip: 192.168.50.21}", ", vlan: 50}");
    site.write(&policy).unwrap();
    let daemon = start(&site, "names: true");
    let router = &site.network.router;
    router
        .ip("link add lan-cam9 type veth peer name other9\n\
             address add 192.168.59.1/24 dev lan-cam9\n\
             link set lan-cam9 up\n\
             link set other9 up\n\
             neighbour add 192.168.59.21 lladdr 02:00:00:00:50:21 dev lan-cam9\n")
        .unwrap();
    site.status_when(|status| status.is_enforcing("lan-cam9"))
        .unwrap();
    let camera = Wire::open(router, "other9").unwrap();
    // An ordinary socket: the router's own stack makes the frame, and nobody puts the tag into it.
    let resolver = router.run(|| UdpSocket::bind((Ipv4Addr::new(192, 168, 59, 1), 53)));
    let resolver = resolver.unwrap().unwrap();
    let is_told = |number: u8| {
        let address = Ipv4Addr::new(203, 0, 113, number);
        let to = SocketAddr::from(([192, 168, 59, 21], 40_000));
        resolver.send_to(&answer(NAME, address), to).unwrap();
        let packet = ipv4("192.168.59.21", &address.to_string());
        let link = ethernet(GATE).to(ROUTER) / vlan(50);
        let asked = (link / packet / udp(40_000, 443) / data(b"home")).build();
        camera.send(&asked).unwrap();
        let to = address.to_string();
        let told = events(&site).into_iter();
        let mut of_it = told.filter(|event| event["dest_ip"] == to);
        of_it.any(|event| event["alert"]["metadata"]["dest_domain"][0] == NAME)
    };
    let pin = |name: &str| site.sandbox.directories().root().join("bpf").join(name);
    let tagged = |vlan: u16| {
        let pin = pin(&format!("tagger{vlan}"));
        let tagger = router.run(|| Tagger::attach("lan-cam9", vlan, &pin));
        tagger.unwrap().unwrap()
    };
    // In another VLAN, and in none, it is for nobody; what comes after it shows that it was looked at.
    for _ in 0..3 {
        assert!(!is_told(8));
    }
    let other = tagged(51);
    for _ in 0..3 {
        assert!(!is_told(9));
    }
    drop(other);
    let _tagger = tagged(50);
    wait("the name", || is_told(10).then_some(()));
    assert!(!events(&site).iter().any(|event| {
        let is_early = ["203.0.113.8", "203.0.113.9"]
            .iter()
            .any(|to| event["dest_ip"] == *to);
        is_early && event["alert"]["metadata"]["dest_domain"] != Value::Null
    }));
    drop(daemon);
}

#[test]
fn owners_are_told_by_the_files_that_there_are_and_missing_ones_once() {
    let site = Site::new("names_owners").unwrap();
    let [owners, missing] = ["owners.mmdb", "missing.mmdb"].map(|name| site.file(name));
    write_owner(&owners, "CN", 4134, "CHINANET-BACKBONE");
    let settings = format!("owners: [{}, {}]", missing.display(), owners.display());
    let mut daemon = start(&site, &settings);
    let event = wait("an owner", || {
        let event = told(&site, GATE, "192.168.50.21");
        (event["alert"]["metadata"]["dest_asn"] != Value::Null).then_some(event)
    });
    let metadata = &event["alert"]["metadata"];
    for (key, expected) in [
        ("dest_country", "CN"),
        ("dest_asn", "4134"),
        ("dest_organization", "CHINANET-BACKBONE"),
        ("dest_carrier", "China Telecom"),
    ] {
        assert_eq!(metadata[key][0], expected, "{event}");
    }
    assert_eq!(metadata["dest_domain"], Value::Null);
    let line = ledger(&site);
    assert_eq!(line["dest_country"], "CN");
    assert_eq!(line["dest_asn"], 4134);
    assert_eq!(line["dest_carrier"], "China Telecom");

    write_owner(&owners, "NL", 64_496, "Example");
    wait("another owner", || {
        let event = told(&site, GATE, "192.168.50.21");
        (event["alert"]["metadata"]["dest_asn"][0] == "64496").then_some(())
    });
    let log = daemon.log();
    assert_eq!(log.matches("missing.mmdb: ").count(), 1, "{log}");
    daemon.terminate().unwrap();
    let line = ledger(&site);
    assert_eq!(
        (&line["dest_asn"], &line["dest_country"]),
        (&Value::Null, &Value::Null)
    );
    let owners = owners.to_str().unwrap();
    let arguments = ["ledger", "--camera", "gate", "--owners", owners];
    let outcome = site.enforcer.run(&arguments).unwrap();
    assert!(
        outcome.stdout.contains("NL, AS64496 Example"),
        "{outcome:?}"
    );
    let arguments = ["ledger", "--owners", "/no/such/file"];
    let outcome = site.enforcer.run(&arguments).unwrap();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let words = "--owners: /no/such/file: No such file";
    assert!(outcome.stderr.contains(words), "{outcome:?}");
}

#[test]
fn without_the_right_to_listen_enforcement_goes_on_and_the_log_says_so() {
    let mut site = Site::new("names_denied").unwrap();
    let config = site.file("enforcer.yaml");
    fs::write(&config, "names: true\nsinks: []\n").unwrap();
    let options = ["--config", config.to_str().unwrap()];
    site.enforcer = site
        .enforcer
        .started_by(&["setpriv", "--bounding-set", "-net_raw"]);
    let mut daemon = site.enforcer.start(site.policy(), &options).unwrap();
    daemon.wait_for("it takes CAP_NET_RAW").unwrap();
    site.enforcer = site.enforcer.started_by(&["env"]);
    assert!(
        site.status_when(|status| status.is_enforcing("lan-cam1"))
            .is_ok()
    );
}

/// A daemon with a file of events, and these settings.
fn start(site: &Site, settings: &str) -> Daemon {
    if fs::read_to_string(site.policy()).unwrap() == enforcer_tests::site::POLICY {
        site.write(POLICY).unwrap();
    }
    let (config, events) = (site.file("enforcer.yaml"), site.file("events.json"));
    let events = events.display();
    fs::write(
        &config,
        format!("{settings}\nsinks:\n  - file: {{path: {events}}}\n"),
    )
    .unwrap();
    let options = [
        "--config",
        config.to_str().unwrap(),
        "--event-rate",
        "100000",
    ];
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
    let before = lines(site);
    let frame = ethernet(mac).to(ROUTER) / ipv4(from, to) / udp(40_000, 443) / data(b"home");
    site.wire().unwrap().send(&frame.build()).unwrap();
    wait("an event", || {
        (lines(site) > before).then(|| last(site)).flatten()
    })
}

/// All that were written until now, the last only if it is whole.
fn events(site: &Site) -> Vec<Value> {
    let text = fs::read_to_string(site.file("events.json")).unwrap_or_default();
    let lines = text.lines();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn lines(site: &Site) -> usize {
    let text = fs::read_to_string(site.file("events.json")).unwrap_or_default();
    text.matches('\n').count()
}

fn last(site: &Site) -> Option<Value> {
    let text = fs::read_to_string(site.file("events.json")).unwrap_or_default();
    let (whole, _) = text.rsplit_once('\n')?;
    serde_json::from_str(whole.lines().last()?).ok()
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

/// A file that says this of the cloud's network.
fn write_owner(path: &Path, country: &'static str, system: u32, organization: &'static str) {
    let owner = Owner {
        prefix: "203.0.113.0/24",
        country,
        system,
        organization,
    };
    owners::write(path, &[owner]).unwrap();
}

/// `alert.metadata` has lists alone.
trait IntoList {
    fn into_list(self) -> Value;
}

impl IntoList for String {
    fn into_list(self) -> Value {
        Value::Array(vec![self.into()])
    }
}
