//! What numbers of a report depend on and the capture does not say.

use std::{fmt, net::IpAddr};

use super::book::Book;
use crate::words::{Count, MOST_NAMES, names};

/// One sentence for each.
pub fn notes(book: &Book) -> Vec<String> {
    let notes = [off_link(book), nameless(book)];
    notes.into_iter().flatten().collect()
}

/// `30 frames would be allowed if …`
fn off_link(book: &Book) -> Option<String> {
    let number = book.off_link;
    let to: Vec<&IpAddr> = book.off_link_to.iter().collect();
    let is = if to.len() == 1 { "is" } else { "are" };
    let example = match to.first() {
        Some(IpAddr::V6(_)) => "fd00:50::1/64",
        Some(IpAddr::V4(_)) | None => "192.168.50.1/24",
    };
    (number > 0).then(|| {
        format!(
            "{} would be allowed if {} {is} on the camera's own link; which networks the router is in is not known \
             here: --network names them, as in --network {example}",
            frames(number),
            some(&to),
        )
    })
}

/// Packets of `tcpdump -i any` without the names of the interfaces.
fn nameless(book: &Book) -> Option<String> {
    let numbers: Vec<String> = book.nameless.iter().map(u32::to_string).collect();
    // Without even a number there may be any.
    let is_one = numbers.len() < 2 && !book.nameless.contains(&0);
    let which = match numbers.split_last() {
        Some((last, others)) if !others.is_empty() && !book.nameless.contains(&0) => {
            format!(" (numbers {} and {last})", others.join(", "))
        }
        _ => String::new(),
    };
    (!is_one).then(|| {
        format!(
            "taken on all interfaces{which}, without their names: what comes in at a port of a bridge is in it once for \
             the port and once for the bridge, and counts twice; `tcpdump -i lan-cam1` takes it once"
        )
    })
}

/// The interfaces that no policy is for, as far as they are told. The capture may have any characters there.
pub(super) fn elsewhere(book: &Book) -> String {
    let on = book.elsewhere_on.iter();
    let on: Vec<String> = on.map(|name| name.escape_debug().to_string()).collect();
    some(&on)
}

/// The first of them; how many there are nobody knows.
fn some(all: &[impl fmt::Display]) -> String {
    let shown = all.get(..MOST_NAMES).unwrap_or(all);
    let others = if all.len() > MOST_NAMES {
        ", among others,"
    } else {
        ""
    };
    names(shown) + others
}

/// `1 frame`
pub(crate) const fn frames(number: u64) -> Count<'static, u64> {
    Count(number, "frame")
}
