//! `GET /v1/status`: what `enforcer status --json` prints.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::{Shared, aside};
use crate::{
    command::status::{self, Found},
    control::answer::{Kind, Refusal},
};

pub(super) fn route() -> Router<Shared> {
    Router::new().route("/v1/status", get(tell))
}

async fn tell(State(shared): State<Shared>) -> Result<Response, Refusal> {
    let directories = Arc::clone(&shared.directories);
    let found = aside(move || status::look(&directories)).await?;
    match found {
        Found::InForce(status) => Ok(Json(status).into_response()),
        Found::Nothing(words) => Err(Refusal::new(Kind::NothingInForce, words)),
    }
}
