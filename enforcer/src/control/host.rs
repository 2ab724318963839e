//! Whom a request over TCP is for. A page on the web can have its own name lead to 127.0.0.1 (DNS rebinding), and the
//! browser then lets it read what is told there. What the browser says is still that name.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::{
    extract::Request,
    http::{HeaderValue, Version, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::answer::{Kind, Refusal};

/// Lets nobody in who asks for a name that others can have lead here.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    if is_for_here(&request) {
        return next.run(request).await;
    }
    let words = "Host: an address or `localhost`, as http://127.0.0.1:9797, and no other name: to any other a page on \
                 the web could have a browser here ask; with --listen-token-file every name will do";
    Refusal::new(Kind::Misdirected, words).into_response()
}

/// Every name that is given must be no name. HTTP/1.0 need not give one, and no browser speaks it.
fn is_for_here(request: &Request) -> bool {
    let in_target = request.uri().authority();
    let mut in_head = request.headers().get_all(header::HOST).iter();
    let is_said = match (in_head.next(), in_head.next()) {
        (Some(host), None) => is_no_name(host),
        (Some(_), Some(_)) => false,
        (None, _) => request.version() == Version::HTTP_10,
    };
    is_said && in_target.is_none_or(leads_nowhere_else)
}

fn is_no_name(host: &HeaderValue) -> bool {
    let authority = host.to_str().ok().and_then(|host| host.parse().ok());
    authority.is_some_and(|authority| leads_nowhere_else(&authority))
}

/// An address, or the one name that browsers look up nowhere.
fn leads_nowhere_else(authority: &Authority) -> bool {
    let host = authority.host();
    let v6 = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost")
            || host.parse::<Ipv4Addr>().is_ok()
            || v6.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok()))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(version: Version, target: &str, hosts: &[&str]) -> Request {
        let request = Request::get(target).version(version);
        let request = hosts
            .iter()
            .fold(request, |request, host| request.header(header::HOST, *host));
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_what_no_name_server_answers_for_is_here() {
        for (host, is_here) in [
            ("127.0.0.1:9797", true),
            ("127.0.0.1", true),
            ("127.8.9.1:80", true),
            ("[::1]:9797", true),
            ("[::ffff:127.0.0.1]", true),
            ("localhost", true),
            ("LocalHost:9797", true),
            ("localhost.example.org", false),
            ("127.0.0.1.example.org", false),
            ("rebind.example.org:9797", false),
            ("127.1", false),
            ("2130706433", false),
            ("::1", false),
            ("[::1", false),
            ("[localhost]", false),
            ("user@127.0.0.1", false),
            ("localhost, rebind.example.org", false),
            ("", false),
        ] {
            let request = request(Version::HTTP_11, "/metrics", &[host]);
            assert_eq!(is_for_here(&request), is_here, "{host}");
        }
    }

    #[test]
    fn who_says_two_things_or_nothing_is_not_let_in() {
        for (version, target, hosts, is_here) in [
            (Version::HTTP_11, "/", &[][..], false),
            (Version::HTTP_10, "/", &[], true),
            (Version::HTTP_10, "/", &["rebind.example.org"], false),
            (Version::HTTP_11, "/", &["127.0.0.1", "127.0.0.1"], false),
            (
                Version::HTTP_11,
                "/",
                &["127.0.0.1", "rebind.example.org"],
                false,
            ),
            (Version::HTTP_11, "http://127.0.0.1/", &["127.0.0.1"], true),
            (
                Version::HTTP_11,
                "http://rebind.example.org/",
                &["127.0.0.1"],
                false,
            ),
            (
                Version::HTTP_11,
                "http://127.0.0.1/",
                &["rebind.example.org"],
                false,
            ),
        ] {
            let request = request(version, target, hosts);
            assert_eq!(
                is_for_here(&request),
                is_here,
                "{version:?} {target} {hosts:?}"
            );
        }
    }
}
