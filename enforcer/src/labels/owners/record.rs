//! What the records of the various publishers say, whatever their fields are called.
//!
//! `MaxMind` (`GeoLite2` and `GeoIP2`) and DB-IP: `country.iso_code`, `registered_country.iso_code`,
//! `autonomous_system_number`, `autonomous_system_organization`. `IPinfo`: `country` or `country_code`, `asn` as
//! `AS64496`, `as_name` or `name`.

use std::{fmt, fs, net::IpAddr, path::Path, str, sync::Arc};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use maxminddb::Reader;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::Owner;
use crate::events::is_steering;

/// Longer names of organizations are cut.
const LONGEST: usize = 120;

/// A country by its two letters (ISO 3166).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The letters.
    pub const fn as_str(&self) -> &str {
        match str::from_utf8(&self.0) {
            Ok(letters) => letters,
            Err(_) => "",
        }
    }

    /// Two capital letters.
    pub fn of(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(letters))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is in a file.
#[derive(Debug)]
pub(super) struct Database(Reader<Vec<u8>>);

impl Database {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path)?;
        Ok(Self(
            Reader::from_source(bytes).context("not an MMDB file")?,
        ))
    }

    /// What it calls itself.
    pub(super) fn kind(&self) -> &str {
        &self.0.metadata().database_type
    }

    /// When it was made.
    pub(super) fn built(&self) -> Timestamp {
        let seconds = i64::try_from(self.0.metadata().build_epoch).unwrap_or(0);
        Timestamp::from_second(seconds).unwrap_or_default()
    }

    /// Adds what it says of an address and nobody said yet. What cannot be read says nothing.
    pub(super) fn add(&self, address: IpAddr, owner: &mut Owner) {
        let found = self.0.lookup(address);
        let Ok(Some(record)) = found.and_then(|found| found.decode::<Record<'_>>()) else {
            return;
        };
        if owner.country.is_none() {
            owner.country = record.country();
        }
        if owner.asn.is_none() {
            owner.asn = record.number();
            owner.organization = record.organization();
        }
    }
}

#[derive(Deserialize)]
struct Record<'d> {
    #[serde(borrow, default)]
    country: Value<'d>,
    #[serde(borrow, default)]
    country_code: Value<'d>,
    #[serde(borrow, default)]
    registered_country: Value<'d>,
    #[serde(borrow, default)]
    autonomous_system_number: Value<'d>,
    #[serde(borrow, default)]
    autonomous_system_organization: Value<'d>,
    #[serde(borrow, default)]
    asn: Value<'d>,
    #[serde(borrow, default)]
    as_name: Value<'d>,
    #[serde(borrow, default)]
    name: Value<'d>,
}

impl Record<'_> {
    fn country(&self) -> Option<Country> {
        let places = [&self.country, &self.country_code, &self.registered_country];
        places.into_iter().find_map(|value| match value {
            Value::Text(text) => Country::of(text),
            Value::Number(_) | Value::Other => None,
        })
    }

    fn number(&self) -> Option<u32> {
        let places = [&self.autonomous_system_number, &self.asn];
        places.into_iter().find_map(|value| match value {
            Value::Text(text) => text.strip_prefix("AS").unwrap_or(text).parse().ok(),
            Value::Number(number) => u32::try_from(*number).ok(),
            Value::Other => None,
        })
    }

    fn organization(&self) -> Option<Arc<str>> {
        let places = [
            &self.autonomous_system_organization,
            &self.as_name,
            &self.name,
        ];
        let name = places.into_iter().find_map(|value| match value {
            Value::Text(text) => Some(*text),
            Value::Number(_) | Value::Other => None,
        })?;
        let letters = name.chars().filter(|&letter| !is_steering(letter));
        let name: String = letters.take(LONGEST).collect();
        Some(name.into()).filter(|name: &Arc<str>| !name.is_empty())
    }
}

/// A field whose kind depends on the publisher. Of a mapping it is `iso_code`.
#[derive(Default)]
enum Value<'d> {
    Text(&'d str),
    Number(u64),
    #[default]
    Other,
}

impl<'de: 'd, 'd> Deserialize<'de> for Value<'d> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Any;

impl<'d> Visitor<'d> for Any {
    type Value = Value<'d>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'d str) -> Result<Value<'d>, E> {
        Ok(Value::Text(text))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'d>, E> {
        Ok(Value::Number(number))
    }

    fn visit_u32<E>(self, number: u32) -> Result<Value<'d>, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u16<E>(self, number: u16) -> Result<Value<'d>, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_i32<E>(self, _: i32) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_f32<E>(self, _: f32) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value<'d>, E> {
        Ok(Value::Other)
    }

    fn visit_map<M: MapAccess<'d>>(self, mut fields: M) -> Result<Value<'d>, M::Error> {
        let mut found = Value::Other;
        while let Some(name) = fields.next_key::<&str>()? {
            if name == "iso_code" {
                found = fields.next_value()?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<S: SeqAccess<'d>>(self, mut items: S) -> Result<Value<'d>, S::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}
