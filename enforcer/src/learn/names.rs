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
pub struct Answers(Vec<(Flow, Answer)>);

impl Answers {
    /// Keeps what a frame answers, if it does.
    pub(super) fn note(&mut self, frame: &[u8]) {
        if self.0.len() < MOST {
            self.0.extend(told::read(frame));
        }
    }

    /// Puts to lines by which name the camera knew the receiver, and what is known of that.
    pub fn label(
        &self,
        policy: &Policy,
        labels: &Labels,
        lines: &mut [Line],
    ) -> Result<(), CapacityError> {
        let hindsight = Hindsight::new(policy)?;
        let mut names: HashMap<(&str, IpAddr), &str> = HashMap::new();
        for (flow, answer) in &self.0 {
            let Some(camera) = hindsight.receiver(flow) else {
                continue;
            };
            for (address, _) in &answer.addresses {
                names.insert((camera, *address), &answer.name);
            }
        }
        for line in lines {
            let receiver = line.camera.as_deref().zip(line.dest_ip);
            let name = receiver.and_then(|receiver| names.get(&receiver));
            line.dest_domain = name.map(|name| (*name).to_owned());
            line.label(labels);
        }
        Ok(())
    }
}
