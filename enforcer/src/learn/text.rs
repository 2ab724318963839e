//! A draft for people: what its comments say, and what is said beside it; and for programs.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::{self, Write},
    net::IpAddr,
};

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::{
    Covered, Draft, Why,
    capture::Strangers,
    known::{Set, Translators},
    page::Notes,
};
use crate::{
    ledger::{Line, text::time},
    policy::{MacPrefix, NamedList},
    replay::book::Fates,
    words::{Count, Grouped},
};

/// So many services of one rule are told, most frames first.
const MOST_SERVICES: usize = 6;

/// So much of what is left out is told in the draft, of either kind, most frames first.
const MOST_LEFT: usize = 200;

/// And so much of it beside the draft, for each reason.
const MOST_EXAMPLES: usize = 3;

/// So many senders that are no cameras are told.
const MOST_STRANGERS: usize = 20;

/// What a draft is about.
#[derive(Debug)]
pub struct About<'a> {
    /// What it was learnt from, in words.
    pub source: String,
    /// Of a capture, what the draft does to all frames in it.
    pub fates: Option<Fates>,
    /// Cameras that were drafted for.
    pub cameras: Vec<&'a str>,
    /// Those of them that were no cameras so far.
    pub new: &'a [String],
    /// Who else sends.
    pub strangers: Strangers,
}

#[derive(Serialize)]
struct Document<'a> {
    source: &'a str,
    draft: &'a str,
    covered: Vec<CoveredLine<'a>>,
    left_out: Vec<LeftLine<'a>>,
    unseen: Vec<&'a str>,
    strangers: Vec<Stranger>,
}

#[derive(Serialize)]
struct CoveredLine<'a> {
    group: Option<&'a str>,
    #[serde(flatten)]
    line: &'a Line,
}

#[derive(Serialize)]
struct LeftLine<'a> {
    why: &'a Why,
    words: String,
    #[serde(flatten)]
    line: &'a Line,
}

#[derive(Serialize)]
struct Stranger {
    mac: String,
    frames: u64,
}

impl Draft {
    /// The policy, with what it is made of as comments; `path` says how a list file is called from where it will stand.
    pub fn text(&self, about: &About<'_>, path: &dyn Fn(&str) -> String) -> String {
        let unseen = self.unseen(about);
        let (covered, left) = self.packets();
        let mut head = vec![format!(
            "Drafted by `enforcer learn` from {}. Look through it before it is put in force.",
            about.source
        )];
        head.push(match about.fates {
            Some(fates) => format!(
                "Of {} of that it lets {} pass and drops {}, as `enforcer replay` of it says.",
                frames(fates.all()),
                Grouped(fates.allowed + fates.ignored),
                Grouped(fates.dropped + fates.audited),
            ),
            None => format!(
                "It covers {} of that and leaves out {}, which it drops.",
                frames(covered),
                Grouped(left),
            ),
        });
        head.push("It enforces; with `mode: audit` it tells first what it would drop.".to_owned());
        let mut cameras: HashMap<String, String> = unseen
            .into_iter()
            .map(|name| (name.to_owned(), "Nothing was seen of it.".to_owned()))
            .collect();
        for name in about.new {
            let note = "No camera of the policy that this was drafted by: is it one?".to_owned();
            cameras.insert(name.clone(), note);
        }
        let notes = Notes {
            head,
            rules: self.rules(),
            cameras,
            end: self.end(about),
        };
        self.page.text(&notes, path)
    }

    /// What each rule covers.
    fn rules(&self) -> HashMap<(usize, usize), Vec<String>> {
        let translators = Translators::new(&self.policy);
        let mut rules: HashMap<(usize, usize), BTreeMap<String, Sum<'_>>> = HashMap::new();
        let mut seen: HashMap<(usize, usize), BTreeSet<IpAddr>> = HashMap::new();
        for Covered { line, rule } in &self.covered {
            if let Some(rule) = rule {
                let services = rules.entry(*rule).or_default();
                services.entry(line.service()).or_default().add(line);
                let destination = line.dest_ip.map(|address| translators.inside(address));
                seen.entry(*rule).or_default().extend(destination);
            }
        }
        let told = rules.into_iter().map(|(rule, services)| {
            let seen = seen.remove(&rule).unwrap_or_default();
            let mut services: Vec<_> = services.into_iter().collect();
            services.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.packets));
            let mut told: Vec<String> = services
                .iter()
                .take(MOST_SERVICES)
                .map(|(service, sum)| format!("{service}: {}", sum.words()))
                .collect();
            let more = services.get(MOST_SERVICES..).unwrap_or_default();
            if !more.is_empty() {
                let sum = more.iter().map(|(_, sum)| sum.packets).sum();
                let number = Count(more.len(), "more service");
                told.push(format!("and {number}: {}", frames(sum)));
            }
            let lists = self.page.lists_of(rule.0, rule.1);
            told.extend(lists.filter_map(|list| widened(list, &seen)));
            (rule, told)
        });
        told.collect()
    }

    fn end(&self, about: &About<'_>) -> Vec<String> {
        let mut end = Vec::new();
        let left = self.left_most_first();
        let left = left.into_iter();
        let (asked, never): (Vec<_>, Vec<_>) = left.partition(|(_, why)| why.can_be_included());
        for (left, head) in [
            (
                asked,
                "Left out, and so dropped; `--include ADDRESS` drafts what goes there all the same:",
            ),
            (never, "Left out, and so dropped, whatever is included:"),
        ] {
            if !left.is_empty() {
                end.push(head.to_owned());
                end.extend(listed(&left));
            }
        }
        if !about.strangers.is_empty() {
            end.push("Senders that are no cameras, by their MAC addresses:".to_owned());
            end.extend(strangers(about).map(|words| format!("  {words}")));
        }
        end
    }

    fn left_most_first(&self) -> Vec<&(Line, Why)> {
        let mut left: Vec<_> = self.left.iter().collect();
        left.sort_by_cached_key(|(line, why)| {
            let flow = (line.camera.clone(), line.dest_ip, line.service());
            (std::cmp::Reverse(line.packets), flow, why.name().to_owned())
        });
        left
    }

    /// Cameras that were drafted for and did nothing.
    fn unseen<'a>(&self, about: &About<'a>) -> Vec<&'a str> {
        let covered = self.covered.iter().map(|covered| &covered.line);
        let lines = covered.chain(self.left.iter().map(|(line, _)| line));
        let seen: BTreeSet<&str> = lines.filter_map(|line| line.camera.as_deref()).collect();
        let cameras = about.cameras.iter().copied();
        cameras.filter(|name| !seen.contains(name)).collect()
    }

    /// What is said beside the draft.
    pub fn summary(&self, about: &About<'_>, out: &mut impl Write) -> io::Result<()> {
        let (covered, left) = self.packets();
        let rules = self.policy.groups.iter().map(|group| group.allow.len());
        writeln!(
            out,
            "drafted from {}: {} in {}, {}",
            about.source,
            Count(self.policy.cameras.len(), "camera"),
            Count(self.policy.groups.len(), "group"),
            Count(rules.sum::<usize>(), "rule"),
        )?;
        writeln!(out, "covers {}", frames(covered))?;
        writeln!(out, "leaves out {}", frames(left))?;
        let mut reasons: BTreeMap<String, Vec<&Line>> = BTreeMap::new();
        for (line, why) in self.left_most_first() {
            reasons.entry(why.to_string()).or_default().push(line);
        }
        let sum = |lines: &[&Line]| lines.iter().map(|line| line.packets).sum::<u64>();
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, lines)| std::cmp::Reverse(sum(lines)));
        for (why, lines) in reasons {
            writeln!(out, "{:>12}  {why}", Grouped(sum(&lines)).to_string())?;
            for line in lines.iter().take(MOST_EXAMPLES) {
                writeln!(out, "{:>14}{}", "", line.flow())?;
            }
            if let Some(more) = lines.len().checked_sub(MOST_EXAMPLES).filter(|&it| it > 0) {
                writeln!(out, "{:>14}and {}", "", Count(more, "more flow"))?;
            }
        }
        for name in self.unseen(about) {
            writeln!(
                out,
                "nothing was seen of `{name}`: in the draft it reaches nothing"
            )?;
        }
        if !about.strangers.is_empty() {
            writeln!(
                out,
                "senders that are no cameras (--stranger MAC drafts one):"
            )?;
            for words in strangers(about) {
                writeln!(out, "  {words}")?;
            }
        }
        Ok(())
    }

    /// As one JSON document; `text` is the policy.
    pub fn json(&self, about: &About<'_>, text: &str, out: &mut impl Write) -> Result<()> {
        let covered = self
            .covered
            .iter()
            .map(|Covered { line, rule }| CoveredLine {
                group: rule.map(|(group, _)| self.page.group(group)),
                line,
            });
        let left = self.left.iter().map(|(line, why)| LeftLine {
            why,
            words: why.to_string(),
            line,
        });
        let strangers = about.strangers.iter().map(|(mac, frames)| Stranger {
            mac: told_mac(*mac),
            frames: *frames,
        });
        let document = Document {
            source: &about.source,
            draft: text,
            covered: covered.collect(),
            left_out: left.collect(),
            unseen: self.unseen(about),
            strangers: strangers.collect(),
        };
        writeln!(out, "{}", serde_json::to_string(&document)?)?;
        Ok(())
    }
}

/// A line for each, most frames first, and the rest counted.
fn listed(left: &[&(Line, Why)]) -> Vec<String> {
    let shown = left.iter().take(MOST_LEFT).map(|(line, why)| {
        let (first, last) = (time(line.first), time(line.last));
        let (flow, frames) = (line.flow(), frames(line.packets));
        format!("  {flow}: {frames}, {first} to {last}: {why}")
    });
    let mut listed: Vec<String> = shown.collect();
    if let Some(more) = left.len().checked_sub(MOST_LEFT).filter(|&more| more > 0) {
        let rest = left.iter().skip(MOST_LEFT).map(|(line, _)| line.packets);
        let more = Count(more, "more flow");
        listed.push(format!("  and {more}: {}", frames(rest.sum())));
    }
    listed
}

/// That a list stands for fewer addresses than it names.
fn widened(list: &NamedList, seen: &BTreeSet<IpAddr>) -> Option<String> {
    let all = Set::new(&list.prefixes);
    let seen = seen
        .iter()
        .filter(|address| all.contains(**address))
        .count();
    let named = usize::try_from(all.size()).unwrap_or(usize::MAX);
    let was = if seen == 1 { "was" } else { "were" };
    let words = format!(
        "`{}` names {}, {} {was} seen",
        list.name,
        Count(named, "address"),
        Grouped(seen)
    );
    (named > seen).then_some(words)
}

/// How much there was, of whom and when.
#[derive(Default)]
struct Sum<'l> {
    packets: u64,
    cameras: BTreeSet<&'l str>,
    span: Option<(Timestamp, Timestamp)>,
}

impl<'l> Sum<'l> {
    fn add(&mut self, line: &'l Line) {
        self.packets += line.packets;
        self.cameras.extend(line.camera.as_deref());
        let (first, last) = self.span.unwrap_or((line.first, line.last));
        self.span = Some((first.min(line.first), last.max(line.last)));
    }

    /// `42 frames of 2 cameras, 2030-01-31 06:12:09 to 2030-01-31 18:41:00`
    fn words(&self) -> String {
        let cameras = Count(self.cameras.len(), "camera");
        let span = self.span.map_or_else(String::new, |(first, last)| {
            format!(", {} to {}", time(first), time(last))
        });
        format!("{} of {cameras}{span}", frames(self.packets))
    }
}

const fn frames(number: u64) -> Count<'static, u64> {
    Count(number, "frame")
}

/// Most frames first.
fn strangers(about: &About<'_>) -> impl Iterator<Item = String> {
    let mut all: Vec<_> = about.strangers.iter().collect();
    all.sort_by_key(|(_, frames)| std::cmp::Reverse(**frames));
    let more = all.len().saturating_sub(MOST_STRANGERS);
    let shown = all.into_iter().take(MOST_STRANGERS);
    let shown = shown.map(|(mac, frames)| format!("{}: {}", told_mac(*mac), self::frames(*frames)));
    let more = (more > 0).then(|| format!("and {} more", Grouped(more)));
    shown.chain(more).collect::<Vec<_>>().into_iter()
}

fn told_mac(address: [u8; 6]) -> String {
    MacPrefix {
        address,
        bits: MacPrefix::BITS,
    }
    .to_string()
}
