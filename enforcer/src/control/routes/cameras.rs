//! `GET /v1/cameras`: what `enforcer cameras --json` prints.

use axum::{
    extract::State,
    response::Response,
    routing::{MethodRouter, get},
};

use super::{Does, Route, Shared, json, of, tell};
use crate::{
    control::answer::Refusal,
    status::{self, Camera},
};

pub(super) const ROUTE: Route = Route {
    path: "/v1/cameras",
    does: Does::Look,
    summary: "what was counted of each camera",
    parameters: &[],
    body: None,
    answers: &[json(of::<Vec<Camera>>)],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    get(cameras)
}

async fn cameras(State(shared): State<Shared>) -> Result<Response, Refusal> {
    tell(shared.directories, status::cameras).await
}
