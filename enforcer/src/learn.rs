//! A draft of a policy, of what cameras were seen to send: the fewest rules that cover what stayed in the network,
//! and a list of everything else with the reason.
//!
//! Lines of the ledger, or of a capture ([`capture`]), are sorted into what a draft may cover and what it leaves out
//! (`sort`: who would learn from a camera that is taken over must not learn where it reports to). What may be covered
//! becomes the needs of each camera (`needs`), equal needs become groups (`groups`), and all of it a
//! policy in words (`page`). That is read as any policy is, and every line judged by it: what a draft says of
//! itself is what it does.

pub mod capture;
pub mod text;

mod groups;
mod known;
mod needs;
mod page;
mod quote;
mod sort;
mod strangers;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    net::IpAddr,
};

use anyhow::{Context as _, Result, ensure};
use enforcer_common::ledger::Outcome;
use ipnet::IpNet;

pub use self::sort::Why;
use self::{groups::Groups, known::Known, needs::Needs, page::Page, sort::Sorted};
use crate::{
    hindsight::Hindsight,
    ledger::{Action, Line},
    numbering::{Item, Rules},
    policy::{Outline, Policy, Texts, Warning},
};

/// What a draft is made of.
#[derive(Debug)]
pub struct Basis<'a> {
    /// The operator's policy, as it holds now.
    pub policy: &'a Policy,
    /// How it is written.
    pub outline: &'a Outline,
    /// What it was read from.
    pub texts: &'a Texts,
    /// The cameras to draft for; the others keep the group that they have. All, if there is none.
    pub cameras: &'a [String],
    /// Destinations that are drafted whatever is thought of them.
    pub include: &'a [IpNet],
}

/// A draft, and what it makes of what was seen.
#[derive(Debug)]
pub struct Draft {
    page: Page,
    /// The policy that it is.
    pub policy: Policy,
    /// What it covers, by the group and the rule of it; rules of link housekeeping have none.
    pub covered: Vec<Covered>,
    /// What it leaves out, and why.
    pub left: Vec<(Line, Why)>,
}

/// A line that a draft covers.
#[derive(Clone, Debug)]
pub struct Covered {
    /// The line.
    pub line: Line,
    /// Indices of the group and of the item of its `allow`; none for what `link` allows.
    pub rule: Option<(usize, usize)>,
}

/// Drafts a policy of what was seen.
pub fn learn(basis: &Basis<'_>, lines: Vec<Line>) -> Result<Draft> {
    let known = Known::new(basis.outline, basis.policy, basis.include);
    let mut needs: BTreeMap<usize, Needs> = BTreeMap::new();
    let mut sorted = Vec::new();
    for (line, verdict) in sort::sort(basis, &known, lines) {
        if let Sorted::Needed { camera, need } = &verdict {
            let target = known.target(need.destination);
            needs.entry(*camera).or_default().add(target, need);
        }
        sorted.push((line, verdict));
    }
    let mut groups = Groups::new(basis, &needs);
    let (policy, (covered, left)) = loop {
        let policy = settled(basis, &mut groups)?;
        let judged = judged(&policy, sorted.clone())?;
        let idle = idle(&policy, &groups, &judged);
        if idle.is_empty() {
            break (policy, judged);
        }
        groups.take_out(&idle);
    };
    let page = Page::new(basis, groups);
    Ok(Draft {
        page,
        policy,
        covered,
        left,
    })
}

/// The policy that the groups make, without rules that repeat others: lists may overlap.
fn settled(basis: &Basis<'_>, groups: &mut Groups) -> Result<Policy> {
    loop {
        let text = Page::new(basis, groups.clone()).text(&page::Notes::default(), &str::to_owned);
        let texts = basis.texts.beside("draft.yaml".as_ref(), &text);
        let policy = texts.policy().context("the draft")?;
        let repeated = policy.warnings().located();
        let repeated = repeated.filter_map(|(at, warning)| {
            let is_one = matches!(
                warning,
                Warning::RepeatedAllow { .. } | Warning::DeniedAllow { .. }
            );
            let mut all = policy.groups.iter().enumerate();
            all.find_map(|(group, all)| {
                let rule = all.allow.iter().position(|allow| allow.at == at)?;
                (is_one && groups.is_drafted(group)).then_some((group, rule))
            })
        });
        let repeated: Vec<(usize, usize)> = repeated.collect();
        if repeated.is_empty() {
            return Ok(policy);
        }
        let before = groups.rules();
        groups.take_out(&repeated);
        ensure!(groups.rules() < before, "rules of the draft repeat others");
    }
}

/// Drafted rules by which nothing passes that was seen: what they are for is never let pass, or others do. A line of which
/// nothing can be told may pass by one, in a capture.
fn idle(policy: &Policy, groups: &Groups, (covered, left): &Judged) -> Vec<(usize, usize)> {
    let decide: HashSet<(usize, usize)> = covered.iter().filter_map(|it| it.rule).collect();
    let unknown = left.iter().filter(|(_, why)| *why == Why::Unknown);
    let unknown: Vec<IpAddr> = unknown.filter_map(|(line, _)| line.dest_ip).collect();
    let all = policy.groups.iter().enumerate();
    let rules = all.flat_map(|(group, of)| {
        let drafted = of.allow.iter().take(groups.rules_of(group));
        drafted
            .enumerate()
            .map(move |(rule, allow)| ((group, rule), allow))
    });
    let idle = rules.filter(|(at, allow)| {
        let may_be_for = |address: &IpAddr| allow.to.iter().any(|to| to.contains(address));
        !decide.contains(at) && !unknown.iter().any(may_be_for)
    });
    idle.map(|(at, _)| at).collect()
}

/// What is covered, and what is left out.
type Judged = (Vec<Covered>, Vec<(Line, Why)>);

/// What the draft makes of every line.
fn judged(policy: &Policy, sorted: Vec<(Line, Sorted)>) -> Result<Judged> {
    let hindsight = Hindsight::new(policy).context("the draft")?;
    let rules = Rules::new(policy);
    let (mut covered, mut left) = (Vec::new(), Vec::new());
    for (line, verdict) in sorted {
        let fate = hindsight.judge(&line);
        let allowed = fate.filter(|fate| fate.outcome == Some(Outcome::Allowed));
        let rule = allowed.and_then(|fate| rules.rule(fate.rule));
        let rule = rule.and_then(|rule| match rule.item {
            Item::Allow(item) => Some((rule.group, item)),
            Item::Deny(_) => None,
        });
        match (verdict, fate) {
            // Whatever was thought of it: what passes is not left out.
            (_, Some(_)) if allowed.is_some() => covered.push(Covered { line, rule }),
            (Sorted::Housekeeping, None) => covered.push(Covered { line, rule: None }),
            (Sorted::Left(why), _) => left.push((line, why)),
            (Sorted::Needed { .. } | Sorted::Housekeeping, Some(fate)) => {
                let reason = fate.outcome.and_then(Outcome::reason);
                left.push((line, Why::Refused(reason)));
            }
            (Sorted::Needed { .. }, None) => left.push((line, Why::Unknown)),
        }
    }
    Ok((covered, left))
}

impl Draft {
    /// The draft, with what a replay of all frames by it says in place of what was thought of sums of them.
    #[must_use]
    pub fn replayed(self, lines: Vec<Line>) -> Self {
        let rules = Rules::new(&self.policy);
        let places = rules.iter().filter_map(|(_, rule)| match rule.item {
            Item::Allow(item) => {
                let path = self.policy.path_of(rule.at);
                let place = format!("{path}:{}", rule.at.line);
                Some((place, (rule.group, item)))
            }
            Item::Deny(_) => None,
        });
        let places: HashMap<String, (usize, usize)> = places.collect();
        let flow = |line: &Line| (line.camera.clone(), line.dest_ip, line.service());
        let thought: HashMap<_, Why> = self
            .left
            .into_iter()
            .map(|(line, why)| (flow(&line), why))
            .collect();
        let (mut covered, mut left) = (Vec::new(), Vec::new());
        for line in lines {
            if line.action == Action::Allowed {
                let rule = line
                    .rule
                    .as_ref()
                    .and_then(|place| places.get(place))
                    .copied();
                covered.push(Covered { line, rule });
                continue;
            }
            let why = thought.get(&flow(&line)).cloned();
            let why = why.unwrap_or_else(|| {
                if line.others {
                    Why::Others
                } else if line.camera.is_none() {
                    Why::Stranger
                } else {
                    Why::Never(line.reason.clone().unwrap_or_default())
                }
            });
            left.push((line, why));
        }
        Self {
            covered,
            left,
            ..self
        }
    }

    /// Packets that it covers, and that it leaves out.
    pub fn packets(&self) -> (u64, u64) {
        let covered = self.covered.iter().map(|covered| covered.line.packets);
        let left = self.left.iter().map(|(line, _)| line.packets);
        (covered.sum(), left.sum())
    }
}
