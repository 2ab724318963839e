//! What drops the frames at the near end of the veth pair, one at a time.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use aya::maps::lpm_trie::{Key, LpmTrie};
use aya::maps::{HashMap, MapData, PerCpuArray};
use aya::programs::Xdp;
use aya::programs::xdp::{XdpLinkId, XdpMode};
use aya::{Ebpf, EbpfLoader};
use ipnet::IpNet;

use crate::list::List;
use crate::stage::{CAMERAS, Program, Stage, Terms};

/// A way to drop frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// A program that drops everything: what sending and receiving cost.
    Empty,
    /// The program that ships.
    Enforcer,
    /// A hash, a trie and the time, in XDP.
    HashAndTrie,
    /// nft at the ingress of the interface: one set.
    NftSet,
    /// The same: MAC addresses, a set, and a limit on what is told.
    NftSame,
    /// nft where the router forwards: one set.
    NftForward,
}

/// The peers, of which one at a time is there.
pub(super) struct Judge {
    enforcer: Program,
    ebpf: Ebpf,
    drops: PerCpuArray<MapData, [u64; 2]>,
    elements: String,
    attached: Option<XdpLinkId>,
}

const INTERFACE: &str = "lan0";

impl Peer {
    pub(super) const ALL: &[Self] = &[
        Self::Empty,
        Self::Enforcer,
        Self::HashAndTrie,
        Self::NftSet,
        Self::NftSame,
        Self::NftForward,
    ];

    /// The program on the interface, of those in the bench's object.
    const fn program(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::HashAndTrie => "hash_and_trie",
            Self::Enforcer | Self::NftSet | Self::NftSame | Self::NftForward => "pass",
        }
    }

    /// nft's family and rules.
    const fn rules(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Empty | Self::Enforcer | Self::HashAndTrie => None,
            Self::NftSet => Some((
                "netdev",
                "chain in { type filter hook ingress device lan0 priority 0; \
                 ip daddr @allowed accept; counter name dropped drop; }",
            )),
            Self::NftSame => Some((
                "netdev",
                "chain camera { ip daddr @allowed accept; \
                 limit rate 1/second counter name told; counter name dropped drop; }\n\
                 map cameras { type ether_addr : verdict; elements = { CAMERAS } }\n\
                 chain in { type filter hook ingress device lan0 priority 0; \
                 ether saddr vmap @cameras; }",
            )),
            Self::NftForward => Some((
                "ip",
                "chain out { type filter hook forward priority 0; \
                 ip daddr @allowed accept; counter name dropped drop; }",
            )),
        }
    }
}

impl Judge {
    pub(super) fn new(stage: &Stage, object: &[u8], list: &List) -> Result<Self> {
        let size = list.prefixes.len();
        let terms = Terms {
            groups: 1,
            ports: false,
            event_rate: 1,
        };
        let enforcer = stage.load(&format!("peers-{size}"), list, terms)?;
        let mut ebpf = EbpfLoader::new()
            .map_max_entries("SOURCES", CAMERAS.into())
            .map_max_entries("DESTINATIONS", u32::try_from(size)?)
            .load(object)
            .context("load the bench's object")?;
        for name in ["empty", "pass", "hash_and_trie"] {
            let program: &mut Xdp = ebpf.program_mut(name).context(name)?.try_into()?;
            program.load().with_context(|| format!("load `{name}`"))?;
        }
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
        let drops = ebpf.take_map("DROPS").context("DROPS")?.try_into()?;
        let elements: Vec<String> = list.prefixes.iter().map(IpNet::to_string).collect();
        Ok(Self {
            enforcer,
            ebpf,
            drops,
            elements: elements.join(", "),
            attached: None,
        })
    }

    /// Lets a peer drop what comes.
    pub(super) fn put_up(&mut self, peer: Peer) -> Result<()> {
        if let Some((family, rules)) = peer.rules() {
            let cameras = (1..=CAMERAS).map(|camera| {
                let [high, low] = camera.to_be_bytes();
                format!("02:00:00:00:{high:02x}:{low:02x} : jump camera")
            });
            let cameras: Vec<String> = cameras.collect();
            let rules = rules.replace("CAMERAS", &cameras.join(", "));
            nft(&format!(
                "table {family} bench {{\n\
                 counter dropped {{ }}\ncounter told {{ }}\n\
                 set allowed {{ type ipv4_addr; flags interval; auto-merge; elements = {{ {} }} }}\n\
                 {rules}\n}}\n",
                self.elements
            ))?;
        }
        let program = self.program(peer)?;
        self.attached = Some(program.attach(INTERFACE, XdpMode::Driver)?);
        Ok(())
    }

    /// Takes it away again.
    pub(super) fn take_down(&mut self, peer: Peer) -> Result<()> {
        if let Some(link) = self.attached.take() {
            self.program(peer)?.detach(link)?;
        }
        if let Some((family, _)) = peer.rules() {
            nft(&format!("delete table {family} bench\n"))?;
        }
        Ok(())
    }

    /// How many frames it has dropped.
    pub(super) fn dropped(&self, peer: Peer) -> Result<u64> {
        if let Some((family, _)) = peer.rules() {
            let list = ["list", "counter", family, "bench", "dropped"];
            let text = xtask::sh::output(Command::new("nft").args(list))?;
            let mut words = text
                .split_whitespace()
                .skip_while(|&word| word != "packets");
            let packets = words.nth(1).context("nft's counter")?;
            return packets.parse().context("nft's counter");
        }
        match peer {
            Peer::Enforcer => Ok(self.enforcer.counts()?.not_allowed),
            Peer::HashAndTrie => {
                let rows = self.drops.get(&0, 0)?;
                Ok(rows.iter().map(|[count, _]| count).sum())
            }
            Peer::Empty | Peer::NftSet | Peer::NftSame | Peer::NftForward => received(),
        }
    }

    fn program(&mut self, peer: Peer) -> Result<&mut Xdp> {
        if peer == Peer::Enforcer {
            return self.enforcer.program();
        }
        let name = peer.program();
        Ok(self.ebpf.program_mut(name).context(name)?.try_into()?)
    }
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

fn nft(rules: &str) -> Result<()> {
    let mut child = Command::new("nft")
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .context("nft")?;
    let stdin = child.stdin.take();
    stdin.context("nft")?.write_all(rules.as_bytes())?;
    ensure!(child.wait()?.success(), "nft refused its rules");
    Ok(())
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "native XDP, empty drop",
            Self::Enforcer => "enforcer",
            Self::HashAndTrie => "native XDP, hash and trie",
            Self::NftSet => "nft netdev, set",
            Self::NftSame => "nft netdev, MAC map, set and limit",
            Self::NftForward => "nft forward, set",
        })
    }
}
