//! `GET /v1/policy`: the policy in force, and what stood in its files. These may be for fewer than can reach a port of
//! this machine, so over TCP it is not told.

use axum::{
    extract::State,
    response::Response,
    routing::{MethodRouter, get},
};

use super::{Does, Route, Shared, json, of, tell};
use crate::{
    control::answer::Refusal,
    status::{self, PolicyInForce},
};

pub(super) const ROUTE: Route = Route {
    path: "/v1/policy",
    does: Does::LookHere,
    summary: "the policy in force, and what stood in its files when they were read; not over TCP",
    parameters: &[],
    body: None,
    answers: &[json(of::<PolicyInForce>)],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    get(policy)
}

async fn policy(State(shared): State<Shared>) -> Result<Response, Refusal> {
    tell(shared.directories, status::policy).await
}
