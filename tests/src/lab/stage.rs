//! The network of the lab with everybody in place, and the conversations held in it.

use std::collections::HashSet;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use anyhow::Result;

use super::conversation::{BORROWED, Conversation, Party};
use crate::actor::{Probe, Reply, Service, Transport};
use crate::network::{CAMERA, Network, RECORDER, STRANGER};
use crate::sandbox::{Namespace, Sandbox};

/// Five namespaces, and in them all services that the conversations need.
///
/// The order of the fields is the order of taking down.
pub(super) struct Stage {
    services: Vec<Service>,
    camera: Namespace,
    recorder: Namespace,
    stranger: Namespace,
    network: Network,
    sandbox: Sandbox,
}

impl Stage {
    pub(super) fn new(conversations: &[Conversation]) -> Result<Self> {
        let mut sandbox = Sandbox::new("lab")?;
        let network = Network::new(&mut sandbox)?;
        let recorder = network.plug_in(&mut sandbox, &RECORDER)?;
        let camera = network.plug_in(&mut sandbox, &CAMERA)?;
        let stranger = network.plug_in(&mut sandbox, &STRANGER)?;
        camera.ip(&format!("address add {BORROWED}/24 dev eth0"))?;
        let mut stage = Self {
            services: Vec::new(),
            camera,
            recorder,
            stranger,
            network,
            sandbox,
        };
        stage.services = stage.serve(conversations)?;
        Ok(stage)
    }

    /// Where enforcement happens.
    pub(super) const fn router(&self) -> &Namespace {
        &self.network.router
    }

    /// What the daemon keeps its things in.
    pub(super) const fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Lets the camera and its neighbours find each other anew, so that nothing works only because
    /// they met before.
    pub(super) fn forget_neighbours(&self) -> Result<()> {
        self.router().ip("neighbour flush all")?;
        self.recorder.ip("neighbour flush all")?;
        self.camera
            .ip(&format!("neighbour flush to {}", RECORDER.v4))
    }

    /// Holds all conversations at once; the replies are in their order.
    pub(super) fn hold(
        &self,
        conversations: &[Conversation],
        patience: impl Fn(&Conversation) -> Duration + Sync,
    ) -> Result<Vec<Reply>> {
        let ask = |conversation: &Conversation| {
            let probe = Probe {
                transport: conversation.topic.transport,
                from: conversation.from,
                to: conversation.to,
                exchange: conversation.topic.exchange,
                patience: patience(conversation),
            };
            probe.send(self.namespace(conversation.who))
        };
        thread::scope(|scope| {
            let asked: Vec<_> = conversations
                .iter()
                .map(|conversation| scope.spawn(|| ask(conversation)))
                .collect();
            asked.into_iter().map(finish).collect()
        })
    }

    fn serve(&self, conversations: &[Conversation]) -> Result<Vec<Service>> {
        let mut known = HashSet::new();
        let mut services = Vec::new();
        for conversation in conversations {
            let Conversation {
                whom, to, topic, ..
            } = *conversation;
            let namespace = self.namespace(whom);
            match topic.transport {
                Transport::Tcp if known.insert(("tcp", to)) => {
                    services.push(Service::tcp(namespace, to, topic.exchange)?);
                }
                Transport::Udp if known.insert(("udp", to)) => {
                    let (member, _) = whom.addresses();
                    services.push(Service::udp(namespace, to, member, topic.exchange)?);
                }
                // Known already, or answered by the kernel.
                Transport::Tcp | Transport::Udp | Transport::Ping => {}
            }
        }
        Ok(services)
    }

    const fn namespace(&self, party: Party) -> &Namespace {
        match party {
            Party::Camera => &self.camera,
            Party::Recorder => &self.recorder,
            Party::Router => &self.network.router,
            Party::Cloud => &self.network.cloud,
            Party::Stranger => &self.stranger,
        }
    }
}

/// What a thread found out; its panic is the caller's.
pub(super) fn finish<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
