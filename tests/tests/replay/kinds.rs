//! Which captures there are, and what is asked of them: cooked packets of either kind, another time, another interface.

use enforcer_tests::capture::pcap;
use enforcer_tests::site::{POLICY, Site};
use serde_json::json;

use crate::{ETHERNET, frames, run, told, write};

const COOKED_2: u32 = 276;

#[test]
fn cooked_packets_of_the_second_kind_are_judged_by_their_sender() {
    let site = Site::new("replay_sll2").unwrap();
    let cooked = |way: u8, frame: &[u8]| {
        let mut packet = frame[12..14].to_vec();
        packet.extend([0, 0, 0, 0, 0, 7, 0, 1, way, 6]);
        packet.extend(&frame[6..12]);
        packet.extend([0, 0]);
        packet.extend(&frame[14..]);
        packet
    };
    let mut packets: Vec<Vec<u8>> = frames().iter().map(|frame| cooked(0, frame)).collect();
    packets.push(cooked(4, &frames()[0]));
    // Of a link without addresses.
    let mut foreign = cooked(0, &frames()[0]);
    foreign[11] = 0;
    packets.push(foreign);
    let capture = write(&site, "any.pcap", &pcap(COOKED_2, &packets, 262_144));
    let document = told(&run(&site, &[&capture]));
    assert_eq!(document["judged_by"], "kernel");
    assert_eq!(
        (&document["outgoing"], &document["foreign"]),
        (&json!(1), &json!(1))
    );
    let fates = json!({"allowed": 2, "dropped": 4, "audited": 0, "ignored": 0});
    assert_eq!(document["frames"], fates);
}

#[test]
fn at_another_time_an_audit_is_over_or_is_not() {
    let site = Site::new("replay_at").unwrap();
    site.write(&format!("mode: audit\nuntil: 2030-03-18\n{POLICY}"))
        .unwrap();
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &frames(), 262_144));
    for (at, dropped, audited) in [
        ("2030-03-17T23:59:59Z", 0, 4),
        ("2030-03-18", 4, 0),
        ("2030-03-18T00:30:00+01:00", 0, 4),
    ] {
        let frames = &told(&run(&site, &[&capture, "--at", at]))["frames"];
        let told = (&frames["dropped"], &frames["audited"]);
        assert_eq!(told, (&json!(dropped), &json!(audited)), "{at}");
    }
}

#[test]
fn where_the_capture_names_no_interface_the_command_line_does() {
    let site = Site::new("replay_interface").unwrap();
    let mixed = POLICY.replace("lan-cam*: {}", "lan-cam*: {}\n  lan-mix: {unlisted: pass}");
    site.write(&mixed).unwrap();
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &frames(), 262_144));
    for (interface, ignored, dropped) in [("lan-cam7", 0, 4), ("lan-mix", 1, 3)] {
        let frames = &told(&run(&site, &[&capture, "--interface", interface]))["frames"];
        let told = (&frames["ignored"], &frames["dropped"]);
        assert_eq!(told, (&json!(ignored), &json!(dropped)), "{interface}");
    }
    let outcome = run(&site, &[&capture, "--interface", "wan"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("no row of `interfaces` is for `wan`"),
        "{outcome:?}"
    );
}
