//! `GET /v1/ledger`: what `enforcer ledger --json` prints.

use axum::{
    Json, Router,
    extract::State,
    http::Uri,
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::Shared;
use crate::{
    control::answer::{Kind, Refusal},
    ledger::Query,
};

pub(super) fn route() -> Router<Shared> {
    Router::new().route("/v1/ledger", get(ledger))
}

async fn ledger(State(shared): State<Shared>, uri: Uri) -> Result<Response, Refusal> {
    let query = Query::parse(uri.query().unwrap_or_default());
    let query = query.map_err(|problems| Refusal::new(Kind::BadRequest, problems.join("\n")))?;
    Ok(Json(shared.desk.read(query).await?).into_response())
}
