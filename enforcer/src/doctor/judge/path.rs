//! Do frames take a way that does not come past the program?

use crate::doctor::facts::{Device, Facts, Kind, Radio, Row};
use crate::doctor::{Finding, Level, Question};
use crate::policy::Unlisted;
use crate::words::names;

use super::command::quote;

pub(super) fn judge(facts: &Facts, findings: &mut Vec<Finding>) {
    for (device, row) in facts.enforced() {
        let found = [
            bridge(facts, device),
            switch_chip(facts, device),
            conduit(facts, device, row),
            sub_interface(facts, device),
            wireless(device),
            embedded_switch(device),
        ];
        findings.extend(
            found
                .into_iter()
                .flatten()
                .map(|finding| finding.on(device)),
        );
    }
}

/// A bridge shows what it hands up to the router. What one port sends to another it does not.
fn bridge(facts: &Facts, device: &Device) -> Option<Finding> {
    if device.kind != Kind::Bridge {
        return None;
    }
    let ports = facts.devices.iter();
    let ports = ports.filter(|port| port.master == Some(device.index));
    let ports = ports.map(|port| port.name.as_str());
    let (named, unnamed): (Vec<&str>, Vec<&str>) =
        ports.partition(|port| facts.named(port).is_some());
    if !unnamed.is_empty() {
        return Some(
            Finding::new(
                Question::Bridge,
                Level::Error,
                format!("a bridge, and the policy does not name its ports {}", names(&unnamed)),
                "What a camera sends from one port to another never comes to the bridge's own interface, so \
                 nothing judges it. Name the ports that cameras are on, in place of the bridge.",
            )
            .interfaces(unnamed),
        );
    }
    (!named.is_empty()).then(|| {
        Finding::new(
            Question::Bridge,
            Level::Warning,
            format!("the policy names a bridge and its ports {}", names(&named)),
            "While a program is on the bridge, the kernel puts none on a port that has none yet: one that \
             appears later stays open. What comes in on the ports is judged there; take the bridge out of \
             `interfaces`.",
        )
        .interfaces(named)
    })
}

/// Ports of one chip that are ports of one bridge: the chip forwards between them by itself.
fn switch_chip(facts: &Facts, device: &Device) -> Option<Finding> {
    let is_port = device.kind == Kind::Dsa || device.switch.is_some();
    if !is_port {
        return None;
    }
    let beside = facts.devices.iter().filter(|other| {
        other.index != device.index
            && device.master.is_some()
            && other.master == device.master
            && is_of_one_chip(device, other)
    });
    let beside: Vec<&Device> = beside.collect();
    let open = beside
        .iter()
        .filter(|other| !(device.isolated && other.isolated));
    let open: Vec<&str> = open.map(|other| other.name.as_str()).collect();
    let name = quote(&device.name);
    if !open.is_empty() {
        return Some(
            Finding::new(
                Question::SwitchChip,
                Level::Error,
                format!("a port of a switch chip, in one bridge with {}", names(&open)),
                "The chip carries frames from port to port by itself, and they never come to the \
                 processor: the camera reaches what is on the other ports. Out of the bridge, everything \
                 it sends goes through the processor; it then needs an address range of its own.",
            )
            .run(format!("ip link set dev {name} nomaster")),
        );
    }
    // A chip that only knows bridges leaves routing to the processor; others may not.
    (device.kind != Kind::Dsa && device.virtual_functions == 0).then(|| {
        Finding::new(
            Question::SwitchChip,
            Level::Warning,
            "a port of a switch that may forward, and route, by itself",
            "What the switch forwards in hardware does not come past the program. Which that is, its \
             driver knows: look for `offload` in the routes and neighbours, and keep camera ports out of \
             them.",
        )
        .run(format!("ip route show dev {name}; bridge -statistics fdb show dev {name}"))
    })
}

fn is_of_one_chip(one: &Device, other: &Device) -> bool {
    match (&one.switch, &other.switch) {
        (Some(one), Some(other)) => one == other,
        // Before a driver tells: ports that share a conduit share a chip, or a chain of them.
        _ => one.kind == Kind::Dsa && other.kind == Kind::Dsa && one.parent == other.parent,
    }
}

/// Frames on a conduit carry the chip's own tag, which the program does not read.
fn conduit(facts: &Facts, device: &Device, row: Option<Row>) -> Option<Finding> {
    let ports = facts.devices.iter();
    let ports = ports.filter(|port| port.kind == Kind::Dsa && port.parent == Some(device.index));
    let ports: Vec<&str> = ports.map(|port| port.name.as_str()).collect();
    if ports.is_empty() {
        return None;
    }
    let (level, consequence) = match row.map(|row| row.unlisted) {
        Some(Unlisted::Drop) => (
            Level::Warning,
            "Under `unlisted: drop` that cuts off every port of the chip.",
        ),
        Some(Unlisted::Pass) | None => (
            Level::Error,
            "Under `unlisted: pass` a camera's frames may then pass as a stranger's.",
        ),
    };
    Some(
        Finding::new(
            Question::Conduit,
            level,
            format!(
                "the conduit of a switch chip; its ports are {}",
                names(&ports)
            ),
            format!(
                "Frames there carry the chip's own tag, so their source and type are read wrong. \
                 {consequence} Name the ports that cameras are on, in place of the conduit."
            ),
        )
        .interfaces(ports),
    )
}

fn sub_interface(facts: &Facts, device: &Device) -> Option<Finding> {
    let what = match device.kind {
        Kind::Vlan => "one VLAN",
        Kind::Macvlan => "one MAC address",
        Kind::Bridge | Kind::Dsa | Kind::Veth | Kind::Other => return None,
    };
    let parent = device.parent.and_then(|parent| facts.device(parent));
    if parent.is_some_and(|parent| facts.named(&parent.name).is_some()) {
        return None;
    }
    let of = parent.map_or("an interface in another namespace", |parent| &parent.name);
    let finding = Finding::new(
        Question::SubInterface,
        Level::Note,
        format!("{what} of {of}, which the policy does not name"),
        "Only these frames are judged, in generic mode. A device on the same wire that sends others, \
         without the tag or with another, is not; if the switch in front does not see to that, name the \
         interface below.",
    );
    Some(match parent {
        Some(parent) => finding.interfaces([parent.name.as_str()]),
        None => finding,
    })
}

fn wireless(device: &Device) -> Option<Finding> {
    match &device.radio {
        Ok(Some(Radio::AccessPoint)) => Some(
            Finding::new(
                Question::Wireless,
                Level::Note,
                "an access point; whether it isolates its stations, the kernel does not say",
                "Frames between stations of one network are carried by the access point and do not come \
                 past the program, unless client isolation is on (`ap_isolate=1`).",
            )
            .run("grep -H ap_isolate /etc/hostapd/*.conf /var/run/hostapd*.conf"),
        ),
        Ok(Some(Radio::Other) | None) => None,
        Err(untold) => Some(Finding::unknown(Question::Wireless, untold)),
    }
}

fn embedded_switch(device: &Device) -> Option<Finding> {
    if device.virtual_functions == 0 && !device.embedded_switch {
        return None;
    }
    let what = if device.virtual_functions > 0 {
        format!(
            "the card has {} virtual functions",
            device.virtual_functions
        )
    } else {
        "a switch in the card forwards between its ports".to_owned()
    };
    let name = &device.name;
    let command = if device.virtual_functions > 0 {
        format!(
            "echo 0 > {}",
            quote(&format!("/sys/class/net/{name}/device/sriov_numvfs"))
        )
    } else {
        format!("bridge link set dev {} hwmode vepa", quote(name))
    };
    Some(
        Finding::new(
            Question::EmbeddedSwitch,
            Level::Warning,
            what,
            "A switch in the card carries frames to its functions, and what is for them does not come past \
             the program: a camera there reaches the virtual machine that holds one.",
        )
        .run(command),
    )
}
