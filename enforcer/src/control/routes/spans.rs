//! `GET /v1/ledger/spans`: how much cameras sent when.

use axum::{
    Json,
    extract::State,
    http::Uri,
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get},
};

use super::{Does, Route, Shared, json, ledger, of};
use crate::{control::answer::Refusal, ledger::Span};

pub(super) const ROUTE: Route = Route {
    path: "/v1/ledger/spans",
    does: Does::Look,
    summary: "how much each camera sent when, by the hour, and after two days by the day",
    parameters: ledger::PARAMETERS,
    body: None,
    answers: &[json(of::<Vec<Span>>)],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    get(spans)
}

async fn spans(State(shared): State<Shared>, uri: Uri) -> Result<Response, Refusal> {
    let query = ledger::asked(&uri)?;
    let spans = shared.desk.look(move |store, _| store.spans(&query));
    Ok(Json(spans.await?).into_response())
}
