//! The page about the policy: every key, as the schema that editors read has it.

use anyhow::{Context as _, Result};
use enforcer::policy::json_schema;
use roff::{Roff, bold, italic, roman};
use serde_json::{Map, Value};

use crate::page::{Edition, Page, see_also};

/// A whole policy, to read beside the keys.
const EXAMPLE: &str = include_str!("../../policies/recorder-only.yaml");

/// The page about the policy.
pub(crate) fn page(edition: &Edition) -> Result<Page> {
    let schema = serde_json::to_value(json_schema())?;
    let keys = Keys {
        definitions: schema.get("definitions").context("definitions")?,
    };
    let mut page = Roff::new();
    let title = [
        "ENFORCER-POLICY",
        "5",
        &edition.date,
        &edition.source,
        "enforcer",
    ];
    page.control("TH", title);
    page.control("SH", ["NAME"]);
    page.text([roman(
        "enforcer-policy - what cameras may reach, and where they are",
    )]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([
        roman("A policy is a YAML document, or a directory of them. Whatever it does not allow is dropped. "),
        bold("enforcer check"),
        roman(" tells everything that is wrong with one; "),
        bold("enforcer schema"),
        roman(" prints what editors complete and explain keys by. A key that is not listed here is refused."),
    ]);
    page.control("SH", ["KEYS"]);
    keys.write(&schema, &mut page);
    page.control("SH", ["EXAMPLE"]);
    page.control("EX", []);
    for line in EXAMPLE.lines().skip_while(|line| line.starts_with('#')) {
        page.text([roman(line)]);
    }
    page.control("EE", []);
    let others = [
        "enforcer",
        "enforcer-check",
        "enforcer-explain",
        "enforcer-diff",
    ];
    let mut others: Vec<_> = others.map(|name| (name.to_owned(), "1")).into();
    others.push(("enforcer-run".to_owned(), "8"));
    see_also(&mut page, &others);
    let mut text = Vec::new();
    page.to_writer(&mut text)?;
    Ok(Page {
        file: "enforcer-policy.5".to_owned(),
        text,
    })
}

struct Keys<'s> {
    definitions: &'s Value,
}

impl Keys<'_> {
    /// The keys of a mapping, and within each those of what it holds.
    fn write(&self, schema: &Value, page: &mut Roff) {
        for (key, value) in self.of(schema).into_iter().flatten() {
            page.control("TP", []);
            page.text([bold(key)]);
            page.text(description(value));
            // What a list file is, is said once.
            let is_told = |keys: &Map<String, Value>| keys.keys().eq(["file"]) && key != "prefixes";
            if self.of(value).is_some_and(|keys| !is_told(keys)) {
                page.control("RS", []);
                self.write(value, page);
                page.control("RE", []);
            }
        }
    }

    /// The keys of the mapping that a value is, or is a list of, or has a name for each of.
    fn of<'v>(&'v self, value: &'v Value) -> Option<&'v Map<String, Value>> {
        if let Some(Value::Object(keys)) = value.get("properties") {
            return Some(keys);
        }
        let reference = value.get("$ref").and_then(Value::as_str);
        let definition = reference.and_then(|path| path.rsplit('/').next());
        let definition = definition.and_then(|name| self.definitions.get(name));
        let several = value.get("anyOf").and_then(Value::as_array);
        let named = value.get("patternProperties").and_then(Value::as_object);
        let inner = definition.into_iter().chain(value.get("items"));
        let inner = inner.chain(several.into_iter().flatten());
        let mut inner = inner.chain(named.into_iter().flat_map(Map::values));
        inner.find_map(|inner| self.of(inner))
    }
}

/// What a key means, and an example if that is one word.
fn description(value: &Value) -> Vec<roff::Inline> {
    let words = value.get("description").and_then(Value::as_str);
    let words = words.unwrap_or_default().split('`').enumerate();
    let mut line: Vec<_> = words
        .map(|(index, words)| match index % 2 {
            0 => roman(words),
            _ => bold(words),
        })
        .collect();
    let examples = value.get("examples").and_then(Value::as_array);
    let word = examples.into_iter().flatten().find_map(Value::as_str);
    if let Some(word) = word {
        line.push(roman(" Example: "));
        line.push(italic(word));
    }
    line
}
