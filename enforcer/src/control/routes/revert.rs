//! `POST /v1/revert`: what was in force before is again.

use axum::{
    Json,
    extract::State,
    routing::{MethodRouter, post},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Does, Route, Shared, json, of};
use crate::control::{
    answer::{Done, Refusal},
    body::Body,
    order::Order,
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Revert {
    /// Only if this generation waits to be confirmed.
    unless_confirmed: Option<u32>,
}

pub(super) const ROUTE: Route = Route {
    path: "/v1/revert",
    does: Does::Change,
    summary: "put in force again what was before",
    parameters: &[],
    body: Some(of::<Revert>),
    answers: &[json(of::<Done>)],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    post(revert)
}

async fn revert(
    State(shared): State<Shared>,
    Body(Revert { unless_confirmed }): Body<Revert>,
) -> Result<Json<Done>, Refusal> {
    let order = Order::Revert { unless_confirmed };
    shared.orders.give(order).await.map(Json)
}
