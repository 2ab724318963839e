//! The names that a type is read with: a structure's keys, an enumeration's words.

use std::fmt;

use serde::de::value::{self, StrDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error, IntoDeserializer as _, Visitor};
use serde::forward_to_deserialize_any;

/// The keys of a structure or the words of an enumeration, in the order of their definition.
pub(in crate::policy) fn names<T: DeserializeOwned>() -> &'static [&'static str] {
    match T::deserialize(Asker) {
        Err(Told(names)) => names,
        Ok(_) => &[],
    }
}

/// The words of an enumeration, each with what it means.
pub(in crate::policy) fn words<T: DeserializeOwned>() -> Vec<(&'static str, T)> {
    let read = |word: &'static str| {
        let reader: StrDeserializer<'_, value::Error> = word.into_deserializer();
        Some((word, T::deserialize(reader).ok()?))
    };
    names::<T>().iter().copied().filter_map(read).collect()
}

/// Holds nothing to read. A type tells whoever reads it which names it knows, and that is taken
/// back as the error.
struct Asker;

#[derive(Debug)]
struct Told(&'static [&'static str]);

impl<'de> Deserializer<'de> for Asker {
    type Error = Told;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Told> {
        Err(Told(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Told> {
        Err(Told(fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Told> {
        Err(Told(variants))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl Error for Told {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

impl std::error::Error for Told {}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}
