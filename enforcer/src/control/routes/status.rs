//! `GET /v1/status`: what `enforcer status --json` prints.

use axum::{
    extract::State,
    response::Response,
    routing::{MethodRouter, get},
};

use super::{Does, Route, Shared, json, of, tell};
use crate::{
    control::answer::Refusal,
    status::{self, Status},
};

pub(super) const ROUTE: Route = Route {
    path: "/v1/status",
    does: Does::Look,
    summary: "what is in force, where, and what was counted",
    parameters: &[],
    body: None,
    answers: &[json(of::<Status>)],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    get(found)
}

async fn found(State(shared): State<Shared>) -> Result<Response, Refusal> {
    tell(shared.directories, status::status).await
}
