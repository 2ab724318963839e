//! Who says what to whom in the lab, and what the policy makes of it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use enforcer_common::DropReason;

use super::protocol::{
    CONNECT, DNS, HTTP, MEDIA, NAT_PMP, NTP, PHONE_HOME, PING, REGISTER, RTSP, SADP, SSDP, Topic,
};
use crate::actor::{Reply, Transport};
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

    const fn v4(self) -> End {
        let (address, _) = self.addresses();
        End {
            party: self,
            address: IpAddr::V4(address),
        }
    }

    const fn v6(self) -> End {
        let (_, address) = self.addresses();
        End {
            party: self,
            address: IpAddr::V6(address),
        }
    }

    /// As one of [`EVERYBODY`].
    const fn in_group(self) -> End {
        End {
            party: self,
            address: IpAddr::V4(EVERYBODY),
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

impl Fate {
    /// What the beginner gets.
    pub(super) const fn reply(self) -> Reply {
        match self {
            Self::Answer => Reply::Answered,
            Self::Drop(_) => Reply::Silent,
        }
    }
}

/// Where a conversation goes, and who answers there.
#[derive(Clone, Copy, Debug)]
struct End {
    party: Party,
    address: IpAddr,
}

/// One thing that a camera, or something near it, does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conversation {
    /// Who begins.
    pub(super) who: Party,
    /// Who answers.
    pub(super) whom: Party,
    /// What about.
    pub(super) topic: Topic,
    /// The beginner's address, and its port where that matters.
    pub(super) from: SocketAddr,
    /// Where it goes; a ping has port 0.
    pub(super) to: SocketAddr,
    /// What the policy makes of it.
    pub(super) fate: Fate,
}

/// Everything that happens in the lab, the allowed first.
pub(super) fn conversations() -> Vec<Conversation> {
    use DropReason::{Discovery, NotAllowed, NotAnAnswer, Port, PortMapping, Spoofed, Unlisted};
    use Party::{Camera, Cloud, Recorder, Router, Stranger};

    let own_server = Topic {
        what: "asks a name server of its own",
        ..DNS
    };
    let disguised = Topic {
        what: "the same from its web port",
        ..CONNECT
    };
    let borrow = Topic {
        what: "borrows an address",
        ..DNS
    };
    vec![
        allowed(Recorder, RTSP, Camera.v4()),
        allowed(Recorder, RTSP, Camera.v6()),
        allowed(Recorder, HTTP, Camera.v4()),
        allowed(Camera, MEDIA, Recorder.v4()).from((CAMERA.v4, 8000)),
        allowed(Camera, DNS, Router.v4()),
        allowed(Camera, DNS, Router.v6()),
        allowed(Camera, NTP, Router.v4()),
        dropped(Camera, PHONE_HOME, Cloud.v4(), NotAllowed),
        dropped(Camera, PHONE_HOME, Cloud.v6(), NotAllowed),
        dropped(Camera, REGISTER, Cloud.v4(), NotAllowed),
        dropped(Camera, own_server, Cloud.v4(), NotAllowed),
        dropped(Camera, PING, Cloud.v4(), NotAllowed),
        dropped(Camera, PING, Cloud.v6(), NotAllowed),
        dropped(Camera, CONNECT, Recorder.v4(), Port),
        dropped(Camera, disguised, Recorder.v6(), NotAnAnswer).from((CAMERA.v6, 80)),
        dropped(Camera, NAT_PMP, Router.v4(), PortMapping),
        dropped(Camera, SSDP, Router.in_group(), Discovery),
        dropped(Camera, SADP, Recorder.in_group(), Discovery),
        dropped(Camera, borrow, Router.v4(), Spoofed).from((BORROWED, 0)),
        dropped(Stranger, DNS, Router.v4(), Unlisted),
        dropped(Stranger, PHONE_HOME, Cloud.v4(), Unlisted),
    ]
}

impl Conversation {
    const fn new(who: Party, topic: Topic, End { party, address }: End, fate: Fate) -> Self {
        let from = if address.is_ipv4() {
            who.v4().address
        } else {
            who.v6().address
        };
        Self {
            who,
            whom: party,
            topic,
            from: SocketAddr::new(from, 0),
            to: SocketAddr::new(address, topic.port),
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

    /// What it goes over: `tcp/443`, `udp/53 IPv6`, `icmp`.
    pub(super) fn service(&self) -> String {
        let family = if self.to.is_ipv6() { " IPv6" } else { "" };
        let port = self.to.port();
        match self.topic.transport {
            Transport::Tcp => format!("tcp/{port}{family}"),
            Transport::Udp => format!("udp/{port}{family}"),
            Transport::Ping => format!("icmp{family}"),
        }
    }
}

const fn allowed(who: Party, topic: Topic, end: End) -> Conversation {
    Conversation::new(who, topic, end, Fate::Answer)
}

const fn dropped(who: Party, topic: Topic, end: End, reason: DropReason) -> Conversation {
    Conversation::new(who, topic, end, Fate::Drop(reason))
}
