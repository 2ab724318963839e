//! What is asked for: which events, how many of the last, in which form, and whether those to come.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, header};
use clap::ValueEnum as _;
use enforcer_common::DropReason;
use ipnet::IpNet;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::super::{Parameter, of, one, several};
use crate::{
    control::{
        answer::{Kind, Refusal},
        feed::Cursor,
    },
    events::{Fact, Format},
    policy::parse_prefix,
    words::{self, MOST_NAMES},
};

/// All that can be said.
pub(super) const PARAMETERS: &[Parameter] = &[
    several("camera", "of this camera", of::<str>),
    several("reason", "for this reason", reasons),
    several(
        "to",
        "to an address in this prefix, or to this address",
        of::<str>,
    ),
    one(
        "format",
        "eve, which it is unless said otherwise, ecs or text",
        formats,
    ),
    one(
        "last",
        "so many of those that are kept come first, of those that match",
        of::<u32>,
    ),
    one(
        "follow",
        "those to come as well, which it is unless said otherwise",
        of::<bool>,
    ),
    one("color", "text in colour", of::<bool>),
    one(
        "packet",
        "with the first bytes of the frame, as EVE has them; of format=eve alone, and not over TCP",
        of::<bool>,
    ),
];

/// What `format` may be.
const FORMATS: [&str; 3] = ["eve", "ecs", "text"];

/// How an event stream that a browser reads is called.
const SSE: &str = "text/event-stream";

/// What a browser says when it comes back to one.
const LAST_EVENT_ID: &str = "last-event-id";

/// What is asked for.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of a request, and goes with any other"
)]
pub(super) struct Asked {
    pub(super) filter: Filter,
    pub(super) format: Format,
    /// How many of those that are kept; none: as many as there are.
    pub(super) last: Option<usize>,
    /// Where whoever asks was before.
    pub(super) after: Option<Cursor>,
    /// And those to come.
    pub(super) follow: bool,
    /// Text comes in colour.
    pub(super) color: bool,
    /// With the first bytes of the frame.
    pub(super) packet: bool,
    /// As an event stream, not as lines.
    pub(super) is_sse: bool,
}

/// Which events.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// Of any of these cameras; none: of whoever.
    pub(super) cameras: BTreeSet<String>,
    reasons: Vec<DropReason>,
    to: Vec<IpNet>,
}

impl Asked {
    /// As it stands in a request, or all that is wrong with it.
    pub(super) fn new(query: &str, head: &HeaderMap) -> Result<Self, Refusal> {
        let is_sse = accepts_sse(head);
        let after = head.get(LAST_EVENT_ID).filter(|_| is_sse);
        let mut asked = Self {
            follow: true,
            is_sse,
            // One that nobody here has said is none.
            after: after.and_then(|id| id.to_str().ok()?.parse().ok()),
            ..Self::default()
        };
        let mut problems = Vec::new();
        let mut last = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let taken = match &*name {
                "last" => number(&value).map(|number| last = Some(number)),
                name => asked.take(name, &value),
            };
            if let Err(problem) = taken {
                problems.push(problem);
            }
        }
        if asked.packet && asked.format != Format::Eve {
            problems.push("packet=true: only format=eve has a place for frames".to_owned());
        }
        // Who follows wants what comes; who does not, what there is.
        asked.last = last.or(asked.follow.then_some(0));
        if problems.is_empty() {
            Ok(asked)
        } else {
            Err(Refusal::new(Kind::BadRequest, problems.join("\n")))
        }
    }

    /// Refuses a camera that is none of these.
    pub(super) fn require_known(&self, known: &BTreeSet<&str>) -> Result<(), Refusal> {
        let cameras = self.filter.cameras.iter();
        let unknown = cameras.filter(|name| !known.contains(name.as_str()));
        let problems = unknown.take(MOST_NAMES).map(|name| {
            let closest = words::closest(name, known.iter().copied());
            let advice = closest.map_or_else(
                || "`enforcer cameras` lists them".to_owned(),
                |closest| format!("did you mean `{closest}`?"),
            );
            format!("camera={name}: the policy has no such camera; {advice}")
        });
        let problems: Vec<_> = problems.collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(Kind::BadRequest, problems.join("\n")))
    }

    /// What it is answered as.
    pub(super) const fn content_type(&self) -> &'static str {
        match (self.is_sse, self.format) {
            (true, _) => SSE,
            (false, Format::Eve | Format::Ecs) => "application/x-ndjson",
            (false, Format::Text) => "text/plain; charset=utf-8",
        }
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "camera" => {
                self.filter.cameras.insert(value.to_owned());
            }
            "reason" => self.filter.reasons.push(reason(value)?),
            "to" => {
                let to = parse_prefix(value).map_err(|words| format!("to={value}: {words}"))?;
                self.filter.to.push(to);
            }
            "format" => self.format = format(value)?,
            "follow" => self.follow = boolean(name, value)?,
            "color" => self.color = boolean(name, value)?,
            "packet" => self.packet = boolean(name, value)?,
            _ => {
                let names: Vec<_> = PARAMETERS.iter().map(|known| known.name).collect();
                let advice = advice(name, &names);
                return Err(format!("{name}: there is no such parameter; {advice}"));
            }
        }
        Ok(())
    }
}

impl Filter {
    /// Whether an event is one of those.
    pub(super) fn matches(&self, fact: &Fact) -> bool {
        let Self {
            cameras,
            reasons,
            to,
        } = self;
        let is_to = || {
            fact.destination()
                .is_some_and(|address| to.iter().any(|to| to.contains(&address)))
        };
        (reasons.is_empty() || reasons.contains(&fact.event.reason))
            && (cameras.is_empty()
                || fact
                    .camera()
                    .is_some_and(|camera| cameras.contains(&camera.name)))
            && (to.is_empty() || is_to())
    }
}

fn reasons(_: &mut SchemaGenerator) -> Schema {
    let names = DropReason::ALL.iter().map(|reason| reason.name());
    json_schema!({"type": "string", "enum": names.collect::<Vec<_>>()})
}

fn formats(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": FORMATS})
}

fn accepts_sse(head: &HeaderMap) -> bool {
    let accepted = head.get_all(header::ACCEPT).iter();
    let mut kinds = accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    kinds.any(|kind| {
        let name = kind.split(';').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case(SSE)
    })
}

fn reason(value: &str) -> Result<DropReason, String> {
    DropReason::named(value).ok_or_else(|| {
        let known: Vec<_> = DropReason::ALL.iter().map(|reason| reason.name()).collect();
        let advice = advice(value, &known);
        format!("reason={value}: there is no such reason; {advice}")
    })
}

fn format(value: &str) -> Result<Format, String> {
    Format::from_str(value, false)
        .map_err(|_unknown| format!("format={value}: {}", advice(value, &FORMATS)))
}

fn boolean(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("{name}={value}: true or false")),
    }
}

fn number(value: &str) -> Result<usize, String> {
    let is_number = !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit());
    if !is_number {
        return Err(format!("last={value}: how many, like 100"));
    }
    // So many are not kept anyway.
    Ok(value.parse().unwrap_or(usize::MAX))
}

/// What would be right.
fn advice(text: &str, known: &[&str]) -> String {
    match words::closest(text, known.iter().copied()) {
        Some(closest) => format!("did you mean `{closest}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}
