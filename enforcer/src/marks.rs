//! Where the items of a group begin to cover and where `except` ends that, prefix by prefix: what the
//! kernel's rows and the ranges are both made of.

use std::borrow::Cow;

use ipnet::IpNet;

use crate::numbering::Item;
use crate::policy::{Group, effective};

/// What becomes of an item at a prefix, for all of the prefix. Of one item no prefix at which it
/// covers is within one at which it does not, so the narrowest prefix around an address decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    /// Where.
    pub(crate) prefix: IpNet,
    /// Which item.
    pub(crate) item: Item,
    /// Whether it covers from here on inwards, or is taken out.
    pub(crate) covers: bool,
}

/// Every prefix at which something becomes of an item, in no order that matters.
pub(crate) fn marks<'g>(group: &'g Group) -> impl Iterator<Item = Mark> + use<'g> {
    let allow = group.allow.iter().enumerate();
    let allow = allow.map(|(index, allow)| (Item::Allow(index), &allow.to, &allow.except));
    let deny = group.deny.iter().enumerate();
    let deny = deny.map(|(index, deny)| (Item::Deny(index), &deny.to, &deny.except));
    let items = deny.chain(allow);
    items.flat_map(|(item, to, except)| {
        let (to, except) = effective(to, except);
        let marks = move |prefixes: Cow<'g, [IpNet]>, covers| {
            (0..prefixes.len()).filter_map(move |index| {
                let prefix = *prefixes.get(index)?;
                Some(Mark {
                    prefix,
                    item,
                    covers,
                })
            })
        };
        marks(to, true).chain(marks(except.into(), false))
    })
}
