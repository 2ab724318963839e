//! Where a camera called: a line of the ledger, and what is known of the other end.

use std::{collections::BTreeMap, net::IpAddr};

use enforcer_common::reason::DropReason;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Frames, encryption::Encryption, text};
use crate::{
    app_proto::AppProto,
    labels,
    ledger::{Action, Line, line::receiver},
};

/// What a camera sent to one destination and service, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// The camera; null for senders that are no camera of the policy.
    pub camera: Option<String>,
    /// Who made the camera, as its MAC address says, if that is known.
    pub maker: Option<String>,
    /// What did not fit into the ledger, without destination and service.
    pub others: bool,
    /// It goes to no destination: link housekeeping (ARP, DHCP, neighbour discovery), to a group or to everybody on the
    /// link, or no IP packet.
    pub on_link: bool,
    /// The receiver; null for a frame without an IP packet.
    #[schemars(with = "Option<String>")]
    pub dest_ip: Option<IpAddr>,
    /// The name that the camera has for it, if one was seen.
    pub name: Option<String>,
    /// The vendor whose cloud the name is of, if it is one's.
    pub cloud: Option<String>,
    /// Whose the address is, if that is known: `AS64500 Example`.
    pub owner: Option<String>,
    /// The carrier that its owner is, if a state owns that.
    pub carrier: Option<String>,
    /// In which country its owner says that it is, if that is known: two letters (ISO 3166).
    pub country: Option<String>,
    /// `tcp/443`; `from tcp/554` for an answer from a port of the camera's own.
    pub service: String,
    /// What was spoken, as the ledger has it; null where no event showed it.
    pub app_proto: Option<String>,
    /// Whether it can be read on its way: by what was spoken, and else as far as the port tells.
    pub encryption: Encryption,
    /// What became of it.
    pub action: Action,
    /// Why, if it was dropped or would be; one of `docs/drop-reasons.md`.
    pub reason: Option<String>,
    /// The line of the policy that decided last.
    pub rule: Option<String>,
    /// Frames.
    pub packets: u64,
    /// Bytes of those frames, from the Ethernet header on.
    pub bytes: u64,
    /// When the first came, within the period.
    pub first: Timestamp,
    /// When the last came.
    pub last: Timestamp,
    /// This camera had not called this destination at this service before `new_since`, as far as the ledger goes back.
    pub is_new: bool,
}

impl Call {
    pub(super) fn new(line: &Line, is_new: bool, makers: &BTreeMap<String, String>) -> Self {
        let maker = line.camera.as_ref().and_then(|name| makers.get(name));
        let protocol = line.proto.as_deref().unwrap_or_default().to_lowercase();
        Self {
            camera: line.camera.clone(),
            maker: maker.cloned(),
            others: line.others,
            on_link: on_link(line),
            dest_ip: line.dest_ip,
            name: line.dest_domain.clone(),
            cloud: line.dest_cloud.clone(),
            owner: owner(line),
            carrier: line.dest_carrier.clone(),
            country: line.dest_country.clone(),
            service: line.service(),
            app_proto: line.app_proto.clone(),
            encryption: Encryption::of(
                line.app_proto.as_deref().and_then(AppProto::named),
                &protocol,
                line.dest_port.or(line.src_port),
            ),
            action: line.action,
            reason: line.reason.clone(),
            rule: line.rule.clone(),
            packets: line.packets,
            bytes: line.bytes,
            first: line.first,
            last: line.last,
            is_new,
        }
    }

    pub(super) const fn frames(&self) -> Frames {
        Frames {
            packets: self.packets,
            bytes: self.bytes,
        }
    }

    /// Whether it counts as a call of a camera to a destination: not what strangers send, nor what has none.
    pub(super) const fn is_to_destination(&self) -> bool {
        self.camera.is_some() && !self.others && !self.on_link
    }

    /// What tells it from others of a report.
    pub(super) fn key(&self) -> impl Ord + '_ {
        let to = (self.dest_ip, &self.service);
        (&self.camera, to, self.action, &self.reason)
    }

    /// What is to be read first is least: what did not pass, and of that the most.
    pub(super) fn weight(&self) -> impl Ord {
        let passed = match self.action {
            Action::Dropped | Action::Audited => 0,
            Action::Allowed => 1,
        };
        (
            passed,
            u64::MAX - self.packets,
            self.camera.clone(),
            self.dest_ip,
            self.service.clone(),
        )
    }

    /// Who called, in what is shown.
    pub fn who(&self) -> &str {
        self.camera.as_deref().unwrap_or(STRANGERS)
    }

    /// Whose the destination is and where, in a few words: `EZVIZ's cloud, AS64500 Example (NL)`.
    pub fn whose(&self) -> String {
        let cloud = self.cloud.as_deref();
        let cloud = cloud.map(|vendor| format!("{vendor}'s cloud"));
        let known: Vec<_> = cloud.into_iter().chain(self.owner.clone()).collect();
        let known = Some(known.join(", ")).filter(|known| !known.is_empty());
        text::place(known.as_deref(), self.country.as_deref())
    }

    /// Whether it can be read on its way, and what was spoken, in what is shown: `yes (tls)`.
    pub fn encrypted(&self) -> String {
        let words = self.encryption.words();
        match &self.app_proto {
            Some(spoken) => format!("{words} ({spoken})"),
            None => words.to_owned(),
        }
    }

    /// Where it called, in what is shown: the name, or else the address.
    pub fn to(&self) -> String {
        receiver(self.others, self.dest_ip).to_string()
    }
}

/// In place of the name of what is no camera.
pub(super) const STRANGERS: &str = "(not listed)";

/// Whether it stays on the link, or is for many there: what passes by no rule is link housekeeping. Which addresses are
/// broadcast addresses of networks the ledger does not know.
pub(super) fn on_link(line: &Line) -> bool {
    let passes = line.action == Action::Allowed && line.rule.is_none();
    let is_housekeeping = passes || line.reason.as_deref() == Some(DropReason::Housekeeping.name());
    let is_one = |address: IpAddr| match address {
        IpAddr::V4(address) => !address.is_multicast() && !address.is_broadcast(),
        IpAddr::V6(address) => !address.is_multicast(),
    };
    let has_one = line.ether_type.is_none() && line.dest_ip.is_some_and(is_one);
    !line.others && (is_housekeeping || !has_one)
}

/// Whose the address is, as far as is known: a system and its owner.
fn owner(line: &Line) -> Option<String> {
    let organization = line.dest_organization.as_deref();
    let carrier = line.dest_carrier.as_deref();
    let system = line.dest_asn.map(|system| (system, organization, carrier));
    let words = labels::in_words(None, None, system);
    Some(words).filter(|words| !words.is_empty())
}
