//! `GET /v1/policy`: the policy in force, and what stood in its files.

use axum::{Router, extract::State, routing::get};

use super::{Shared, tell};
use crate::command::status;

pub(super) fn route() -> Router<Shared> {
    let found = async |State(shared): State<Shared>| tell(shared.directories, status::policy).await;
    Router::new().route("/v1/policy", get(found))
}
