//! What is said in the lab: real requests and answers, as short as they can be.

use crate::actor::Exchange;

/// RTSP (RFC 2326): the recorder asks for the camera's streams.
pub(super) const RTSP: Exchange = Exchange {
    request: b"OPTIONS rtsp://gate/stream RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    answer: b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n",
};

/// HTTP/1.1: a page.
pub(super) const HTTP: Exchange = Exchange {
    request: b"GET / HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n",
    answer: b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
};

/// RTP (RFC 3550): a piece of picture, and the receiver's report that it came.
pub(super) const MEDIA: Exchange = Exchange {
    request: b"\x80\x60\x00\x01\x00\x00\x00\x00\x00\x00\x50\x21picture",
    answer: b"\x80\xc9\x00\x01\x00\x00\x50\x10",
};

/// DNS (RFC 1035): the address of time.example.
pub(super) const DNS: Exchange = Exchange {
    request: b"\x50\x21\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\
        \x04time\x07example\x00\x00\x01\x00\x01",
    answer: b"\x50\x21\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\
        \x04time\x07example\x00\x00\x01\x00\x01\
        \xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\xa8\x32\x01",
};

/// NTP (RFC 5905): the client's clock, and the server's behind it.
pub(super) const NTP: Exchange = Exchange {
    request: b"\x23\x00\x06\xec\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\xee\x00\x50\x21\x00\x00\x00\x00",
    answer: b"\x24\x02\x06\xec\x00\x00\x00\x10\x00\x00\x00\x10\xc0\xa8\x32\x01\
        \xee\x00\x50\x00\x00\x00\x00\x00\xee\x00\x50\x21\x00\x00\x00\x00\
        \xee\x00\x50\x22\x00\x00\x00\x00\xee\x00\x50\x22\x00\x00\x00\x01",
};

/// NAT-PMP (RFC 6886): the router's outside address, the first step to an open port.
pub(super) const NAT_PMP: Exchange = Exchange {
    request: b"\x00\x00",
    answer: b"\x00\x80\x00\x00\x00\x00\x00\x01\xcb\x00\x71\x01",
};

/// SSDP: is there a router that opens ports?
pub(super) const SSDP: Exchange = Exchange {
    request: b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\
        MX: 1\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n",
    answer: b"HTTP/1.1 200 OK\r\nLOCATION: http://192.168.50.1:5000/\r\n\
        ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n",
};

/// SADP: is there another Hikvision device?
pub(super) const SADP: Exchange = Exchange {
    request: b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\
        <Probe><Uuid>0</Uuid><Types>inquiry</Types></Probe>",
    answer: b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\
        <ProbeMatch><Uuid>0</Uuid><Types>inquiry</Types></ProbeMatch>",
};

/// What a vendor's server and its camera say to each other nobody knows.
pub(super) const VENDOR: Exchange = Exchange {
    request: b"gate is here",
    answer: b"gate may stay",
};
