//! A router with one camera port, `lan-cam1`, and what can be done to it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::directories::Directories;
use crate::doctor::facts::{
    Asked, Daemon, Device, Facts, Flowtable, Host, Kind, Named, Program, Row, Running, Tagged,
    Untold,
};
use crate::kernel::links::PinnedProgram;
use crate::netlink::{AttachMode, Attached};
use crate::policy::{Attach, Mode};
use crate::record::{Camera, Record};

/// A router with one camera port, `lan-cam1`, and everything as it should be.
pub(super) fn sound() -> Facts {
    let mut facts = Facts {
        now: "2030-01-01T00:00:00Z".parse().unwrap(),
        directories: Directories {
            run: PathBuf::from("/run/enforcer"),
            state: PathBuf::from("/var/lib/enforcer"),
            bpffs: PathBuf::from("/sys/fs/bpf/enforcer"),
        },
        asked: Asked {
            path: Some("/etc/enforcer/policy.yaml".to_owned()),
            tagged: Some(Vec::new()),
            ..Asked::default()
        },
        devices: vec![device(1, "lo"), device(2, "lan-cam1")],
        record: Ok(Some(Record {
            generation: 3,
            interfaces: vec!["lan-cam1".to_owned()],
            ..Record::default()
        })),
        pins: Ok(vec![PinnedProgram {
            index: 2,
            program: 7,
        }]),
        program: Ok(Some(program(7, "enforce"))),
        daemon: Ok(Daemon::Stopped),
        flowtables: Ok(Vec::new()),
        host: Host {
            release: Ok("6.1.0-18-amd64".to_owned()),
            bpffs: Ok(true),
            compiles: Ok(true),
            has_unit: false,
        },
    };
    name(&mut facts, "lan-cam1", Row::default());
    daemon_with(&mut facts, 1 << 12 | 1 << 38 | 1 << 39);
    in_mode(&mut facts, AttachMode::Native, Ok(true));
    facts
}

pub(super) fn device(index: u32, name: &str) -> Device {
    Device {
        index,
        name: name.to_owned(),
        kind: Kind::Other,
        mtu: 1500,
        master: None,
        parent: None,
        switch: None,
        isolated: false,
        embedded_switch: false,
        virtual_functions: 0,
        xdp: None,
        features: Ok(BTreeMap::new()),
        native: Ok(true),
        in_pieces: Ok(false),
        radio: Ok(None),
    }
}

pub(super) fn program(id: u32, name: &str) -> Program {
    Program {
        id,
        name: name.to_owned(),
        tag: 0x0123_4567_89ab_cdef,
    }
}

pub(super) fn running(id: u32, mode: AttachMode) -> Running {
    Running {
        attached: Attached { program: id, mode },
        program: Ok(program(id, "other")),
        links: Ok(Vec::new()),
    }
}

pub(super) fn camera_port(facts: &mut Facts) -> &mut Device {
    &mut facts.devices[1]
}

pub(super) fn row(facts: &mut Facts) -> &mut Row {
    facts.asked.interfaces[0].row.as_mut().unwrap()
}

pub(super) fn in_mode(facts: &mut Facts, mode: AttachMode, native: Result<bool, Untold>) {
    let mut ours = running(7, mode);
    ours.program = Ok(program(7, "enforce"));
    camera_port(facts).xdp = Some(ours);
    camera_port(facts).native = native;
}

pub(super) fn name(facts: &mut Facts, name: &str, row: Row) {
    let name = name.parse().unwrap();
    facts.asked.interfaces.push(Named {
        name,
        row: Some(row),
    });
}

pub(super) fn name_in_record(facts: &mut Facts, name: &str) {
    let record = facts.record.as_mut().unwrap().as_mut().unwrap();
    record.interfaces.push(name.to_owned());
}

/// Names an interface too, and has the program on it once it is there.
pub(super) fn enforce(facts: &mut Facts, index: u32, interface: &str) {
    name(facts, interface, Row::default());
    name_in_record(facts, interface);
    facts
        .pins
        .as_mut()
        .unwrap()
        .push(PinnedProgram { index, program: 7 });
    let mut ours = running(7, AttachMode::Native);
    ours.program = Ok(program(7, "enforce"));
    let ours = Some(ours);
    for device in facts
        .devices
        .iter_mut()
        .filter(|device| device.index == index)
    {
        device.xdp.clone_from(&ours);
    }
    if facts.devices.iter().all(|device| device.index != index) {
        let mut device = device(index, interface);
        device.xdp = ours;
        facts.devices.push(device);
    }
}

/// Lets the one interface of the policy be something else, in generic mode as it must be.
pub(super) fn rename(facts: &mut Facts, to: &str, kind: Kind) {
    facts.asked.interfaces.clear();
    let row = Row {
        attach: Attach::Generic,
        ..Row::default()
    };
    name(facts, to, row);
    facts.record.as_mut().unwrap().as_mut().unwrap().interfaces = vec![to.to_owned()];
    in_mode(facts, AttachMode::Generic, Ok(false));
    camera_port(facts).name = to.to_owned();
    camera_port(facts).kind = kind;
}

pub(super) fn port_of(facts: &mut Facts, index: u32, name: &str, bridge: u32) {
    let mut port = device(index, name);
    port.master = Some(bridge);
    facts.devices.push(port);
}

/// Makes the camera's port one of a switch chip behind `eth0`, in a bridge.
pub(super) fn dsa(facts: &mut Facts) {
    camera_port(facts).kind = Kind::Dsa;
    camera_port(facts).parent = Some(8);
    camera_port(facts).master = Some(9);
}

/// Lets the policy name what carries the frames of `lan2`.
pub(super) fn conduit(facts: &mut Facts) {
    let mut port = device(3, "lan2");
    port.kind = Kind::Dsa;
    port.parent = Some(2);
    facts.devices.push(port);
}

pub(super) fn audit(facts: &mut Facts, mode: Mode) {
    let record = facts.record.as_mut().unwrap().as_mut().unwrap();
    let camera = Camera {
        name: "gate".to_owned(),
        group: "recorded".to_owned(),
        mode,
        makers: std::collections::BTreeSet::new(),
    };
    record.cameras.insert(1, camera);
}

pub(super) fn daemon_with(facts: &mut Facts, capabilities: u64) {
    facts.daemon = Ok(Daemon::Runs {
        process: 99,
        capabilities: Ok(capabilities),
    });
}

pub(super) fn feature(facts: &mut Facts, name: &str) {
    let features = camera_port(facts).features.as_mut().unwrap();
    features.insert(name.to_owned(), true);
}

pub(super) fn tagged(facts: &mut Facts, interfaces: &[&str]) {
    let interfaces = interfaces.iter().map(|name| name.parse().unwrap());
    facts.asked.tagged = Some(vec![Tagged {
        camera: "lobby".to_owned(),
        interfaces: interfaces.collect(),
    }]);
}

pub(super) fn flowtable(facts: &mut Facts, table: &str, hardware: bool, device: &str) {
    facts.flowtables = Ok(vec![Flowtable {
        family: "inet",
        table: table.to_owned(),
        name: "ft".to_owned(),
        hardware,
        devices: vec![device.to_owned()],
    }]);
}
