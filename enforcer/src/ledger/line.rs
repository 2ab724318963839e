//! One line of the ledger, as it is shown.

use std::{fmt, net::IpAddr};

use enforcer_common::{
    header::protocol,
    ledger::{Outcome, What},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::store::Kept;
use crate::{
    events,
    kernel::ledger::{Subject, Sum},
    labels::Labels,
    words::{Harmless, table::NOTHING},
};

/// What a camera sent to one destination and service, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// The camera; null for senders that are no camera of the policy.
    pub camera: Option<String>,
    /// What there is of the rest for this camera and action, without destination and service: what did not
    /// fit.
    pub others: bool,
    /// The receiver; null for a frame without an IP packet.
    #[schemars(with = "Option<String>")]
    pub dest_ip: Option<IpAddr>,
    /// The name by which the camera last knew the receiver; null if none was heard.
    pub dest_domain: Option<String>,
    /// The country that the receiver is in (ISO 3166), as the files say that `enforcer.yaml` names.
    pub dest_country: Option<String>,
    /// The autonomous system that the receiver is in.
    pub dest_asn: Option<u32>,
    /// Whose that system is.
    pub dest_organization: Option<String>,
    /// The vendor of cameras whose cloud the receiver's name belongs to.
    pub dest_cloud: Option<String>,
    /// The carrier owned by a state that the receiver's system belongs to.
    pub dest_carrier: Option<String>,
    /// Transport protocol; null for a frame without an IP packet.
    pub proto: Option<String>,
    /// TCP and UDP: the port that the camera sent to; null if it answered from a port of its own, and of a later
    /// fragment, which has none.
    pub dest_port: Option<u16>,
    /// TCP and UDP: the port of its own that the camera answered from.
    pub src_port: Option<u16>,
    /// ICMP message type.
    pub icmp_type: Option<u8>,
    /// ICMP code within the type.
    pub icmp_code: Option<u8>,
    /// Of a frame without an IP packet.
    pub ether_type: Option<u16>,
    /// What was spoken, found in the first bytes of a frame that an event reported: `tls`, `dtls`, `quic`, `ssh`, `http`,
    /// `rtsp`, `sip`; null if nothing was found.
    pub app_proto: Option<String>,
    /// What became of it.
    pub action: Action,
    /// Why, if it was dropped or would be; one of `docs/drop-reasons.md`.
    pub reason: Option<String>,
    /// The line of the policy that decided last: `policy.yaml:12`.
    pub rule: Option<String>,
    /// Frames.
    pub packets: u64,
    /// Bytes of those frames, from the Ethernet header on.
    pub bytes: u64,
    /// When the first came.
    pub first: Timestamp,
    /// When the last came.
    pub last: Timestamp,
}

/// What became of frames.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// They passed.
    Allowed,
    /// They were dropped.
    Dropped,
    /// They passed, and would be dropped if it were not for the audit.
    Audited,
}

impl Action {
    /// In all that is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Dropped => "dropped",
            Self::Audited => "audited",
        }
    }

    /// Whether its frames went on.
    pub(crate) const fn passes(self) -> bool {
        match self {
            Self::Allowed | Self::Audited => true,
            Self::Dropped => false,
        }
    }

    /// That of a frame.
    pub(crate) const fn of(outcome: Outcome) -> Self {
        Self::of_kind(outcome.kind())
    }

    /// By [`Outcome::kind`].
    const fn of_kind(kind: usize) -> Self {
        match kind {
            0 => Self::Allowed,
            1 => Self::Dropped,
            _ => Self::Audited,
        }
    }
}

impl Line {
    /// Of what is kept.
    pub(super) fn new(camera: &str, subject: &Subject, kept: Kept) -> Self {
        let line = Self {
            camera: Some(camera.to_owned()).filter(|camera| !camera.is_empty()),
            others: false,
            dest_ip: None,
            dest_domain: Some(kept.domain).filter(|domain| !domain.is_empty()),
            dest_country: None,
            dest_asn: None,
            dest_organization: None,
            dest_cloud: None,
            dest_carrier: None,
            proto: None,
            dest_port: None,
            src_port: None,
            icmp_type: None,
            icmp_code: None,
            ether_type: None,
            app_proto: kept.app_proto.map(|proto| proto.name().to_owned()),
            action: Action::Allowed,
            reason: None,
            rule: Some(kept.rule).filter(|rule| !rule.is_empty()),
            packets: kept.packets,
            bytes: kept.bytes,
            first: time(kept.first),
            last: time(kept.last),
        };
        match subject {
            Subject::Flow(destination, what) => Self {
                dest_ip: destination.ip(),
                ..line.about(*what, destination.family)
            },
            Subject::Rest(kind) => Self {
                others: true,
                action: Action::of_kind(*kind),
                ..line
            },
        }
    }

    /// Of what was counted apart from any store; its times are in milliseconds since 1970.
    pub(crate) fn counted(camera: &str, subject: &Subject, sum: &Sum, rule: String) -> Self {
        let time = |time| i64::try_from(time).unwrap_or(i64::MAX);
        let kept = Kept {
            packets: sum.packets,
            bytes: sum.bytes,
            first: time(sum.first),
            last: time(sum.last),
            rule,
            domain: String::new(),
            app_proto: None,
        };
        Self::new(camera, subject, kept)
    }

    /// Adds what is known of the receiver.
    pub fn label(&mut self, labels: &Labels) {
        let Some(address) = self.dest_ip else {
            return;
        };
        let label = labels.of(address, self.dest_domain.as_deref());
        self.dest_country = label.country.map(|country| country.to_string());
        self.dest_asn = label.asn;
        self.dest_organization = label.organization.map(|name| name.to_string());
        self.dest_cloud = label.cloud.map(str::to_owned);
        self.dest_carrier = label.carrier.map(str::to_owned);
    }

    fn about(mut self, what: What, family: u8) -> Self {
        let outcome = what.outcome();
        self.action = Action::of_kind(outcome.map_or(0, Outcome::kind));
        let reason = outcome.and_then(Outcome::reason);
        self.reason = reason.map(|reason| reason.name().to_owned());
        if family == 0 || what.protocol == 0 && what.port >= ETHERTYPES {
            self.ether_type = Some(what.port).filter(|&port| port != 0);
            return self;
        }
        self.proto = Some(events::protocol_name(what.protocol).into_owned());
        match what.protocol {
            // A later fragment has none, and no frame that anybody answers is sent to zero.
            protocol::IPPROTO_TCP | protocol::IPPROTO_UDP if what.port == 0 => {}
            protocol::IPPROTO_TCP | protocol::IPPROTO_UDP if what.is_own_port() => {
                self.src_port = Some(what.port);
            }
            protocol::IPPROTO_TCP | protocol::IPPROTO_UDP => self.dest_port = Some(what.port),
            protocol::IPPROTO_ICMP | protocol::IPPROTO_ICMPV6 => {
                let [kind, code] = what.port.to_be_bytes();
                (self.icmp_type, self.icmp_code) = (Some(kind), Some(code));
            }
            _ => {}
        }
        self
    }

    /// The service in words: `tcp/443`, `from tcp/554`, `icmp 8/0`.
    pub fn service(&self) -> String {
        let proto = self.proto.as_deref().unwrap_or_default().to_lowercase();
        match (self.dest_port, self.src_port, self.icmp_type) {
            (Some(port), ..) => format!("{proto}/{port}"),
            (_, Some(port), _) => format!("from {proto}/{port}"),
            (_, _, Some(kind)) => format!("{proto} {kind}/{}", self.icmp_code.unwrap_or_default()),
            _ => match self.ether_type {
                Some(0x0806) => "arp".to_owned(),
                Some(number) => format!("ethertype {number:#06x}"),
                None => proto,
            },
        }
    }

    /// Who sent where, in a sentence: `gate to 203.0.113.7 tcp/443`, `gate to (others)`.
    pub(crate) fn flow(&self) -> impl fmt::Display {
        fmt::from_fn(|f| write!(f, "{} to {}", self.who(), self.goal()))
    }

    /// The same with the name of the receiver, if it is known: `gate to 203.0.113.7 (dev.vendor.example) tcp/443`.
    pub(crate) fn named_flow(&self) -> impl fmt::Display {
        fmt::from_fn(|f| {
            write!(
                f,
                "{} to {}",
                self.who(),
                receiver(self.others, self.dest_ip)
            )?;
            if let Some(name) = &self.dest_domain {
                write!(f, " ({})", Harmless(name))?;
            }
            self.write_service(f)
        })
    }

    /// The camera, in a sentence.
    fn who(&self) -> &str {
        self.camera.as_deref().unwrap_or(STRANGER)
    }

    /// The receiver and the service: `203.0.113.7 tcp/443`.
    fn goal(&self) -> impl fmt::Display {
        fmt::from_fn(|f| {
            write!(f, "{}", receiver(self.others, self.dest_ip))?;
            self.write_service(f)
        })
    }

    fn write_service(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.service() {
            "" => Ok(()),
            service => write!(f, " {service}"),
        }
    }
}

/// An address, as far as there is one: what had no room for a line of its own has many.
pub(crate) fn receiver(others: bool, address: Option<IpAddr>) -> impl fmt::Display {
    fmt::from_fn(move |f| match (others, address) {
        (true, _) => f.write_str("(others)"),
        (false, Some(address)) => write!(f, "{address}"),
        (false, None) => f.write_str(NOTHING),
    })
}

/// Who is no camera of the policy, in a sentence.
pub(crate) const STRANGER: &str = "a stranger";

/// Numbers below these are lengths (IEEE 802.3, clause 3.2.6).
const ETHERTYPES: u16 = 0x0600;

/// A time in milliseconds since 1970.
pub(crate) fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_fragment_has_no_port() {
        let kept = Kept {
            packets: 1,
            bytes: 60,
            first: 0,
            last: 0,
            rule: String::new(),
            domain: String::new(),
            app_proto: None,
        };
        let destination = enforcer_common::Address::v4([203, 0, 113, 7]);
        for (port, protocol, ports, service) in [
            ([0, 0], 17, (None, None), "udp"),
            ([0, 0], 6, (None, None), "tcp"),
            ([0, 53], 17, (Some(53), None), "udp/53"),
        ] {
            let what = What::from_bytes([port[0], port[1], protocol, 0]);
            let line = Line::new("gate", &Subject::Flow(destination, what), kept.clone());
            assert_eq!((line.dest_port, line.src_port), ports);
            assert_eq!(line.service(), service);
        }
    }
}
