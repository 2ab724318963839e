//! What all pages have: a name, a section, an edition, and references to one another.

use jiff::{Timestamp, tz::TimeZone};
use roff::{Roff, bold, roman};

/// A page that is done.
pub(crate) struct Page {
    /// `enforcer-run.8`
    pub(crate) file: String,
    /// As man reads it.
    pub(crate) text: Vec<u8>,
}

/// Of when and of what the pages are.
pub(crate) struct Edition {
    /// `2030-01-31`
    pub(crate) date: String,
    /// `enforcer 0.1.0`
    pub(crate) source: String,
}

impl Edition {
    pub(crate) fn new(at: Timestamp) -> Self {
        Self {
            date: at.to_zoned(TimeZone::UTC).date().to_string(),
            source: concat!("enforcer ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The section of the page about a verb: 8 for what runs or ends enforcement, 1 for what asks.
pub(crate) fn section(verb: &str) -> &'static str {
    match verb {
        "run" | "detach" => "8",
        _ => "1",
    }
}

/// Appends the other pages, each as `enforcer-run(8)`.
pub(crate) fn see_also(page: &mut Roff, others: &[(String, &str)]) {
    page.control("SH", ["SEE ALSO"]);
    let last = others.len().saturating_sub(1);
    let others = others.iter().enumerate();
    let words = others.flat_map(|(index, (name, section))| {
        let comma = if index == last { "" } else { ", " };
        [bold(name.clone()), roman(format!("({section}){comma}"))]
    });
    page.text(words.collect::<Vec<_>>());
}
