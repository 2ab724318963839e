//! ipset with iptables: the set is made once, and a rule is there for as long as it is measured.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::command::{fed, run};
use crate::list::List;

/// A chain of iptables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    table: &'static str,
    name: &'static str,
}

/// Before the router knows where a packet goes.
pub(super) const RAW: Chain = Chain {
    table: "raw",
    name: "PREROUTING",
};

/// Where it forwards.
pub(super) const FORWARD: Chain = Chain {
    table: "filter",
    name: "FORWARD",
};

const RULE: &str = "-i lan0 -m set ! --match-set allowed dst -j DROP";

/// Makes the set for a list, or fills the one that is there.
pub(super) fn fill(list: &List) -> Result<()> {
    let mut lines = vec![
        "create allowed hash:net maxelem 131072".to_owned(),
        "flush allowed".to_owned(),
    ];
    let prefixes = list.prefixes.iter();
    lines.extend(prefixes.map(|prefix| format!("add allowed {prefix}")));
    lines.push(String::new());
    let lines = lines.join("\n");
    fed(Command::new("ipset").args(["-exist", "restore"]), &lines)
}

impl Chain {
    /// Lets it drop what comes.
    pub(super) fn put_up(self) -> Result<()> {
        let mut rule = self.iptables("-A");
        run(rule.args(RULE.split(' '))).map(drop)
    }

    /// Takes it away again; the set stays.
    pub(super) fn take_down(self) -> Result<()> {
        let mut rule = self.iptables("-D");
        run(rule.args(RULE.split(' '))).map(drop)
    }

    /// How many frames its rule has dropped.
    pub(super) fn dropped(self) -> Result<u64> {
        let text = run(self.iptables("-L").args(["-v", "-x", "-n"]))?;
        packets(&text).context("the counter of iptables")
    }

    fn iptables(self, what: &str) -> Command {
        let mut command = Command::new("iptables");
        command.args(["--wait", "-t", self.table, what, self.name]);
        command
    }
}

/// The first column of the first rule.
fn packets(listed: &str) -> Option<u64> {
    let mut rules = listed.lines().filter(|line| !line.starts_with("Chain"));
    let rule = rules.find(|line| line.contains(" DROP "))?;
    rule.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_the_rules_and_not_the_policys() {
        let listed = "Chain FORWARD (policy DROP 7 packets, 0 bytes)\n    \
                      pkts      bytes target     prot opt in     out     source     destination\n     \
                      4096   196608 DROP       0    --  lan0   *       0.0.0.0/0  0.0.0.0/0\n";
        assert_eq!(packets(listed), Some(4096));
        assert_eq!(packets(""), None);
    }
}
