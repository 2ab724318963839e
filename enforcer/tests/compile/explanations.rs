//! What is explained is what the model decides, whatever the policy and the question.

use std::net::IpAddr;

use enforcer::explain::{Asked, Ports, Question, explain};
use enforcer::model::Model;
use enforcer::numbering::CameraIds;
use enforcer::policy::Transport;
use enforcer::topology::{Link, Topology};
use enforcer_common::{DropReason, Verdict, decided};
use ipnet::IpNet;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use crate::world::world;

const LINK: u32 = 2;

proptest! {
    #[test]
    fn a_verdict_that_is_explained_is_the_models(
        world in world(), questions in proptest::collection::vec((any::<Index>(), ports()), 1..20),
    ) {
        let addresses: Vec<IpAddr> = world.addresses().into_iter().filter_map(|address| address.ip()).collect();
        for (camera, (to, ports)) in world.policy.cameras.iter().zip(questions.iter().cycle()) {
            let frame = Asked::Sent {
                camera: camera.name.clone(),
                to: *to.get(&addresses),
                ports: *ports,
            };
            let question = Question { frame, interface: None };
            let explanation = explain(&world.policy, &|_: &str| world.text.clone(), &question).unwrap();
            let told: Value = serde_json::from_str(&explanation.to_json().unwrap()).unwrap();
            let frame = bytes(told["frame"].as_str().unwrap());

            let link = Link { index: LINK, name: explanation.interface.clone(), ..Link::default() };
            let topology = Topology { links: vec![link] };
            let model = Model::new(&world.policy, &topology, &CameraIds::default());
            let verdict = decided(&frame[..], LINK, &model).0;
            prop_assert_eq!(explanation.verdict, verdict, "{:?}\n{}", question, world.text);

            // Every camera is known by what it sends, if only as a more specific one; but for one
            // that is known by its addresses and has none of the family.
            let identity = &camera.identity;
            let of_family = |ip: &IpNet| ip.addr().is_ipv4() == to.get(&addresses).is_ipv4();
            let has_none = !identity.ip.is_empty() && !identity.ip.iter().any(of_family);
            let is_nobodys = identity.mac.is_empty() && has_none;
            let is_stranger = matches!(
                verdict,
                Verdict::Ignore | Verdict::Drop { reason: DropReason::Unlisted, .. }
            );
            prop_assert!(!is_stranger || is_nobodys, "{:?}\n{}\n{}", question, explanation, world.text);
        }
    }

    #[test]
    fn any_bytes_are_explained(world in world(), frame in proptest::collection::vec(any::<u8>(), 0..80)) {
        let question = Question { frame: Asked::Bytes(frame), interface: None };
        let explanation = explain(&world.policy, &|_: &str| world.text.clone(), &question).unwrap();
        prop_assert!(!explanation.to_string().is_empty());
    }
}

fn ports() -> impl Strategy<Value = Option<Ports>> {
    let port = || option::of(select(&[1, 53, 80, 554, 8000, 5351][..]));
    let protocol = select(&[Transport::Tcp, Transport::Udp][..]);
    let ports = (protocol, port(), port(), any::<bool>());
    option::of(ports.prop_map(|(protocol, from, to, opens)| Ports {
        protocol,
        from,
        to,
        opens,
    }))
}

fn bytes(hex: &str) -> Vec<u8> {
    let starts = (0..hex.len()).step_by(2);
    let pairs = starts.map(|start| hex.get(start..start + 2).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}
