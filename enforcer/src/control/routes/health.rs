//! `GET /healthz`: that there is a daemon which answers.

use axum::{Router, routing::get};

use super::Shared;

pub(super) fn route() -> Router<Shared> {
    Router::new().route("/healthz", get(async || "ok\n"))
}
