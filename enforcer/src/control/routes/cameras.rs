//! `GET /v1/cameras`: what `enforcer cameras --json` prints.

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
    Router::new().route("/v1/cameras", get(tell))
}

async fn tell(State(shared): State<Shared>) -> Result<Response, Refusal> {
    let directories = Arc::clone(&shared.directories);
    let found = aside(move || status::cameras(&directories)).await?;
    match found {
        Found::InForce(cameras) => Ok(Json(cameras).into_response()),
        Found::Nothing(words) => Err(Refusal::new(Kind::NothingInForce, words)),
    }
}
