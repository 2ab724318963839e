//! Which glibc a binary runs with: the newest version that one of its symbols was made in.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};

use crate::sh;

/// The oldest glibc that has every symbol that the binary wants.
pub(super) fn oldest(binary: &Path) -> Result<String> {
    let symbols = sh::output(Command::new("objdump").arg("-T").arg(binary))?;
    let (major, minor) = newest(&symbols)
        .with_context(|| format!("{}: none of its symbols is of glibc", binary.display()))?;
    Ok(format!("{major}.{minor}"))
}

fn newest(symbols: &str) -> Option<(u32, u32)> {
    let versions = symbols.split("GLIBC_").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| c != '.' && !c.is_ascii_digit());
        let (major, minor) = rest.get(..end?)?.split_once('.')?;
        let minor = minor.split('.').next()?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    versions.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_not_texts() {
        let symbols = "\
0000000000000000      DF *UND*	0000000000000000 (GLIBC_2.2.5) free
0000000000000000      DF *UND*	0000000000000000 (GLIBC_2.34) __libc_start_main
0000000000000000      DF *UND*	0000000000000000 (GLIBC_2.9) epoll_create1
0000000000000000      DF *UND*	0000000000000000 (GCC_4.2.0) _Unwind_Resume
0000000000000000  w   DF *UND*	0000000000000000 (GLIBC_PRIVATE) __tls
";
        assert_eq!(newest(symbols), Some((2, 34)));
        assert_eq!(newest("_start"), None);
    }
}
