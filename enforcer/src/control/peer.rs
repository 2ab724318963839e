//! Who asks, and what they may: whoever can connect may read, and only the daemon's own user, or root, may
//! change anything, and not over TCP.

use axum::{
    Extension,
    extract::Request,
    http::Method,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use rustix::process::geteuid;

use super::answer::{Kind, Refusal};

/// Whoever is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// A user of this machine, as the kernel knows them (`SO_PEERCRED`).
    User(u32),
    /// Whoever can reach a port.
    Anybody,
}

impl Peer {
    /// Whether they may change anything.
    pub(super) fn may_change(self) -> bool {
        self.refusal().is_none()
    }

    /// Who it is, if that is known.
    pub(super) const fn user(self) -> Option<u32> {
        match self {
            Self::User(user) => Some(user),
            Self::Anybody => None,
        }
    }

    /// Why not, if they may not change anything.
    fn refusal(self) -> Option<String> {
        match self {
            Self::User(user) if user == 0 || user == geteuid().as_raw() => None,
            Self::User(user) => Some(format!(
                "user {user} may look, and not change anything: only root and the daemon's own \
                 user may"
            )),
            Self::Anybody => Some(
                "over TCP there is nothing but to look; the control socket is for changes"
                    .to_owned(),
            ),
        }
    }
}

/// Lets nobody change anything who may not.
pub(super) async fn guard(
    Extension(peer): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    if let Some(words) = peer.refusal().filter(|_| is_change) {
        return Refusal::new(Kind::Forbidden, words).into_response();
    }
    next.run(request).await
}
