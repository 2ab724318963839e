//! Ethernet frames of what captures hold.
//!
//! Linux cooked packets (`tcpdump -i any`) have no Ethernet header, but most of what stands in one: the sender's
//! address and the protocol. The receiver's address is known of broadcasts alone, and stood in for elsewhere.

use pcap_parser::Linktype;

use super::capture::Packet;

/// Whom a cooked packet for somebody is for: an address that nobody was given (IEEE 802, locally administered).
const SOMEBODY: [u8; 6] = [2, 0, 0, 0, 0, 0];

/// `ff:ff:ff:ff:ff:ff`
const EVERYBODY: [u8; 6] = [0xff; 6];

/// Numbers below these stand for formats without an ethertype (`linux/if_ether.h`).
const ETHERTYPES: u16 = 0x0600;

/// What the first octet of a multicast address in IPv4 is masked by, and is then.
const MULTICAST: (u8, u8) = (0xf0, 0xe0);

/// Whether packets of a kind of link can be made frames.
pub(super) const fn is_known(link: Linktype) -> bool {
    matches!(
        link,
        Linktype::ETHERNET | Linktype::LINUX_SLL | Linktype::LINUX_SLL2
    )
}

/// Appends the frame to others; false where the sender has no Ethernet address.
pub(super) fn append(packet: &Packet<'_>, frames: &mut Vec<u8>) -> bool {
    if packet.link == Linktype::ETHERNET {
        frames.extend_from_slice(packet.bytes);
        return true;
    }
    Cooked::read(packet).is_some_and(|cooked| cooked.append(frames))
}

/// Whether a cooked packet says that it was on its way out.
pub(super) fn is_outgoing(packet: &Packet<'_>) -> bool {
    is_known(packet.link)
        && packet.link != Linktype::ETHERNET
        && Cooked::read(packet).is_some_and(|cooked| cooked.way == Cooked::OUTGOING)
}

/// The number of the interface that a cooked packet came in on, zero where it says none; nothing of an Ethernet frame.
pub(super) fn interface(packet: &Packet<'_>) -> Option<u32> {
    match packet.link {
        Linktype::LINUX_SLL => Some(0),
        Linktype::LINUX_SLL2 => {
            let number = packet.bytes.get(4..)?.first_chunk::<4>()?;
            Some(u32::from_be_bytes(*number))
        }
        _ => None,
    }
}

/// A cooked packet.
struct Cooked<'p> {
    /// To whom it was, or that it went out.
    way: u16,
    source: Option<[u8; 6]>,
    protocol: u16,
    payload: &'p [u8],
}

impl<'p> Cooked<'p> {
    const BROADCAST: u16 = 1;
    const MULTICAST: u16 = 2;
    const OUTGOING: u16 = 4;

    /// By the layouts of `LINKTYPE_LINUX_SLL` and `LINKTYPE_LINUX_SLL2`.
    fn read(packet: &Packet<'p>) -> Option<Self> {
        let bytes = packet.bytes;
        let number = |at: usize| {
            let bytes = bytes.get(at..)?.first_chunk::<2>()?;
            Some(u16::from_be_bytes(*bytes))
        };
        let octet = |at: usize| bytes.get(at).copied();
        let (way, length, address, protocol, payload) = match packet.link {
            Linktype::LINUX_SLL => (number(0)?, number(4)?, 6, number(14)?, 16),
            Linktype::LINUX_SLL2 => {
                let (way, length) = (octet(10)?, octet(11)?);
                (u16::from(way), u16::from(length), 12, number(0)?, 20)
            }
            _ => return None,
        };
        let source = bytes.get(address..)?.first_chunk::<6>()?;
        Some(Self {
            way,
            source: (length == 6).then_some(*source),
            protocol,
            payload: bytes.get(payload..)?,
        })
    }

    fn append(&self, frames: &mut Vec<u8>) -> bool {
        let Some(source) = self.source else {
            return false;
        };
        frames.extend(self.destination());
        frames.extend(source);
        let ethertype = if self.protocol < ETHERTYPES {
            // IEEE 802.3: its length stands there.
            let length = u16::try_from(self.payload.len()).unwrap_or(ETHERTYPES);
            length.min(ETHERTYPES - 1)
        } else {
            self.protocol
        };
        frames.extend(ethertype.to_be_bytes());
        frames.extend_from_slice(self.payload);
        true
    }

    fn destination(&self) -> [u8; 6] {
        match self.way {
            Self::BROADCAST => EVERYBODY,
            Self::MULTICAST => self.group(),
            _ => SOMEBODY,
        }
    }

    /// The address that a multicast packet is sent to: RFC 1112, section 6.4; RFC 2464, section 7.
    fn group(&self) -> [u8; 6] {
        let at = |offset: usize| self.payload.get(offset).copied().unwrap_or_default();
        let (mask, multicast) = MULTICAST;
        match self.protocol {
            0x0800 if at(16) & mask == multicast => [1, 0, 0x5e, at(17) & 0x7f, at(18), at(19)],
            0x86dd => [0x33, 0x33, at(36), at(37), at(38), at(39)],
            // Of others it is some group's.
            _ => [3, 0, 0, 0, 0, 0],
        }
    }
}
