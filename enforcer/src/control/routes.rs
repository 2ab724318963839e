//! Which paths there are: one file each.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::DefaultBodyLimit,
    http::{HeaderValue, header},
    middleware,
    response::{IntoResponse as _, Response},
};
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::task::yield_now;

use super::{
    answer::{Kind, Refusal},
    body,
    desk::Desk,
    feed::Feed,
    host,
    numbers::Numbers,
    order::Orders,
    page, peer,
    seat::{self, Turn},
    token::{self, Token},
};
use crate::{directories::Directories, status::Found};

mod cameras;
mod confirm;
mod events;
mod health;
mod ledger;
mod metrics;
mod policy;
mod reload;
mod revert;
mod route;
mod spans;
mod status;

pub(super) use self::route::{Does, Form, Parameter, Route};
use self::route::{json, of, one, several};

/// How many items of a list are told at once.
const PIECE: usize = 256;

/// What routes answer from.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Where everything is that is kept in files and in the kernel.
    pub directories: Arc<Directories>,
    /// Who changes what is in force.
    pub orders: Orders,
    /// What only the daemon knows.
    pub numbers: Arc<Numbers>,
    /// Events, as they come.
    pub feed: Arc<Feed>,
    /// Who keeps the ledger.
    pub desk: Desk,
}

/// All paths for programs: what is not here is not described, and not served but for the [`page`].
pub(super) const ROUTES: &[Route] = &[
    health::ROUTE,
    metrics::ROUTE,
    status::ROUTE,
    cameras::ROUTE,
    events::ROUTE,
    ledger::ROUTE,
    spans::ROUTE,
    policy::ROUTE,
    reload::ROUTE,
    confirm::ROUTE,
    revert::ROUTE,
];

/// All of them, to be served. Who asks must be known as a [`peer::Peer`].
pub(super) fn all(shared: Shared) -> Router {
    let looking = Route::serve(ROUTES, Does::Look).merge(Route::serve(ROUTES, Does::LookHere));
    finish(looking.merge(Route::serve(ROUTES, Does::Change)), shared)
}

/// Those alone that change nothing and are for whoever reaches a port: for who knows the token, which no page on the
/// web does, or else under no name that such a page could have. And the live page, which knows nothing by itself.
pub(super) fn read_only(shared: Shared, token: Option<Token>) -> Router {
    let page = page::files().layer(middleware::from_fn(peer::guard));
    let router = finish(Route::serve(ROUTES, Does::Look), shared);
    let router = match token {
        Some(token) => router
            .layer(middleware::from_fn_with_state(token, token::guard))
            .merge(page),
        None => router.merge(page).layer(middleware::from_fn(host::guard)),
    };
    router.layer(middleware::from_fn(page::guard))
}

fn finish(router: Router<Shared>, shared: Shared) -> Router {
    router
        .fallback(async || Refusal::new(Kind::NotFound, "there is nothing of that name"))
        .method_not_allowed_fallback(async || {
            Refusal::new(
                Kind::MethodNotAllowed,
                "not in this way: GET to read, POST to change",
            )
        })
        .layer(middleware::from_fn(seat::guard))
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

/// Tells a list piece by piece: as a whole it may be large, and takes long to be made.
fn list<T: Serialize + Send + 'static>(items: Vec<T>, turn: Turn) -> Response {
    let telling = (items.into_iter(), Some(b'['), turn);
    let pieces = unfold(telling, async |(mut items, before, turn)| {
        let mut before = before?;
        let mut piece = Vec::new();
        for item in items.by_ref().take(PIECE) {
            piece.push(before);
            before = b',';
            if let Err(error) = serde_json::to_writer(&mut piece, &item) {
                return Some((Err(error), (items, None, turn)));
            }
        }
        if !items.as_slice().is_empty() {
            // Others are served in between.
            yield_now().await;
            return Some((Ok(Bytes::from(piece)), (items, Some(before), turn)));
        }
        if before == b'[' {
            piece.push(before);
        }
        piece.push(b']');
        Some((Ok(Bytes::from(piece)), (items, None, turn)))
    });
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], Body::from_stream(pieces)).into_response()
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
