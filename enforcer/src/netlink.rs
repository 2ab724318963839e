//! What the kernel says of its links and addresses, and that something about them changed.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what the kernel may say of a link is an open set"
)]

use std::{collections::BTreeMap, fmt, net::IpAddr, time::Duration};

use anyhow::{Context as _, Result};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use ipnet::IpNet;
use rtnetlink::{
    Handle, MulticastGroup, new_connection, new_multicast_connection,
    packet_core::{Emitable as _, Parseable as _},
    packet_route::{
        AddressFamily,
        address::{AddressAttribute, AddressMessage},
        link::{
            InfoKind, LinkAttribute, LinkExtentMask, LinkInfo, LinkMessage, LinkXdp, XdpAttached,
        },
    },
    sys::AsyncSocket as _,
};
use rustix::{io::Errno, net::Protocol};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

use crate::topology::{Kind, Link, Topology};

pub(crate) mod request;

/// How long the kernel may take to answer. It does at once, unless the machine is hopelessly busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// `linux/rtnetlink.h`
const RTM_GETLINK: u16 = 18;

/// Route netlink is number zero, which is how the library writes that there is none.
const ROUTE: Option<Protocol> = None;

/// A connection to the kernel's route netlink.
pub struct Netlink {
    handle: Handle,
    changes: watch::Receiver<()>,
}

/// All links at one moment.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// What they look like.
    pub topology: Topology,
    /// The XDP programs that run on them, by interface index.
    pub attached: BTreeMap<u32, Attached>,
}

/// The XDP program that an interface runs, whoever attached it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Number of the program.
    pub program: u32,
    /// Where it runs.
    pub mode: AttachMode,
}

/// Where a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AttachMode {
    /// In the driver.
    Native,
    /// In the network stack, behind the driver.
    Generic,
    /// In the network card.
    Offload,
}

impl fmt::Display for AttachMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Generic => "generic",
            Self::Offload => "offload",
        })
    }
}

impl Netlink {
    /// Connects; must be called within a runtime, on which the connection then lives.
    pub fn connect() -> Result<Self> {
        let groups = [
            MulticastGroup::Link,
            MulticastGroup::Ipv4Ifaddr,
            MulticastGroup::Ipv6Ifaddr,
        ];
        // Two sockets: answers must not be lost where changes come faster than they are read.
        let (requests, handle, _) = new_connection().context("netlink")?;
        tokio::spawn(requests);
        let (mut changes, _, mut messages) =
            new_multicast_connection(&groups).context("netlink")?;
        // What does not fit is not missed: what came before it is still to be read, and then all is.
        let socket = changes.socket_mut().socket_mut();
        socket.set_no_enobufs(true).context("netlink")?;
        tokio::spawn(changes);
        let (sender, changes) = watch::channel(());
        tokio::spawn(async move {
            // What changed is not asked: everything is read anew.
            while messages.next().await.is_some() {
                sender.send_replace(());
            }
        });
        Ok(Self { handle, changes })
    }

    /// Waits until links or addresses have changed since the last call.
    pub async fn changed(&mut self) -> Result<()> {
        self.changes.changed().await.context("netlink ended")
    }

    /// Waits until no change has come for a moment, and not for ever.
    pub async fn settle(&mut self, moment: Duration, at_most: Duration) {
        let end = Instant::now() + at_most;
        // A connection that ends says so when it is waited for again.
        while let Ok(Ok(())) =
            timeout_at(end.min(Instant::now() + moment), self.changes.changed()).await
        {}
    }

    /// All links with their addresses, as they are now.
    pub async fn topology(&self) -> Result<Topology> {
        Ok(self.look().await?.topology)
    }

    /// All links with their addresses and the programs that run on them, as they are now.
    pub async fn look(&self) -> Result<Look> {
        let messages: Vec<LinkMessage> = self.links().await?;
        let mut links: BTreeMap<u32, Link> = messages
            .iter()
            .map(|message| (message.header.index, link(message)))
            .collect();
        let addresses = self.handle.address().get().execute();
        let addresses: Vec<AddressMessage> = answer("addresses", addresses).await?;
        for message in &addresses {
            let known = links.get_mut(&message.header.index);
            if let (Some(link), Some(address)) = (known, address(message)) {
                link.addresses.push(address);
            }
        }
        for link in links.values_mut() {
            link.addresses.sort_unstable();
        }
        Ok(Look {
            topology: Topology {
                links: links.into_values().collect(),
            },
            attached: all_attached(&messages),
        })
    }

    /// The XDP programs that run now, by interface index.
    pub async fn attached(&self) -> Result<BTreeMap<u32, Attached>> {
        Ok(all_attached(&self.links().await?))
    }

    async fn links(&self) -> Result<Vec<LinkMessage>> {
        let question = self.handle.link().get();
        // Nobody here reads what each link has carried, and gathering it is a good part of the answer.
        let question =
            question.set_filter_mask(AddressFamily::Unspec, vec![LinkExtentMask::SkipStats]);
        answer("links", question.execute()).await
    }
}

/// The XDP program that one interface runs now, if it runs any; asked without a runtime.
pub(crate) fn running(interface: u32) -> Result<Option<Attached>, Errno> {
    let mut question = LinkMessage::default();
    question.header.index = interface;
    let mut bytes = vec![0; question.buffer_len()];
    question.emit(&mut bytes);
    let answer = request::ask(ROUTE, RTM_GETLINK, &bytes)?;
    let answer = LinkMessage::parse(&answer).map_err(|_malformed| Errno::BADMSG)?;
    Ok(attached(&answer))
}

/// All that the kernel says to one question.
pub(crate) async fn answer<T>(
    what: &'static str,
    messages: impl Stream<Item = Result<T, rtnetlink::Error>>,
) -> Result<Vec<T>> {
    let collected = timeout(PATIENCE, messages.try_collect()).await;
    let collected = collected.with_context(|| format!("netlink does not tell the {what}"))?;
    collected.with_context(|| what.to_owned())
}

fn all_attached(messages: &[LinkMessage]) -> BTreeMap<u32, Attached> {
    let attached = messages
        .iter()
        .filter_map(|message| Some((message.header.index, attached(message)?)));
    attached.collect()
}

fn link(message: &LinkMessage) -> Link {
    let mut link = Link {
        index: message.header.index,
        ..Link::default()
    };
    let mut elsewhere = false;
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name.clone_from(name),
            LinkAttribute::Controller(master) => link.master = Some(*master),
            LinkAttribute::Link(parent) => link.parent = Some(*parent),
            LinkAttribute::LinkNetNsId(_) => elsewhere = true,
            LinkAttribute::LinkInfo(infos) => link.kind = kind(infos),
            _ => {}
        }
    }
    if elsewhere {
        link.parent = None;
    }
    link
}

fn kind(infos: &[LinkInfo]) -> Kind {
    let mut kinds = infos.iter().filter_map(|info| match info {
        LinkInfo::Kind(InfoKind::Vlan) => Some(Kind::Vlan),
        LinkInfo::Kind(InfoKind::MacVlan | InfoKind::MacVtap | InfoKind::IpVlan) => {
            Some(Kind::Macvlan)
        }
        _ => None,
    });
    kinds.next_back().unwrap_or_default()
}

/// The router's own address; on a point-to-point link `Address` is the peer's.
fn address(message: &AddressMessage) -> Option<IpNet> {
    let mut own: Option<IpAddr> = None;
    for attribute in &message.attributes {
        match attribute {
            AddressAttribute::Local(address) => own = Some(*address),
            AddressAttribute::Address(address) => own = own.or(Some(*address)),
            _ => {}
        }
    }
    IpNet::new(own?, message.header.prefix_len).ok()
}

/// The XDP program that a link runs.
pub(crate) fn attached(message: &LinkMessage) -> Option<Attached> {
    let mut program = None;
    let mut mode = None;
    let attributes = message.attributes.iter();
    let xdp = attributes.filter_map(|attribute| match attribute {
        LinkAttribute::Xdp(xdp) => Some(xdp),
        _ => None,
    });
    for attribute in xdp.flatten() {
        match attribute {
            LinkXdp::ProgId(id) => program = Some(*id),
            LinkXdp::Attached(XdpAttached::Driver) => mode = Some(AttachMode::Native),
            LinkXdp::Attached(XdpAttached::SocketBuffer) => mode = Some(AttachMode::Generic),
            LinkXdp::Attached(XdpAttached::Hardware) => mode = Some(AttachMode::Offload),
            _ => {}
        }
    }
    Some(Attached {
        program: program?,
        mode: mode?,
    })
}
