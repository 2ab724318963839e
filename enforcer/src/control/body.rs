//! What stands in a request, within limits of size and time.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::answer::{Kind, Refusal};

/// How much of it is read.
pub(super) const MOST: usize = 16 * 1024;

/// How long it may take to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was asked for, as JSON; where nothing stands there, the default.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let refused = |words: String| Refusal::new(Kind::BadRequest, words);
        let bytes = timeout(PATIENCE, Bytes::from_request(request, state)).await;
        let bytes =
            bytes.map_err(|elapsed| refused(format!("the request does not come: {elapsed}")))?;
        let bytes = bytes.map_err(|error| refused(error.to_string()))?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let read = serde_json::from_slice(&bytes);
        read.map(Self).map_err(|error| refused(error.to_string()))
    }
}
