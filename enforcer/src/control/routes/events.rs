//! `GET /v1/events`: drops as they come, and those that are kept of the ones before.

mod asked;
mod told;

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get},
};

use self::{asked::Asked, told::Telling};
use super::{Does, Form, Route, Shared, aside, of};
use crate::{
    control::{
        answer::{Kind, Refusal},
        peer::Peer,
        seat::Client,
    },
    record::Record,
};

pub(super) const ROUTE: Route = Route {
    path: "/v1/events",
    does: Does::Look,
    summary: "drops as they come, and those that are kept of the ones before",
    parameters: asked::PARAMETERS,
    body: None,
    answers: &[
        Form {
            media: "application/x-ndjson",
            schema: of::<str>,
        },
        Form {
            media: "text/plain; charset=utf-8",
            schema: of::<str>,
        },
        Form {
            media: "text/event-stream",
            schema: of::<str>,
        },
    ],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    get(events)
}

async fn events(
    State(shared): State<Shared>,
    Extension(client): Extension<Client>,
    Extension(peer): Extension<Peer>,
    uri: Uri,
    head: HeaderMap,
) -> Result<Response, Refusal> {
    let asked = Asked::new(uri.query().unwrap_or_default(), &head)?;
    if asked.packet && peer == Peer::Anybody {
        // What frames hold may be for fewer than can reach a port of this machine.
        let words = "packet=true: frames are told over the control socket, and not over TCP";
        return Err(Refusal::new(Kind::Forbidden, words));
    }
    let asked = require_known(asked, &shared).await?;
    if shared.feed.is_over() {
        let words = "events are not read until the daemon is started anew, and its log says why; \
                     enforcement goes on";
        return Err(Refusal::new(Kind::Failed, words));
    }
    let answer = |body: Body| {
        let kind = HeaderValue::from_static(asked.content_type());
        let never = HeaderValue::from_static("no-store");
        let head = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, never)];
        (head, body).into_response()
    };
    if !asked.follow {
        let telling = Telling::new(asked.clone(), &shared.feed);
        return Ok(answer(telling.beginning().into()));
    }
    let staying = client.stay()?;
    let telling = Telling::new(asked.clone(), &shared.feed);
    Ok(answer(telling.body(staying)))
}

/// Refuses names that no camera has: what comes of them is nothing, for ever. Where nothing is in force yet, no name
/// is known.
async fn require_known(asked: Asked, shared: &Shared) -> Result<Asked, Refusal> {
    if asked.filter.cameras.is_empty() {
        return Ok(asked);
    }
    let directories = shared.directories.clone();
    let Some(record) = aside(move || Record::read(&directories)).await? else {
        return Ok(asked);
    };
    let (kept, _) = shared.feed.follow();
    // One that has left the policy may have sent before.
    let kept = kept.iter().filter_map(|fact| fact.camera());
    let cameras = record.cameras.values().chain(kept);
    let known = cameras.map(|camera| camera.name.as_str()).collect();
    asked.require_known(&known)?;
    Ok(asked)
}
