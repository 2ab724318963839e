//! What is in force, for the log.

use std::mem;

use anyhow::Result;
use tracing::{error, info, warn};

use super::{Enforcement, InForce};
use crate::{
    daemon::RETRY,
    kernel::links::{Open, Released, Wanted},
    netlink::{AttachMode, Netlink},
    policy::Attach,
};

impl Enforcement<'_> {
    /// Says what is in force, where, and where not yet.
    pub(super) async fn announce(&mut self, netlink: &Netlink) {
        if let Err(error) = self.try_announce(netlink).await {
            info!("generation {} in force", self.record.generation);
            warn!("on which interfaces is not known: {error:#}");
        }
    }

    async fn try_announce(&mut self, netlink: &Netlink) -> Result<()> {
        let Some(InForce { wanted, .. }) = &self.in_force else {
            return Ok(());
        };
        let mut attached = netlink.attached().await?;
        attached.retain(|_, attached| attached.program == self.record.program);
        let places = wanted.iter().filter_map(|interface| {
            let attached = attached.get(&interface.index)?;
            match (interface.attach, attached.mode) {
                // The kernel changes the mode of a link only by ending it, and that lets frames by.
                (Attach::Native, AttachMode::Generic) | (Attach::Generic, AttachMode::Native) => {
                    warn!(
                        "{} stays in {} mode; another takes `enforcer detach` first",
                        interface.name, attached.mode
                    );
                }
                _ => {}
            }
            Some(format!("{} ({})", interface.name, attached.mode))
        });
        let places: Vec<String> = places.collect();
        let places = if places.is_empty() {
            "no interface yet".to_owned()
        } else {
            places.join(", ")
        };
        let generation = self.record.generation;
        let announced = format!("generation {generation} in force on {places}");
        info!(
            generation,
            policy = self.record.policy,
            interfaces = places,
            "{announced}"
        );
        for pattern in self.record.patterns() {
            if !wanted
                .iter()
                .any(|interface| pattern.matches(&interface.name))
            {
                info!("no interface {pattern} now; waiting for it");
            }
        }
        self.announced = announced;
        Ok(())
    }

    /// Tells what goes on without its policy, if that is so.
    pub(super) fn tell_unmade(&self) {
        let is_unmade = self.in_force.as_ref().is_some_and(|it| it.made.is_none());
        if is_unmade {
            warn!(
                "generation {} was made by an earlier daemon, and its policy is not kept: audits in \
                 it do not end, and from interfaces and addresses that come from here on it lets pass \
                 no more than from unknown ones, until a policy is put in force",
                self.record.generation
            );
        }
    }

    /// Tells which interfaces are let go, by the names that they had, and keeps what has to be tried
    /// again.
    pub(super) fn tell_released(&mut self, released: Released, before: &[Wanted]) {
        let Released { removed, stuck } = released;
        for index in removed {
            let mut before = before.iter();
            let name = before.find(|interface| interface.index == index);
            let name = name.map_or_else(
                || format!("interface {index}"),
                |interface| interface.name.clone(),
            );
            info!("{name} is no longer enforced: it is gone, or the policy does not name it");
        }
        let stuck: Vec<String> = stuck.iter().map(|error| format!("{error:#}")).collect();
        let told = mem::replace(&mut self.stuck, stuck);
        for words in self.stuck.iter().filter(|words| !told.contains(words)) {
            error!(
                "generation {} is in force, and an interface that it does not name is still \
                 enforced by one before it; tried again every {} s: {words}",
                self.record.generation,
                RETRY.as_secs()
            );
        }
    }

    /// Tells about each open interface once, for as long as the cause is the same.
    pub(super) fn tell_open(&mut self, open: Vec<Open>) {
        let told = mem::take(&mut self.open);
        for Open { interface, error } in open {
            let words = format!("{error:#}");
            if told.get(&interface.index) != Some(&words) {
                error!(
                    interface = interface.name,
                    "{} is not enforced; tried again every {} s: {words}",
                    interface.name,
                    RETRY.as_secs()
                );
            }
            self.open.insert(interface.index, words);
        }
    }
}
