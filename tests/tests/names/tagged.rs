//! A camera in a VLAN has the names that were answered there, be the tag in the frame or beside it.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use enforcer_tests::actor::Wire;
use enforcer_tests::daemon::{Daemon, wait};
use enforcer_tests::frame::{data, ethernet, ipv4, ipv6, udp, vlan};
use enforcer_tests::resolver::answer;
use enforcer_tests::site::{ROUTER, Site};
use enforcer_tests::tagger::Tagger;
use serde_json::Value;

use super::{GATE, NAME, POLICY, site, start};

#[test]
fn names_are_heard_in_a_vlan_and_on_an_interface_that_comes_later() {
    let late = Late::new("names_vlan");
    let router = Wire::open(&late.site.network.router, "lan-cam9").unwrap();
    // An answer in a frame of one kind or another.
    let is_told = |number: u8, answered: &dyn Fn(&[u8]) -> Vec<u8>| {
        late.is_told(number, |answer| router.send(&answered(answer)).unwrap())
    };
    let link = || ethernet(ROUTER).to(GATE);
    let v4 = || ipv4("192.168.59.1", "192.168.59.21");
    let v6 = || ipv6("2001:db8::1", "2001:db8::21");
    let from = || udp(53, 40_000);
    let in_its_own = |it: &[u8]| (link() / vlan(50) / v4() / from() / data(it)).build();
    let over_ipv6 = |it: &[u8]| (link() / vlan(50) / v6() / from() / data(it)).build();
    let in_two = |it: &[u8]| (link() / vlan(50) / vlan(7) / v4() / from() / data(it)).build();
    let with_options = |it: &[u8]| {
        let packet = v4().raw_options(&[1, 1, 1, 1]);
        (link() / vlan(50) / packet / from() / data(it)).build()
    };
    let in_another = |it: &[u8]| (link() / vlan(51) / v4() / from() / data(it)).build();
    let in_none = |it: &[u8]| (link() / v4() / from() / data(it)).build();
    wait("the name in IPv6", || is_told(11, &over_ipv6).then_some(()));
    wait("the name in two tags", || {
        is_told(12, &in_two).then_some(())
    });
    wait("the name behind options", || {
        is_told(13, &with_options).then_some(())
    });
    // What goes to another VLAN is not for this camera; what comes after it shows that it was looked at.
    wait("the name", || {
        assert!(!is_told(8, &in_another) && !is_told(9, &in_none));
        is_told(10, &in_its_own).then_some(())
    });
}

#[test]
fn a_name_is_heard_where_the_tag_of_its_vlan_is_beside_the_frame() {
    let late = Late::new("names_beside");
    let router = &late.site.network.router;
    // An ordinary socket: the router's own stack makes the frame, and nobody puts the tag into it.
    let resolver = router.run(|| UdpSocket::bind((Ipv4Addr::new(192, 168, 59, 1), 53)));
    let resolver = resolver.unwrap().unwrap();
    let to = SocketAddr::from(([192, 168, 59, 21], 40_000));
    let is_told = |number: u8| {
        late.is_told(number, |answer| {
            resolver.send_to(answer, to).unwrap();
        })
    };
    let pins = late.site.sandbox.directories().root().join("bpf");
    let tagged = |vlan: u16| {
        let pin = pins.join(format!("tagger{vlan}"));
        let tagger = router.run(|| Tagger::attach("lan-cam9", vlan, &pin));
        tagger.unwrap().unwrap()
    };
    // In another VLAN, and in none, it is for nobody; what comes after it shows that it was looked at.
    for _ in 0..3 {
        assert!(!is_told(8));
    }
    let other = tagged(51);
    for _ in 0..3 {
        assert!(!is_told(9));
    }
    drop(other);
    let _tagger = tagged(50);
    wait("the name", || is_told(10).then_some(()));
    for number in [8, 9] {
        for event in late.told_of(number) {
            assert_eq!(event["alert"]["metadata"]["dest_domain"], Value::Null);
        }
    }
}

/// `gate` in VLAN 50, behind a port that comes when names are heard already.
///
/// The order of the fields is the order of taking down.
struct Late {
    _daemon: Daemon,
    camera: Wire,
    site: Site,
}

impl Late {
    fn new(test: &str) -> Self {
        let site = site(test);
        let policy = POLICY.replace(", ip: 192.168.50.21}", ", vlan: 50}");
        site.write(&policy).unwrap();
        let daemon = start(&site, "names: true");
        let router = &site.network.router;
        router
            .ip("link add lan-cam9 type veth peer name other9\n\
                 address add 192.168.59.1/24 dev lan-cam9\n\
                 link set lan-cam9 up\n\
                 link set other9 up\n\
                 neighbour add 192.168.59.21 lladdr 02:00:00:00:50:21 dev lan-cam9\n")
            .unwrap();
        site.status_when(|status| status.is_enforcing("lan-cam9"))
            .unwrap();
        Self {
            _daemon: daemon,
            camera: Wire::open(router, "other9").unwrap(),
            site,
        }
    }

    /// Sends the camera an answer that names an address, and whether what it then sends there is told with the name.
    fn is_told(&self, number: u8, send: impl FnOnce(&[u8])) -> bool {
        let address = Ipv4Addr::new(203, 0, 113, number);
        send(&answer(NAME, address));
        let packet = ipv4("192.168.59.21", &address.to_string());
        let link = ethernet(GATE).to(ROUTER) / vlan(50);
        let asked = link / packet / udp(40_000, 443) / data(b"home");
        self.camera.send(&asked.build()).unwrap();
        let mut told = self.told_of(number);
        told.any(|event| {
            let domain = event.pointer("/alert/metadata/dest_domain/0");
            domain.is_some_and(|domain| *domain == NAME)
        })
    }

    /// What is told until now of frames to an address.
    fn told_of(&self, number: u8) -> impl Iterator<Item = Value> + use<> {
        let to = Ipv4Addr::new(203, 0, 113, number).to_string();
        let told = self.site.events().so_far().unwrap().into_iter();
        told.filter(move |event| event["dest_ip"] == to)
    }
}
