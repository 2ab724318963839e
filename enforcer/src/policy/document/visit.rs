//! The walk over what the YAML reader finds.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess as _,
    Visitor,
};

use super::load::{Kept, Loader};
use super::{Entry, Node, Value};

/// Loads one node.
pub(super) struct Load<'l, 't, 'p>(pub(super) &'l mut Loader<'t, 'p>);

impl Load<'_, '_, '_> {
    fn keep<E: Error>(self, kept: Kept) -> Result<Node, E> {
        self.0.kept = Some(kept);
        Err(E::custom("kept"))
    }
}

impl<'t> DeserializeSeed<'t> for Load<'_, 't, '_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.0.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Load<'_, 't, '_> {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<Node, A::Error> {
        self.0.enter()?;
        let mut nodes = Vec::new();
        loop {
            let outcome = list.next_element_seed(Load(self.0));
            let Some(node) = self.0.settle(outcome)? else {
                break;
            };
            nodes.push(node);
        }
        self.0.leave();
        Ok(match nodes.first() {
            Some(first) => Node {
                at: first.at,
                value: Value::List(nodes),
            },
            None => self.0.empty(Value::List(nodes)),
        })
    }

    fn visit_map<A: MapAccess<'t>>(self, mut mapping: A) -> Result<Node, A::Error> {
        self.0.enter()?;
        let mut entries = Vec::new();
        let mut first = None;
        loop {
            let outcome = mapping.next_key_seed(Load(self.0));
            let Some(key) = self.0.settle(outcome)? else {
                break;
            };
            first = first.or(Some(key.at));
            let key = self.0.key(key);
            let outcome = mapping.next_value_seed(Load(self.0)).map(Some);
            let value = self.0.settle(outcome)?;
            if let (Some(key), Some(value)) = (key, value) {
                entries.push(Entry { key, value });
            }
        }
        self.0.leave();
        Ok(match first {
            Some(at) => Node {
                at,
                value: Value::Mapping(entries),
            },
            None => self.0.empty(Value::Mapping(entries)),
        })
    }

    fn visit_enum<A: EnumAccess<'t>>(self, tagged: A) -> Result<Node, A::Error> {
        let (tag, content) = tagged.variant::<String>()?;
        let outcome = content.newtype_variant_seed(Load(self.0));
        self.0.tag = Some(tag);
        outcome
    }

    fn visit_borrowed_str<E: Error>(self, value: &'t str) -> Result<Node, E> {
        let Some(at) = self.0.place(value) else {
            return self.visit_str(value);
        };
        self.0.end = at.end;
        Ok(Node {
            value: Value::Text(value.to_owned()),
            at,
        })
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        self.keep(Kept::Text(value.to_owned()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Node, E> {
        self.keep(Kept::Word)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Node, E> {
        self.keep(Kept::Word)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Node, E> {
        self.keep(Kept::Word)
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Node, E> {
        self.keep(Kept::Word)
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Node, E> {
        self.keep(Kept::Word)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Node, E> {
        self.keep(Kept::Word)
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        self.keep(Kept::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        self.keep(Kept::Null)
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::document::{Node, Value, load};
    use crate::policy::place::Span;
    use crate::policy::problem::Problems;

    #[test]
    fn every_key_and_value_knows_its_place() {
        let text = "a: plain # no\r\n'b': \"q\\u0075oted\"\n\"c\": [1, ~, true, {d: , e: 0x10}, []]\n\
                    ? f\n: two\n  lines\ng: &x 'it''s'\nh: *x\ni: |\n  block\nj:\nk: {}\n";
        let scalars = |text: &str| {
            let mut scalars = Vec::new();
            collect(&read(text), text, &mut scalars);
            scalars
        };
        let expected = [
            ("a", "a"),
            ("plain", "plain"),
            ("b", "'b'"),
            ("quoted", "\"q\\u0075oted\""),
            ("c", "\"c\""),
            ("1", "1"),
            ("nothing", "~"),
            ("true", "true"),
            ("d", "d"),
            ("nothing", ""),
            ("e", "e"),
            ("0x10", "0x10"),
            ("a list", "[]"),
            ("f", "f"),
            ("two lines", "two"),
            ("g", "g"),
            ("it's", "'it''s'"),
            ("h", "h"),
            ("it's", "'it''s'"),
            ("i", "i"),
            ("block\n", "|"),
            ("j", "j"),
            ("nothing", ""),
            ("k", "k"),
            ("a mapping", "{}"),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|&(value, cut)| (value.to_owned(), cut.to_owned()))
            .collect();
        assert_eq!(scalars(text), expected);
    }

    #[test]
    fn duplicate_keys_stay_in_file_order() {
        let Value::Mapping(entries) = read("b: 1\na: 2\nb: 3\n").value else {
            panic!("not a mapping");
        };
        let keys: Vec<&str> = entries
            .iter()
            .map(|entry| entry.key.value.as_str())
            .collect();
        assert_eq!(keys, ["b", "a", "b"]);
    }

    #[test]
    fn a_text_that_would_take_forever_is_refused_at_once() {
        let ten = |item: &str| [item; 10].join(", ");
        let lines: Vec<String> = ('b'..='i')
            .zip('a'..)
            .map(|(name, last)| format!("{name}: &{name} [{}]\n", ten(&format!("*{last}"))))
            .collect();
        let bomb = format!("a: &a [{}]\n{}", ten("x"), lines.concat());
        for (text, code) in [
            (bomb, "yaml-syntax"),
            ("a: &a [*a]\n".to_owned(), "too-deep"),
            ("[".repeat(1_000_000), "too-deep"),
            ("- ".repeat(10_000), "too-deep"),
            (format!("[{}]", "a,".repeat(2_000_001)), "too-large"),
            ("- \n".repeat(2_000_001), "too-large"),
            (
                format!(
                    "a: &a [{}]\nb: [{}]\n",
                    "1,".repeat(100),
                    "*a,".repeat(20_000)
                ),
                "too-large",
            ),
        ] {
            let mut problems = Problems::default();
            assert!(load(0, &text, &mut 0, &mut problems).is_none());
            let codes: Vec<_> = problems
                .into_vec()
                .iter()
                .map(|problem| problem.value.code())
                .collect();
            assert_eq!(codes, [code]);
        }
    }

    fn read(text: &str) -> Node {
        let mut problems = Problems::default();
        let node = load(0, text, &mut 0, &mut problems).expect("YAML");
        assert!(problems.is_empty());
        node
    }

    /// Scalars, keys and empty containers, each with its part of the text.
    fn collect(node: &Node, text: &str, found: &mut Vec<(String, String)>) {
        let mut push =
            |value: &str, at: Span| found.push((value.to_owned(), at.cut(text).to_owned()));
        match &node.value {
            Value::Text(value) => push(value, node.at),
            Value::List(nodes) if !nodes.is_empty() => {
                assert_eq!(node.at, nodes[0].at);
                for node in nodes {
                    collect(node, text, found);
                }
            }
            Value::Mapping(entries) if !entries.is_empty() => {
                assert_eq!(node.at, entries[0].key.at);
                for entry in entries {
                    found.push((entry.key.value.clone(), entry.key.at.cut(text).to_owned()));
                    collect(&entry.value, text, found);
                }
            }
            nothing @ (Value::Null | Value::List(_) | Value::Mapping(_)) => {
                push(nothing.kind(), node.at);
            }
        }
    }
}
