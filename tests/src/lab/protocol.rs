//! What is said in the lab: real requests and answers, as short as they can be.

use crate::actor::{Exchange, Transport};

/// Something to talk about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Topic {
    /// What the beginner does, in the operator's words.
    pub(super) what: &'static str,
    /// How it is carried.
    pub(super) transport: Transport,
    /// The port that it goes to.
    pub(super) port: u16,
    /// What is said.
    pub(super) exchange: Exchange,
}

/// RTSP (RFC 2326): the recorder asks for the camera's streams.
pub(super) const RTSP: Topic = Topic {
    what: "fetches the stream (RTSP)",
    transport: Transport::Tcp,
    port: 554,
    exchange: Exchange {
        request: b"OPTIONS rtsp://gate/stream RTSP/1.0\r\nCSeq: 1\r\n\r\n",
        answer: b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n",
    },
};

/// HTTP/1.1: a page.
pub(super) const HTTP: Topic = Topic {
    what: "opens the web page",
    transport: Transport::Tcp,
    port: 80,
    exchange: Exchange {
        request: b"GET / HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n",
        answer: b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    },
};

/// RTP (RFC 3550): a piece of picture, and the receiver's report that it came.
pub(super) const MEDIA: Topic = Topic {
    what: "sends pictures (RTP)",
    transport: Transport::Udp,
    port: 6970,
    exchange: Exchange {
        request: b"\x80\x60\x00\x01\x00\x00\x00\x00\x00\x00\x50\x21picture",
        answer: b"\x80\xc9\x00\x01\x00\x00\x50\x10",
    },
};

/// DNS (RFC 1035): the address of time.example.
pub(super) const DNS: Topic = Topic {
    what: "asks for a name (DNS)",
    transport: Transport::Udp,
    port: 53,
    exchange: Exchange {
        request: b"\x50\x21\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\
            \x04time\x07example\x00\x00\x01\x00\x01",
        answer: b"\x50\x21\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\
            \x04time\x07example\x00\x00\x01\x00\x01\
            \xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\xa8\x32\x01",
    },
};

/// NTP (RFC 5905): the client's clock, and the server's behind it.
pub(super) const NTP: Topic = Topic {
    what: "asks the time (NTP)",
    transport: Transport::Udp,
    port: 123,
    exchange: Exchange {
        request: b"\x23\x00\x06\xec\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
            \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
            \x00\x00\x00\x00\x00\x00\x00\x00\xee\x00\x50\x21\x00\x00\x00\x00",
        answer: b"\x24\x02\x06\xec\x00\x00\x00\x10\x00\x00\x00\x10\xc0\xa8\x32\x01\
            \xee\x00\x50\x00\x00\x00\x00\x00\xee\x00\x50\x21\x00\x00\x00\x00\
            \xee\x00\x50\x22\x00\x00\x00\x00\xee\x00\x50\x22\x00\x00\x00\x01",
    },
};

/// NAT-PMP (RFC 6886): the router's outside address, the first step to an open port.
pub(super) const NAT_PMP: Topic = Topic {
    what: "wants a port opened (NAT-PMP)",
    transport: Transport::Udp,
    port: 5351,
    exchange: Exchange {
        request: b"\x00\x00",
        answer: b"\x00\x80\x00\x00\x00\x00\x00\x01\xcb\x00\x71\x01",
    },
};

/// SSDP: is there a router that opens ports?
pub(super) const SSDP: Topic = Topic {
    what: "looks for a router (SSDP)",
    transport: Transport::Udp,
    port: 1900,
    exchange: Exchange {
        request: b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\
            MX: 1\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n",
        answer: b"HTTP/1.1 200 OK\r\nLOCATION: http://192.168.50.1:5000/\r\n\
            ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n",
    },
};

/// SADP: is there another Hikvision device?
pub(super) const SADP: Topic = Topic {
    what: "looks for others (SADP)",
    transport: Transport::Udp,
    port: 37020,
    exchange: Exchange {
        request: b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\
            <Probe><Uuid>0</Uuid><Types>inquiry</Types></Probe>",
        answer: b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\
            <ProbeMatch><Uuid>0</Uuid><Types>inquiry</Types></ProbeMatch>",
    },
};

/// An HTTPS port, as if for updates.
pub(super) const PHONE_HOME: Topic = Topic {
    what: "phones home",
    transport: Transport::Tcp,
    port: 443,
    exchange: VENDOR,
};

/// Dahua's registration for pictures from peer to peer.
pub(super) const REGISTER: Topic = Topic {
    what: "registers with its vendor",
    transport: Transport::Udp,
    port: 8800,
    exchange: VENDOR,
};

/// Hikvision's ISUP: the camera comes to the recorder instead of waiting for it.
pub(super) const CONNECT: Topic = Topic {
    what: "opens a connection (ISUP)",
    transport: Transport::Tcp,
    port: 7660,
    exchange: VENDOR,
};

/// An echo request.
pub(super) const PING: Topic = Topic {
    what: "pings",
    transport: Transport::Ping,
    port: 0,
    exchange: VENDOR,
};

/// What a vendor's devices and servers say to each other only the vendor knows.
const VENDOR: Exchange = Exchange {
    request: b"gate is here",
    answer: b"gate may stay",
};
