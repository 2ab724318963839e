//! How much of the ledger is kept, as `enforcer.yaml` says it.

use std::{fmt, num::NonZero};

use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// How long lines are kept, and in how much room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// How many days.
    #[serde(deserialize_with = "days")]
    pub days: NonZero<u32>,
    /// How many mebibytes the lines may take; the oldest go first.
    #[serde(deserialize_with = "mebibytes")]
    pub mebibytes: NonZero<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            days: const { NonZero::new(30).unwrap() },
            mebibytes: const { NonZero::new(64).unwrap() },
        }
    }
}

/// A number that is refused where it is read, so that the error knows the place.
struct Number(&'static str);

impl Visitor<'_> for Number {
    type Value = NonZero<u32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from 1 to {}", self.0, u32::MAX)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        let kept = u32::try_from(number).ok().and_then(NonZero::new);
        kept.ok_or_else(|| Error::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

fn days<'de, D: Deserializer<'de>>(from: D) -> Result<NonZero<u32>, D::Error> {
    from.deserialize_u64(Number("days"))
}

fn mebibytes<'de, D: Deserializer<'de>>(from: D) -> Result<NonZero<u32>, D::Error> {
    from.deserialize_u64(Number("mebibytes"))
}
