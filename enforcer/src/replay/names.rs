//! By which names cameras know addresses in a capture, as resolvers answer them there.

use std::{collections::HashMap, net::IpAddr};

use enforcer_common::Flow;

use crate::{
    compile::CapacityError,
    hindsight::Hindsight,
    labels::Labels,
    ledger::Line,
    names::{answer::Answer, told},
    policy::Policy,
};

/// So many answers are kept.
const MOST: usize = 65_536;

/// Answers, each with whom it goes to.
#[derive(Debug, Default)]
pub(super) struct Answers(Vec<(Flow, Answer)>);

/// By which name each camera knew an address last.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, HashMap<IpAddr, String>>);

impl Answers {
    /// Keeps what a frame answers, if it does. Of a camera's nothing is to be believed.
    pub(super) fn note(&mut self, frame: &[u8]) {
        if self.0.len() < MOST {
            self.0.extend(told::read(frame));
        }
    }

    /// The names that cameras of a policy were told.
    pub(super) fn names(&self, policy: &Policy) -> Result<Names, CapacityError> {
        let mut names = Names::default();
        if self.0.is_empty() {
            return Ok(names);
        }
        let hindsight = Hindsight::new(policy)?;
        for (flow, answer) in &self.0 {
            let Some(camera) = hindsight.receiver(flow) else {
                continue;
            };
            let known = names.0.entry(camera.to_owned()).or_default();
            for (address, _) in &answer.addresses {
                known.insert(*address, answer.name.clone());
            }
        }
        Ok(names)
    }
}

impl Names {
    /// Puts to lines by which name the camera knew the receiver, and what is known of that.
    pub fn label<'l>(&self, labels: &Labels, lines: impl IntoIterator<Item = &'l mut Line>) {
        for line in lines {
            let known = line.camera.as_ref().and_then(|camera| self.0.get(camera));
            let name = known.zip(line.dest_ip);
            let name = name.and_then(|(known, address)| known.get(&address));
            line.dest_domain = name.cloned();
            line.label(labels);
        }
    }
}
