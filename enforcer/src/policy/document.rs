//! The policy as written: a tree in which every key and every value knows its place in the text.
//! What it means is not asked here.

mod cut;
mod load;
mod mark;
mod visit;

use super::place::{Located, Span};

pub(super) use load::{is_allowed, load};

/// A value and its place. A list or mapping stands where its first child does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: Span,
}

/// What a node is. There are no numbers or booleans: what a word means depends on where it stands,
/// so `vlan: 50` and `vlan: "50"` are the same, and a camera may be called `true`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing, or `null` or `~`.
    Null,
    /// Any other scalar, as it was written, without quotes and escapes.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in file order, with its duplicate keys.
    Mapping(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: Located<String>,
    pub(super) value: Node,
}

impl Value {
    /// What to call it when something else was expected.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text(_) => "a single value",
            Self::List(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}
