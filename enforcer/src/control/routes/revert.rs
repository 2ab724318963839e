//! `POST /v1/revert`: what was in force before is again.

use axum::{Json, Router, extract::State, routing::post};
use serde::Deserialize;

use super::Shared;
use crate::control::{
    answer::{Done, Refusal},
    body::Body,
    order::Order,
};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Revert {
    /// Only if this generation waits to be confirmed.
    unless_confirmed: Option<u32>,
}

pub(super) fn route() -> Router<Shared> {
    Router::new().route("/v1/revert", post(revert))
}

async fn revert(
    State(shared): State<Shared>,
    Body(Revert { unless_confirmed }): Body<Revert>,
) -> Result<Json<Done>, Refusal> {
    let order = Order::Revert { unless_confirmed };
    shared.orders.give(order).await.map(Json)
}
