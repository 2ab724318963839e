//! `GET /metrics`: numbers for Prometheus.

use std::sync::Arc;

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get},
};

use super::{Does, Form, Route, Shared, aside, of};
use crate::control::{answer::Refusal, metrics};

/// `OpenMetrics`, which every Prometheus of this decade reads.
const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) const ROUTE: Route = Route {
    path: "/metrics",
    does: Does::Look,
    summary: "numbers for Prometheus",
    parameters: &[],
    body: None,
    answers: &[Form {
        media: TYPE,
        schema: of::<str>,
    }],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    get(tell)
}

async fn tell(State(shared): State<Shared>) -> Result<Response, Refusal> {
    let directories = Arc::clone(&shared.directories);
    let numbers = Arc::clone(&shared.numbers);
    let feed = Arc::clone(&shared.feed);
    let text = aside(move || metrics::tell(&directories, &numbers, &feed)).await?;
    Ok(([(CONTENT_TYPE, TYPE)], text).into_response())
}
