//! `GET /v1/ledger`: what `enforcer ledger --json` prints.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Extension,
    extract::State,
    http::Uri,
    response::Response,
    routing::{MethodRouter, get},
};

use super::{Does, Parameter, Route, Shared, aside, json, list, of, one, several};
use crate::{
    control::{
        answer::{Kind, Refusal},
        seat::Client,
    },
    ledger::{Line, Query, store::Store},
    record::Record,
    words::{MOST_NAMES, closest},
};

pub(super) const ROUTE: Route = Route {
    path: "/v1/ledger",
    does: Does::Look,
    summary: "what each camera sent where, and what became of it",
    parameters: PARAMETERS,
    body: None,
    answers: &[json(of::<Vec<Line>>)],
    serve,
};

/// Which lines.
pub(super) const PARAMETERS: &[Parameter] = &[
    several("camera", "of this camera", of::<str>),
    several("to", "to this address or prefix", of::<str>),
    one(
        "since",
        "seen since then: a date, a time with its offset, or how long ago, like 90m or 7d",
        of::<str>,
    ),
    one(
        "until",
        "seen before then, in the same words; of an hour or a day that it falls into, all is",
        of::<str>,
    ),
];

fn serve() -> MethodRouter<Shared> {
    get(ledger)
}

async fn ledger(
    State(shared): State<Shared>,
    Extension(client): Extension<Client>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let query = asked(&uri)?;
    let policy = of_policy(&shared, &query).await?;
    let turn = client.turn().await?;
    let lines = shared.desk.look(move |store, labels| {
        require_known(&query, policy, store)?;
        let mut lines = store.read(&query)?;
        for line in &mut lines {
            line.label(labels);
        }
        Ok(lines)
    });
    Ok(list(lines.await?, turn))
}

/// As it stands in a request.
pub(super) fn asked(uri: &Uri) -> Result<Query, Refusal> {
    let query = Query::parse(uri.query().unwrap_or_default());
    query.map_err(|problems| Refusal::new(Kind::BadRequest, problems.join("\n")))
}

/// The cameras of the policy, where some are asked for.
pub(super) async fn of_policy(shared: &Shared, query: &Query) -> Result<BTreeSet<String>, Refusal> {
    if query.cameras.is_empty() {
        return Ok(BTreeSet::new());
    }
    let directories = Arc::clone(&shared.directories);
    let record = aside(move || Record::read(&directories)).await?;
    let cameras = record.into_iter().flat_map(|record| record.cameras);
    Ok(cameras.map(|(_, camera)| camera.name).collect())
}

/// Refuses names that no camera of the policy has, nor one that ever was in the ledger.
pub(super) fn require_known(
    query: &Query,
    mut known: BTreeSet<String>,
    store: &Store,
) -> anyhow::Result<()> {
    // Nothing is the name of strangers.
    let is_unknown =
        |known: &BTreeSet<String>, name: &str| !name.is_empty() && !known.contains(name);
    if !query.cameras.iter().any(|name| is_unknown(&known, name)) {
        return Ok(());
    }
    let kept = store.spans(&Query::default())?;
    known.extend(kept.into_iter().filter_map(|span| span.camera));
    let unknown = query.cameras.iter();
    let unknown = unknown.filter(|name| is_unknown(&known, name));
    let problems = unknown.take(MOST_NAMES).map(|name| {
        let closest = closest(name, known.iter().map(String::as_str));
        let advice = closest.map_or_else(
            || "`enforcer cameras` lists those of the policy".to_owned(),
            |closest| format!("did you mean `{closest}`?"),
        );
        format!("camera={name}: neither the policy in force nor the ledger has one of that name; {advice}")
    });
    let problems: Vec<_> = problems.collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(Kind::BadRequest, problems.join("\n")).into())
}
