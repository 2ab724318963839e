//! What is sent to be dropped, and what a capture is to say of it.

use enforcer_tests::frame::{data, ethernet, ipv4, ipv6, tcp, udp, vlan};
use enforcer_tests::site::{FLOODER, ROUTER, STEADY};

const STRANGER: [u8; 6] = [2, 0, 0, 0, 0x50, 0x55];

/// Frames, each of which is dropped, and what is to be said of it.
pub(super) fn frames() -> Vec<(Vec<u8>, &'static str)> {
    let from = || ethernet(FLOODER).to(ROUTER);
    let v4 = || ipv4("192.168.50.99", "203.0.113.7");
    let long = vec![0x5a; 900];
    let flooder = "not_allowed; camera flooder; group timed";
    vec![
        // Shorter than a wire would have it.
        (
            (from() / v4() / udp(40_000, 1) / data(b"a")).build(),
            flooder,
        ),
        (
            (from() / v4() / udp(40_000, 2) / data(&long)).build(),
            flooder,
        ),
        (
            (from() / vlan(50) / v4() / tcp(40_000, 443).syn()).build(),
            flooder,
        ),
        (
            (from() / ipv6("2001:db8::99", "2001:db8:1::7") / udp(40_000, 3) / data(&long)).build(),
            flooder,
        ),
        // As long as what is told, and a byte more and less.
        (
            (from() / v4() / udp(40_000, 4) / data(&[4; 86])).build(),
            flooder,
        ),
        (
            (from() / v4() / udp(40_000, 5) / data(&[5; 87])).build(),
            flooder,
        ),
        (
            (from() / v4() / udp(40_000, 6) / data(&[6; 85])).build(),
            flooder,
        ),
        (
            (ethernet(STEADY).to(ROUTER)
                / ipv4("192.168.50.98", "192.168.50.1")
                / udp(40_000, 7)
                / data(b"a"))
            .build(),
            "port; camera steady; group timed; policy.yaml:9",
        ),
        (
            (ethernet(STRANGER).to(ROUTER)
                / ipv4("192.168.50.55", "198.51.100.1")
                / udp(40_000, 8)
                / data(b"a"))
            .build(),
            "unlisted",
        ),
    ]
}
