//! `POST /v1/confirm`: the policy that waits for it stays.

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
struct Confirm {}

pub(super) fn route() -> Router<Shared> {
    Router::new().route("/v1/confirm", post(confirm))
}

async fn confirm(
    State(shared): State<Shared>,
    Body(Confirm {}): Body<Confirm>,
) -> Result<Json<Done>, Refusal> {
    shared.orders.give(Order::Confirm).await.map(Json)
}
