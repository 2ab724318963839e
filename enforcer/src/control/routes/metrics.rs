//! `GET /metrics`: numbers for Prometheus.

use std::sync::Arc;

use anyhow::Result;
use axum::{
    Router,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
    routing::get,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{Shared, aside};
use crate::{
    command::status,
    control::{answer::Refusal, numbers::Numbers},
    directories::Directories,
};

/// `OpenMetrics`, which every Prometheus of this decade reads.
const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct On {
    interface: String,
    mode: String,
}

pub(super) fn route() -> Router<Shared> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(shared): State<Shared>) -> Result<Response, Refusal> {
    let directories = Arc::clone(&shared.directories);
    let numbers = Arc::clone(&shared.numbers);
    let text = aside(move || tell(&directories, &numbers)).await?;
    Ok(([(CONTENT_TYPE, TYPE)], text).into_response())
}

/// Made anew each time: what the kernel knows is not kept twice.
fn tell(directories: &Directories, numbers: &Numbers) -> Result<String> {
    let mut registry = Registry::with_prefix("enforcer");
    let generation = Gauge::<i64>::default();
    let enforcing = Family::<On, Gauge>::default();
    if let Some(places) = status::places(directories)? {
        generation.set(places.generation.into());
        for interface in places.interfaces {
            let mode = interface.mode.map(|mode| mode.to_string());
            let on = On {
                interface: interface.name,
                mode: mode.unwrap_or_else(|| "none".to_owned()),
            };
            let enforcing = enforcing.get_or_create(&on);
            enforcing.set(interface.enforcing.into());
        }
    }
    let errors = Counter::<u64>::default();
    errors.inc_by(numbers.reload_errors());
    let stale = Gauge::<i64>::default();
    stale.set(numbers.is_stale().into());
    registry.register(
        "policy_generation",
        "Number of the generation in force, 0 if none is",
        generation,
    );
    registry.register(
        "policy_reload_errors",
        "Policies that were refused since the daemon was started",
        errors,
    );
    registry.register(
        "policy_stale",
        "1 if the files of the policy are not what is in force",
        stale,
    );
    registry.register(
        "enforcing",
        "1 if the program is on an interface that the policy names, and in which mode",
        enforcing,
    );
    let mut told = String::new();
    text::encode(&mut told, &registry)?;
    Ok(told)
}
