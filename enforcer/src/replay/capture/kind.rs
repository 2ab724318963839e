//! What blocks say of packets, in either form of capture.

use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapHeader, traits::PcapNGPacketBlock as _};

use super::{broken::What, interface::Interface};
use crate::replay::cooked;

/// So many interfaces of a section are remembered.
const MOST_INTERFACES: usize = 65_536;

/// What is known of where packets come from.
pub(super) enum Kind {
    Unknown,
    Legacy(PcapHeader),
    Sections {
        is_big_endian: bool,
        interfaces: Vec<Interface>,
    },
}

/// What a block says of a packet.
pub(super) struct Found<'p> {
    pub(super) time: Option<i64>,
    pub(super) interface: Option<&'p str>,
    pub(super) link: Linktype,
    pub(super) bytes: &'p [u8],
    pub(super) original: usize,
    pub(super) is_outgoing: bool,
}

impl Kind {
    /// Remembers what a block says of those to come; true if it is a packet.
    pub(super) fn take(&mut self, block: &PcapBlockOwned<'_>) -> Result<bool, What> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                // The upper bits say something of checksums behind the packets.
                let link = Linktype(header.network.0 & 0xffff);
                if !cooked::is_known(link) {
                    return Err(What::Link(link.0));
                }
                let mut header = header.clone();
                header.network = link;
                *self = Self::Legacy(header);
                Ok(false)
            }
            PcapBlockOwned::Legacy(_) => Ok(true),
            PcapBlockOwned::NG(block) => match block {
                Block::SectionHeader(header) => {
                    *self = Self::Sections {
                        is_big_endian: header.big_endian(),
                        interfaces: Vec::new(),
                    };
                    Ok(false)
                }
                Block::InterfaceDescription(description) => {
                    let Self::Sections {
                        is_big_endian,
                        interfaces,
                    } = self
                    else {
                        return Ok(false);
                    };
                    if interfaces.len() >= MOST_INTERFACES {
                        let words = format!("more than {MOST_INTERFACES} interfaces");
                        return Err(What::Corrupt(words));
                    }
                    interfaces.push(Interface::new(description, *is_big_endian)?);
                    Ok(false)
                }
                Block::EnhancedPacket(_) | Block::SimplePacket(_) => Ok(true),
                Block::NameResolution(_)
                | Block::InterfaceStatistics(_)
                | Block::SystemdJournalExport(_)
                | Block::DecryptionSecrets(_)
                | Block::ProcessInformation(_)
                | Block::Custom(_)
                | Block::Unknown(_) => Ok(false),
            },
        }
    }

    pub(super) fn packet<'p>(&'p self, block: PcapBlockOwned<'p>) -> Result<Found<'p>, What> {
        match (self, block) {
            (Self::Legacy(header), PcapBlockOwned::Legacy(packet)) => {
                let units = if header.is_nanosecond_precision() {
                    1_000_000_000
                } else {
                    1_000_000
                };
                let within = i64::from(packet.ts_usec) * 1_000 / units;
                Ok(Found {
                    time: Some(i64::from(packet.ts_sec) * 1_000 + within),
                    interface: None,
                    link: header.network,
                    bytes: packet.data,
                    original: length(packet.origlen),
                    is_outgoing: false,
                })
            }
            (
                Self::Sections { interfaces, .. },
                PcapBlockOwned::NG(Block::EnhancedPacket(packet)),
            ) => {
                let number = packet.if_id;
                let interface = usize::try_from(number).ok();
                let interface = interface.and_then(|number| interfaces.get(number));
                let Some(interface) = interface else {
                    let words = format!("a frame of interface {number}, which is not described");
                    return Err(What::Corrupt(words));
                };
                let time = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                // pcapng, epb_flags: the lowest two bits.
                let flags = packet.options.iter().find(|option| option.code.0 == 2);
                let flags = flags.and_then(|option| option.value.first_chunk::<4>());
                let [first, .., last] = *flags.unwrap_or(&[0; 4]);
                let flags = if packet.big_endian() { last } else { first };
                let bytes = match packet.data {
                    // Without the padding.
                    data if data.len() > length(packet.caplen) => {
                        data.get(..length(packet.caplen)).unwrap_or_default()
                    }
                    data => data,
                };
                Ok(Found {
                    time: Some(interface.milliseconds(time)),
                    interface: interface.name.as_deref(),
                    link: interface.link,
                    bytes,
                    original: length(packet.origlen),
                    is_outgoing: flags & 3 == 2,
                })
            }
            (
                Self::Sections { interfaces, .. },
                PcapBlockOwned::NG(Block::SimplePacket(packet)),
            ) => {
                let Some(interface) = interfaces.first() else {
                    let words = "a frame of interface 0, which is not described".to_owned();
                    return Err(What::Corrupt(words));
                };
                let mut captured = length(packet.origlen).min(packet.data.len());
                if interface.snap_length != 0 {
                    captured = captured.min(length(interface.snap_length));
                }
                Ok(Found {
                    time: None,
                    interface: interface.name.as_deref(),
                    link: interface.link,
                    bytes: packet.data.get(..captured).unwrap_or_default(),
                    original: length(packet.origlen),
                    is_outgoing: false,
                })
            }
            _ => Err(What::Corrupt("a frame before its header".to_owned())),
        }
    }
}

fn length(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
