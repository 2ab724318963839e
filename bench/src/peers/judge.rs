//! What drops the frames at the near end of the veth pair, one at a time.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use aya::maps::lpm_trie::{Key, LpmTrie};
use aya::maps::{HashMap, MapData, PerCpuArray};
use aya::programs::Xdp;
use aya::programs::xdp::{XdpLinkId, XdpMode};
use aya::{Ebpf, EbpfLoader};
use ipnet::IpNet;

use super::peer::Peer;
use super::{bpfilter, ipset, nft, reader, xdp_filter};
use crate::list::List;
use crate::stage::{CAMERAS, Counts, Program, Stage, Terms};

/// How much enforcer tells.
#[derive(Clone, Copy)]
enum Share {
    /// What the daemon gives a camera where nothing else is said.
    Usual,
    /// Next to nothing.
    Least,
}

/// The peers, of which one at a time is there.
pub(super) struct Judge {
    usual: Program,
    least: Program,
    ebpf: Ebpf,
    drops: PerCpuArray<MapData, [u64; 2]>,
    bpfilter: bpfilter::Chain,
    attached: Option<XdpLinkId>,
}

/// What a peer drops by.
#[derive(Clone, Copy)]
enum Means {
    Nothing,
    Empty,
    Enforcer(Share),
    HashAndTrie,
    Bpfilter,
    XdpFilter,
    Nft(nft::Hook),
    Ipset(ipset::Chain),
}

const INTERFACE: &str = "lan0";

/// On the interface for all that work in the network stack, so that the way there is the same.
const PASS: &str = "pass";

impl Judge {
    /// Makes the peers ready for a list.
    pub(super) fn new(stage: &Stage, object: &[u8], list: &List, peers: &[Peer]) -> Result<Self> {
        let size = list.prefixes.len();
        let enforcer = |share: Share| {
            let rate = share.a_second();
            let terms = Terms {
                groups: 1,
                ports: false,
                event_rate: rate,
            };
            stage.load(&format!("peers-{size}-{rate}"), list, terms)
        };
        let has = |peer| peers.contains(&peer);
        if has(Peer::NftSame) {
            nft::fill(list)?;
        }
        if has(Peer::IpsetRaw) {
            ipset::fill(list)?;
        }
        if has(Peer::XdpFilter) {
            xdp_filter::fill(list)?;
        }
        let mut ebpf = EbpfLoader::new()
            .map_max_entries("SOURCES", CAMERAS.into())
            .map_max_entries("DESTINATIONS", u32::try_from(size)?)
            .load(object)
            .context("load the bench's object")?;
        for name in ["empty", PASS, "hash_and_trie"] {
            let program: &mut Xdp = ebpf.program_mut(name).context(name)?.try_into()?;
            program.load().with_context(|| format!("load `{name}`"))?;
        }
        fill_hash_and_trie(&mut ebpf, list)?;
        Ok(Self {
            usual: enforcer(Share::Usual)?,
            least: enforcer(Share::Least)?,
            drops: ebpf.take_map("DROPS").context("DROPS")?.try_into()?,
            bpfilter: bpfilter::Chain::new(list, stage.files())?,
            ebpf,
            attached: None,
        })
    }

    /// Lets a peer drop what comes.
    pub(super) fn put_up(&mut self, peer: Peer) -> Result<()> {
        match peer.means() {
            Means::Nothing => Ok(()),
            Means::Empty => self.attach("empty"),
            Means::HashAndTrie => self.attach("hash_and_trie"),
            Means::Enforcer(share) => {
                let program = self.enforcer(share).program()?;
                self.attached = Some(program.attach(INTERFACE, XdpMode::Driver)?);
                Ok(())
            }
            Means::Bpfilter => self.bpfilter.put_up(),
            Means::XdpFilter => xdp_filter::put_up(),
            Means::Nft(hook) => {
                hook.put_up()?;
                self.attach(PASS)
            }
            Means::Ipset(chain) => {
                chain.put_up()?;
                self.attach(PASS)
            }
        }
    }

    /// Takes it away again.
    pub(super) fn take_down(&mut self, peer: Peer) -> Result<()> {
        match peer.means() {
            Means::Nothing => Ok(()),
            Means::Empty => self.detach("empty"),
            Means::HashAndTrie => self.detach("hash_and_trie"),
            Means::Enforcer(share) => match self.attached.take() {
                Some(link) => Ok(self.enforcer(share).program()?.detach(link)?),
                None => Ok(()),
            },
            Means::Bpfilter => bpfilter::take_down(),
            Means::XdpFilter => xdp_filter::take_down(),
            Means::Nft(hook) => {
                self.detach(PASS)?;
                hook.take_down()
            }
            Means::Ipset(chain) => {
                self.detach(PASS)?;
                chain.take_down()
            }
        }
    }

    /// Does something while the daemon's part of the work is done, on another processor if there is
    /// one: events are read as they come.
    pub(super) fn served<T>(&mut self, peer: Peer, task: impl FnOnce() -> Result<T>) -> Result<T> {
        if let Means::Enforcer(share) = peer.means() {
            reader::reading(self.enforcer(share).ring(), task)
        } else {
            task()
        }
    }

    /// How many frames a peer has dropped.
    pub(super) fn dropped(&self, peer: Peer) -> Result<u64> {
        match peer.means() {
            Means::Nothing | Means::Empty => received(),
            Means::HashAndTrie => {
                let rows = self.drops.get(&0, 0)?;
                Ok(rows.iter().map(|[count, _]| count).sum())
            }
            Means::Enforcer(Share::Usual) => not_allowed(self.usual.counts()?),
            Means::Enforcer(Share::Least) => not_allowed(self.least.counts()?),
            Means::Bpfilter => bpfilter::dropped(),
            Means::XdpFilter => xdp_filter::dropped(),
            Means::Nft(hook) => hook.dropped(),
            Means::Ipset(chain) => chain.dropped(),
        }
    }

    const fn enforcer(&mut self, share: Share) -> &mut Program {
        match share {
            Share::Usual => &mut self.usual,
            Share::Least => &mut self.least,
        }
    }

    fn attach(&mut self, name: &str) -> Result<()> {
        let link = self.program(name)?.attach(INTERFACE, XdpMode::Driver)?;
        self.attached = Some(link);
        Ok(())
    }

    fn detach(&mut self, name: &str) -> Result<()> {
        match self.attached.take() {
            Some(link) => Ok(self.program(name)?.detach(link)?),
            None => Ok(()),
        }
    }

    fn program(&mut self, name: &str) -> Result<&mut Xdp> {
        let program = self.ebpf.program_mut(name);
        Ok(program.with_context(|| name.to_owned())?.try_into()?)
    }
}

impl Peer {
    const fn means(self) -> Means {
        match self {
            Self::Nobody => Means::Nothing,
            Self::Empty => Means::Empty,
            Self::Enforcer => Means::Enforcer(Share::Usual),
            Self::EnforcerSilent => Means::Enforcer(Share::Least),
            Self::HashAndTrie => Means::HashAndTrie,
            Self::Bpfilter => Means::Bpfilter,
            Self::XdpFilter => Means::XdpFilter,
            Self::NftSet => Means::Nft(nft::SET),
            Self::NftSame => Means::Nft(nft::SAME),
            Self::NftForward => Means::Nft(nft::FORWARD),
            Self::IpsetRaw => Means::Ipset(ipset::RAW),
            Self::IpsetForward => Means::Ipset(ipset::FORWARD),
        }
    }
}

impl Share {
    /// Events for each camera.
    const fn a_second(self) -> u32 {
        match self {
            Self::Usual => 100,
            Self::Least => 1,
        }
    }
}

fn fill_hash_and_trie(ebpf: &mut Ebpf, list: &List) -> Result<()> {
    let map = ebpf.take_map("SOURCES").context("SOURCES")?;
    let mut sources: HashMap<MapData, [u8; 8], [u8; 4]> = map.try_into()?;
    for camera in 1..=CAMERAS {
        let [high, low] = camera.to_be_bytes();
        sources.insert([2, 0, 0, 0, high, low, 0, 0], [0; 4], 0)?;
    }
    let map = ebpf.take_map("DESTINATIONS").context("DESTINATIONS")?;
    let mut destinations: LpmTrie<MapData, [u8; 8], u32> = map.try_into()?;
    for prefix in &list.prefixes {
        if let IpNet::V4(prefix) = prefix {
            let [a, b, c, d] = prefix.network().octets();
            let bits = 32 + u32::from(prefix.prefix_len());
            destinations.insert(&Key::new(bits, [0, 0, 0, 0, a, b, c, d]), 1, 0)?;
        }
    }
    Ok(())
}

/// Every drop is told, or counted as one that is not.
fn not_allowed(counts: Counts) -> Result<u64> {
    let Counts {
        allowed,
        not_allowed,
        other,
        told,
        suppressed,
        lost,
    } = counts;
    ensure!(
        allowed == 0 && other == 0 && told + suppressed + lost == not_allowed,
        "{counts:?} was counted where nothing but drops was to be"
    );
    Ok(not_allowed)
}

/// What the interface received.
fn received() -> Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/net/dev").context("the interfaces")?;
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("lan0:"));
    let packets = line.and_then(|line| line.split_whitespace().nth(1));
    packets
        .context("lan0")?
        .parse()
        .context("what lan0 received")
}
