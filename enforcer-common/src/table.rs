//! What the verdict asks of a policy, and the rows that answer it.
//!
//! The rows are shared by the kernel's maps and the host's model; how they are found is each
//! one's own affair ([`Tables`]).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::{
    address::Address,
    rule::{Request, Ruling},
    source::Source,
    translator::Translator,
};

/// Number of a camera, stable for as long as its name stands in the policy. Zero stands for all
/// sources that are no camera's.
pub type CameraId = u32;

/// The sources that are no camera's.
pub const STRANGERS: CameraId = 0;

/// Number of a group within one generation.
pub type GroupId = u32;

/// How many kinds of identity a policy may mix: masks under which a source is looked up.
pub const MAX_SHAPES: u32 = 32;

/// What the verdict asks of a policy.
pub trait Tables {
    /// What holds for an interface. One that is not known gets [`Interface::UNKNOWN`].
    fn interface(&self, index: u32) -> Interface;

    /// The camera that the most specific identity makes of this source.
    fn camera(&self, source: &Source) -> Option<Camera>;

    /// Whether `address` is one of those that this camera is bound to; with [`STRANGERS`],
    /// whether any camera is bound to it.
    fn is_bound(&self, camera: CameraId, address: &Address) -> bool;

    /// What the router knows of an address on the link of this interface.
    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour;

    /// The translator that an IPv6 address leads to, if the policy names its prefix. The well-known one
    /// is known without asking.
    fn translator(&self, address: &Address) -> Option<Translator>;

    /// What the rules of a group say of a request.
    fn rule(&self, group: GroupId, request: &Request<'_>) -> Ruling;
}

/// What holds for an interface, whoever sends.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
)]
#[repr(C)]
pub struct Interface {
    /// Not zero: a source that no camera claims is none of our business.
    pub pass_unlisted: u8,
    /// Not zero: what happens to such a source is counted and told only.
    pub audit: u8,
}

impl Interface {
    /// The program sits on an interface that the tables do not hold, which should not happen.
    /// Fails closed: cameras are still judged, and whoever is no camera is dropped.
    pub const UNKNOWN: Self = Self {
        pass_unlisted: 0,
        audit: 0,
    };
}

/// What an identity says of the camera it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct Camera {
    /// Whose counters, events and bound addresses.
    pub id: CameraId,
    /// Whose rules.
    pub group: GroupId,
    /// Bits of `Camera::*`.
    pub flags: u32,
}

impl Camera {
    /// Count and tell, but drop nothing.
    pub const AUDIT: u32 = 1;
    /// Frames come from its bound addresses only.
    pub const BOUND: u32 = 1 << 1;
    /// The MAC address is this camera's and the VLAN or the interface is not.
    pub const MISPLACED: u32 = 1 << 2;
    /// ARP is allowed.
    pub const ARP: u32 = 1 << 3;
    /// DHCP is allowed.
    pub const DHCP: u32 = 1 << 4;
    /// Neighbour discovery is allowed.
    pub const NEIGHBOURS: u32 = 1 << 5;
    /// No address is part of what it is known by: frames come from addresses of its link.
    pub const LOCAL: u32 = 1 << 6;
    /// SSDP is allowed.
    pub const SSDP: u32 = 1 << 7;
    /// WS-Discovery is allowed.
    pub const WS_DISCOVERY: u32 = 1 << 8;
    /// Multicast DNS is allowed.
    pub const MDNS: u32 = 1 << 9;
    /// LLMNR is allowed.
    pub const LLMNR: u32 = 1 << 10;
    /// SADP, which Hikvision's cameras speak, is allowed.
    pub const SADP: u32 = 1 << 11;
    /// DHIP, which Dahua's cameras speak, is allowed.
    pub const DHIP: u32 = 1 << 12;
    /// Reports of IGMP and MLD are allowed.
    pub const IGMP: u32 = 1 << 13;

    /// Whether all bits of `flag` are set.
    #[inline(always)]
    pub const fn has(&self, flag: u32) -> bool {
        self.flags & flag == flag
    }
}

/// What the router knows of an address on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbour {
    /// Nothing.
    Elsewhere,
    /// It lies in a prefix of this link.
    OnLink,
    /// It is the router's own.
    Router,
    /// It is the broadcast address of one of the router's networks.
    Broadcast,
    /// It is somewhere behind a router: the router is in networks of this family on the link, and
    /// it lies in none of them.
    Foreign,
}

impl Neighbour {
    /// From the number in a table row.
    #[inline(always)]
    pub const fn from_number(number: u32) -> Self {
        match number {
            1 => Self::OnLink,
            2 => Self::Router,
            3 => Self::Broadcast,
            4 => Self::Foreign,
            _ => Self::Elsewhere,
        }
    }

    /// The number in a table row.
    pub const fn number(self) -> u32 {
        match self {
            Self::Elsewhere => 0,
            Self::OnLink => 1,
            Self::Router => 2,
            Self::Broadcast => 3,
            Self::Foreign => 4,
        }
    }
}

/// A prefix of addresses within a scope, as the kernel's longest-prefix trie takes it: the scope
/// and the family are part of the key, so that neither ever matches another.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
    Unaligned,
)]
#[repr(C)]
pub struct PrefixKey {
    /// Number of a group, a camera or an interface, in network order.
    pub scope: [u8; 4],
    /// The address; bits past the prefix do not matter.
    pub address: Address,
    /// Past every prefix: the kernel aligns the value by the size of the key.
    reserved: [u8; 3],
}

impl PrefixKey {
    /// Bits in front of the address.
    pub const SCOPE_BITS: u32 = u32::BITS + u8::BITS;

    /// Bits of the scope, the family and a whole address.
    pub const BITS: u32 = Self::SCOPE_BITS + 128;

    /// The key of an address within a scope.
    #[inline(always)]
    pub const fn new(scope: u32, address: Address) -> Self {
        Self {
            scope: scope.to_be_bytes(),
            address,
            reserved: [0; 3],
        }
    }
}
