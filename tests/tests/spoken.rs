//! What cameras speak, by the first bytes of what was told of: in the ledger and in the report, on whatever port.

use enforcer_tests::frame::{data, ethernet, ipv4, tcp, udp};
use enforcer_tests::site::{FLOODER, ROUTER, Site, audited};
use serde_json::Value;

/// Acknowledges, and pushes.
const DATA: u8 = 0x18;

/// Transport, port and payload; what is told of them.
type Said<'p> = (&'p str, u16, &'p [u8], Option<&'p str>, &'p str);

#[test]
fn first_bytes_say_whether_it_was_encrypted_and_where_they_say_nothing_the_port_does() {
    let site = Site::new("spoken").unwrap();
    site.write(&audited()).unwrap();
    let events = site.events();
    let _daemon = site.started(&["--events", events.path()]).unwrap();

    // The ledger was taken down at the start, and is not again before it is asked for.
    site.enforcer.run(&["ledger"]).unwrap();

    let mut hello = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    hello.resize(512, 0x5a);
    let request = b"GET /firmware HTTP/1.1\r\nHost: cloud\r\n\r\n";
    let initial = [0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8];
    let said: [Said<'_>; 6] = [
        ("tcp", 37_777, &hello, Some("tls"), "encrypted"),
        ("tcp", 443, request, Some("http"), "plain"),
        ("udp", 9999, &initial, Some("quic"), "encrypted"),
        ("tcp", 8443, b"\x01\x02", None, "likely_encrypted"),
        ("udp", 123, b"time", None, "likely_plain"),
        ("udp", 8800, b"home", None, "unknown"),
    ];
    let wire = site.wire().unwrap();
    for (transport, port, payload, ..) in said {
        let front = ethernet(FLOODER).to(ROUTER) / ipv4("192.168.50.99", "203.0.113.7");
        let frame = match transport {
            "tcp" => front / tcp(40_000, port).flags(DATA) / data(payload),
            _ => front / udp(40_000, port) / data(payload),
        };
        wire.send(&frame.build()).unwrap();
    }
    // Whoever has written an event down has heard it.
    assert_eq!(events.once(said.len()).unwrap().len(), said.len());
    let ledger = site.enforcer.run(&["ledger", "--json"]).unwrap();
    let lines: Vec<Value> = serde_json::from_str(&ledger.stdout).unwrap();
    let report = site.enforcer.run(&["report", "--json"]).unwrap();
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    let calls = report["calls"].as_array().unwrap();
    for (transport, port, _, app_proto, encryption) in said {
        let service = format!("{transport}/{port}");
        let is_it =
            |line: &&Value| line["proto"] == transport.to_uppercase() && line["dest_port"] == port;
        let line = lines.iter().find(is_it).unwrap();
        assert_eq!(line["app_proto"].as_str(), app_proto, "{line}");
        let call = calls.iter().find(|call| call["service"] == *service);
        let call = call.unwrap();
        assert_eq!(call["app_proto"].as_str(), app_proto, "{call}");
        assert_eq!(call["encryption"], encryption, "{call}");
    }
    let text = site.enforcer.run(&["report"]).unwrap();
    for words in ["yes (tls)", "no (http)", "yes (quic)"] {
        assert!(text.stdout.contains(words), "{words}: {text:?}");
    }
}
