//! The word that whoever asks over TCP must know, where that is asked for.

use std::{fmt, fs, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::{Context as _, Result, ensure};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use subtle::ConstantTimeEq as _;
use tracing::warn;

use super::answer::{Kind, Refusal};

/// Fewer characters can be guessed.
const FEWEST: usize = 16;

/// What it is called in a request.
const SCHEME: &[u8] = b"Bearer ";

/// The word.
#[derive(Clone)]
pub(super) struct Token(Vec<u8>);

impl Token {
    /// The first line of a file, and there must be no other.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let at = || format!("--listen-token-file {}", path.display());
        let text = fs::read_to_string(path).with_context(at)?;
        let mode = fs::metadata(path).with_context(at)?.permissions().mode();
        if mode & 0o007 != 0 {
            warn!(
                "{}: everybody on this machine may read it; chmod o= it",
                at()
            );
        }
        let token = text.trim();
        ensure!(
            token.len() >= FEWEST && token.bytes().all(|byte| byte.is_ascii_graphic()),
            "{}: a token is one line of {FEWEST} characters or more, ASCII and without blanks; \
             `openssl rand -hex 32` makes one",
            at()
        );
        Ok(Self(token.as_bytes().to_owned()))
    }

    /// Whether the word stands in the head of a request. How long that takes says nothing about it but its length.
    pub(super) fn is_in(&self, head: &HeaderMap) -> bool {
        let mut given = head.get_all(header::AUTHORIZATION).iter();
        let (Some(given), None) = (given.next(), given.next()) else {
            return false;
        };
        let (scheme, given) = given.as_bytes().split_at(SCHEME.len().min(given.len()));
        scheme.eq_ignore_ascii_case(SCHEME) && bool::from(given.ct_eq(&self.0))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Lets nobody in who does not know the word.
pub(super) async fn guard(State(token): State<Token>, request: Request, next: Next) -> Response {
    if token.is_in(request.headers()) {
        return next.run(request).await;
    }
    let words = "whoever asks here must send `Authorization: Bearer` and the token";
    let mut answer = Refusal::new(Kind::Unauthorized, words).into_response();
    let scheme = HeaderValue::from_static("Bearer");
    answer
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, scheme);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORD: &str = "0123456789abcdef";

    #[test]
    fn only_the_whole_word_counts_and_only_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, format!("{WORD}\n")).unwrap();
        let token = Token::read(&path).unwrap();
        for (given, is_it) in [
            (&["Bearer 0123456789abcdef"][..], true),
            (&["bearer 0123456789abcdef"], true),
            (&[], false),
            (&[""], false),
            (&["Bearer"], false),
            (&["Bearer "], false),
            (&["Bearer 0123456789abcde"], false),
            (&["Bearer 0123456789abcdeg"], false),
            (&["Bearer 0123456789abcdef0"], false),
            (&["Basic 0123456789abcdef"], false),
            (
                &["Bearer 0123456789abcdef", "Bearer 0123456789abcdef"],
                false,
            ),
        ] {
            let mut head = HeaderMap::new();
            for value in given {
                head.append(header::AUTHORIZATION, HeaderValue::from_static(value));
            }
            assert_eq!(token.is_in(&head), is_it, "{given:?}");
        }
        assert_eq!(format!("{token:?}"), "Token(..)");
    }

    #[test]
    fn a_word_that_can_be_guessed_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        assert!(Token::read(&path).is_err());
        for text in [
            "",
            "\n",
            "0123456789abcde\n",
            "0123456789abcdef 0",
            "0123456789abcdef\n0",
        ] {
            fs::write(&path, text).unwrap();
            let error = Token::read(&path).unwrap_err().to_string();
            assert!(error.contains("16 characters or more"), "{text:?}: {error}");
        }
    }
}
