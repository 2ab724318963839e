//! What stands in a request, within limits of size and time.

use std::{fmt, marker::PhantomData, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde::{
    Deserializer,
    de::{self, DeserializeOwned, Visitor},
};
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

/// A number that may be left out, refused in words that are not those of a programmer.
pub(super) fn number<'de, D, N>(from: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: TryFrom<u64>,
{
    from.deserialize_option(Number(PhantomData))
}

struct Number<N>(PhantomData<N>);

impl<'de, N: TryFrom<u64>> Visitor<'de> for Number<N> {
    type Value = Option<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_u64(self)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        let is_too_large =
            || E::invalid_value(de::Unexpected::Unsigned(number), &"a smaller number");
        N::try_from(number)
            .map(Some)
            .map_err(|_large| is_too_large())
    }
}
