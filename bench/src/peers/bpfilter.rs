//! bpfilter: a chain in XDP with one set of prefixes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use ipnet::IpNet;

use super::command::run;
use crate::list::List;
use crate::stage::INTERFACE;

/// A chain as it is written.
#[derive(Debug)]
pub(super) struct Chain(PathBuf);

const NAME: &str = "bench";

impl Chain {
    /// Writes one for a list.
    pub(super) fn new(list: &List, folder: &Path) -> Result<Self> {
        let prefixes = list.prefixes.iter().map(IpNet::to_string);
        let prefixes = prefixes.collect::<Vec<_>>().join("; ");
        let path = folder.join("bpfilter.txt");
        let chain = format!(
            "chain {NAME} BF_HOOK_XDP{{ifindex={INTERFACE}}} DROP\n\
             set allowed (ip4.dnet) in {{ {prefixes} }}\n\
             rule\n(ip4.dnet) in allowed\nACCEPT\n"
        );
        fs::write(&path, chain).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }

    /// Loads it, and lets it drop what comes.
    pub(super) fn put_up(&self) -> Result<()> {
        let mut set = bfcli("set");
        run(set.arg("--from-file").arg(&self.0)).map(drop)
    }
}

/// Takes it away again: it cannot be detached and kept.
pub(super) fn take_down() -> Result<()> {
    run(&mut bfcli("flush")).map(drop)
}

/// How many frames it has dropped.
pub(super) fn dropped() -> Result<u64> {
    let text = run(bfcli("get").arg("--no-set-content"))?;
    packets(&text).context("the counter of bpfilter")
}

/// What no rule let through.
fn packets(shown: &str) -> Option<u64> {
    let (_, counter) = shown.split_once("counters policy ")?;
    counter.split_whitespace().next()?.parse().ok()
}

fn bfcli(action: &str) -> Command {
    let mut command = Command::new("bfcli");
    command.args(["chain", action, "--name", NAME]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_that_of_what_no_rule_lets_through() {
        let shown = "chain bench BF_HOOK_XDP{ifindex=100} DROP\n    \
                     counters policy 4096 packets 196608 bytes; error 0 packets 0 bytes\n    \
                     rule\n        counters 7 packets 0 bytes\n";
        assert_eq!(packets(shown), Some(4096));
        assert_eq!(packets(""), None);
    }
}
