//! A camera's names are those that a resolver answered to it, and no others.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use enforcer::names::answer::Answer;
use enforcer_tests::actor::Wire;
use enforcer_tests::daemon::wait;
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::network::CLOUD_V4;
use enforcer_tests::resolver::answer;
use enforcer_tests::site::ROUTER;
use serde_json::{Value, json};

use super::{
    GATE, NAME, YARD, ask, client, resolver, site, start, told, told_to, told_with_domain,
};

#[test]
fn a_name_is_told_as_the_resolver_answered_it_to_this_camera() {
    let site = site("names");
    let _daemon = start(&site, "names: true");
    let resolver = resolver(&site);
    let client = client(&site);
    // Through real sockets: a question, and the answer through the router's own stack.
    ask(&client, &resolver, &answer(NAME, CLOUD_V4));
    let event = told_with_domain(&site, GATE, "192.168.50.21");
    assert_eq!(event["alert"]["metadata"]["dest_domain"], json!([NAME]));
    assert_eq!(
        event["alert"]["metadata"]["dest_cloud"],
        json!(["Hikvision"])
    );
    // Another camera has asked nobody.
    let event = told(&site, YARD, "192.168.50.22");
    assert_eq!(event["alert"]["metadata"]["camera"], json!(["yard"]));
    assert_eq!(event["alert"]["metadata"]["dest_domain"], Value::Null);
}

#[test]
fn what_is_forged_malformed_or_for_somebody_else_is_not_heard() {
    let site = site("names_forged");
    let _daemon = start(&site, "names: true");
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
    assert_eq!(event["alert"]["metadata"]["camera"], json!(["gate"]));
    assert_eq!(event["alert"]["metadata"]["dest_domain"], Value::Null);
}

#[test]
fn without_the_right_to_listen_enforcement_goes_on_and_the_log_says_so() {
    let mut site = site("names_denied");
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
