//! The policy as written, described once: its JSON Schema for editors, and the keys and words that
//! reading it goes by. What no schema can say is left to [`super::validate`].

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, RestrictFormats};
use serde_json::Value;

mod names;
mod patterns;
mod scalars;
mod shapes;
mod written;

pub(super) use names::{names, words};
pub(super) use written::{
    AllowRule, CameraKeys, DenyRule, Document, GroupKeys, InterfaceKeys, LinkKeys, ListFile, Match,
    ModeWord, Permission,
};

/// What a policy may be written with, as a JSON Schema. Of draft 7, because that is what every
/// version of the editors' YAML language server understands.
pub fn json_schema() -> Value {
    let settings = SchemaSettings::draft07()
        .with_transform(RestrictFormats::default())
        .with_transform(RecursiveTransform(join_lines))
        .with_transform(RecursiveTransform(list_words))
        .with_transform(RecursiveTransform(leave_to_key));
    settings
        .into_generator()
        .into_root_schema_for::<Document>()
        .to_value()
}

/// The lines of a comment are those of this source; only an empty one between them means something.
pub(crate) fn join_lines(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        let paragraphs = description.split("\n\n");
        let paragraphs: Vec<String> = paragraphs.map(|text| text.replace('\n', " ")).collect();
        *description = paragraphs.join("\n\n");
    }
}

/// One of a few words, each with a comment, as a list of words and one of comments: then editors show
/// what all of them mean beside what the key means, in place of the comment of one.
fn list_words(schema: &mut Schema) {
    let words = schema.get("oneOf").and_then(Value::as_array);
    let words = words.into_iter().flatten();
    let (words, comments): (Vec<Value>, Vec<Value>) = words
        .filter_map(|word| Some((word.get("const")?.clone(), word.get("description")?.clone())))
        .unzip();
    if !words.is_empty() {
        schema.remove("oneOf");
        schema.insert("type".to_owned(), "string".into());
        schema.insert("enum".to_owned(), words.into());
        schema.insert("markdownEnumDescriptions".to_owned(), comments.into());
    }
}

/// What a value looks like is not described again where a key says what it means: editors would show
/// that in place of the key's meaning.
fn leave_to_key(schema: &mut Schema) {
    let silence = |part: &mut Value| {
        if let Some(part) = part.as_object_mut()
            && !part.contains_key("properties")
        {
            part.remove("description");
        }
    };
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.iter_mut().for_each(silence);
    }
    if let Some(Value::Object(definitions)) = schema.get_mut("definitions") {
        definitions.values_mut().for_each(silence);
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::policy::{Attach, Discovery, Link, Search, Unlisted};

    #[test]
    fn what_is_read_is_what_the_schema_says() {
        fn same<T: DeserializeOwned + JsonSchema>() {
            let settings = SchemaSettings::draft07();
            let settings = settings.with_transform(RecursiveTransform(list_words));
            let schema = settings.into_generator().into_root_schema_for::<T>();
            let keys = schema.get("properties").and_then(Value::as_object);
            let keys = keys.into_iter().flat_map(|keys| keys.keys());
            let words = schema.get("enum").and_then(Value::as_array);
            let words = words.into_iter().flatten();
            let words = words.map(|word| word.as_str().expect("a word"));
            let all: Vec<&str> = keys.map(String::as_str).chain(words).collect();
            assert!(!all.is_empty());
            assert_eq!(names::<T>(), all, "{}", T::schema_name());
        }
        same::<Document>();
        same::<InterfaceKeys>();
        same::<GroupKeys>();
        same::<AllowRule>();
        same::<DenyRule>();
        same::<LinkKeys>();
        same::<CameraKeys>();
        same::<Match>();
        same::<ListFile>();
        same::<ModeWord>();
        same::<Attach>();
        same::<Unlisted>();
        same::<Permission>();
        same::<Search>();
    }

    #[test]
    fn the_schema_tells_the_defaults_that_hold() {
        let schema = json_schema();
        let default = |key: &str| {
            let default = &schema["definitions"]["GroupKeys"]["properties"]["link"]["properties"]
                [key]["default"];
            default == "allow"
        };
        let link = Link {
            arp: default("arp"),
            dhcp: default("dhcp"),
            neighbours: default("neighbours"),
            discovery: if default("discovery") {
                Discovery::ALL
            } else {
                Discovery::NONE
            },
        };
        assert_eq!(link, Link::default());
    }
}
