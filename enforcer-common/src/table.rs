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
    /// What is known of a destination, as these tables hold it: looked up once, and asked more than
    /// once.
    type Destination: Copy;

    /// What holds for an interface. One that is not known gets [`Interface::UNKNOWN`].
    fn interface(&self, index: u32) -> Interface;

    /// The camera that the most specific identity makes of this source.
    fn camera(&self, source: &Source) -> Option<Camera>;

    /// Whether `address` is one of those that this camera is bound to; with [`STRANGERS`],
    /// whether any camera is bound to it.
    fn is_bound(&self, camera: CameraId, address: &Address) -> bool;

    /// What the router knows of an address on the link of this interface.
    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour;

    /// Who holds an address that a camera behind this interface claims.
    fn holders(&self, camera: &Camera, interface: u32, address: &Address) -> Holders;

    /// The translator that an IPv6 address leads to, if the policy names its prefix. The well-known one
    /// is known without asking.
    fn translator(&self, address: &Address) -> Option<Translator>;

    /// What a group's rules and the router know of a destination, as it is written in the packet and as
    /// it is judged.
    fn destination(&self, group: GroupId, literal: &Address, inside: &Address)
    -> Self::Destination;

    /// Whether it is the broadcast address of one of the router's networks.
    fn is_broadcast(&self, destination: &Self::Destination) -> bool;

    /// What the rules of a group say of a request to a destination of its.
    fn rule(
        &self,
        group: GroupId,
        destination: &Self::Destination,
        request: &Request<'_>,
    ) -> Ruling;

    /// What the rules of a group say of a request.
    fn ruling(&self, group: GroupId, request: &Request<'_>) -> Ruling {
        let found = self.destination(group, &request.flow.destination, &request.destination);
        self.rule(group, &found, request)
    }
}

/// What holds for an interface, whoever sends.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
    Unaligned,
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
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C, align(8))]
pub struct Camera {
    /// Whose counters, events and bound addresses.
    pub id: CameraId,
    /// Whose rules.
    pub group: GroupId,
    /// Bits of `Camera::*`.
    pub flags: u32,
    /// An IPv4 address that it may call its own behind any interface, so that nothing about it needs to
    /// be looked up; zero for none.
    pub own_v4: [u8; 4],
    /// The same of IPv6.
    pub own_v6: [u8; 16],
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

    /// Whether an address is known to be its own without looking anything up. Not so, and it may be all
    /// the same.
    #[inline(always)]
    pub fn owns(&self, address: &Address) -> bool {
        let own = match address.family {
            4 => Address::v4(self.own_v4),
            6 => Address::v6(self.own_v6),
            _ => return false,
        };
        *address == own && !own.is_unspecified()
    }
}

/// Who holds an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holders {
    /// What the router knows of it.
    pub neighbour: Neighbour,
    /// Whether the camera is bound to it.
    pub is_its_own: bool,
    /// Whether any camera is.
    pub is_bound: bool,
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
    pub const fn from_number(number: u16) -> Self {
        match number {
            1 => Self::OnLink,
            2 => Self::Router,
            3 => Self::Broadcast,
            4 => Self::Foreign,
            _ => Self::Elsewhere,
        }
    }

    /// The number in a table row.
    pub const fn number(self) -> u16 {
        match self {
            Self::Elsewhere => 0,
            Self::OnLink => 1,
            Self::Router => 2,
            Self::Broadcast => 3,
            Self::Foreign => 4,
        }
    }
}
