//! What depends on the networks that the router is in, which no capture says.

use enforcer_tests::capture::pcap;
use enforcer_tests::frame::{ethernet, ipv6, neighbour_advertisement, neighbour_solicitation};
use enforcer_tests::site::{FLOODER, ROUTER, Site};
use serde_json::{Value, json};

use crate::{ETHERNET, frames, run, told, write};

const CAMERA: &str = "fd00:50::99";
const RECORDER: &str = "fd00:50::10";

#[test]
fn what_may_pass_on_the_link_is_told_and_passes_where_the_network_is_named() {
    let site = Site::new("replay_networks").unwrap();
    let asks = |target: &str| -> Vec<u8> {
        let packet = ethernet(FLOODER).to(ROUTER) / ipv6(CAMERA, target).hop_limit(255);
        (packet / neighbour_solicitation(target).source_link(FLOODER)).build()
    };
    let answers = ethernet(FLOODER).to(ROUTER) / ipv6(CAMERA, RECORDER).hop_limit(255);
    let answers = (answers / neighbour_advertisement(CAMERA).target_link(FLOODER)).build();
    let mut packets = frames();
    packets.extend([asks(RECORDER), answers, asks("2001:db8::7")]);
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &packets, 262_144));
    let replay = |more: &[&str]| -> Value {
        let document = told(&run(&site, &[&[&capture[..]], more].concat()));
        assert_eq!(document["judged_by"], "kernel");
        document
    };
    let unknown = replay(&[]);
    assert_eq!(unknown["frames"]["dropped"], 4 + 3);
    assert_eq!(unknown["off_link"], 3);
    let note = unknown["notes"][0].as_str().unwrap();
    let words =
        "3 frames would be allowed if `2001:db8::7` and `fd00:50::10` are on the camera's own link";
    assert!(
        note.starts_with(words) && note.contains("--network"),
        "{note}"
    );

    for network in ["fd00:50::1/64", "lan-cam*=fd00:50::1/64"] {
        let known = replay(&["--network", network]);
        assert_eq!(known["frames"]["dropped"], 4 + 1, "{network}");
        assert_eq!(
            (&known["off_link"], &known["notes"]),
            (&json!(0), &json!([])),
            "{network}"
        );
    }
    // On another link than the one that it is on, it is of no use; of another family neither.
    for network in ["lan-cam9=fd00:50::1/64", "192.168.50.1/24"] {
        let known = replay(&["--network", network, "--interface", "lan-cam1"]);
        assert_eq!(known["off_link"], 3, "{network}");
    }
    for (network, words) in [
        ("wan=192.168.50.1/24", "no row of `interfaces` is for `wan`"),
        ("192.168.50.0/24", "that is the network itself"),
    ] {
        let outcome = run(&site, &[&capture, "--network", network]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}

#[test]
fn who_claims_the_router_s_address_is_known_where_that_is_named() {
    let site = Site::new("replay_router").unwrap();
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &frames(), 262_144));
    // That of `steady`, whom the policy binds to none.
    let network = ["--network", "192.168.50.98/24"];
    let document = told(&run(&site, &[&[&capture[..]], &network[..]].concat()));
    let spoofed = json!({"reason": "spoofed", "dropped": 2, "audited": 0});
    let reasons = document["reasons"].as_array().unwrap();
    assert!(reasons.contains(&spoofed), "{reasons:?}");
}
