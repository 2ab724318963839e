//! What follows from the facts. Each file below asks a few questions that belong together.

mod command;
mod force;
mod host;
mod mode;
mod offload;
mod path;
mod tags;
#[cfg(test)]
mod tests;

use super::facts::Facts;
use super::finding::Finding;

/// Everything that was found, the worst first; of the same level, in the order of the questions.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    host::judge(facts, &mut findings);
    force::judge(facts, &mut findings);
    path::judge(facts, &mut findings);
    offload::judge(facts, &mut findings);
    tags::judge(facts, &mut findings);
    mode::judge(facts, &mut findings);
    findings.sort_by_key(|finding| (finding.level, finding.code));
    findings
}
