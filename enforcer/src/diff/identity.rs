//! What differs in how a camera is known and treated, in words.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::policy::{Camera, Identity, Link, Policy};
use crate::words::Shown;

/// One text for each thing that differs but for destinations: `mode: audit, now enforce`.
pub(super) fn words(old: (&Policy, &Camera), new: (&Policy, &Camera)) -> Vec<String> {
    let mut words = Vec::new();
    let [before, after] = [old.1, new.1].map(|camera| keys(&camera.identity));
    for ((key, before), (_, after)) in before.into_iter().zip(after) {
        push(&mut words, key, &list(&before), &list(&after));
    }
    let [before, after] = [old.1.mode, new.1.mode].map(|mode| mode.to_string());
    push(&mut words, "mode", &before, &after);
    let [before, after] = [old, new].map(|(policy, camera)| {
        let group = policy.groups.get(camera.group);
        links(group.map(|group| group.link).unwrap_or_default())
    });
    for ((key, before), (_, after)) in before.into_iter().zip(after) {
        push(&mut words, key, &before, &after);
    }
    words
}

/// `mode: audit, now enforce`, if that is a difference.
pub(super) fn push(words: &mut Vec<String>, key: &str, before: &str, after: &str) {
    if before != after {
        words.push(format!("{key}: {before}, now {after}"));
    }
}

/// The keys of `match`, each with its values in one order.
fn keys(identity: &Identity) -> [(&'static str, BTreeSet<String>); 4] {
    // What binds is a set of addresses, however it is written; what a camera is known by is not: a
    // longer prefix is more specific.
    let ip = if identity.binds() {
        IpNet::aggregate(&identity.ip)
    } else {
        identity.ip.clone()
    };
    [
        (
            "mac",
            identity.mac.iter().map(ToString::to_string).collect(),
        ),
        (
            "ip",
            ip.into_iter().map(|ip| Shown(ip).to_string()).collect(),
        ),
        (
            "vlan",
            identity.vlan.iter().map(ToString::to_string).collect(),
        ),
        (
            "interface",
            identity.interface.iter().map(ToString::to_string).collect(),
        ),
    ]
}

fn list(values: &BTreeSet<String>) -> String {
    if values.is_empty() {
        return "any".to_owned();
    }
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.join(" ")
}

fn links(link: Link) -> [(&'static str, String); 4] {
    let word = |allowed| if allowed { "allow" } else { "drop" }.to_owned();
    [
        ("arp", word(link.arp)),
        ("dhcp", word(link.dhcp)),
        ("neighbours", word(link.neighbours)),
        ("discovery", link.discovery.to_string()),
    ]
}
