//! A router to judge frames on where there is none: links with the names that the policy is for, and
//! no addresses.

use crate::policy::{NamePattern, Policy};
use crate::topology::{Link, Topology};

/// The links of a router that nobody asked.
pub(crate) struct StandIn {
    pub(crate) topology: Topology,
}

impl StandIn {
    /// One link for each pattern, or the one that is wanted alone.
    pub(crate) fn new<'p>(
        policy: &'p Policy,
        patterns: impl IntoIterator<Item = &'p NamePattern>,
        wanted: Option<&str>,
    ) -> Self {
        let rows = policy.interfaces.iter().map(|row| &row.name);
        let patterns = patterns.into_iter().chain(rows);
        let mut names: Vec<String> = match wanted {
            Some(name) => vec![name.to_owned()],
            None => patterns.map(instance).collect(),
        };
        let mut known = std::collections::BTreeSet::new();
        names.retain(|name| known.insert(name.clone()));
        // The index of the loopback interface is one, so these come after.
        let links = names.into_iter().zip(2..).map(|(name, index)| Link {
            index,
            name,
            ..Link::default()
        });
        Self {
            topology: Topology {
                links: links.collect(),
            },
        }
    }

    /// A link that matches one of the patterns, if there are any, and that the policy is for; where
    /// there is none, the first.
    pub(crate) fn link_for<'p>(
        &self,
        policy: &Policy,
        patterns: impl IntoIterator<Item = &'p NamePattern>,
    ) -> u32 {
        let patterns: Vec<&NamePattern> = patterns.into_iter().collect();
        let mut links = self.topology.links.iter();
        let meant = links.find(|link| {
            let named = patterns.iter().any(|pattern| pattern.matches(&link.name));
            (patterns.is_empty() || named) && policy.interface_for(&link.name).is_some()
        });
        let link = meant.or_else(|| self.topology.links.first());
        link.map_or(0, |link| link.index)
    }

    /// All links.
    pub(crate) fn links(&self) -> impl Iterator<Item = u32> {
        self.topology.links.iter().map(|link| link.index)
    }

    /// The name of a link.
    pub(crate) fn name(&self, index: u32) -> &str {
        let link = self.topology.index(index);
        link.map_or("?", |link| link.name.as_str())
    }
}

/// A name that the pattern stands for.
fn instance(pattern: &NamePattern) -> String {
    match pattern.as_str() {
        "*" => "lan1".to_owned(),
        name => name.replace(['*', '?'], "1"),
    }
}
