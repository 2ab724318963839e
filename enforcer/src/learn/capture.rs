//! What is learnt from a capture: it is read by a policy that lets everything pass which a rule could be written for, so
//! that it says what cameras send, and at the end by the draft, so that what the draft says of it is what it
//! does.

use std::{collections::BTreeMap, fs::File, path::Path};

use anyhow::{Context as _, Result};
use enforcer_common::table::STRANGERS;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::{
    compile::CapacityError,
    exit::{Exit, Failure},
    ledger::Line,
    policy::{
        Allow, Camera, FileError, Group, GroupOutline, Identity, Link, MacPrefix, Mode, Outline,
        Policy, PortRange, Prefixes, Service, Transport,
    },
    replay::{
        self, Report,
        capture::{Broken, Capture},
        judge::Judge,
        names::Names,
        network::Network,
    },
};

/// So many senders that are no cameras are told apart.
const MOST_STRANGERS: usize = 4_096;

/// A capture in a file, which is read more than once.
#[derive(Clone, Copy, Debug)]
pub struct Recording<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// Where frames came in of which it does not say that.
    pub interface: Option<&'a str>,
    /// What the router's addresses are said to be.
    pub networks: &'a [Network],
}

/// Senders that are no cameras, and how many frames each sent.
pub type Strangers = BTreeMap<[u8; 6], u64>;

impl Recording<'_> {
    /// Who sends and is no camera of the policy, and why the capture was not read to its end, if it was not.
    pub fn strangers(&self, policy: &Policy) -> Result<(Strangers, Option<Broken>)> {
        let mut judge = self.judge(policy)?;
        let mut strangers = Strangers::new();
        let broken = replay::each(self.open()?, &mut judge, |taken, judged| {
            let source = taken.frame.get(6..).and_then(<[u8]>::first_chunk::<6>);
            let Some(&source) = source.filter(|_| judged.camera == STRANGERS) else {
                return;
            };
            let is_known = strangers.contains_key(&source);
            if whole(source).is_source() && (is_known || strangers.len() < MOST_STRANGERS) {
                *strangers.entry(source).or_default() += 1;
            }
        })?;
        Ok((strangers, broken))
    }

    /// What cameras send, whatever the policy lets pass, and by which names they know where to.
    pub fn lines(&self, policy: &Policy) -> Result<(Vec<Line>, Names)> {
        let (report, judge) = self.replay(&open_to_all(policy))?;
        Ok((report.book.lines(judge.names()), report.names))
    }

    /// What a policy makes of it.
    pub fn replay(&self, policy: &Policy) -> Result<(Report, Judge)> {
        let mut judge = self.judge(policy)?;
        let report = replay::replay(self.open()?, &mut judge, None, false, |_read| true)?;
        Ok((report, judge))
    }

    fn judge(&self, policy: &Policy) -> Result<Judge> {
        let judge = || {
            let mut judge = Judge::new(policy.clone(), self.interface)?;
            judge.hold(self.networks)?;
            Ok::<_, CapacityError>(judge)
        };
        judge().with_context(|| format!("{}: too large for the kernel's tables", policy.path))
    }

    fn open(&self) -> Result<Capture<'static>> {
        let name = self.path.display().to_string();
        let usage = |words: String| Failure::new(Exit::Usage, words);
        let open = || -> std::io::Result<File> {
            if self.path == Path::new("-") {
                let words = "standard input, and it is read more than once: name a file";
                return Err(std::io::Error::other(words));
            }
            // Before opening, which alone would wait for the other end of a FIFO.
            if std::fs::metadata(self.path)?.is_file() {
                return File::open(self.path);
            }
            Err(std::io::Error::other(
                "not a file, and it is read more than once",
            ))
        };
        let file = open()
            .map_err(FileError::from)
            .with_context(|| name.clone())
            .context(Failure::new(Exit::Usage, "the capture cannot be read"))?;
        Capture::new(&name, file).map_err(|broken| usage(broken.to_string()).into())
    }
}

/// A policy with cameras for some strangers, each known by its MAC address, in a group that reaches nothing; and their
/// names.
pub fn with_strangers(
    policy: &Policy,
    outline: &Outline,
    strangers: impl IntoIterator<Item = [u8; 6]>,
) -> (Policy, Outline, Vec<String>) {
    let (mut policy, mut outline) = (policy.clone(), outline.clone());
    let group = policy.groups.len();
    let mut names = Vec::new();
    for mac in strangers {
        let digits = mac.map(|octet| format!("{octet:02x}")).concat();
        let mut name = format!("stranger-{digits}");
        while policy.cameras.iter().any(|camera| camera.name == name) {
            name.push('-');
        }
        names.push(name.clone());
        policy.cameras.push(Camera {
            name,
            identity: Identity {
                mac: vec![whole(mac)],
                ..Identity::default()
            },
            group,
            mode: Mode::Enforce,
            at: crate::policy::Location::default(),
        });
    }
    if !names.is_empty() {
        policy.groups.push(Group {
            name: "strangers".to_owned(),
            allow: Vec::new(),
            deny: Vec::new(),
            link: Link::default(),
            at: crate::policy::Location::default(),
        });
        outline.groups.push(GroupOutline::default());
    }
    (policy, outline, names)
}

/// A whole MAC address.
pub(super) const fn whole(address: [u8; 6]) -> MacPrefix {
    MacPrefix {
        address,
        bits: MacPrefix::BITS,
    }
}

/// The policy, were each of its groups allowed every port of every address; what is denied stays so.
fn open_to_all(policy: &Policy) -> Policy {
    let everywhere: Prefixes = [IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())]
        .into_iter()
        .collect();
    let ports = [Transport::Tcp, Transport::Udp].map(|protocol| PortRange {
        protocol,
        first: 1,
        last: u16::MAX,
    });
    let mut policy = policy.clone();
    for group in &mut policy.groups {
        group.allow = vec![Allow {
            to: everywhere.clone(),
            except: Prefixes::default(),
            service: Service::Only {
                ports: ports.to_vec(),
                answer: ports.to_vec(),
                protocols: Vec::new(),
            },
            at: group.at,
        }];
    }
    policy
}
