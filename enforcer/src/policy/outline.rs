//! A policy as it is written: the names of lists and list files, which a [`Policy`](super::Policy) has resolved. For
//! whoever writes another policy that says it in the operator's own words.

use ipnet::IpNet;

use super::Prefixes;

/// What is written, of a policy that is valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The named lists, in file order.
    pub lists: Vec<NamedList>,
    /// What the rules of each group name, in the order of [`super::Policy::groups`].
    pub groups: Vec<GroupOutline>,
}

/// One list of `prefixes:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedList {
    /// Its name.
    pub name: String,
    /// What it is written with.
    pub items: Vec<Target>,
    /// What it stands for.
    pub prefixes: Prefixes,
}

/// What the rules of one group name, in file order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupOutline {
    /// Of each item of `allow:`.
    pub allow: Vec<Written>,
    /// Of each item of `deny:`.
    pub deny: Vec<Written>,
}

/// The destinations of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Written {
    /// `to:`
    pub to: Vec<Target>,
    /// `except:`
    pub except: Vec<Target>,
}

/// One of the things that destinations are written with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A named list.
    List(String),
    /// An address or prefix.
    Prefix(IpNet),
    /// A list file, by the path that is written.
    File(String),
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::policy::Reading;

    #[test]
    fn names_and_files_are_told_as_written_and_lists_as_they_are_resolved() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.txt"), "198.51.100.0/24\n").unwrap();
        let path = root.path().join("policy.yaml");
        let text = "version: 1\ninterfaces: {lan1: }\n\
            prefixes: {all: [one, {file: a.txt}], one: &one 192.0.2.1}\n\
            groups:\n  \
              first: {allow: {to: [all, *one], except: {file: a.txt}}, deny: [{to: '2001:db8::/32'}]}\n  \
              second:\n\
            cameras: {c: {match: {vlan: 5}, group: first}}\n";
        fs::write(&path, text).unwrap();
        let Reading { policy, texts, .. } = Reading::new(&path);
        assert_eq!(policy.unwrap().groups.len(), 2);
        let outline = texts.outline().unwrap();
        let list = |name: &str| Target::List(name.to_owned());
        let prefix = |text: &str| Target::Prefix(text.parse().unwrap());
        let file = || Target::File("a.txt".to_owned());
        let names: Vec<_> = outline
            .lists
            .iter()
            .map(|list| list.name.as_str())
            .collect();
        assert_eq!(names, ["all", "one"]);
        assert_eq!(outline.lists[0].items, [list("one"), file()]);
        assert_eq!(outline.lists[0].prefixes.len(), 2);
        let first = GroupOutline {
            allow: vec![Written {
                to: vec![list("all"), prefix("192.0.2.1/32")],
                except: vec![file()],
            }],
            deny: vec![Written {
                to: vec![prefix("2001:db8::/32")],
                except: Vec::new(),
            }],
        };
        assert_eq!(outline.groups, [first, GroupOutline::default()]);
    }
}
