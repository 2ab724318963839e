//! What is told beside verdicts: by which names cameras know whom they call, what is no capture, and how it ends whoever
//! reads it.

use std::fs;
use std::net::Ipv4Addr;

use enforcer_tests::capture::pcap;
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::owners::{self, CHINANET};
use enforcer_tests::resolver;
use enforcer_tests::site::{FLOODER, ROUTER, Site};
use serde_json::json;

use crate::{ETHERNET, frames, run, told, write};

#[test]
fn destinations_have_the_names_that_resolvers_in_the_capture_gave_them_and_owners() {
    let site = Site::new("replay_names").unwrap();
    let answered = |from| {
        let message = resolver::answer("dev.hik-connect.com", Ipv4Addr::new(203, 0, 113, 7));
        let frame = ethernet(from).to(FLOODER) / ipv4("192.168.50.1", "192.168.50.99");
        (frame / udp(53, 40_000) / data(&message)).build()
    };
    let flow = |document: &serde_json::Value| {
        let lines = document["lines"].as_array().unwrap().iter();
        let mut lines = lines.filter(|line| line["dest_port"] == 9999);
        lines.next().unwrap().clone()
    };
    let mut packets = frames();
    packets.push(answered(ROUTER));
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &packets, 262_144));
    let line = flow(&told(&run(&site, &[&capture])));
    assert_eq!(line["dest_domain"], "dev.hik-connect.com");
    assert_eq!(line["dest_cloud"], "Hikvision");
    assert_eq!(line["dest_asn"], json!(null));

    let owners = site.file("owners.mmdb");
    owners::write(&owners, &[CHINANET]).unwrap();
    let owners = owners.to_str().unwrap();
    let line = flow(&told(&run(&site, &[&capture, "--owners", owners])));
    assert_eq!(line["dest_carrier"], "China Telecom");

    // So do those of which something else becomes.
    let text = fs::read_to_string(site.policy()).unwrap();
    let other = text.replace("192.168.50.1]", "203.0.113.0/24]");
    let old = write(
        &site,
        "old.yaml",
        other.replace("udp/123", "udp/9999").as_bytes(),
    );
    let policy = site.policy().to_str().unwrap();
    let replay = ["replay", &capture, "--policy", policy, "--against", &old];
    let outcome = site.enforcer.run(&replay).unwrap();
    let words = "flooder to 203.0.113.7 (dev.hik-connect.com) udp/9999: 3 frames, was allowed";
    assert!(outcome.stdout.contains(words), "{outcome:?}");

    // What the camera says itself is nobody's word.
    let mut packets = frames();
    packets.push(answered(FLOODER));
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &packets, 262_144));
    let line = flow(&told(&run(&site, &[&capture])));
    assert_eq!(line["dest_domain"], json!(null));
    let outcome = run(&site, &[&capture, "--owners", "/no/such/file"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
}

#[test]
fn a_compressed_capture_is_known_as_that() {
    let site = Site::new("replay_compressed").unwrap();
    for (name, begins, words) in [
        (
            "a.pcap.gz",
            &b"\x1f\x8b\x08\0"[..],
            "compressed by gzip: `zcat`",
        ),
        (
            "a.pcap.zst",
            b"\x28\xb5\x2f\xfd",
            "compressed by zstd: `zstdcat`",
        ),
        ("a.pcap.xz", b"\xfd7zXZ\0", "compressed by xz: `xzcat`"),
    ] {
        let capture = write(&site, name, &[begins, &[7; 100]].concat());
        let outcome = run(&site, &[&capture]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}

#[test]
fn how_it_ended_is_told_where_whoever_reads_has_gone() {
    let site = Site::new("replay_gone").unwrap();
    let whole = pcap(ETHERNET, &frames(), 262_144);
    let cut = write(&site, "cut.pcap", &whole[..whole.len() - 1]);
    let whole = write(&site, "whole.pcap", &whole);
    let policy = site.policy().to_str().unwrap();
    for (capture, format, code, words) in [
        (&cut, None, 2, "cut short"),
        (&cut, Some("--json"), 2, "cut short"),
        (&whole, None, 0, ""),
    ] {
        let (reader, output) = std::io::pipe().unwrap();
        drop(reader);
        let mut arguments = vec!["replay", capture, "--policy", policy];
        arguments.extend(format);
        let mut command = site.enforcer.command(&arguments);
        let errors = site.file("errors");
        command.stdout(output);
        command.stderr(fs::File::create(&errors).unwrap());
        let status = command.status().unwrap();
        let errors = fs::read_to_string(errors).unwrap();
        assert_eq!(status.code(), Some(code), "{errors}");
        assert!(errors.contains(words), "{errors}");
    }
}
