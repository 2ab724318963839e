//! The named lists, which may name one another, resolved to prefixes.

use std::collections::{HashMap, HashSet};
use std::slice;

use ipnet::IpNet;

use crate::policy::Prefixes;
use crate::policy::place::{Located, Span};
use crate::policy::problem::{Problem, Problems, shown};

/// More prefixes than this, all lists and rules taken together, no policy needs: a list of a million
/// in the rules of some twenty groups.
const MAX_PREFIXES: usize = 24_000_000;

/// Names of a circle that are printed; a longer one is cut.
const MAX_CIRCLE: usize = 8;

/// All lists, in file order.
pub(super) struct Lists<'d> {
    index: HashMap<&'d str, usize>,
    all: Vec<List<'d>>,
    /// What stands in list files.
    files: Vec<Prefixes>,
    /// How many prefixes there still is room for.
    room: usize,
    /// Whether it is told that there is none.
    is_told: bool,
}

struct List<'d> {
    name: &'d Located<String>,
    items: Vec<Item>,
    used: bool,
    /// What it stands for, once this is known.
    resolved: Option<Prefixes>,
}

/// What a list, or a rule's `to:` or `except:`, is written with.
pub(super) enum Item {
    /// A prefix.
    Prefix(IpNet),
    /// All that a list stands for.
    List(usize, Span),
    /// All that stands in a list file.
    File(usize),
}

impl<'d> Lists<'d> {
    pub(super) fn new() -> Self {
        Self {
            index: HashMap::new(),
            all: Vec::new(),
            files: Vec::new(),
            room: MAX_PREFIXES,
            is_told: false,
        }
    }

    /// Makes a list known, so that others may name it.
    pub(super) fn declare(&mut self, name: &'d Located<String>) {
        self.index.insert(&name.value, self.all.len());
        self.all.push(List {
            name,
            items: Vec::new(),
            used: false,
            resolved: None,
        });
    }

    /// Adds what stands in a list file.
    pub(super) fn add_file(&mut self, prefixes: Vec<IpNet>) -> usize {
        self.files.push(Prefixes::each_once(prefixes));
        self.files.len() - 1
    }

    /// Says what a list is written with.
    pub(super) fn define(&mut self, name: &str, items: Vec<Item>) {
        let list = self
            .index
            .get(name)
            .and_then(|&index| self.all.get_mut(index));
        if let Some(list) = list {
            list.items = items;
        }
    }

    /// The list of a name, which from now on is used.
    pub(super) fn find(&mut self, name: &str) -> Option<usize> {
        let index = *self.index.get(name)?;
        self.all.get_mut(index)?.used = true;
        Some(index)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|list| list.name.value.as_str())
    }

    /// The names of lists that nothing names.
    pub(super) fn unused(&self) -> impl Iterator<Item = &'d Located<String>> {
        self.all
            .iter()
            .filter(|list| !list.used)
            .map(|list| list.name)
    }

    /// What the list of a name stands for, if there is one and it is known.
    pub(super) fn resolved(&self, name: &str) -> Option<&Prefixes> {
        let index = *self.index.get(name)?;
        self.all.get(index)?.resolved.as_ref()
    }

    /// Resolves every list.
    pub(super) fn resolve(&mut self, problems: &mut Problems) {
        for index in 0..self.all.len() {
            self.resolve_one(index, problems);
        }
    }

    /// The prefixes that some items stand for, each once, in the order written.
    pub(super) fn flatten(
        &mut self,
        items: &[Item],
        at: Span,
        problems: &mut Problems,
    ) -> Prefixes {
        let parts = items.iter().map(|item| match item {
            Item::Prefix(prefix) => slice::from_ref(prefix),
            Item::List(..) | Item::File(_) => self.of(item).map_or(&[][..], |of| of),
        });
        let parts: Vec<&[IpNet]> = parts.collect();
        let written: usize = parts.iter().map(|part| part.len()).sum();
        let prefixes = if written > self.room {
            Prefixes::first_of(&parts, self.room + 1)
        } else if let [item] = items
            && let Some(of) = self.of(item)
        {
            // As it is, and not copied: the usual way to use a list of a million.
            of.clone()
        } else {
            Prefixes::each_once(parts.concat())
        };
        if prefixes.len() > self.room {
            // Told once: what comes after may be as it should.
            if !self.is_told {
                self.is_told = true;
                let what = "all lists and rules together hold too many prefixes";
                let (what, limit) = (what.to_owned(), MAX_PREFIXES);
                problems.report(at, Problem::TooLarge { what, limit });
            }
            self.room = 0;
            return Prefixes::default();
        }
        self.room -= prefixes.len();
        prefixes
    }

    /// Resolves a list after those that it names. A name that leads back is reported, and taken for
    /// nothing.
    fn resolve_one(&mut self, index: usize, problems: &mut Problems) {
        // Lists may name one another in a chain of any length, so the way is kept here, not on the
        // stack: each list with the number of its items that are done.
        let mut way = vec![(index, 0)];
        let mut on_way = HashSet::from([index]);
        while let Some((index, done)) = way.pop() {
            match self.next_name(index, done) {
                Next::Name { place, other, at } => {
                    way.push((index, place + 1));
                    if on_way.insert(other) {
                        way.push((other, 0));
                    } else {
                        let path = self.circle(&way, other);
                        problems.report(at, Problem::Cycle { path });
                    }
                }
                Next::Prefixes(items, at) => {
                    on_way.remove(&index);
                    let resolved = self.flatten(&items, at, problems);
                    if let Some(list) = self.all.get_mut(index) {
                        list.resolved = Some(resolved);
                    }
                }
                Next::Nothing => {
                    on_way.remove(&index);
                }
            }
        }
    }

    fn next_name(&mut self, index: usize, done: usize) -> Next {
        let Some(list) = self
            .all
            .get_mut(index)
            .filter(|list| list.resolved.is_none())
        else {
            return Next::Nothing;
        };
        let name = list
            .items
            .iter()
            .enumerate()
            .skip(done)
            .find_map(|(place, item)| match item {
                Item::Prefix(_) | Item::File(_) => None,
                &Item::List(other, at) => Some(Next::Name { place, other, at }),
            });
        name.unwrap_or_else(|| Next::Prefixes(std::mem::take(&mut list.items), list.name.at))
    }

    /// All that a list or a list file stands for, as far as it is known.
    fn of(&self, item: &Item) -> Option<&Prefixes> {
        match *item {
            Item::Prefix(_) => None,
            Item::List(index, _) => self.all.get(index)?.resolved.as_ref(),
            Item::File(index) => self.files.get(index),
        }
    }

    /// `a → b → a`, of a way that has come back to `other`.
    fn circle(&self, way: &[(usize, usize)], other: usize) -> String {
        let name = |index: usize| {
            self.all
                .get(index)
                .map_or_else(String::new, |l| shown(&l.name.value))
        };
        let circle = way
            .iter()
            .map(|&(index, _)| index)
            .skip_while(|&index| index != other);
        let mut names: Vec<String> = circle.clone().take(MAX_CIRCLE).map(name).collect();
        if circle.count() > MAX_CIRCLE {
            names.push("…".to_owned());
        }
        names.push(name(other));
        names.join(" → ")
    }
}

/// What a list needs next.
enum Next {
    /// Another list that it names.
    Name {
        place: usize,
        other: usize,
        at: Span,
    },
    /// Nothing any more: these are its items, and this its place.
    Prefixes(Vec<Item>, Span),
    /// It was resolved before.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_name_one_another_are_resolved_in_any_order() {
        let names = names(&["c", "b", "a"]);
        let mut lists = declared(&names);
        lists.define("a", vec![prefix("192.0.2.1/32")]);
        let items = vec![named(2), prefix("192.0.2.2/32"), prefix("192.0.2.1/32")];
        lists.define("b", items);
        lists.define("c", vec![named(1), named(2)]);
        let mut problems = Problems::default();
        lists.resolve(&mut problems);
        assert!(problems.is_empty());
        let expected: Vec<IpNet> = vec![
            "192.0.2.1/32".parse().unwrap(),
            "192.0.2.2/32".parse().unwrap(),
        ];
        for index in [0, 1] {
            assert_eq!(**lists.of(&named(index)).unwrap(), *expected);
        }
    }

    #[test]
    fn each_circle_is_told_once() {
        let names = names(&["a", "b", "c", "self"]);
        let mut lists = declared(&names);
        lists.define("a", vec![named(1)]);
        lists.define("b", vec![named(2), prefix("192.0.2.1/32")]);
        lists.define("c", vec![named(0)]);
        lists.define("self", vec![named(3), named(0)]);
        let mut problems = Problems::default();
        lists.resolve(&mut problems);
        let words: Vec<String> = problems
            .into_vec()
            .iter()
            .map(|problem| problem.value.to_string())
            .collect();
        assert_eq!(words.len(), 2);
        assert!(words[0].ends_with(": a → b → c → a"), "{words:?}");
        assert!(words[1].ends_with(": self → self"), "{words:?}");
    }

    #[test]
    fn more_than_there_is_room_for_is_told_once_even_if_what_came_before_just_fits() {
        for room in [1, 2] {
            let mut lists = Lists::new();
            lists.room = room;
            let mut problems = Problems::default();
            let two = [prefix("192.0.2.1/32"), prefix("192.0.2.2/32")];
            for _ in 0..3 {
                lists.flatten(&two, Span::default(), &mut problems);
            }
            assert_eq!(problems.into_vec().len(), 1, "room for {room}");
        }
    }

    #[test]
    fn a_chain_may_be_long() {
        let texts: Vec<String> = (0..100_000).map(|index| format!("l{index}")).collect();
        let names = names(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let mut lists = declared(&names);
        for (index, text) in texts.iter().enumerate().skip(1) {
            lists.define(texts[index - 1].as_str(), vec![named(index)]);
            assert!(!text.is_empty());
        }
        lists.define("l99999", vec![prefix("192.0.2.1/32")]);
        lists.resolve(&mut Problems::default());
        assert_eq!(lists.of(&named(0)).unwrap().len(), 1);
    }

    fn names(names: &[&str]) -> Vec<Located<String>> {
        names
            .iter()
            .map(|&name| Located {
                value: name.to_owned(),
                at: Span::default(),
            })
            .collect()
    }

    fn declared(names: &[Located<String>]) -> Lists<'_> {
        let mut lists = Lists::new();
        for name in names {
            lists.declare(name);
        }
        lists
    }

    fn named(index: usize) -> Item {
        Item::List(index, Span::default())
    }

    fn prefix(text: &str) -> Item {
        Item::Prefix(text.parse().unwrap())
    }
}
