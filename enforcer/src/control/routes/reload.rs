//! `POST /v1/reload`: the policy in force as its files are now.

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::State,
    routing::{MethodRouter, post},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Does, Route, Shared, json, of};
use crate::control::{
    answer::{Done, Kind, Refusal},
    body::{Body, number},
    caller::Caller,
    order::Order,
};

/// The longest time that a policy may wait to be confirmed: a day.
const LONGEST: u64 = 24 * 60 * 60;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object, like {\"confirm_seconds\": 60}"
)]
struct Reload {
    /// Go back from it after so many seconds, unless it is confirmed.
    #[serde(default, deserialize_with = "number")]
    confirm_seconds: Option<u64>,
}

pub(super) const ROUTE: Route = Route {
    path: "/v1/reload",
    does: Does::Change,
    summary: "put the policy in force as its files are now",
    parameters: &[],
    body: Some(of::<Reload>),
    answers: &[json(of::<Done>)],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    post(reload)
}

async fn reload(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Body(Reload { confirm_seconds }): Body<Reload>,
) -> Result<Json<Done>, Refusal> {
    if confirm_seconds.is_some_and(|seconds| !(1..=LONGEST).contains(&seconds)) {
        let words = format!("confirm_seconds: from 1 to {LONGEST}");
        return Err(Refusal::new(Kind::BadRequest, words));
    }
    let confirm = confirm_seconds.map(Duration::from_secs);
    shared
        .orders
        .give(Order::Reload { confirm }, caller)
        .await
        .map(Json)
}
