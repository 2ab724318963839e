//! `GET /healthz`: that there is a daemon which answers.

use axum::routing::{MethodRouter, get};

use super::{Does, Form, Route, Shared, of};

pub(super) const ROUTE: Route = Route {
    path: "/healthz",
    does: Does::Look,
    summary: "that there is a daemon which answers",
    parameters: &[],
    body: None,
    answers: &[Form {
        media: "text/plain; charset=utf-8",
        schema: of::<str>,
    }],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    get(async || "ok\n")
}
