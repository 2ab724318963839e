//! The object `alert`: the drop reason as a signature, and in `metadata` what Suricata has no
//! field for.

use serde::Serialize;

use crate::events::{
    Told,
    facts::Packet,
    short::Decimal,
    signature::{self, Class},
};

#[derive(Serialize)]
pub(super) struct Alert<'a> {
    action: &'static str,
    gid: u8,
    signature_id: u32,
    rev: u8,
    signature: &'static str,
    category: &'static str,
    severity: u8,
    metadata: Metadata<'a>,
}

/// Lists of strings, because that is what readers expect of every key here.
#[derive(Serialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<[&'a str; 1]>,
    /// File and line of the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<[&'a str; 1]>,
    generation: [Decimal<u32>; 1],
    /// The name by which the camera knows where it wanted to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_domain: Option<[&'a str; 1]>,
    /// Whose that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_country: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_asn: Option<[Decimal<u32>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_organization: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_cloud: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_carrier: Option<[&'static str; 1]>,
    /// `first` or `later`: the packet is a piece of a datagram.
    #[serde(skip_serializing_if = "Option::is_none")]
    fragment: Option<[&'static str; 1]>,
    /// How many drops of this camera were not told since the one told before.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<[Decimal<u64>; 1]>,
    /// Bytes of the whole frame; told with its first bytes, of which there may be fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_length: Option<[Decimal<u32>; 1]>,
    /// The time, to the nanosecond; told with the frame, too, since files of frames have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    unix_nanoseconds: Option<[Decimal<i128>; 1]>,
}

impl<'a> Alert<'a> {
    pub(super) fn new(told: &Told<'a>, packet: Option<&Packet>) -> Self {
        let event = told.event;
        let class = Class::of(event.reason);
        let label = told.label;
        let country = label.and_then(|it| it.country.as_ref());
        let organization = label.and_then(|it| it.organization.as_deref());
        Self {
            action: if event.audit == 0 {
                "blocked"
            } else {
                "allowed"
            },
            gid: 1,
            signature_id: signature::id(event.reason),
            rev: 1,
            signature: signature::text(event.reason),
            category: class.category(),
            severity: class.severity(),
            metadata: Metadata {
                camera: told.camera.map(|camera| [camera]),
                group: told.group.map(|group| [group]),
                rule: told.rule.map(|rule| [rule]),
                generation: [Decimal(event.generation)],
                dest_domain: told.domain.map(|domain| [domain]),
                dest_country: country.map(|country| [country.as_str()]),
                dest_asn: label.and_then(|it| it.asn).map(|system| [Decimal(system)]),
                dest_organization: organization.map(|name| [name]),
                dest_cloud: label.and_then(|it| it.cloud).map(|vendor| [vendor]),
                dest_carrier: label.and_then(|it| it.carrier).map(|carrier| [carrier]),
                fragment: packet.and_then(Packet::fragment).map(|piece| [piece]),
                suppressed: (event.suppressed > 0).then_some([Decimal(event.suppressed)]),
                frame_length: told.frame.map(|_| [Decimal(event.frame_length)]),
                unix_nanoseconds: told.frame.map(|_| [Decimal(told.at.as_nanosecond())]),
            },
        }
    }
}
