//! nftables: the sets are made once, and a chain is hooked in for as long as it is measured.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::command::{fed, run};
use crate::list::List;
use crate::stage::CAMERAS;

/// Where a chain is hooked in, and its rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hook {
    family: &'static str,
    place: &'static str,
    rules: &'static [&'static str],
}

/// At the ingress of the interface: one set.
pub(super) const SET: Hook = Hook {
    family: "netdev",
    place: "ingress device lan0",
    rules: DROP_OTHERS,
};

/// At the ingress of the interface: what the program that ships does.
pub(super) const SAME: Hook = Hook {
    rules: &["ether saddr vmap @cameras"],
    ..SET
};

/// Where the router forwards: one set.
pub(super) const FORWARD: Hook = Hook {
    family: "ip",
    place: "forward",
    rules: DROP_OTHERS,
};

const DROP_OTHERS: &[&str] = &["ip daddr @allowed accept", "counter name dropped drop"];

/// Makes the sets for a list, in the place of those that may be there.
pub(super) fn fill(list: &List) -> Result<()> {
    let prefixes = list.prefixes.iter().map(ToString::to_string);
    let prefixes = prefixes.collect::<Vec<_>>().join(", ");
    let shared = format!(
        "counter dropped {{ }}\n\
         set allowed {{ type ipv4_addr; flags interval; auto-merge; elements = {{ {prefixes} }} }}"
    );
    let cameras = (1..=CAMERAS).map(|camera| {
        let [high, low] = camera.to_be_bytes();
        format!("02:00:00:00:{high:02x}:{low:02x} : jump camera")
    });
    let cameras = cameras.collect::<Vec<_>>().join(", ");
    nft(&format!(
        "table netdev bench\n\
         delete table netdev bench\n\
         table ip bench\n\
         delete table ip bench\n\
         table ip bench {{\n{shared}\n}}\n\
         table netdev bench {{\n\
         {shared}\n\
         counter told {{ }}\n\
         chain camera {{\n\
         ip daddr @allowed accept\n\
         limit rate 1/second counter name told\n\
         counter name dropped drop\n\
         }}\n\
         map cameras {{ type ether_addr : verdict; elements = {{ {cameras} }} }}\n\
         }}\n"
    ))
}

impl Hook {
    /// Lets it drop what comes.
    pub(super) fn put_up(self) -> Result<()> {
        let Self {
            family,
            place,
            rules,
        } = self;
        let rules = rules.join("\n");
        nft(&format!(
            "table {family} bench {{\n\
             chain in {{ type filter hook {place} priority 0;\n{rules}\n}}\n}}\n"
        ))
    }

    /// Takes it away again; the sets stay.
    pub(super) fn take_down(self) -> Result<()> {
        let family = self.family;
        nft(&format!(
            "flush chain {family} bench in\ndelete chain {family} bench in\n"
        ))
    }

    /// How many frames it has dropped.
    pub(super) fn dropped(self) -> Result<u64> {
        let list = ["list", "counter", self.family, "bench", "dropped"];
        let text = run(Command::new("nft").args(list))?;
        let mut words = text
            .split_whitespace()
            .skip_while(|&word| word != "packets");
        let packets = words.nth(1).context("nft's counter")?;
        packets.parse().context("nft's counter")
    }
}

fn nft(rules: &str) -> Result<()> {
    fed(Command::new("nft").args(["-f", "-"]), rules)
}
