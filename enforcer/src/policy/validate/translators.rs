//! `nat64:`.

use ipnet::{IpNet, Ipv6Net};

use super::Validation;
use super::documents::Documents;
use super::prefixes::problem;
use crate::policy::nat64::{MAX_PREFIXES, WELL_KNOWN, overlap, unfit};
use crate::policy::prefix;
use crate::policy::problem::{Problem, shown};

impl Validation<'_, '_> {
    /// The prefixes of translators, without the well-known one, which needs no mention.
    pub(super) fn translators(&mut self, documents: &Documents<'_>) -> Vec<Ipv6Net> {
        let mut prefixes: Vec<Ipv6Net> = Vec::new();
        let Some(entry) = self.said_once(documents, "nat64") else {
            return prefixes;
        };
        for node in self.items(entry) {
            let Some(text) = self.text(node, "`nat64`", "an IPv6 prefix") else {
                continue;
            };
            let found = match prefix::parse(text) {
                Ok(prefix) => translator(prefix, &prefixes),
                Err(error) => {
                    self.problems.report(node.at, problem(text, error));
                    continue;
                }
            };
            match found {
                Ok(prefix) if prefix == WELL_KNOWN => {}
                Ok(prefix) => prefixes.push(prefix),
                Err(why) => {
                    let text = shown(text);
                    self.problems
                        .report(node.at, Problem::BadTranslator { text, why });
                }
            }
        }
        if prefixes.len() > MAX_PREFIXES {
            let what = format!("{} prefixes of translators", prefixes.len());
            let limit = MAX_PREFIXES;
            self.problems
                .report(entry.key.at, Problem::TooLarge { what, limit });
        }
        prefixes
    }
}

/// The prefix of a translator, if it can be one beside others.
fn translator(prefix: IpNet, others: &[Ipv6Net]) -> Result<Ipv6Net, String> {
    if let Some(why) = unfit(prefix) {
        return Err(why.to_owned());
    }
    let IpNet::V6(prefix) = prefix else {
        return Err(String::new());
    };
    let mut known = others.iter().chain([&WELL_KNOWN]);
    match known.find(|&&other| overlap(prefix, other) && prefix != WELL_KNOWN) {
        Some(other) => Err(format!(
            "it overlaps {other}, and which of the two counts would be in doubt"
        )),
        None => Ok(prefix),
    }
}
