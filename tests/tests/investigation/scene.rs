//! Where it takes place: a router with a recorder, a switch with five cameras behind one port of it, and everything
//! that they call.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use enforcer_tests::actor::{Receiver, Wire};
use enforcer_tests::daemon::{Daemon, Outcome, wait};
use enforcer_tests::network::{CLOUD_V4, RECORDER};
use enforcer_tests::owners;
use enforcer_tests::resolver::Resolver;
use enforcer_tests::site::Site;
use serde_json::Value;

use crate::cast::{CAMERAS, OWNERS};
use crate::script::{End, Flow, RESOLVER, script, zone};

/// The order of the fields is the order of taking down.
pub(crate) struct Scene {
    pub(crate) script: Vec<Flow>,
    wire: Wire,
    /// Who counts what arrives of each camera, and how much should have.
    arrivals: BTreeMap<(End, &'static str), (Receiver, u64)>,
    /// Who counts what the name server answered.
    answers: Receiver,
    answered: u64,
    _resolver: Resolver,
    pub(crate) site: Site,
}

impl Scene {
    pub(crate) fn new(test: &str) -> Self {
        let mut site = Site::new(test).unwrap();
        let recorder = site.network.plug_in(&mut site.sandbox, &RECORDER).unwrap();
        recorder
            .sysctl(&[("ipv6/conf/all/disable_ipv6", "1")])
            .unwrap();
        let script = script();
        let network = &site.network;
        let public = script.iter().filter(|flow| flow.end() == End::Cloud);
        let public: BTreeSet<_> = public.map(|flow| flow.to).collect();
        let mut holds = String::new();
        let mut routes = String::new();
        for address in public {
            writeln!(holds, "address add {address}/32 dev eth0").unwrap();
            writeln!(routes, "route add {address}/32 via {CLOUD_V4} dev wan0").unwrap();
        }
        // The cameras answer nobody who asks for them, so that they send what is in the script and nothing else.
        for camera in &CAMERAS {
            let mac = camera.mac.map(|octet| format!("{octet:02x}")).join(":");
            let address = camera.address;
            writeln!(routes, "neighbour add {address} lladdr {mac} dev br-lan").unwrap();
        }
        network.cloud.ip(&holds).unwrap();
        network.router.ip(&routes).unwrap();
        let ends = [(End::Cloud, &network.cloud), (End::Recorder, &recorder)];
        let arrivals = CAMERAS.iter().flat_map(|camera| {
            let address = camera.address.parse().unwrap();
            ends.map(|(end, namespace)| {
                let receiver = Receiver::packets(namespace, address).unwrap();
                ((end, camera.name), (receiver, 0))
            })
        });
        Self {
            arrivals: arrivals.collect(),
            answers: Receiver::packets(&site.camera, RESOLVER).unwrap(),
            answered: 0,
            wire: site.wire().unwrap(),
            _resolver: Resolver::start(&network.cloud, RESOLVER, zone()).unwrap(),
            script,
            site,
        }
    }

    /// The daemon, with names and owners of what is called.
    pub(crate) fn start(&self, policy: &Path) -> Daemon {
        let [config, owners] = ["enforcer.yaml", "owners.mmdb"].map(|name| self.site.file(name));
        owners::write(&owners, &OWNERS.map(|(owner, _)| owner)).unwrap();
        let settings = format!(
            "names: true\nowners: [{}]\nsinks:\n  - file: {{path: {}}}\n",
            owners.display(),
            self.site.events().path()
        );
        fs::write(&config, settings).unwrap();
        let config = config.to_str().unwrap();
        let options = ["--config", config, "--event-rate", "100000"];
        let mut daemon = self.site.enforcer.start(policy, &options).unwrap();
        daemon.wait_in_force().unwrap();
        daemon.wait_for_names().unwrap();
        daemon
    }

    /// All cameras do what they do, while all of it passes.
    pub(crate) fn play_in_audit(&mut self) {
        // All questions stand before it, and what it asks for is answered last, and so heard last.
        let first_named = self.script.iter().position(|flow| flow.name.is_some());
        for index in 0..self.script.len() {
            if Some(index) == first_named {
                self.send_until_named(index);
            } else {
                self.send(index);
            }
            self.arrives(index);
        }
    }

    /// The same again, while only the video passes.
    pub(crate) fn play_enforced(&mut self) {
        for index in 0..self.script.len() {
            self.send(index);
            if self.script[index].is_video() {
                self.arrives(index);
            }
        }
    }

    /// What came until now is what had to, and no frame more.
    pub(crate) fn settle(&self) {
        assert_eq!(self.answers.settled(), self.answered);
        for (what, (receiver, expected)) in &self.arrivals {
            assert_eq!(receiver.received(), *expected, "{what:?}");
        }
    }

    fn send(&self, index: usize) {
        for frame in self.script[index].frames() {
            self.wire.send(&frame).unwrap();
        }
    }

    /// Frame after frame, until one of them is told with the name; then the rest.
    fn send_until_named(&self, index: usize) {
        let flow = &self.script[index];
        let mut is_named = false;
        for (number, frame) in (1..).zip(flow.frames()) {
            self.wire.send(&frame).unwrap();
            if !is_named {
                let events = wait("an event", || {
                    let events = self.events_to(flow);
                    (events.len() == number).then_some(events)
                });
                let domain = &events[number - 1]["alert"]["metadata"]["dest_domain"][0];
                is_named = *domain == *flow.name.unwrap();
            }
        }
        assert!(is_named, "{flow:?}");
    }

    fn events_to(&self, flow: &Flow) -> Vec<Value> {
        let events = self.site.events().so_far().unwrap().into_iter();
        events
            .filter(|event| event["dest_ip"] == flow.to.to_string())
            .collect()
    }

    /// Waits for the frames of a flow where they go to, so that no socket has more than these to hold.
    fn arrives(&mut self, index: usize) {
        let flow = &self.script[index];
        if let Some((receiver, expected)) = self.arrivals.get_mut(&(flow.end(), flow.camera.name)) {
            *expected += flow.packets;
            assert_eq!(receiver.wait_for(*expected), *expected, "{flow:?}");
        }
        if flow.to == RESOLVER {
            self.answered += flow.packets;
            assert_eq!(self.answers.wait_for(self.answered), self.answered);
        }
    }

    /// What a verb prints, which must end well.
    pub(crate) fn told(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(arguments);
        serde_json::from_str(&outcome.stdout).unwrap()
    }

    /// Runs a verb, which must end well.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        let outcome = self.site.enforcer.run(arguments).unwrap();
        assert_eq!(outcome.code, Some(0), "{arguments:?} {outcome:?}");
        outcome
    }
}
