//! What the router's links look like at one moment: plain data, however it was learnt.

use std::net::IpAddr;

use ipnet::IpNet;

/// The router's links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// In order of their index.
    pub links: Vec<Link>,
}

/// One link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Its index, never zero.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Whether it sits on top of another link.
    pub kind: Kind,
    /// The bridge, bond or the like that it is a port of (`IFLA_MASTER`).
    pub master: Option<u32>,
    /// What it is linked to (`IFLA_LINK`), if that is in the same network namespace.
    pub parent: Option<u32>,
    /// The addresses that the router holds on it, each with the length of its prefix:
    /// 192.168.50.1/24, host bits included.
    pub addresses: Vec<IpNet>,
}

/// Whether [`Link::parent`] is a link that this one sits on top of. It need not be: that of a veth
/// is its peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// It takes the frames with one tag out of those of its parent.
    Vlan,
    /// It takes the frames to one MAC address out of those of its parent.
    Macvlan,
    /// It does not.
    #[default]
    Other,
}

impl Topology {
    /// The link of a name.
    pub fn named(&self, name: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.name == name)
    }

    /// The link of an index.
    pub fn index(&self, index: u32) -> Option<&Link> {
        self.links.iter().find(|link| link.index == index)
    }

    /// The links on which the router receives what comes in on this one, itself included, in order
    /// of index: the bridge or bond that it is a port of, VLAN and macvlan devices on top of it, and
    /// so on from each of those. What addresses the router holds behind it are theirs.
    pub fn sharing(&self, index: u32) -> Vec<&Link> {
        let mut sharing: Vec<&Link> = self.index(index).into_iter().collect();
        let mut done = 0;
        while let Some(&below) = sharing.get(done) {
            for link in &self.links {
                let is_new = sharing.iter().all(|known| known.index != link.index);
                if is_new && link.receives_from(below) {
                    sharing.push(link);
                }
            }
            done += 1;
        }
        sharing.sort_by_key(|link| link.index);
        sharing
    }
}

impl Link {
    /// The networks that it is in, each with the router's address in it. Loopback addresses are
    /// nobody's on a wire.
    pub fn networks(&self) -> impl Iterator<Item = &IpNet> + Clone {
        let addresses = self.addresses.iter();
        addresses.filter(|network| !network.addr().is_loopback())
    }

    /// Whether the router is in a network of the link of which other devices can have addresses
    /// too, in the family of `address`. Link-local ones are everybody's.
    pub fn numbers(&self, address: IpAddr) -> bool {
        let mut networks = self.networks();
        networks.any(|network| match network {
            IpNet::V4(network) => {
                address.is_ipv4() && network.prefix_len() < 32 && !network.addr().is_link_local()
            }
            IpNet::V6(network) => {
                address.is_ipv6()
                    && network.prefix_len() < 128
                    && !network.addr().is_unicast_link_local()
            }
        })
    }

    fn receives_from(&self, below: &Self) -> bool {
        let on_top = match self.kind {
            Kind::Vlan | Kind::Macvlan => self.parent == Some(below.index),
            Kind::Other => false,
        };
        on_top || below.master == Some(self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_shares_what_is_above_it_and_not_what_is_beside_or_below() {
        let topology = Topology {
            links: vec![
                link(1, "lo", Kind::Other, None, None),
                link(2, "lan1", Kind::Other, Some(4), None),
                link(3, "lan2", Kind::Other, Some(4), None),
                link(4, "br-lan", Kind::Other, None, None),
                link(5, "br-lan.50", Kind::Vlan, None, Some(4)),
                link(6, "lan2.7", Kind::Vlan, Some(8), Some(3)),
                link(7, "macvlan0", Kind::Macvlan, None, Some(5)),
                link(8, "br-guest", Kind::Other, None, None),
                // A veth is linked to its peer and does not sit on top of it.
                link(9, "veth0", Kind::Other, None, Some(2)),
                link(10, "veth1", Kind::Other, None, Some(9)),
            ],
        };
        for (index, expected) in [
            (1, vec![1]),
            (2, vec![2, 4, 5, 7]),
            (3, vec![3, 4, 5, 6, 7, 8]),
            (4, vec![4, 5, 7]),
            (5, vec![5, 7]),
            (6, vec![6, 8]),
            (9, vec![9]),
            (11, vec![]),
        ] {
            let sharing = topology.sharing(index);
            let indexes: Vec<u32> = sharing.iter().map(|link| link.index).collect();
            assert_eq!(indexes, expected, "from {index}");
        }
    }

    #[test]
    fn links_in_a_circle_are_each_found_once() {
        let topology = Topology {
            links: vec![
                link(1, "a", Kind::Vlan, Some(2), Some(2)),
                link(2, "b", Kind::Vlan, Some(1), Some(1)),
            ],
        };
        assert_eq!(topology.sharing(1).len(), 2);
    }

    #[test]
    fn a_link_is_found_by_name_and_by_index() {
        let topology = Topology {
            links: vec![
                link(2, "lan1", Kind::Other, None, None),
                link(7, "lan2", Kind::Other, None, None),
            ],
        };
        assert_eq!(topology.named("lan2").map(|link| link.index), Some(7));
        assert_eq!(
            topology.index(2).map(|link| link.name.as_str()),
            Some("lan1")
        );
        assert_eq!(topology.named("lan"), None);
        assert_eq!(topology.index(1), None);
    }

    fn link(index: u32, name: &str, kind: Kind, master: Option<u32>, parent: Option<u32>) -> Link {
        Link {
            index,
            name: name.to_owned(),
            kind,
            master,
            parent,
            addresses: Vec::new(),
        }
    }
}
