//! `POST /v1/confirm`: the policy that waits for it stays.

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
    Body(Confirm {}): Body<Confirm>,
) -> Result<Json<Done>, Refusal> {
    shared.orders.give(Order::Confirm).await.map(Json)
}
