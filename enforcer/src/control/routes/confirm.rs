//! `POST /v1/confirm`: the policy that waits for it stays.

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
    body::Body,
    caller::Caller,
    order::Order,
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object, {}")]
struct Confirm {}

pub(super) const ROUTE: Route = Route {
    path: "/v1/confirm",
    does: Does::Change,
    summary: "keep the policy that waits for it",
    parameters: &[],
    body: Some(of::<Confirm>),
    answers: &[json(of::<Done>)],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    post(confirm)
}

async fn confirm(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Body(Confirm {}): Body<Confirm>,
) -> Result<Json<Done>, Refusal> {
    shared.orders.give(Order::Confirm, caller).await.map(Json)
}
