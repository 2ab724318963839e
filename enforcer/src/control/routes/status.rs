//! `GET /v1/status`: what `enforcer status --json` prints.

use axum::{Router, extract::State, routing::get};

use super::{Shared, tell};
use crate::command::status;

pub(super) fn route() -> Router<Shared> {
    let found = async |State(shared): State<Shared>| tell(shared.directories, status::look).await;
    Router::new().route("/v1/status", get(found))
}
