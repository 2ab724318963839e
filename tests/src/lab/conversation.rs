//! Who says what to whom in the lab, and what the policy makes of it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use enforcer_common::DropReason;

use super::protocol::{DNS, HTTP, MEDIA, NAT_PMP, NTP, RTSP, SADP, SSDP, VENDOR};
use crate::actor::{Exchange, Transport};
use crate::network::{CAMERA, CLOUD_V4, CLOUD_V6, RECORDER, ROUTER_V4, ROUTER_V6, STRANGER};

/// A second address of the camera, which the policy does not give it.
pub(super) const BORROWED: Ipv4Addr = Ipv4Addr::new(192, 168, 50, 99);

/// SSDP's group, which SADP uses too.
const EVERYBODY: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);

/// Whoever speaks or is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Party {
    Camera,
    Recorder,
    Router,
    Cloud,
    Stranger,
}

impl Party {
    /// Its own addresses.
    pub(super) const fn addresses(self) -> (Ipv4Addr, Ipv6Addr) {
        match self {
            Self::Camera => (CAMERA.v4, CAMERA.v6),
            Self::Recorder => (RECORDER.v4, RECORDER.v6),
            Self::Router => (ROUTER_V4, ROUTER_V6),
            Self::Cloud => (CLOUD_V4, CLOUD_V6),
            Self::Stranger => (STRANGER.v4, STRANGER.v6),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Camera => "camera",
            Self::Recorder => "recorder",
            Self::Router => "router",
            Self::Cloud => "cloud",
            Self::Stranger => "stranger",
        })
    }
}

/// What the policy makes of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It takes place.
    Answer,
    /// Its first frame is dropped.
    Drop(DropReason),
}

/// One thing that a camera, or something near it, does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conversation {
    /// Who begins.
    pub(super) who: Party,
    /// Who answers.
    pub(super) whom: Party,
    /// What the beginner does, in the operator's words.
    pub(super) what: &'static str,
    /// How it is carried.
    pub(super) transport: Transport,
    /// The beginner's address, and its port where that matters.
    pub(super) from: SocketAddr,
    /// Where it goes; a ping has port 0.
    pub(super) to: SocketAddr,
    /// What is said.
    pub(super) exchange: Exchange,
    /// What the policy makes of it.
    pub(super) fate: Fate,
}

/// Everything that happens in the lab, the allowed first.
pub(super) fn conversations() -> Vec<Conversation> {
    use DropReason::{Discovery, NotAllowed, NotAnAnswer, Port, Spoofed, Unlisted};
    use Fate::{Answer, Drop};
    use Party::{Camera, Cloud, Recorder, Router, Stranger};

    let stream = "fetches the stream (RTSP)";
    let name = "asks for a name (DNS)";
    let home = "phones home";
    let own = "asks a name server of its own";
    vec![
        tcp(Recorder, stream, Camera, (CAMERA.v4, 554), RTSP, Answer),
        tcp(Recorder, stream, Camera, (CAMERA.v6, 554), RTSP, Answer),
        tcp(
            Recorder,
            "opens the web page",
            Camera,
            (CAMERA.v4, 80),
            HTTP,
            Answer,
        ),
        udp(
            Camera,
            "sends pictures (RTP)",
            Recorder,
            (RECORDER.v4, 6970),
            MEDIA,
            Answer,
        )
        .from((CAMERA.v4, 8000)),
        udp(Camera, name, Router, (ROUTER_V4, 53), DNS, Answer),
        udp(Camera, name, Router, (ROUTER_V6, 53), DNS, Answer),
        udp(
            Camera,
            "asks the time (NTP)",
            Router,
            (ROUTER_V4, 123),
            NTP,
            Answer,
        ),
        tcp(
            Camera,
            home,
            Cloud,
            (CLOUD_V4, 443),
            VENDOR,
            Drop(NotAllowed),
        ),
        tcp(
            Camera,
            home,
            Cloud,
            (CLOUD_V6, 443),
            VENDOR,
            Drop(NotAllowed),
        ),
        udp(
            Camera,
            home,
            Cloud,
            (CLOUD_V4, 8800),
            VENDOR,
            Drop(NotAllowed),
        ),
        udp(Camera, own, Cloud, (CLOUD_V4, 53), DNS, Drop(NotAllowed)),
        ping(Camera, Cloud, CLOUD_V4, Drop(NotAllowed)),
        ping(Camera, Cloud, CLOUD_V6, Drop(NotAllowed)),
        tcp(
            Camera,
            "opens a connection",
            Recorder,
            (RECORDER.v4, 7660),
            VENDOR,
            Drop(NotAnAnswer),
        ),
        udp(
            Camera,
            "wants a port opened (NAT-PMP)",
            Router,
            (ROUTER_V4, 5351),
            NAT_PMP,
            Drop(Port),
        ),
        udp(
            Camera,
            "looks for a router (SSDP)",
            Router,
            (EVERYBODY, 1900),
            SSDP,
            Drop(Discovery),
        ),
        udp(
            Camera,
            "looks for others (SADP)",
            Recorder,
            (EVERYBODY, 37020),
            SADP,
            Drop(Discovery),
        ),
        udp(
            Camera,
            "borrows an address",
            Router,
            (ROUTER_V4, 53),
            DNS,
            Drop(Spoofed),
        )
        .from((BORROWED, 0)),
        udp(Stranger, name, Router, (ROUTER_V4, 53), DNS, Drop(Unlisted)),
        tcp(
            Stranger,
            home,
            Cloud,
            (CLOUD_V4, 443),
            VENDOR,
            Drop(Unlisted),
        ),
    ]
}

impl Conversation {
    const fn new(
        (who, what, whom): (Party, &'static str, Party),
        transport: Transport,
        to: SocketAddr,
        exchange: Exchange,
        fate: Fate,
    ) -> Self {
        let (v4, v6) = who.addresses();
        let from = if to.is_ipv4() {
            IpAddr::V4(v4)
        } else {
            IpAddr::V6(v6)
        };
        Self {
            who,
            whom,
            what,
            transport,
            from: SocketAddr::new(from, 0),
            to,
            exchange,
            fate,
        }
    }

    /// The same from another address or port.
    fn from(self, from: impl Into<SocketAddr>) -> Self {
        Self {
            from: from.into(),
            ..self
        }
    }

    /// Where it goes, as the policy would write it: `tcp/443`, `icmp`.
    pub(super) fn service(&self) -> String {
        let port = self.to.port();
        match (self.transport, self.to.ip()) {
            (Transport::Tcp, _) => format!("tcp/{port}"),
            (Transport::Udp, _) => format!("udp/{port}"),
            (Transport::Ping, IpAddr::V4(_)) => "icmp".to_owned(),
            (Transport::Ping, IpAddr::V6(_)) => "icmpv6".to_owned(),
        }
    }
}

fn tcp(
    who: Party,
    what: &'static str,
    whom: Party,
    to: impl Into<SocketAddr>,
    exchange: Exchange,
    fate: Fate,
) -> Conversation {
    Conversation::new((who, what, whom), Transport::Tcp, to.into(), exchange, fate)
}

fn udp(
    who: Party,
    what: &'static str,
    whom: Party,
    to: impl Into<SocketAddr>,
    exchange: Exchange,
    fate: Fate,
) -> Conversation {
    Conversation::new((who, what, whom), Transport::Udp, to.into(), exchange, fate)
}

fn ping(who: Party, whom: Party, to: impl Into<IpAddr>, fate: Fate) -> Conversation {
    let to = SocketAddr::new(to.into(), 0);
    Conversation::new((who, "pings", whom), Transport::Ping, to, VENDOR, fate)
}
