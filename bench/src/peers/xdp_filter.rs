//! xdp-filter: whole addresses that may be reached, and nothing else.

use std::process::Command;

use anyhow::{Context as _, Result};
use ipnet::IpNet;

use super::command::run;
use crate::list::List;

const LOAD: &str = "load lan0 --mode native --policy deny --features ipv4";

/// Gives it the first address of each prefix of a list: it knows no prefixes.
pub(super) fn fill(list: &List) -> Result<()> {
    // The maps of another list.
    put_up()?;
    xdp_filter("unload lan0")?;
    put_up()?;
    for prefix in list.prefixes.iter().map(IpNet::network) {
        xdp_filter(&format!("ip {prefix} --mode dst"))?;
    }
    take_down()
}

/// Lets it drop what comes.
pub(super) fn put_up() -> Result<()> {
    xdp_filter(LOAD).map(drop)
}

/// Takes it away again; the addresses stay.
pub(super) fn take_down() -> Result<()> {
    xdp_filter("unload lan0 --keep-maps").map(drop)
}

/// How many frames it has dropped.
pub(super) fn dropped() -> Result<u64> {
    packets(&xdp_filter("status")?).context("the counter of xdp-filter")
}

fn packets(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.trim().strip_prefix("XDP_DROP"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn xdp_filter(arguments: &str) -> Result<String> {
    run(Command::new("xdp-filter").args(arguments.split(' ')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_that_of_drops() {
        let status = "Aggregate per-action statistics:\n  XDP_ABORTED     3 pkts   0 KiB\n  \
                      XDP_DROP        4096 pkts   192 KiB\n";
        assert_eq!(packets(status), Some(4096));
        assert_eq!(packets(""), None);
    }
}
