//! `GET /v1/ledger`: what `enforcer ledger --json` prints.

use axum::{
    Json,
    extract::State,
    http::Uri,
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get},
};

use super::{Does, Parameter, Route, Shared, json, of, one, several};
use crate::{
    control::answer::{Kind, Refusal},
    ledger::{Line, Query},
};

pub(super) const ROUTE: Route = Route {
    path: "/v1/ledger",
    does: Does::Look,
    summary: "what each camera sent where, and what became of it",
    parameters: PARAMETERS,
    body: None,
    answers: &[json(of::<Vec<Line>>)],
    serve,
};

/// Which lines.
pub(super) const PARAMETERS: &[Parameter] = &[
    several("camera", "of this camera", of::<str>),
    several("to", "to this address or prefix", of::<str>),
    one(
        "since",
        "seen since then: a date, a time with its offset, or how long ago, like 90m or 7d",
        of::<str>,
    ),
    one(
        "until",
        "seen before then, in the same words; of an hour or a day that it falls into, all is",
        of::<str>,
    ),
];

fn serve() -> MethodRouter<Shared> {
    get(ledger)
}

async fn ledger(State(shared): State<Shared>, uri: Uri) -> Result<Response, Refusal> {
    let query = asked(&uri)?;
    let lines = shared.desk.look(move |store, labels| {
        let mut lines = store.read(&query)?;
        for line in &mut lines {
            line.label(labels);
        }
        Ok(lines)
    });
    Ok(Json(lines.await?).into_response())
}

/// As it stands in a request.
pub(super) fn asked(uri: &Uri) -> Result<Query, Refusal> {
    let query = Query::parse(uri.query().unwrap_or_default());
    query.map_err(|problems| Refusal::new(Kind::BadRequest, problems.join("\n")))
}
