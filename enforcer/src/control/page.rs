//! The live page, for people: whether everything is in force, cameras, where they call, and drops as they come.
//!
//! It is at the port of `--listen` alone. Nothing of what it shows is in it: it asks this interface as any program
//! does, and so it is told without the token, and then asks for that itself.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
    routing::get,
};

/// A file of the page.
struct File {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// All of it. Nothing is made or fetched when it is shown.
const FILES: &[File] = &[
    File {
        path: "/",
        kind: "text/html; charset=utf-8",
        text: include_str!("page/page.html"),
    },
    File {
        path: "/page.css",
        kind: "text/css; charset=utf-8",
        text: concat!(include_str!("../look.css"), include_str!("page/page.css")),
    },
    File {
        path: "/page.svg",
        kind: "image/svg+xml",
        text: include_str!("page/page.svg"),
    },
    File {
        path: "/page.js",
        kind: SCRIPT,
        text: include_str!("page/page.js"),
    },
    File {
        path: "/page/ask.js",
        kind: SCRIPT,
        text: include_str!("page/ask.js"),
    },
    File {
        path: "/page/calls.js",
        kind: SCRIPT,
        text: include_str!("page/calls.js"),
    },
    File {
        path: "/page/cameras.js",
        kind: SCRIPT,
        text: include_str!("page/cameras.js"),
    },
    File {
        path: "/page/force.js",
        kind: SCRIPT,
        text: include_str!("page/force.js"),
    },
    File {
        path: "/page/put.js",
        kind: SCRIPT,
        text: include_str!("page/put.js"),
    },
    File {
        path: "/page/tail.js",
        kind: SCRIPT,
        text: include_str!("page/tail.js"),
    },
];

/// What a browser may do with the page: run its scripts, show it in its style, ask the daemon that it came from.
/// Markup is never made of text (Trusted Types), and no other page has it in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// What every answer over TCP is told with, be it of the page or of the interface.
const HEAD: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    // After an upgrade page and interface are of one version, and what was told stays nowhere.
    (header::CACHE_CONTROL, "no-store"),
];

/// The page.
pub(super) fn files<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.iter().fold(Router::new(), |router, file| {
        let kind = HeaderValue::from_static(file.kind);
        let answer = get(async move || ([(header::CONTENT_TYPE, kind)], file.text).into_response());
        router.route(file.path, answer)
    })
}

/// Says what browsers may do with an answer.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    dress(answer.headers_mut());
    answer
}

fn dress(head: &mut HeaderMap) {
    for (name, value) in HEAD {
        head.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn every_file_of_the_page_is_served_and_what_they_ask_for_is_there() {
        let served: BTreeSet<_> = FILES.iter().map(|file| file.path).collect();
        assert_eq!(served.len(), FILES.len());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/control/page");
        let kept = fs::read_dir(folder).unwrap().count();
        assert_eq!(kept, FILES.len());
        for file in FILES {
            for quoted in file.text.split('"').skip(1).step_by(2) {
                if quoted.starts_with("/page") {
                    assert!(served.contains(quoted), "{}: {quoted}", file.path);
                }
            }
        }
    }

    #[test]
    fn nothing_in_it_makes_markup_of_text_or_goes_elsewhere() {
        for file in FILES {
            for banned in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                "style=",
                "onclick=",
                "https://",
                "@import",
                "url(",
            ] {
                assert!(!file.text.contains(banned), "{}: {banned}", file.path);
            }
        }
        let page = FILES[0].text;
        let scripts: Vec<_> = page.split("<script").skip(1).collect();
        assert_eq!(scripts.len(), 1);
        assert!(scripts[0].starts_with(" type=\"module\" src=\"/page.js\"></script>"));
        assert!(!page.contains("<style"));
    }
}
