//! Programs of the kernel, whoever loaded them: their numbers everybody may know, and what they are called
//! those with `CAP_SYS_ADMIN`.

use std::{collections::BTreeMap, fmt, path::Path};

use anyhow::{Context as _, Result};
use aya::programs::{ProgramInfo, loaded_programs};
use rustix::io::Errno;

use super::errno;
use crate::netlink;

/// A program in the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// The hash of its instructions.
    pub tag: u64,
}

impl Program {
    /// The one that is pinned under a path.
    pub(crate) fn pinned(path: &Path) -> Result<Self> {
        let info = ProgramInfo::from_pin(path).with_context(|| path.display().to_string())?;
        Ok(Self::from(&info))
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, tag } = self;
        write!(f, "program {id} (`{name}`, tag {tag:016x})")
    }
}

impl From<&ProgramInfo> for Program {
    fn from(info: &ProgramInfo) -> Self {
        Self {
            id: info.id(),
            name: String::from_utf8_lossy(info.name()).into_owned(),
            tag: info.tag(),
        }
    }
}

/// Every program of the kernel, by its number.
pub(crate) fn loaded() -> Result<BTreeMap<u32, Program>> {
    let programs = loaded_programs().map(|info| {
        let info = info.context("programs of the kernel")?;
        Ok((info.id(), Program::from(&info)))
    });
    programs.collect()
}

/// What runs on an interface now, in as many words as the kernel gives; nothing if nothing does.
pub(super) fn on(interface: u32) -> Option<String> {
    let id = netlink::running(interface).ok()??.program;
    Some(match loaded() {
        Ok(mut programs) => programs
            .remove(&id)
            .map_or_else(|| format!("program {id}"), |program| program.to_string()),
        Err(error) if errno(&*error) == Some(Errno::PERM) => {
            format!("program {id} (its name is not known without CAP_SYS_ADMIN)")
        }
        Err(error) => format!("program {id} (its name is not known: {error:#})"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_by_number_name_and_tag() {
        let program = Program {
            id: 812,
            name: "xdp_pass".to_owned(),
            tag: 0x0b18_5187_f185_5c4c,
        };
        let expected = "program 812 (`xdp_pass`, tag 0b185187f1855c4c)";
        assert_eq!(program.to_string(), expected);
    }

    #[test]
    fn nothing_runs_on_the_loopback_or_on_what_is_not_there() {
        assert_eq!(on(1), None);
        assert_eq!(on(u32::MAX >> 1), None);
    }
}
