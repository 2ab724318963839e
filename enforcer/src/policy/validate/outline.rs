//! What destinations are written with, before it is resolved.

use super::documents::Documents;
use super::fields::Fields;
use super::lists::Lists;
use super::{GROUP, LIST, Validation};
use crate::policy::document::{Entry, Node, Value};
use crate::policy::outline::{GroupOutline, NamedList, Outline, Target, Written};
use crate::policy::place::Located;
use crate::policy::prefix;
use crate::policy::schema::{AllowRule, DenyRule, GroupKeys};

impl Validation<'_, '_> {
    /// Of a policy that is valid; what is wrong is left out, and reported.
    pub(super) fn outline(&mut self, documents: &Documents<'_>, lists: &Lists<'_>) -> Outline {
        let named = self.named(&documents.sections("prefixes"), LIST);
        let named = named.into_iter().map(|entry| NamedList {
            name: entry.key.value.clone(),
            items: self.written(entry, lists),
            prefixes: lists
                .resolved(&entry.key.value)
                .cloned()
                .unwrap_or_default(),
        });
        let named = named.collect();
        let groups = self.named(&documents.sections("groups"), GROUP);
        let groups = groups.into_iter().map(|Entry { key, value }| {
            let place = Located {
                value: key.value.clone(),
                at: key.at,
            };
            let Some(fields) = self.fields::<GroupKeys>(value, &place) else {
                return GroupOutline::default();
            };
            let allow = fields.find("allow");
            let allow = allow.map(|entry| self.rules::<AllowRule>(entry));
            let deny = fields.find("deny");
            let deny = deny.map(|entry| self.rules::<DenyRule>(entry));
            let [allow, deny] = [allow, deny].map(|rules| {
                let rules = rules.unwrap_or_default();
                let rules = rules.iter().map(|(fields, _)| self.rule(fields, lists));
                rules.collect()
            });
            GroupOutline { allow, deny }
        });
        Outline {
            groups: groups.collect(),
            lists: named,
        }
    }

    fn rule(&mut self, fields: &Fields<'_>, lists: &Lists<'_>) -> Written {
        let [to, except] = ["to", "except"].map(|key| {
            let entry = fields.find(key);
            entry.map_or_else(Vec::new, |entry| self.written(entry, lists))
        });
        Written { to, except }
    }

    fn written(&mut self, entry: &Entry, lists: &Lists<'_>) -> Vec<Target> {
        let items = self.items(entry).iter();
        items.filter_map(|node| target(node, lists)).collect()
    }
}

fn target(node: &Node, lists: &Lists<'_>) -> Option<Target> {
    match &node.value {
        Value::Text(text) if lists.resolved(text).is_some() => Some(Target::List(text.clone())),
        Value::Text(text) => prefix::parse(text).ok().map(Target::Prefix),
        Value::Mapping(entries) => {
            let file = entries.iter().find(|entry| entry.key.value == "file")?;
            match &file.value.value {
                Value::Text(path) => Some(Target::File(path.clone())),
                Value::Null | Value::List(_) | Value::Mapping(_) => None,
            }
        }
        Value::Null | Value::List(_) => None,
    }
}
