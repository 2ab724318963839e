//! Which paths there are: one file each.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    middleware,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::{
    answer::{Kind, Refusal},
    body,
    feed::Feed,
    numbers::Numbers,
    order::Orders,
    peer,
    token::{self, Token},
};
use crate::{command::status::Found, directories::Directories};

mod cameras;
mod confirm;
mod events;
mod health;
mod metrics;
mod policy;
mod reload;
mod revert;
mod status;

/// What routes answer from.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) directories: Arc<Directories>,
    pub(super) orders: Orders,
    pub(super) numbers: Arc<Numbers>,
    pub(super) feed: Arc<Feed>,
}

/// All paths. Who asks must be known as a [`peer::Peer`].
pub(super) fn all(shared: Shared) -> Router {
    let changing = Router::new()
        .merge(reload::route())
        .merge(confirm::route())
        .merge(revert::route());
    // A policy's files may be for fewer than can reach a port of this machine.
    finish(looking().merge(policy::route()).merge(changing), shared)
}

/// Those alone that change nothing, for who knows the token if there is one.
pub(super) fn read_only(shared: Shared, token: Option<Token>) -> Router {
    let router = finish(looking(), shared);
    match token {
        Some(token) => router.layer(middleware::from_fn_with_state(token, token::guard)),
        None => router,
    }
}

fn looking() -> Router<Shared> {
    Router::new()
        .merge(health::route())
        .merge(metrics::route())
        .merge(status::route())
        .merge(cameras::route())
        .merge(events::route())
}

fn finish(router: Router<Shared>, shared: Shared) -> Router {
    router
        .fallback(async || Refusal::new(Kind::NotFound, "there is nothing of that name"))
        .method_not_allowed_fallback(async || {
            Refusal::new(
                Kind::BadRequest,
                "not in this way: GET to read, POST to change",
            )
        })
        .layer(middleware::from_fn(peer::guard))
        .layer(DefaultBodyLimit::max(body::MOST))
        .with_state(shared)
}

/// Tells what is found in force, or that nothing is.
async fn tell<T: Serialize + Send + 'static>(
    directories: Arc<Directories>,
    look: impl FnOnce(&Directories) -> anyhow::Result<Found<T>> + Send + 'static,
) -> Result<Response, Refusal> {
    match aside(move || look(&directories)).await? {
        Found::InForce(told) => Ok(Json(told).into_response()),
        Found::Nothing(words) => Err(Refusal::new(Kind::NothingInForce, words)),
    }
}

/// Has something done that waits for the kernel, where nobody else waits for it.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| Refusal::from(&error)),
        Err(error) => Err(Refusal::new(Kind::Failed, error.to_string())),
    }
}
