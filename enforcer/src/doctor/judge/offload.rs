//! Does hardware take frames before the program sees them?

use crate::doctor::facts::{Device, Facts, Flowtable, Kind};
use crate::doctor::{Finding, Level, Question};
use crate::words;

use super::command::quote;

pub(super) fn judge(facts: &Facts, findings: &mut Vec<Finding>) {
    match &facts.flowtables {
        Ok(flowtables) => {
            for (device, _) in facts.enforced() {
                let found = flow_offload(facts, device, flowtables);
                findings.extend(found.map(|finding| finding.on(device)));
            }
        }
        Err(untold) => findings.push(Finding::unknown(Question::FlowOffload, untold)),
    }
    for (device, _) in facts.enforced() {
        let found = [tc_offload(device), ntuple(device)];
        findings.extend(
            found
                .into_iter()
                .flatten()
                .map(|finding| finding.on(device)),
        );
    }
}

/// A flow table in software stands behind XDP and skips nothing. It is told all the same, since it is
/// what one suspects.
fn flow_offload(facts: &Facts, device: &Device, flowtables: &[Flowtable]) -> Option<Finding> {
    let concerns = |flowtable: &&Flowtable| {
        let mut devices = flowtable.devices.iter();
        devices.any(|name| is_on_the_way(facts, device, name))
    };
    let (hardware, software): (Vec<&Flowtable>, Vec<&Flowtable>) = flowtables
        .iter()
        .filter(concerns)
        .partition(|flowtable| flowtable.hardware);
    let Some(first) = hardware.first() else {
        return (!software.is_empty()).then(|| {
            Finding::new(
                Question::FlowOffload,
                Level::Ok,
                format!("the flow table {} is in software", told(&software)),
                "It stands behind the program, which sees every frame of every flow.",
            )
        });
    };
    let finding = Finding::new(
        Question::FlowOffload,
        Level::Error,
        format!("the flow table {} hands flows to hardware", told(&hardware)),
        "Once a flow is known, the hardware forwards it: later frames of it skip the program, also when \
         the policy is tightened. Take `flags offload` out of the flow table; in software it is harmless.",
    );
    let name = quote(&device.name);
    let Flowtable {
        family,
        table,
        name: flowtable,
        ..
    } = first;
    Some(if table == "fw4" {
        finding
            .run("uci set firewall.@defaults[0].flow_offloading_hw=0")
            .run("uci commit firewall")
            .run("service firewall restart")
    } else {
        let flowtable = format!("{family} {} {}", quote(table), quote(flowtable));
        finding
            .run(format!("ethtool -K {name} hw-tc-offload off"))
            .run(format!("nft list flowtable {flowtable}"))
    })
}

/// `inet fw4 ft`
fn told(flowtables: &[&Flowtable]) -> String {
    let names = flowtables.iter();
    let names: Vec<String> = names
        .map(
            |Flowtable {
                 family,
                 table,
                 name,
                 ..
             }| format!("{family} {table} {name}"),
        )
        .collect();
    words::names(&names)
}

/// Whether a flow table that names a link concerns another: the same, what it is a port of, what it
/// is on, and what is on it.
fn is_on_the_way(facts: &Facts, device: &Device, name: &str) -> bool {
    let Some(other) = facts.devices.iter().find(|other| other.name == name) else {
        return false;
    };
    let is_below = |one: &Device, other: &Device| {
        let sits_on = !matches!(one.kind, Kind::Veth) && one.parent == Some(other.index);
        sits_on || one.master == Some(other.index)
    };
    device.index == other.index || is_below(device, other) || is_below(other, device)
}

fn tc_offload(device: &Device) -> Option<Finding> {
    let is_on = match device.has("hw-tc-offload") {
        Ok(is_on) => is_on,
        // What else ethtool would tell is not known either; once is enough to say so.
        Err(untold) => return Some(Finding::unknown(Question::TcOffload, &untold)),
    };
    is_on.then(|| {
        Finding::new(
            Question::TcOffload,
            Level::Note,
            "hw-tc-offload is on",
            "Rules of tc and flow tables may be handed to the card, and what it forwards by them skips the \
             program. None needs to be there now.",
        )
        .run(format!("ethtool -K {} hw-tc-offload off", quote(&device.name)))
    })
}

fn ntuple(device: &Device) -> Option<Finding> {
    device.has("rx-ntuple-filter").is_ok_and(|on| on).then(|| {
        Finding::new(
            Question::Ntuple,
            Level::Note,
            "ntuple filters are on",
            "The card may sort frames by rules of its own: to a queue, where the program still sees them, to \
             a virtual function, where it does not, or away.",
        )
        .run(format!("ethtool -u {}", quote(&device.name)))
        .run(format!("ethtool -K {} ntuple off", quote(&device.name)))
    })
}
