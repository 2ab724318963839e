//! `GET /v1/status`: what `enforcer status --json` prints.

use axum::{
    extract::State,
    response::Response,
    routing::{MethodRouter, get},
};

use super::{Does, Route, Shared, json, of, tell};
use crate::{
    control::answer::Refusal,
    directories::Directories,
    status::{self, Found, Status},
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
    let is_behind = shared.numbers.is_stale();
    let look = move |directories: &Directories| {
        Ok(match status::status(directories)? {
            Found::InForce(status) if is_behind => Found::InForce(status.behind_its_files()),
            found @ (Found::InForce(_) | Found::Nothing(_)) => found,
        })
    };
    tell(shared.directories, look).await
}
