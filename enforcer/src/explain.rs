//! Why a frame passes or does not: what a camera would send, judged by the compiled tables, and the
//! words for it. Needs no privileges, no kernel and no router.

mod closest;
mod json;
mod missing;
mod notes;
mod quote;
mod taken_out;
mod text;

use std::net::IpAddr;

use enforcer_common::{Flow, Source, Verdict, decided, header::Tcp};
use thiserror::Error;

use self::missing::Missing;
pub(crate) use self::notes::Guess;
use self::quote::Quote;
use crate::assumed_router::AssumedRouter;
use crate::compile::CapacityError;
use crate::frame::{Draft, Message};
use crate::numbering::Rules;
use crate::policy::{Camera, Identity, Mode, Policy, Transport};

/// The port of whoever does not say which.
pub(crate) const ANY_PORT: u16 = 40_000;

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Which frame.
    pub frame: Asked,
    /// The interface that it comes in on; one where the camera may be, if none is said.
    pub interface: Option<String>,
}

/// Which frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One that a camera sends.
    Sent {
        /// The camera's name.
        camera: String,
        /// Where to.
        to: IpAddr,
        /// What of it; an echo request if nothing is said.
        ports: Option<Ports>,
    },
    /// This one, whoever sends it.
    Bytes(Vec<u8>),
}

/// Between which ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Of which protocol.
    pub protocol: Transport,
    /// The camera's own port, if it matters.
    pub from: Option<u16>,
    /// The receiver's port, if it matters.
    pub to: Option<u16>,
    /// Whether a TCP segment opens a connection rather than answers in one.
    pub opens: bool,
}

/// Why there is nothing to explain.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExplainError {
    /// The policy has no such camera.
    #[error("no camera `{name}` in the policy{}", did_you_mean(meant.as_deref()))]
    UnknownCamera {
        /// The name.
        name: String,
        /// The name that it looks like.
        meant: Option<String>,
    },
    /// The policy is not for this interface.
    #[error("no row of `interfaces` is for `{name}`: nothing that comes in there is judged")]
    UnknownInterface {
        /// The name.
        name: String,
    },
    /// The tables have no room for the policy.
    #[error("the policy is too large for the kernel's tables: {0}")]
    Capacity(#[from] CapacityError),
}

/// A frame, its verdict, and why.
#[derive(Debug)]
pub struct Explanation<'p> {
    /// What becomes of it.
    pub verdict: Verdict,
    /// The camera that the policy takes the sender for.
    pub camera: Option<&'p Camera>,
    /// The name of its group.
    pub group: Option<&'p str>,
    /// The interface that it came in on.
    pub interface: String,
    /// What holds for the camera, or for sources that are no camera's.
    pub mode: Mode,
    frame: Vec<u8>,
    flow: Flow,
    rule: Option<Quote>,
    missing: Option<Missing>,
    notes: Vec<String>,
}

/// The text of a file of the policy, by its path; empty where it cannot be had.
pub type Texts<'t> = dyn Fn(&str) -> String + 't;

/// Judges a frame and finds out why, by a policy as it holds at some time ([`Policy::at`]); `texts` is
/// what to quote from.
pub fn explain<'p>(
    policy: &'p Policy,
    texts: &Texts<'_>,
    question: &Question,
) -> Result<Explanation<'p>, ExplainError> {
    let wanted = question.interface.as_deref();
    if let Some(name) = wanted.filter(|name| policy.interface_for(name).is_none()) {
        let name = name.to_owned();
        return Err(ExplainError::UnknownInterface { name });
    }
    let case = match &question.frame {
        Asked::Sent { camera, to, ports } => {
            let camera = named(policy, camera)?;
            let router = AssumedRouter::new(policy, &camera.identity.interface, wanted)?;
            let link = router.link_for(policy, &camera.identity.interface);
            let sender = router.sender(camera, link, *to);
            let draft = sender.map(|sender| Draft {
                sender,
                destination: *to,
                message: message(*ports),
            });
            let frame = draft.map(|draft| draft.frame()).unwrap_or_default();
            Case {
                router,
                link,
                frame,
            }
        }
        Asked::Bytes(frame) => case_of(policy, frame, wanted)?,
    };
    Ok(judge(policy, texts, question, case))
}

/// A frame on an interface of a router.
struct Case {
    router: AssumedRouter,
    link: u32,
    frame: Vec<u8>,
}

fn judge<'p>(
    policy: &'p Policy,
    texts: &Texts<'_>,
    question: &Question,
    case: Case,
) -> Explanation<'p> {
    let router = &case.router;
    let (verdict, flow) = decided(&case.frame[..], case.link, router.tables());
    let name = verdict.camera().and_then(|id| router.ids().name(id));
    let mut cameras = policy.cameras.iter();
    let camera = name.and_then(|name| cameras.find(|camera| camera.name == name));
    let group = camera.and_then(|camera| policy.groups.get(camera.group));
    let rules = Rules::new(policy);
    let rule = rules
        .rule(verdict.rule())
        .map(|rule| Quote::new(policy, texts, rule.at));
    let missing = match verdict {
        Verdict::Ignore | Verdict::Allow { .. } => None,
        Verdict::Drop { reason, .. } => {
            let judged = missing::Judged {
                policy,
                texts,
                ranges: router.ranges(),
                camera,
                interface: router.name(case.link),
                flow: &flow,
            };
            judged.missing(reason)
        }
    };
    let interface = router.name(case.link).to_owned();
    let notes = notes::notes(policy, question, &case, camera, &verdict, &flow);
    Explanation {
        verdict,
        camera,
        group: group.map(|group| group.name.as_str()),
        interface,
        mode: camera.map_or(policy.mode, |camera| camera.mode),
        frame: case.frame,
        flow,
        rule,
        missing,
        notes,
    }
}

fn named<'p>(policy: &'p Policy, name: &str) -> Result<&'p Camera, ExplainError> {
    let mut cameras = policy.cameras.iter();
    let camera = cameras.find(|camera| camera.name == name);
    camera.ok_or_else(|| ExplainError::UnknownCamera {
        name: name.to_owned(),
        meant: policy.closest_camera(name),
    })
}

fn did_you_mean(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn message(ports: Option<Ports>) -> Message {
    let Some(ports) = ports else {
        return Message::Echo;
    };
    let source_port = ports.from.unwrap_or(ANY_PORT);
    let destination_port = ports.to.unwrap_or(ANY_PORT);
    match ports.protocol {
        Transport::Tcp => Message::Tcp {
            source_port,
            destination_port,
            flags: if ports.opens { Tcp::SYN } else { Tcp::ACK },
        },
        Transport::Udp => Message::Udp {
            source_port,
            destination_port,
        },
    }
}

/// The case of a frame as it is: on the interface that is said, else on one where a camera would be
/// known by it.
fn case_of(policy: &Policy, frame: &[u8], wanted: Option<&str>) -> Result<Case, CapacityError> {
    let mut flow = Flow::default();
    let read = flow.read_link(frame).is_ok();
    let may_send = |camera: &&Camera| {
        let Identity { mac, vlan, .. } = &camera.identity;
        let has_mac = mac.iter().any(|mac| mac.contains(flow.source_mac));
        (mac.is_empty() || has_mac) && (vlan.is_empty() || vlan.contains(&flow.vlan()))
    };
    let may_send = policy.cameras.iter().filter(may_send);
    let patterns = may_send.flat_map(|camera| &camera.identity.interface);
    let router = AssumedRouter::new(policy, patterns, wanted)?;
    let link = router.home(policy, &Source::read(frame, 0, &flow, read));
    Ok(Case {
        router,
        link,
        frame: frame.to_vec(),
    })
}
