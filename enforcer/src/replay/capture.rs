//! Packets of a capture, one after the other, in bounded memory: pcap and pcapng.

use std::{
    fmt,
    io::{self, Read},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use pcap_parser::{
    Block, InterfaceDescriptionBlock, Linktype, PcapBlockOwned, PcapError, PcapHeader,
    create_reader,
    traits::{PcapNGPacketBlock as _, PcapReaderIterator},
};
use thiserror::Error;

/// What is read at a time; no packet is longer.
const ROOM: usize = 1 << 20;

/// The longest block of a pcapng file that is no packet, as Wireshark has it.
const MOST_ROOM: usize = 16 << 20;

/// The longest packet (libpcap's `MAXIMUM_SNAPLEN`). What says that it is longer is none.
const LONGEST: usize = 262_144;

/// So many interfaces of a section are remembered.
const MOST_INTERFACES: usize = 65_536;

/// A capture that is read from its beginning to its end.
pub struct Capture<'r> {
    name: String,
    reader: Box<dyn PcapReaderIterator + Send + 'r>,
    meter: Arc<Meter>,
    kind: Kind,
    /// How much the block at hand takes, which is there until the next one is asked for.
    pending: usize,
    packets: u64,
    last: i64,
}

/// What is known of where packets come from.
enum Kind {
    Unknown,
    Legacy(PcapHeader),
    Sections {
        is_big_endian: bool,
        interfaces: Vec<Interface>,
    },
}

/// An interface of a section of a pcapng file.
struct Interface {
    name: Option<String>,
    link: Linktype,
    /// Units of time in a second.
    resolution: u64,
    /// Seconds to add.
    offset: i64,
    snap_length: u32,
}

/// A packet, as it was captured.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'p> {
    /// Counted from one.
    pub number: u64,
    /// Milliseconds since 1970; that of the packet before where none is said.
    pub time: i64,
    /// The interface that it was captured on, if the capture says so.
    pub interface: Option<&'p str>,
    /// What it begins with.
    pub link: Linktype,
    /// As much as there is of it.
    pub bytes: &'p [u8],
    /// How long it was.
    pub original: usize,
    /// The capture says that it was on its way out.
    pub is_outgoing: bool,
}

impl Packet<'_> {
    /// How much there is of it.
    pub const fn captured(&self) -> usize {
        self.bytes.len()
    }
}

/// Why a capture was not read to its end, and where.
#[derive(Debug, Error)]
#[error("{name}: {what}{}", Place(self))]
pub struct Broken {
    /// Which capture.
    pub name: String,
    /// What is wrong.
    pub what: What,
    /// Where: bytes from the beginning.
    pub offset: u64,
    /// So many packets were read before.
    pub packets: u64,
}

/// What is wrong with a capture.
#[derive(Debug, Error)]
pub enum What {
    /// It is something else, or nothing.
    #[error("neither pcap nor pcapng")]
    NoCapture,
    /// There is nothing in it.
    #[error("empty, which not even a capture without packets is")]
    Empty,
    /// It ends within a packet, as it does when whoever wrote it was killed.
    #[error("cut short: it ends within a packet")]
    CutShort,
    /// It says of itself what cannot be.
    #[error("corrupt: {0}")]
    Corrupt(String),
    /// Its packets have no Ethernet addresses to know a camera by.
    #[error(
        "packets of link type {0}, which have no Ethernet source; Ethernet and Linux cooked do"
    )]
    Link(i32),
    /// The system says no.
    #[error("{0}")]
    Read(io::Error),
}

struct Place<'b>(&'b Broken);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken {
            offset, packets, ..
        } = self.0;
        match self.0.what {
            What::NoCapture | What::Empty | What::Link(_) => Ok(()),
            What::CutShort | What::Corrupt(_) | What::Read(_) => {
                write!(f, ", packet {}, at byte {offset}", packets + 1)
            }
        }
    }
}

impl<'r> Capture<'r> {
    /// Reads how a capture begins; `name` is what it is called.
    pub fn new(name: &str, input: impl Read + Send + 'r) -> Result<Self, Broken> {
        let meter = Arc::new(Meter::default());
        let input = Metered {
            input,
            meter: Arc::clone(&meter),
        };
        let reader = create_reader(ROOM, input).map_err(|error| {
            let what = match error {
                PcapError::Eof => What::Empty,
                PcapError::ReadError => meter.error(),
                PcapError::BufferTooSmall
                | PcapError::UnexpectedEof
                | PcapError::Incomplete(_)
                | PcapError::HeaderNotRecognized
                | PcapError::NomError(..)
                | PcapError::OwnedNomError(..) => What::NoCapture,
            };
            Broken {
                name: name.to_owned(),
                what,
                offset: 0,
                packets: 0,
            }
        })?;
        Ok(Self {
            name: name.to_owned(),
            reader,
            meter,
            kind: Kind::Unknown,
            pending: 0,
            packets: 0,
            last: 0,
        })
    }

    /// How many bytes were read.
    pub fn read(&self) -> u64 {
        self.meter.read.load(Ordering::Relaxed)
    }

    /// The next packet; none at the end.
    #[expect(clippy::should_implement_trait, reason = "it lends what it gives")]
    pub fn next(&mut self) -> Result<Option<Packet<'_>>, Broken> {
        match self.find() {
            Ok(true) => self.packet().map(Some),
            Ok(false) => Ok(None),
            Err(what) => Err(self.broken(what)),
        }
    }

    fn broken(&self, what: What) -> Broken {
        Broken {
            name: self.name.clone(),
            what,
            offset: u64::try_from(self.reader.consumed()).unwrap_or(u64::MAX),
            packets: self.packets,
        }
    }

    /// Goes to the next block that is a packet, and past what stands before it.
    fn find(&mut self) -> Result<bool, What> {
        let mut room = ROOM;
        loop {
            let pending = std::mem::take(&mut self.pending);
            if pending > 0 {
                self.reader.consume(pending);
            }
            let problem = match self.reader.next() {
                Ok((length, block)) => {
                    self.pending = length;
                    if self.kind.take(&block)? {
                        return Ok(true);
                    }
                    if length == 0 {
                        return Err(What::Corrupt("a block without a length".to_owned()));
                    }
                    continue;
                }
                Err(error) => Problem::of(&error),
            };
            match problem {
                Problem::End => return Ok(false),
                Problem::CutShort => return Err(What::CutShort),
                Problem::Corrupt => {
                    let words = "what stands here is no packet";
                    return Err(What::Corrupt(words.to_owned()));
                }
                Problem::Read => return Err(self.meter.error()),
                Problem::TooSmall => {
                    // Of pcap there is nothing longer than a packet.
                    if matches!(self.kind, Kind::Legacy(_)) || room >= MOST_ROOM {
                        let words = "a length that no packet has";
                        return Err(What::Corrupt(words.to_owned()));
                    }
                    room *= 2;
                    self.reader.grow(room);
                    self.refill()?;
                }
                Problem::More => self.refill()?,
            }
        }
    }

    fn refill(&mut self) -> Result<(), What> {
        let refilled = self.reader.refill().is_ok();
        if refilled {
            Ok(())
        } else {
            Err(self.meter.error())
        }
    }

    /// The packet at hand.
    fn packet(&mut self) -> Result<Packet<'_>, Broken> {
        let (name, offset, packets) = (&self.name, self.reader.consumed(), self.packets);
        let broken = |what| Broken {
            name: name.clone(),
            what,
            offset: u64::try_from(offset).unwrap_or(u64::MAX),
            packets,
        };
        let found = match self.reader.next() {
            Ok((_, block)) => self.kind.packet(block).map_err(&broken)?,
            // It was there a moment ago.
            Err(_) => return Err(broken(What::CutShort)),
        };
        if found.bytes.len() > LONGEST
            || found.original > usize::try_from(u32::MAX).unwrap_or(LONGEST)
        {
            let words = format!("a packet of {} bytes", found.bytes.len());
            return Err(broken(What::Corrupt(words)));
        }
        self.packets += 1;
        self.last = found.time.unwrap_or(self.last);
        Ok(Packet {
            number: self.packets,
            time: self.last,
            interface: found.interface,
            link: found.link,
            bytes: found.bytes,
            original: found.original,
            is_outgoing: found.is_outgoing,
        })
    }
}

/// What a block says of a packet.
struct Found<'p> {
    time: Option<i64>,
    interface: Option<&'p str>,
    link: Linktype,
    bytes: &'p [u8],
    original: usize,
    is_outgoing: bool,
}

impl Kind {
    /// Remembers what a block says of those to come; true if it is a packet.
    fn take(&mut self, block: &PcapBlockOwned<'_>) -> Result<bool, What> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                // The upper bits say something of checksums behind the packets.
                let link = Linktype(header.network.0 & 0xffff);
                if !super::cooked::is_known(link) {
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

    fn packet<'p>(&'p self, block: PcapBlockOwned<'p>) -> Result<Found<'p>, What> {
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
                    let words = format!("a packet of interface {number}, which is not described");
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
                    let words = "a packet of interface 0, which is not described".to_owned();
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
            _ => Err(What::Corrupt("a packet before its header".to_owned())),
        }
    }
}

impl Interface {
    fn new(description: &InterfaceDescriptionBlock<'_>, is_big_endian: bool) -> Result<Self, What> {
        let name = description.if_name().and_then(Result::ok);
        let code = description.if_tsresol;
        let exponent = u32::from(code & 0x7f);
        let resolution = if code & 0x80 == 0 {
            10_u64.checked_pow(exponent)
        } else {
            1_u64.checked_shl(exponent)
        };
        let Some(resolution) = resolution else {
            let words = format!("an interface with a clock of resolution {code:#04x}");
            return Err(What::Corrupt(words));
        };
        // The reader takes it for little endian.
        let offset = description.if_tsoffset;
        Ok(Self {
            name: name.map(str::to_owned),
            link: description.linktype,
            resolution,
            offset: if is_big_endian {
                offset.swap_bytes()
            } else {
                offset
            },
            snap_length: description.snaplen,
        })
    }

    fn milliseconds(&self, time: u64) -> i64 {
        let (seconds, within) = (time / self.resolution, time % self.resolution);
        let within = u128::from(within) * 1_000 / u128::from(self.resolution);
        let within = i64::try_from(within).unwrap_or_default();
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let seconds = seconds.saturating_add(self.offset);
        seconds.saturating_mul(1_000).saturating_add(within)
    }
}

/// What the reader wants or has come to.
enum Problem {
    End,
    More,
    TooSmall,
    CutShort,
    Corrupt,
    Read,
}

impl Problem {
    const fn of(error: &PcapError<&[u8]>) -> Self {
        match error {
            PcapError::Eof => Self::End,
            PcapError::Incomplete(_) => Self::More,
            PcapError::BufferTooSmall => Self::TooSmall,
            PcapError::UnexpectedEof => Self::CutShort,
            PcapError::ReadError => Self::Read,
            PcapError::HeaderNotRecognized
            | PcapError::NomError(..)
            | PcapError::OwnedNomError(..) => Self::Corrupt,
        }
    }
}

fn length(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// How much was read, and why no more could be, which the reader does not tell.
#[derive(Default)]
struct Meter {
    read: AtomicU64,
    error: Mutex<Option<io::Error>>,
}

impl Meter {
    fn error(&self) -> What {
        let unknown = || io::Error::other("it cannot be read");
        What::Read(self.kept().take().unwrap_or_else(unknown))
    }

    fn kept(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whole bufferfuls, since the reader wants its first block in one piece, and a pipe gives it in several.
struct Metered<R> {
    input: R,
    meter: Arc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_failed() {
            return Err(io::ErrorKind::Other.into());
        }
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What came before is told first.
                Err(error) if done > 0 => {
                    self.keep(error);
                    break;
                }
                Err(error) => {
                    self.keep(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
        }
        let read = u64::try_from(done).unwrap_or_default();
        self.meter.read.fetch_add(read, Ordering::Relaxed);
        Ok(done)
    }
}

impl<R> Metered<R> {
    fn has_failed(&self) -> bool {
        self.meter.kept().is_some()
    }

    fn keep(&self, error: io::Error) {
        *self.meter.kept() = Some(error);
    }
}
