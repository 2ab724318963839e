//! One event of every kind.

use std::net::{Ipv4Addr, Ipv6Addr};

use enforcer::events::{Format, Told};
use enforcer::labels::{Country, Label};
use enforcer_common::{
    Address, DropReason, Flow,
    event::{Circumstances, DropEvent},
    flow::Piece,
    header::Tcp,
};

/// An event with its names.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) event: DropEvent,
    pub(crate) camera: Option<&'static str>,
    pub(crate) rule: Option<&'static str>,
    pub(crate) domain: Option<&'static str>,
    pub(crate) label: Option<Label>,
}

impl Case {
    /// The line, without its line break.
    pub(crate) fn line(&self, format: Format, color: bool) -> String {
        let mut line = Vec::new();
        format.write(&self.told(), color, &mut line);
        assert_eq!(line.pop(), Some(b'\n'));
        String::from_utf8(line).unwrap()
    }

    /// The event with everything that its numbers stand for.
    pub(crate) fn told(&self) -> Told<'_> {
        Told {
            event: &self.event,
            at: "2026-11-25T17:40:00.123456789Z".parse().unwrap(),
            interface: "lan-cam1",
            camera: self.camera,
            group: self.camera.map(|_| "recorded"),
            rule: self.rule,
            frame: None,
            domain: self.domain,
            label: self.label.as_ref(),
        }
    }

    fn dropped(name: &'static str, reason: DropReason, flow: &Flow) -> Self {
        let about = Circumstances {
            at: 1,
            suppressed: 0,
            camera: 1,
            rule: 0,
            generation: 3,
            interface: 7,
            frame_length: flow.length + 14,
            captured: 0,
            reason,
            audit: false,
        };
        Self {
            name,
            event: DropEvent::new(&about, flow),
            camera: Some("gate"),
            rule: None,
            domain: None,
            label: None,
        }
    }

    const fn by(mut self, rule: &'static str) -> Self {
        self.rule = Some(rule);
        self
    }

    fn to(mut self, domain: &'static str, label: Label) -> Self {
        (self.domain, self.label) = (Some(domain), Some(label));
        self
    }

    const fn in_audit(mut self) -> Self {
        self.event.audit = 1;
        self
    }

    const fn after_untold(mut self, suppressed: u64) -> Self {
        self.event.suppressed = suppressed;
        self
    }

    const fn of_nobody(mut self) -> Self {
        self.camera = None;
        self
    }
}

/// The one of this name.
pub(crate) fn named(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).unwrap()
}

pub(crate) fn cases() -> Vec<Case> {
    [on_ipv4(), on_ipv6(), on_the_link(), to_known_places()]
        .into_iter()
        .flatten()
        .collect()
}

fn to_known_places() -> Vec<Case> {
    let flow = Flow {
        protocol: 6,
        source_port: 40112,
        destination_port: 443,
        tcp_flags: Tcp::SYN,
        ..ipv4("192.168.50.21", "203.0.113.7")
    };
    let place = |name| Case::dropped(name, DropReason::NotAllowed, &flow);
    let cloud = Label {
        country: Country::of("CN"),
        asn: Some(4134),
        organization: Some("CHINANET-BACKBONE".into()),
        cloud: Some("Hikvision"),
        carrier: Some("China Telecom"),
    };
    let hoster = Label {
        asn: Some(64_496),
        organization: Some("Example Hosting".into()),
        ..Label::default()
    };
    vec![
        place("to_a_cloud").to("dev.hik-connect.com", cloud),
        place("to_a_hoster").to("eu-3.cdn.example", hoster),
        place("to_a_name").to("a.example", Label::default()),
    ]
}

fn on_ipv4() -> Vec<Case> {
    let syn = Flow {
        protocol: 6,
        source_port: 40112,
        destination_port: 443,
        tcp_flags: Tcp::SYN,
        ..ipv4("192.168.50.21", "203.0.113.7")
    };
    let answer = Flow {
        source_port: 554,
        destination_port: 51000,
        tcp_flags: Tcp::SYN | Tcp::ACK,
        ..syn
    };
    let echo_reply = Flow {
        protocol: 1,
        ..ipv4("192.168.50.21", "203.0.113.7")
    };
    let gre = Flow {
        protocol: 47,
        ..ipv4("192.168.50.21", "203.0.113.7")
    };
    let later = Flow {
        protocol: 17,
        fragment: Piece::Later,
        ..ipv4("192.168.50.21", "203.0.113.7")
    };
    let short = Flow {
        protocol: 6,
        fragment: Piece::First,
        ..ipv4("192.168.50.21", "203.0.113.7")
    };
    let unknown_protocol = Flow {
        protocol: 200,
        ..gre
    };
    vec![
        Case::dropped("tcp_syn", DropReason::NotAllowed, &syn)
            .by("policy.yaml:22")
            .after_untold(12),
        Case::dropped("tcp_answer", DropReason::Denied, &answer).by("policy.yaml:30"),
        Case::dropped("audit", DropReason::Port, &syn)
            .by("policy.yaml:22")
            .in_audit(),
        Case::dropped("echo_reply", DropReason::NotAllowed, &echo_reply),
        Case::dropped("gre", DropReason::Protocol, &gre),
        Case::dropped("unknown_protocol", DropReason::Protocol, &unknown_protocol),
        Case::dropped("later_fragment", DropReason::Fragment, &later),
        Case::dropped("short_first_fragment", DropReason::Fragment, &short),
    ]
}

fn on_ipv6() -> Vec<Case> {
    let mdns = Flow {
        protocol: 17,
        source_port: 5353,
        destination_port: 5353,
        hop_limit: 255,
        ..ipv6("2001:db8:50::21", "ff02::fb")
    };
    let advertisement = Flow {
        protocol: 58,
        icmp_type: 134,
        hop_limit: 255,
        vlans: [100, 50],
        vlan_tags: 2,
        ..ipv6("fe80::4619:b6ff:fe5d:3a01", "ff02::1")
    };
    let hidden = Flow {
        protocol: 60,
        ..ipv6("2001:db8:50::21", "2001:db8::1")
    };
    vec![
        Case::dropped("udp_ipv6", DropReason::Discovery, &mdns),
        Case::dropped(
            "rogue_router_in_vlans",
            DropReason::RogueRouter,
            &advertisement,
        ),
        Case::dropped("extension_headers", DropReason::ExtensionHeaders, &hidden),
    ]
}

fn on_the_link() -> Vec<Case> {
    let arp = Flow {
        ethertype: 0x0806,
        source: v4("192.168.50.1"),
        destination: v4("192.168.50.10"),
        ..ethernet()
    };
    let probe = Flow {
        source: v4("0.0.0.0"),
        ..arp
    };
    let stranger = Flow {
        ethertype: 0x0800,
        source: v4("192.168.50.99"),
        ..ethernet()
    };
    let truncated = Flow {
        ethertype: 0x86dd,
        vlans: [50, 0],
        vlan_tags: 1,
        ..ethernet()
    };
    let lldp = Flow {
        ethertype: 0x88cc,
        destination_mac: [0x01, 0x80, 0xc2, 0, 0, 0x0e],
        ..ethernet()
    };
    let spanning_tree = Flow {
        ethertype: 38,
        ..lldp
    };
    vec![
        Case::dropped("arp", DropReason::Spoofed, &arp),
        Case::dropped("arp_probe", DropReason::Housekeeping, &probe),
        Case::dropped("unlisted", DropReason::Unlisted, &stranger).of_nobody(),
        Case::dropped(
            "unlisted_arp",
            DropReason::Unlisted,
            &Flow {
                ethertype: 0x0806,
                ..stranger
            },
        )
        .of_nobody(),
        Case::dropped("truncated", DropReason::Truncated, &truncated),
        Case::dropped("lldp", DropReason::Ethertype, &lldp),
        Case::dropped("spanning_tree", DropReason::Ethertype, &spanning_tree),
    ]
}

fn ethernet() -> Flow {
    Flow {
        source_mac: [0x44, 0x19, 0xb6, 0x5d, 0x3a, 0x01],
        destination_mac: [0x02, 0, 0, 0, 0, 0x01],
        ..Flow::default()
    }
}

fn ipv4(source: &str, destination: &str) -> Flow {
    Flow {
        ethertype: 0x0800,
        source: v4(source),
        destination: v4(destination),
        hop_limit: 64,
        traffic_class: 8,
        identification: 4660,
        length: 60,
        ..ethernet()
    }
}

fn ipv6(source: &str, destination: &str) -> Flow {
    Flow {
        ethertype: 0x86dd,
        source: v6(source),
        destination: v6(destination),
        hop_limit: 64,
        flow_label: 0xabcde,
        length: 100,
        ..ethernet()
    }
}

fn v4(text: &str) -> Address {
    Address::v4(text.parse::<Ipv4Addr>().unwrap().octets())
}

fn v6(text: &str) -> Address {
    Address::v6(text.parse::<Ipv6Addr>().unwrap().octets())
}
