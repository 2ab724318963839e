//! `docs/performance.md`: each bench owns what stands between two comments with its name, and
//! nothing else there.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::sh;

/// The page.
pub const PATH: &str = "docs/performance.md";

/// Writes what a bench found into its section.
pub fn write(bench: &str, section: &str) -> Result<()> {
    let path = sh::workspace().join(PATH);
    let page = fs::read_to_string(&path).context(PATH)?;
    fs::write(&path, replaced(&page, bench, section)?).context(PATH)
}

/// The page with another section; one that it does not have yet comes last.
fn replaced(page: &str, bench: &str, section: &str) -> Result<String> {
    let (open, close) = (
        format!("<!-- bench:{bench} -->"),
        format!("<!-- /bench:{bench} -->"),
    );
    let section = format!("{open}\n{}\n{close}", section.trim_end());
    let Some((before, rest)) = page.split_once(&open) else {
        return Ok(format!("{}\n\n{section}\n", page.trim_end()));
    };
    let Some((_, after)) = rest.split_once(&close) else {
        bail!("{PATH}: {open} without {close}");
    };
    Ok(format!("{before}{section}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Head\n\n<!-- bench:a -->\nold\n<!-- /bench:a -->\n\n\
                        <!-- bench:b -->\nkept\n<!-- /bench:b -->\n\nTail\n";

    #[test]
    fn a_section_is_replaced_and_all_else_is_kept() {
        let page = replaced(PAGE, "a", "new\n").unwrap();
        assert_eq!(page, PAGE.replace("old", "new"));
        let page = replaced(PAGE, "c", "first").unwrap();
        assert_eq!(
            page,
            format!("{PAGE}\n<!-- bench:c -->\nfirst\n<!-- /bench:c -->\n")
        );
    }

    #[test]
    fn a_section_without_an_end_is_refused() {
        let page = PAGE.replace("<!-- /bench:b -->", "");
        let error = replaced(&page, "b", "new").unwrap_err();
        assert_eq!(
            error.to_string(),
            "docs/performance.md: <!-- bench:b --> without <!-- /bench:b -->"
        );
    }
}
