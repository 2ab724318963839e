//! Who asks, and what they may: whoever can connect may read, and only the daemon's own user, or root, may
//! change anything.

use axum::{
    Extension,
    extract::Request,
    http::Method,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use rustix::process::geteuid;

use super::answer::{Kind, Refusal};

/// Whoever is at the other end, as the kernel knows them (`SO_PEERCRED`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) user: u32,
}

impl Peer {
    fn may_change(self) -> bool {
        self.user == 0 || self.user == geteuid().as_raw()
    }
}

/// Lets nobody change anything who may not.
pub(super) async fn guard(
    Extension(peer): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    if is_change && !peer.may_change() {
        let words = format!(
            "user {} may look, and not change anything: only root and the daemon's own user may",
            peer.user
        );
        return Refusal::new(Kind::Forbidden, words).into_response();
    }
    next.run(request).await
}
