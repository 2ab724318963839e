//! `GET /metrics`: numbers for Prometheus.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{
        HeaderMap,
        header::{ACCEPT, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get},
};

use super::{Does, Form, Route, Shared, aside, of};
use crate::control::{answer::Refusal, metrics};

/// `OpenMetrics`, which every Prometheus of this decade asks for.
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What it was before, which everything reads.
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) const ROUTE: Route = Route {
    path: "/metrics",
    does: Does::Look,
    summary: "numbers for Prometheus",
    parameters: &[],
    body: None,
    answers: &[
        Form {
            media: PLAIN,
            schema: of::<str>,
        },
        Form {
            media: OPEN,
            schema: of::<str>,
        },
    ],
    serve,
};

fn serve() -> MethodRouter<Shared> {
    get(tell)
}

async fn tell(State(shared): State<Shared>, head: HeaderMap) -> Result<Response, Refusal> {
    let directories = Arc::clone(&shared.directories);
    let numbers = Arc::clone(&shared.numbers);
    let feed = Arc::clone(&shared.feed);
    let is_open = asks_for_open(&head);
    let text = aside(move || {
        let told = metrics::tell(&directories, &numbers, &feed)?;
        Ok(if is_open { told } else { metrics::plain(&told) })
    });
    let kind = if is_open { OPEN } else { PLAIN };
    Ok(([(CONTENT_TYPE, kind)], text.await?).into_response())
}

/// Whether `OpenMetrics` is asked for by its name, and nothing else by its own rather than that.
fn asks_for_open(head: &HeaderMap) -> bool {
    let accepted = head.get_all(ACCEPT).iter();
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    let (mut open, mut plain) = (0.0, 0.0);
    for kind in accepted.flat_map(|value| value.split(',')) {
        let mut words = kind.split(';').map(str::trim);
        let wanted: &mut f64 = match words.next() {
            Some(name) if name.eq_ignore_ascii_case("application/openmetrics-text") => &mut open,
            Some(name) if name.eq_ignore_ascii_case("text/plain") => &mut plain,
            Some(_) | None => continue,
        };
        let quality = words.find_map(|word| word.strip_prefix("q="));
        let quality = quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
        *wanted = wanted.max(quality);
    }
    open > 0.0 && open >= plain
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn who_asks_for_open_metrics_gets_that_and_everybody_else_what_everything_reads() {
        // As Prometheus 2 and 3, and their predecessors, ask.
        let new = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                   application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let old = "text/plain;version=0.0.4;q=1,*/*;q=0.1";
        for (accept, is_open) in [
            (new, true),
            (old, false),
            ("application/openmetrics-text", true),
            ("text/plain; version=0.0.4", false),
            ("text/plain, application/openmetrics-text; q=0.5", false),
            ("application/openmetrics-text;q=0", false),
            ("*/*", false),
            ("", false),
        ] {
            let mut head = HeaderMap::new();
            head.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(asks_for_open(&head), is_open, "{accept}");
        }
        assert!(!asks_for_open(&HeaderMap::new()));
    }
}
