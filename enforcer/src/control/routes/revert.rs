//! `POST /v1/revert`: what was in force before is again.

use axum::{
    Extension, Json,
    extract::State,
    routing::{MethodRouter, post},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Does, Route, Shared, json, of};
use crate::control::{
    answer::{Done, Refusal},
    body::{Body, number},
    caller::Caller,
    order::Order,
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object, like {\"unless_confirmed\": 5}"
)]
struct Revert {
    /// Only if this generation waits to be confirmed.
    #[serde(default, deserialize_with = "number")]
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
    Extension(caller): Extension<Caller>,
    Body(Revert { unless_confirmed }): Body<Revert>,
) -> Result<Json<Done>, Refusal> {
    let order = Order::Revert { unless_confirmed };
    shared.orders.give(order, caller).await.map(Json)
}
