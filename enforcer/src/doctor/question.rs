//! What is asked of a router. Each question has one name, in text, in JSON and in the manual, and the
//! levels that its answer may have.

use serde::{Serialize, Serializer};

use super::finding::Level;

/// What is asked. `docs/doctor.md` lists them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Is it new enough?
    Kernel,
    /// Is there a place for pins?
    Bpffs,
    /// Is what the file says in force?
    Policy,
    /// Does it run?
    Daemon,
    /// May it do what it must?
    Privileges,
    /// Are programs compiled?
    Interpreter,
    /// Is the program on the interface?
    Enforced,
    /// Is another's program on it?
    OtherProgram,
    /// Is it the generation in force?
    Generation,
    /// Is an interface of the policy missing?
    Absent,
    /// Is a link left of an interface that is gone?
    StaleLink,
    /// Does the policy drop?
    Audit,
    /// Do frames pass from port to port of a bridge?
    Bridge,
    /// Or of a switch chip?
    SwitchChip,
    /// Is it what carries the frames of a switch chip?
    Conduit,
    /// Is it a part of another interface?
    SubInterface,
    /// Do frames pass from station to station?
    Wireless,
    /// Does the card switch frames?
    EmbeddedSwitch,
    /// Does hardware forward known flows?
    FlowOffload,
    /// May hardware take rules of tc?
    TcOffload,
    /// May the card sort frames by rules of its own?
    Ntuple,
    /// Are tags seen that the policy asks for?
    VlanTags,
    /// Where does the program run?
    AttachMode,
    /// Are frames short enough for native mode?
    Mtu,
    /// Does the card merge frames?
    Merging,
}

impl Question {
    /// Every question.
    pub const ALL: &[Self] = &[
        Self::Kernel,
        Self::Bpffs,
        Self::Policy,
        Self::Daemon,
        Self::Privileges,
        Self::Interpreter,
        Self::Enforced,
        Self::OtherProgram,
        Self::Generation,
        Self::Absent,
        Self::StaleLink,
        Self::Audit,
        Self::Bridge,
        Self::SwitchChip,
        Self::Conduit,
        Self::SubInterface,
        Self::Wireless,
        Self::EmbeddedSwitch,
        Self::FlowOffload,
        Self::TcOffload,
        Self::Ntuple,
        Self::VlanTags,
        Self::AttachMode,
        Self::Mtu,
        Self::Merging,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Bpffs => "bpffs",
            Self::Policy => "policy",
            Self::Daemon => "daemon",
            Self::Privileges => "privileges",
            Self::Interpreter => "interpreter",
            Self::Enforced => "enforced",
            Self::OtherProgram => "other-program",
            Self::Generation => "generation",
            Self::Absent => "absent",
            Self::StaleLink => "stale-link",
            Self::Audit => "audit",
            Self::Bridge => "bridge",
            Self::SwitchChip => "switch-chip",
            Self::Conduit => "conduit",
            Self::SubInterface => "sub-interface",
            Self::Wireless => "wireless",
            Self::EmbeddedSwitch => "embedded-switch",
            Self::FlowOffload => "flow-offload",
            Self::TcOffload => "tc-offload",
            Self::Ntuple => "ntuple",
            Self::VlanTags => "vlan-tags",
            Self::AttachMode => "attach-mode",
            Self::Mtu => "mtu",
            Self::Merging => "merging",
        }
    }

    /// The question.
    pub const fn asks(self) -> &'static str {
        match self {
            Self::Kernel => "Is the kernel 5.10 or later?",
            Self::Bpffs => "Is a BPF file system where links are pinned?",
            Self::Policy => "Can the policy be read, and is it in force?",
            Self::Daemon => "Does the daemon run?",
            Self::Privileges => "Does the daemon have the privileges that it needs?",
            Self::Interpreter => "Does the kernel compile programs, rather than interpret them?",
            Self::Enforced => "Is the program on every interface that the policy names?",
            Self::OtherProgram => "Is a program on it that is not ours?",
            Self::Generation => "Does it hold the generation in force?",
            Self::Absent => "Is every interface there that the policy names?",
            Self::StaleLink => "Is a pinned link left of an interface that is gone?",
            Self::Audit => "Does what is in force drop, and does an audit end when it should?",
            Self::Bridge => "Does the policy name a bridge, rather than its ports?",
            Self::SwitchChip => "Can a switch chip carry frames past the processor?",
            Self::Conduit => "Does the policy name the conduit of a switch chip (DSA)?",
            Self::SubInterface => "Does the policy name a VLAN or macvlan, and not what it is on?",
            Self::Wireless => "Can an access point carry frames from station to station?",
            Self::EmbeddedSwitch => {
                "Can a switch in the network card carry frames past the driver?"
            }
            Self::FlowOffload => "Does a flow table hand known flows to hardware?",
            Self::TcOffload => "May rules of tc be handed to hardware?",
            Self::Ntuple => "May the card sort frames by rules of its own?",
            Self::VlanTags => "Does the program see the VLAN tags that the policy asks for?",
            Self::AttachMode => "Does the program run in the driver, or can it?",
            Self::Mtu => "Are frames short enough for native mode?",
            Self::Merging => "Does the card merge frames before they are judged?",
        }
    }

    /// What the answer may be, the worst first.
    pub const fn levels(self) -> &'static [Level] {
        use Level::{Error, Note, Ok, Unknown, Warning};
        match self {
            Self::Kernel | Self::Bpffs | Self::FlowOffload => &[Error, Unknown, Ok],
            Self::Enforced => &[Error, Warning, Unknown, Ok],
            Self::Policy | Self::Bridge | Self::SwitchChip | Self::Conduit => &[Error, Warning],
            Self::Daemon => &[Warning, Unknown, Ok],
            Self::Privileges | Self::Interpreter | Self::EmbeddedSwitch | Self::Merging => {
                &[Warning]
            }
            Self::OtherProgram => &[Error],
            Self::Generation => &[Warning, Unknown],
            Self::Absent | Self::Mtu => &[Warning, Note],
            Self::StaleLink | Self::SubInterface | Self::Ntuple => &[Note],
            Self::Audit => &[Error, Note],
            Self::Wireless | Self::TcOffload => &[Unknown, Note],
            Self::VlanTags => &[Error, Warning, Unknown],
            Self::AttachMode => &[Warning, Unknown, Note],
        }
    }
}

impl Serialize for Question {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
