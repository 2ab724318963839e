//! `GET /v1/ledger/spans`: how much cameras sent when.

use axum::{
    Extension,
    extract::State,
    http::Uri,
    response::Response,
    routing::{MethodRouter, get},
};

use super::{Does, Route, Shared, json, ledger, list, of};
use crate::{
    control::{answer::Refusal, seat::Client},
    ledger::Span,
};

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

async fn spans(
    State(shared): State<Shared>,
    Extension(client): Extension<Client>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let query = ledger::asked(&uri)?;
    let policy = ledger::of_policy(&shared, &query).await?;
    let turn = client.turn().await?;
    let spans = shared.desk.look(move |store, _| {
        ledger::require_known(&query, policy, store)?;
        store.spans(&query)
    });
    Ok(list(spans.await?, turn))
}
