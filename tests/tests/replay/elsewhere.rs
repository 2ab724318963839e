//! Captures of more than the interfaces that the policy is for: what came in elsewhere, and what may be in them twice.

use enforcer_tests::capture::{pcap, pcapng};
use enforcer_tests::site::Site;
use serde_json::{Value, json};

use crate::{COOKED, frames, run, told, write};

const COOKED_2: u32 = 276;

#[test]
fn what_came_in_where_the_policy_is_not_for_is_told_and_not_judged() {
    let site = Site::new("replay_elsewhere").unwrap();
    let frames = frames();
    let [dropped, allowed] = [&frames[0], &frames[1]].map(Vec::as_slice);
    let both = [
        ("lan-cam1", dropped),
        ("br0", dropped),
        ("lan-cam1", allowed),
        ("br0", allowed),
    ];
    let capture = write(&site, "both.pcapng", &pcapng(&both));
    let document = told(&run(&site, &[&capture]));
    let fates = json!({"allowed": 1, "dropped": 1, "audited": 0, "ignored": 0});
    assert_eq!(document["frames"], fates);
    assert_eq!(document["packets"], 4);
    let elsewhere = (&document["elsewhere"], &document["elsewhere_on"]);
    assert_eq!(elsewhere, (&json!(2), &json!(["br0"])));

    // Whoever says where they came in is believed.
    let document = told(&run(&site, &[&capture, "--interface", "lan-cam1"]));
    assert_eq!(
        (&document["frames"]["dropped"], &document["elsewhere"]),
        (&json!(2), &json!(0))
    );

    // It says of neither, so it says nothing.
    let capture = write(&site, "any.pcapng", &pcapng(&[("any", dropped)]));
    let document = told(&run(&site, &[&capture]));
    assert_eq!(document["frames"]["dropped"], 1);
}

#[test]
fn a_capture_of_other_interfaces_alone_is_no_success() {
    let site = Site::new("replay_nowhere").unwrap();
    let frames = frames();
    let frames: Vec<_> = frames.iter().map(|frame| ("eth0", &frame[..])).collect();
    let capture = write(&site, "desk.pcapng", &pcapng(&frames));
    let outcome = run(&site, &[&capture]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("--interface NAME"), "{outcome:?}");
    let policy = site.policy().to_str().unwrap();
    let replay = ["replay", &capture, "--policy", policy];
    let text = site.enforcer.run(&replay).unwrap().stdout;
    let words = "6  on `eth0`, which no row of `interfaces` is for, not judged";
    assert!(text.contains(words), "{text}");
}

#[test]
fn of_all_interfaces_at_once_it_is_told_that_a_frame_may_count_twice() {
    let site = Site::new("replay_twice").unwrap();
    let first = |frame: &[u8]| {
        let mut packet = vec![0, 0, 0, 1, 0, 6];
        packet.extend(&frame[6..12]);
        packet.extend([0, 0]);
        packet.extend(&frame[12..]);
        packet
    };
    let second = |interface: u8, frame: &[u8]| {
        let mut packet = frame[12..14].to_vec();
        packet.extend([0, 0, 0, 0, 0, interface, 0, 1, 0, 6]);
        packet.extend(&frame[6..12]);
        packet.extend([0, 0]);
        packet.extend(&frame[14..]);
        packet
    };
    let frame = &frames()[0];
    for (name, link, packets, note) in [
        (
            "sll.pcap",
            COOKED,
            vec![first(frame)],
            Some("all interfaces, "),
        ),
        (
            "two.pcap",
            COOKED_2,
            vec![second(7, frame), second(8, frame)],
            Some("all interfaces (numbers 7 and 8), "),
        ),
        (
            "one.pcap",
            COOKED_2,
            vec![second(7, frame), second(7, frame)],
            None,
        ),
    ] {
        let capture = write(&site, name, &pcap(link, &packets, 262_144));
        let document = told(&run(&site, &[&capture]));
        assert_eq!(document["frames"]["dropped"], packets.len(), "{name}");
        let notes = document["notes"].as_array().unwrap();
        assert_eq!(notes.len(), usize::from(note.is_some()), "{name}");
        let is_told = notes.first().and_then(Value::as_str).zip(note);
        assert!(
            is_told.is_none_or(|(told, words)| told.contains(words)),
            "{notes:?}"
        );
    }
}
