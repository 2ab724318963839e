//! `enforcer status`: what is in force and what it counted. It asks the kernel, not the daemon.

use std::{collections::BTreeMap, io::Write};

use anyhow::{Context as _, Result};
use enforcer_common::{
    DropReason,
    counter::{Counter, Slot},
    table::STRANGERS,
};
use serde::Serialize;
use tokio::runtime;

use crate::{
    directories::Directories,
    exit::Exit,
    kernel::{
        counters::{self, Tally},
        links,
    },
    netlink::{AttachMode, Netlink},
    policy::{Mode, NamePattern},
    record::Record,
    words::Count,
};

/// What is in force.
#[derive(Debug, Serialize)]
struct Status {
    generation: u32,
    policy: String,
    interfaces: Vec<Interface>,
    /// Interfaces that the policy names and that are not there.
    waiting: Vec<String>,
    cameras: Vec<Camera>,
    /// Of sources that are no camera's.
    unlisted: Frames,
    events: Events,
}

#[derive(Debug, Serialize)]
struct Interface {
    name: String,
    mode: Option<AttachMode>,
    enforcing: bool,
}

#[derive(Debug, Serialize)]
struct Camera {
    name: String,
    group: String,
    mode: Mode,
    allowed: Frames,
    dropped: Dropped,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Frames {
    packets: u64,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct Dropped {
    packets: u64,
    bytes: u64,
    /// Packets for each reason that there were any for.
    reasons: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Default, Serialize)]
struct Events {
    told: u64,
    suppressed: u64,
    lost: u64,
}

/// Shows what is in force; [`Exit::No`] if something is not that should be.
pub fn status(directories: &Directories, json: bool, out: &mut impl Write) -> Result<Exit> {
    let pinned = links::pinned_programs(directories)?;
    let record = Record::read(directories)?;
    let Some(record) = record.filter(|_| directories.maps().exists()) else {
        if pinned.is_empty() {
            writeln!(out, "nothing is in force")?;
        } else {
            writeln!(
                out,
                "in force on {}, and which policy that is is not known: {} is gone; start the \
                 daemon anew, and it takes over",
                Count(pinned.len(), "interface"),
                directories.record().display()
            )?;
        }
        return Ok(Exit::No);
    };
    let tallies = counters::read(directories)?;
    let (interfaces, waiting) = interfaces(&record, &pinned)?;
    let status = Status {
        generation: record.generation,
        policy: record.policy.clone(),
        interfaces,
        waiting,
        cameras: cameras(&record, &tallies),
        unlisted: tallies.get(&STRANGERS).map(total).unwrap_or_default(),
        events: events(&tallies),
    };
    if json {
        writeln!(out, "{}", serde_json::to_string(&status)?)?;
    } else {
        show(&status, out)?;
    }
    let enforced = status
        .interfaces
        .iter()
        .all(|interface| interface.enforcing);
    Ok(if enforced { Exit::Ok } else { Exit::No })
}

/// The interfaces that the policy names: those that are there, and those that are not.
fn interfaces(
    record: &Record,
    pinned: &[links::PinnedProgram],
) -> Result<(Vec<Interface>, Vec<String>)> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime")?;
    let (topology, attached) = runtime.block_on(async {
        let netlink = Netlink::connect()?;
        Ok::<_, anyhow::Error>((netlink.topology().await?, netlink.attached().await?))
    })?;
    let patterns = record.interfaces.iter();
    let patterns: Vec<NamePattern> = patterns.filter_map(|name| name.parse().ok()).collect();
    let named = |name: &str| patterns.iter().any(|pattern| pattern.matches(name));
    let links = topology.links.iter().filter(|link| named(&link.name));
    let interfaces = links.map(|link| {
        let attached = attached.get(&link.index);
        // The program that runs must be the one that our link holds, not somebody else's.
        let enforcing = attached.is_some_and(|attached| {
            pinned
                .iter()
                .any(|ours| ours.index == link.index && ours.program == attached.program)
        });
        Interface {
            name: link.name.clone(),
            mode: attached.map(|attached| attached.mode),
            enforcing,
        }
    });
    let missing = patterns.iter().filter(|pattern| {
        let mut links = topology.links.iter();
        !links.any(|link| pattern.matches(&link.name))
    });
    Ok((
        interfaces.collect(),
        missing.map(ToString::to_string).collect(),
    ))
}

fn cameras(record: &Record, tallies: &BTreeMap<u32, Tally>) -> Vec<Camera> {
    let cameras = record.cameras.iter().map(|(id, camera)| {
        let tally = tallies.get(id);
        let allowed = tally
            .map(|tally| tally.of(Slot::Allowed))
            .unwrap_or_default();
        let Frames { packets, bytes } = tally.map(total).unwrap_or_default();
        let reasons = DropReason::ALL.iter().filter_map(|&reason| {
            let packets = tally?.of(Slot::Drop(reason)).packets;
            (packets > 0).then_some((reason.name(), packets))
        });
        Camera {
            name: camera.name.clone(),
            group: camera.group.clone(),
            mode: camera.mode,
            allowed: allowed.into(),
            dropped: Dropped {
                packets,
                bytes,
                reasons: reasons.collect(),
            },
        }
    });
    cameras.collect()
}

fn total(tally: &Tally) -> Frames {
    let mut total = Frames::default();
    for &reason in DropReason::ALL {
        let Counter { packets, bytes } = tally.of(Slot::Drop(reason));
        total.packets += packets;
        total.bytes += bytes;
    }
    total
}

fn events(tallies: &BTreeMap<u32, Tally>) -> Events {
    let sum = |slot| tallies.values().map(|tally| tally.of(slot).packets).sum();
    Events {
        told: sum(Slot::Told),
        suppressed: sum(Slot::Suppressed),
        lost: sum(Slot::Lost),
    }
}

impl From<Counter> for Frames {
    fn from(Counter { packets, bytes }: Counter) -> Self {
        Self { packets, bytes }
    }
}

fn show(status: &Status, out: &mut impl Write) -> Result<()> {
    writeln!(out, "generation {} of {}", status.generation, status.policy)?;
    for interface in &status.interfaces {
        let state = if interface.enforcing {
            "enforcing"
        } else {
            "NOT ENFORCING"
        };
        let mode = interface
            .mode
            .map_or_else(String::new, |mode| format!(" ({mode})"));
        writeln!(out, "  {:<16} {state}{mode}", interface.name)?;
    }
    for name in &status.waiting {
        writeln!(out, "  {name:<16} not there; waiting for it")?;
    }
    show_cameras(status, out)?;
    let Events {
        told,
        suppressed,
        lost,
    } = status.events;
    writeln!(
        out,
        "\nevents: {told} told, {suppressed} suppressed, {lost} lost"
    )?;
    Ok(())
}

fn show_cameras(status: &Status, out: &mut impl Write) -> Result<()> {
    let width = status
        .cameras
        .iter()
        .map(|camera| camera.name.chars().count());
    let width = width.max().unwrap_or(0).max("unlisted".len());
    writeln!(
        out,
        "\n{:<width$}  {:>12}  {:>12}  why",
        "camera", "allowed", "dropped"
    )?;
    for camera in &status.cameras {
        let reasons = camera.dropped.reasons.iter();
        let reasons: Vec<_> = reasons
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        let audit = if camera.mode == Mode::Audit {
            "(audit: passed) "
        } else {
            ""
        };
        writeln!(
            out,
            "{:<width$}  {:>12}  {:>12}  {audit}{}",
            camera.name,
            camera.allowed.packets,
            camera.dropped.packets,
            reasons.join(", ")
        )?;
    }
    writeln!(
        out,
        "{:<width$}  {:>12}  {:>12}",
        "unlisted", "", status.unlisted.packets
    )?;
    Ok(())
}
