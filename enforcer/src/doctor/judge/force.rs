//! Is the policy in force on the interfaces that it names?

use crate::directories::Directories;
use crate::doctor::facts::{Daemon, Device, Facts, Kind, Running};
use crate::doctor::{Finding, Level, Question};
use crate::kernel::OUR_PROGRAM;
use crate::kernel::links::PinnedProgram;
use crate::netlink::AttachMode;
use crate::policy::Mode;
use crate::record::Record;
use crate::words::{Count, Grouped, names};

use super::command::{self, put_in_force, quote};

pub(super) fn judge(facts: &Facts, findings: &mut Vec<Finding>) {
    for (device, _) in facts.enforced() {
        findings.push(enforced(facts, device).on(device));
        findings.extend(generation(facts, device).map(|finding| finding.on(device)));
    }
    findings.extend(absent(facts));
    findings.extend(stale(facts));
    if let Ok(Some(record)) = &facts.record {
        findings.extend(audit(facts, record));
    }
}

/// Whether the program that runs is the one that our link holds. That none runs, everybody may know.
fn enforced(facts: &Facts, device: &Device) -> Finding {
    let Some(running) = &device.xdp else {
        return missing(facts, device);
    };
    match &facts.pins {
        Ok(pins) if pins.contains(&held(device, running)) => ours_or_not(facts, device, running),
        Ok(_) if is_held_by_daemon(facts, running) => unpinned(facts, running),
        Ok(_) => another(device, running),
        Err(untold) => Finding::unknown(Question::Enforced, untold),
    }
}

/// A daemon holds its links beside their pins.
fn is_held_by_daemon(facts: &Facts, running: &Running) -> bool {
    let record = facts.record.as_ref().ok().and_then(Option::as_ref);
    let is_in_force = record.is_some_and(|record| record.program == running.attached.program);
    is_in_force && matches!(facts.daemon, Ok(Daemon::Runs { .. }))
}

fn unpinned(facts: &Facts, running: &Running) -> Finding {
    Finding::new(
        Question::Enforced,
        Level::Warning,
        format!(
            "enforced, in {} mode, by a link that is not pinned",
            running.attached.mode
        ),
        "It ends with the daemon, which alone holds it. A daemon makes pins anew that were removed; where \
         their file system was unmounted it cannot.",
    )
    .run(put_in_force(facts))
}

/// What our link would hold if the program were ours.
const fn held(device: &Device, running: &Running) -> PinnedProgram {
    PinnedProgram {
        index: device.index,
        program: running.attached.program,
    }
}

/// No program is on it. The kernel puts none on what is below an interface that has one
/// (`dev_xdp_attach`).
fn missing(facts: &Facts, device: &Device) -> Finding {
    let finding = |message: String, meaning: &str| {
        Finding::new(Question::Enforced, Level::Error, message, meaning)
    };
    let mut above = facts.devices.iter().filter(|above| {
        let is_on_it = matches!(above.kind, Kind::Vlan | Kind::Macvlan);
        device.master == Some(above.index) || is_on_it && above.parent == Some(device.index)
    });
    let above = above.find_map(|above| Some((above, above.xdp.as_ref()?)));
    match above {
        Some((above, running)) => finding(
            format!("no program is on it, because one is on {} above it", above.name),
            "The kernel puts none below another, so every frame from there passes. If the policy names the \
             one above, take it out of `interfaces`; what comes in below is judged below.",
        )
        .run(take_off(above, running))
        .run(put_in_force(facts)),
        None => finding(
            "named by the policy, and no program is on it".to_owned(),
            "Every frame from there passes: who is behind it reaches everything.",
        )
        .run(put_in_force(facts)),
    }
}

/// Our link may hold a program that somebody else put there.
fn ours_or_not(facts: &Facts, device: &Device, running: &Running) -> Finding {
    let id = running.attached.program;
    let is_pinned = matches!(&facts.program, Ok(Some(pinned)) if pinned.id == id);
    match &running.program {
        Ok(program) if !is_pinned && program.name != OUR_PROGRAM => {
            another(device, running).run(put_in_force(facts))
        }
        Ok(_) | Err(_) => Finding::new(
            Question::Enforced,
            Level::Ok,
            format!("enforced, in {} mode", running.attached.mode),
            "The program that our link holds judges every frame that comes in there.",
        ),
    }
}

fn another(device: &Device, running: &Running) -> Finding {
    let id = running.attached.program;
    let what = match &running.program {
        Ok(program) => program.to_string(),
        Err(_) => format!("program {id}"),
    };
    let mode = running.attached.mode;
    let finding = Finding::new(
        Question::OtherProgram,
        Level::Error,
        format!("{what} is on it in {mode} mode, and is not ours"),
        "One interface holds one program, and ours never takes another's place: what cameras send \
         there is not judged. See whose it is; once it is off, a running daemon puts ours on within a \
         second.",
    );
    finding.run(take_off(device, running))
}

/// How a program comes off depends on how it was put on.
fn take_off(device: &Device, running: &Running) -> String {
    let name = quote(&device.name);
    let is_dispatcher = running
        .program
        .as_ref()
        .is_ok_and(|program| program.name.starts_with("xdp_dispatch"));
    match (running.links.as_deref(), running.attached.mode) {
        (Ok([link]), _) => format!("bpftool link detach id {link}"),
        // Which of them is on this interface, it shows.
        (Ok([_, ..]), _) => format!("bpftool link show | grep -B1 {name}"),
        _ if is_dispatcher => format!("xdp-loader unload {name} --all"),
        (_, AttachMode::Native) => format!("ip link set dev {name} xdpdrv off"),
        (_, AttachMode::Generic) => format!("ip link set dev {name} xdpgeneric off"),
        (_, AttachMode::Offload) => format!("ip link set dev {name} xdpoffload off"),
    }
}

/// Whether the interface came along with the others at the last change.
fn generation(facts: &Facts, device: &Device) -> Option<Finding> {
    let running = device.xdp.as_ref()?;
    let pins = facts.pins.as_ref().ok()?;
    if !pins.contains(&held(device, running)) {
        return None;
    }
    let running = running.attached.program;
    match &facts.program {
        Ok(Some(pinned)) if pinned.id == running => None,
        Ok(Some(pinned)) => Some(
            Finding::new(
                Question::Generation,
                Level::Warning,
                format!("program {running} is on it, and {} is in force", pinned.id),
                "It enforces another generation than the other interfaces: perhaps an older policy.",
            )
            .run(put_in_force(facts)),
        ),
        Ok(None) => Some(
            Finding::new(
                Question::Generation,
                Level::Warning,
                "the pin of the program in force is gone",
                "It enforces, and which policy that is cannot be compared with the other interfaces.",
            )
            .run(put_in_force(facts)),
        ),
        Err(untold) => Some(Finding::unknown(Question::Generation, untold)),
    }
}

fn absent(facts: &Facts) -> Option<Finding> {
    let rows = facts.asked.interfaces.iter().map(|row| &row.name);
    let absent: Vec<String> = rows
        .filter(|name| {
            !facts
                .devices
                .iter()
                .any(|device| name.matches(&device.name))
        })
        .map(ToString::to_string)
        .collect();
    if absent.is_empty() {
        return None;
    }
    let message = format!(
        "the policy names {}, and nothing of that name is there",
        names(&absent)
    );
    let is_anywhere = absent.len() < facts.asked.interfaces.len();
    Some(match facts.daemon {
        Ok(Daemon::Stopped) => Finding::new(
            Question::Absent,
            Level::Warning,
            message,
            "When it appears, it is open: no daemon runs that would put the program on it.",
        )
        .run(command::start(facts)),
        Ok(Daemon::Runs { .. }) | Err(_) if !is_anywhere => Finding::new(
            Question::Absent,
            Level::Warning,
            message,
            "So nothing is enforced anywhere. A running daemon waits for it and enforces it when it appears. A \
             name that is misspelt waits forever.",
        )
        .run("ip -brief link"),
        Ok(Daemon::Runs { .. }) | Err(_) => Finding::new(
            Question::Absent,
            Level::Note,
            message,
            "A running daemon waits for it and enforces it when it appears. A name that is misspelt \
             waits forever.",
        )
        .run("ip -brief link"),
    })
}

fn stale(facts: &Facts) -> Option<Finding> {
    let pins = facts.pins.as_ref().ok()?.iter().map(|pin| pin.index);
    let stale: Vec<u32> = pins
        .filter(|&index| facts.device(index).is_none())
        .collect();
    if stale.is_empty() {
        return None;
    }
    let links = Count(stale.len(), "pinned link");
    let links = format!("{links} of interfaces that are not here");
    let paths = stale.iter().map(|index| pin(&facts.directories, *index));
    let paths: Vec<String> = paths.collect();
    Some(
        Finding::new(
            Question::StaleLink,
            Level::Note,
            format!("{links}: {}", names(&paths)),
            "The interface is gone, or in another network namespace and still enforced there. The \
             daemon removes the link at the next change of policy or links.",
        )
        .run(put_in_force(facts)),
    )
}

fn pin(directories: &Directories, index: u32) -> String {
    let path = directories.links().join(index.to_string());
    path.display().to_string()
}

/// An audit lets through on purpose; one that should have ended does not.
fn audit(facts: &Facts, record: &Record) -> Vec<Finding> {
    let cameras = record.cameras.values();
    let modes = cameras.map(|camera| (format!("camera {}", camera.name), camera.mode));
    let modes = modes.chain([("whatever is not listed".to_owned(), record.unlisted)]);
    let (overdue, audited): (Vec<_>, Vec<_>) = modes
        .filter(|(_, mode)| mode.is_audit())
        .partition(|(_, mode)| mode.at(facts.now) != *mode);
    let mut findings = Vec::new();
    if !overdue.is_empty() {
        findings.push(
            Finding::new(
                Question::Audit,
                Level::Error,
                format!("an audit is over and goes on: {}", listed(&overdue)),
                "Frames pass that should be dropped since then. The daemon ends an audit; where it runs, \
                 its log says why it could not.",
            )
            .run(put_in_force(facts)),
        );
    }
    if !audited.is_empty() {
        findings.push(Finding::new(
            Question::Audit,
            Level::Note,
            format!("in audit mode: {}", listed(&audited)),
            "As the policy says, what they send is judged, counted and told, and passes.",
        ));
    }
    findings
}

fn listed(modes: &[(String, Mode)]) -> String {
    let mut words: Vec<String> = modes
        .iter()
        .take(crate::words::MOST_NAMES)
        .map(|(who, mode)| match mode.until() {
            Some(until) => format!("{who} until {until}"),
            None => who.clone(),
        })
        .collect();
    let more = modes.len() - words.len();
    if more > 0 {
        words.push(format!("{} more", Grouped(more)));
    }
    words.join(", ")
}
