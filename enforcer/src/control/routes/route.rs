//! What a path is: who serves it, and what is said of it. One value has both, so nothing is served that is not
//! described.

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::MethodRouter,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::Shared;
use crate::control::answer::{Kind, Refusal};

/// A path.
pub(in crate::control) struct Route {
    pub(in crate::control) path: &'static str,
    pub(in crate::control) does: Does,
    /// What, in one line.
    pub(in crate::control) summary: &'static str,
    pub(in crate::control) parameters: &'static [Parameter],
    /// What may stand in the request, as JSON.
    pub(in crate::control) body: Option<Describe>,
    /// What is answered if it is not refused; in one of these forms.
    pub(in crate::control) answers: &'static [Form],
    pub(super) serve: fn() -> MethodRouter<Shared>,
}

/// Whether it changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::control) enum Does {
    /// No: it is a GET, and for whoever may connect.
    Look,
    /// No, and not over TCP: it is for whoever may connect to the socket.
    LookHere,
    /// Yes: it is a POST, and for root.
    Change,
}

/// What may be said behind a `?`.
pub(in crate::control) struct Parameter {
    pub(in crate::control) name: &'static str,
    pub(in crate::control) says: &'static str,
    pub(in crate::control) schema: Describe,
    /// It may be said again.
    pub(in crate::control) is_list: bool,
    /// It must be said.
    pub(in crate::control) is_required: bool,
}

/// A form of an answer.
pub(in crate::control) struct Form {
    pub(in crate::control) media: &'static str,
    pub(in crate::control) schema: Describe,
}

/// Describes a type, and adds what it is made of.
pub(in crate::control) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// Refuses what stands behind a `?` where nothing is known that could.
async fn require_no_parameters(request: Request, next: Next) -> Response {
    let said = request.uri().query().unwrap_or_default();
    let said = form_urlencoded::parse(said.as_bytes()).next();
    match said.map(|(name, _)| name.into_owned()) {
        None => next.run(request).await,
        Some(name) => {
            let words = format!("{name}: there is no such parameter; there are none");
            Refusal::new(Kind::BadRequest, words).into_response()
        }
    }
}

/// As JSON.
pub(super) const fn json(schema: Describe) -> Form {
    Form {
        media: "application/json",
        schema,
    }
}

/// What may be said once.
pub(super) const fn one(name: &'static str, says: &'static str, schema: Describe) -> Parameter {
    Parameter {
        name,
        says,
        schema,
        is_list: false,
        is_required: false,
    }
}

/// What may be said again and again.
pub(super) const fn several(name: &'static str, says: &'static str, schema: Describe) -> Parameter {
    Parameter {
        is_list: true,
        ..one(name, says, schema)
    }
}

/// Describes a type.
pub(super) fn of<T: JsonSchema + ?Sized>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Route {
    /// All of these, to be served.
    pub(super) fn serve(routes: &[Self], does: Does) -> Router<Shared> {
        let routes = routes.iter().filter(|route| route.does == does);
        routes.fold(Router::new(), |router, route| {
            let served = (route.serve)();
            // Whoever reads numbers may have to say something all the same.
            let served = if route.parameters.is_empty() && route.path.starts_with("/v1/") {
                served.layer(middleware::from_fn(require_no_parameters))
            } else {
                served
            };
            router.route(route.path, served)
        })
    }
}
