//! Where the frame came from, where it wanted to go, and what it went by.

use arrayvec::ArrayString;
use std::net::IpAddr;

use enforcer_common::{event::DropEvent, header::ethertype};
use serde::Serialize;

use crate::events::{Told, facts::Packet, protocol, short::mac, vlans};

/// One end: of a packet, or of an ARP frame with the address claimed and the one asked for.
#[derive(Serialize)]
pub(super) struct End<'a> {
    /// The same as `ip`: searches that take names and addresses alike go by this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    /// `02-00-00-00-50-21`, as RFC 7042 writes it and the schema wants it.
    mac: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    geo: Option<Geo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#as: Option<System<'a>>,
}

#[derive(Serialize)]
struct Geo<'a> {
    country_iso_code: &'a str,
}

/// An autonomous system.
#[derive(Serialize)]
struct System<'a> {
    number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Organization<'a>>,
}

#[derive(Serialize)]
struct Organization<'a> {
    name: &'a str,
}

/// The router, which needs no name here: whoever collects events knows from whom they come.
#[derive(Serialize)]
pub(super) struct Observer<'a> {
    product: &'static str,
    r#type: &'static str,
    ingress: Ingress<'a>,
}

#[derive(Serialize)]
struct Ingress<'a> {
    interface: Interface<'a>,
}

#[derive(Serialize)]
struct Interface<'a> {
    name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Network {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iana_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    community_id: Option<ArrayString<30>>,
    bytes: u32,
    packets: u8,
    /// The outer tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    vlan: Option<Vlan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inner: Option<Inner>,
}

#[derive(Serialize)]
struct Inner {
    vlan: Vlan,
}

#[derive(Serialize)]
struct Vlan {
    id: String,
}

impl<'a> End<'a> {
    pub(super) fn new(ip: Option<IpAddr>, port: Option<u16>, address: [u8; 6]) -> Self {
        let mac = mac(address).to_string().to_uppercase().replace(':', "-");
        Self {
            address: ip,
            ip,
            domain: None,
            port,
            mac,
            geo: None,
            r#as: None,
        }
    }

    /// The same with what is known of it.
    pub(super) fn known(self, told: &Told<'a>) -> Self {
        let label = told.label;
        let country = label.and_then(|label| label.country.as_ref());
        let organization = label.and_then(|label| label.organization.as_deref());
        let system = label.and_then(|label| label.asn);
        Self {
            domain: told.domain,
            geo: country.map(|country| Geo {
                country_iso_code: country.as_str(),
            }),
            r#as: system.map(|number| System {
                number,
                organization: organization.map(|name| Organization { name }),
            }),
            ..self
        }
    }
}

impl<'a> Observer<'a> {
    pub(super) const fn new(told: &Told<'a>) -> Self {
        let interface = Interface {
            name: told.interface,
        };
        Self {
            product: "enforcer",
            r#type: "firewall",
            ingress: Ingress { interface },
        }
    }
}

impl Network {
    pub(super) fn new(event: &DropEvent, packet: Option<&Packet>) -> Self {
        let known = packet.filter(|packet| packet.is_flow_known());
        let mut tags = vlans(event).iter().map(|tag| Vlan {
            id: tag.to_string(),
        });
        Self {
            r#type: network(event.ethertype),
            transport: packet
                .and_then(|packet| protocol::name(packet.protocol))
                .map(str::to_lowercase),
            iana_number: packet.map(|packet| packet.protocol.to_string()),
            community_id: known.map(|packet| packet.flow_hash().community_id()),
            bytes: event.frame_length,
            packets: 1,
            vlan: tags.next(),
            inner: tags.next().map(|vlan| Inner { vlan }),
        }
    }
}

const fn network(number: u16) -> Option<&'static str> {
    match number {
        ethertype::ETH_P_IP => Some("ipv4"),
        ethertype::ETH_P_IPV6 => Some("ipv6"),
        ethertype::ETH_P_ARP => Some("arp"),
        _ => None,
    }
}
