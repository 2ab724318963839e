//! `GET /v1/policy`: the policy in force, and what stood in its files.

use axum::{
    extract::State,
    response::Response,
    routing::{MethodRouter, get},
};

use super::{Does, Route, Shared, json, of, tell};
use crate::{command::status, control::answer::Refusal};

pub(super) const ROUTE: Route = Route {
    path: "/v1/policy",
    does: Does::LookHere,
    summary: "the policy in force, and what stood in its files",
    parameters: &[],
    body: None,
    answers: &[json(of::<status::PolicyInForce>)],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    get(policy)
}

async fn policy(State(shared): State<Shared>) -> Result<Response, Refusal> {
    tell(shared.directories, status::policy).await
}
