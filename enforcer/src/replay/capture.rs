//! Packets of a capture, one after the other, in bounded memory: pcap and pcapng.

mod broken;
mod interface;
mod kind;
mod meter;

use std::{io::Read, sync::Arc};

use pcap_parser::{Linktype, PcapError, create_reader, traits::PcapReaderIterator};

pub use self::broken::{Broken, What};
use self::{
    kind::Kind,
    meter::{Meter, Metered},
};

/// What is read at a time; no packet is longer.
const ROOM: usize = 1 << 20;

/// The longest block of a pcapng file that is no packet, as Wireshark has it.
const MOST_ROOM: usize = 16 << 20;

/// The longest packet (libpcap's `MAXIMUM_SNAPLEN`). What says that it is longer is none.
const LONGEST: usize = 262_144;

/// A capture that is read from its beginning to its end.
pub struct Capture<'r> {
    name: String,
    reader: Box<dyn PcapReaderIterator + Send + 'r>,
    meter: Arc<Meter>,
    kind: Kind,
    /// How much the block at hand takes, which is there until the next one is asked for.
    pending: usize,
    frames: u64,
    last: i64,
}

/// What there is to be had without waiting for input.
#[derive(Clone, Copy, Debug)]
pub(super) enum Here<'p> {
    /// A packet.
    Packet(Packet<'p>),
    /// Nothing, before more was read: [`Capture::wait`].
    Wait,
    /// Nothing any more.
    End,
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

impl<'r> Capture<'r> {
    /// Reads how a capture begins; `name` is what it is called.
    pub fn new(name: &str, input: impl Read + Send + 'r) -> Result<Self, Broken> {
        let meter = Arc::new(Meter::default());
        let input = Metered {
            input,
            meter: Arc::clone(&meter),
            reads: 0,
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
                frames: 0,
            }
        })?;
        Ok(Self {
            name: name.to_owned(),
            reader,
            meter,
            kind: Kind::Unknown,
            pending: 0,
            frames: 0,
            last: 0,
        })
    }

    /// How many bytes were read.
    pub fn read(&self) -> u64 {
        self.meter.read()
    }

    /// The next packet; none at the end.
    #[expect(clippy::should_implement_trait, reason = "it lends what it gives")]
    pub fn next(&mut self) -> Result<Option<Packet<'_>>, Broken> {
        loop {
            match self.find() {
                Ok(Found::Packet) => return self.packet().map(Some),
                Ok(Found::End) => return Ok(None),
                Ok(Found::Wait) => self.wait()?,
                Err(what) => return Err(self.broken(what)),
            }
        }
    }

    /// The next packet of what was read already.
    pub(super) fn next_here(&mut self) -> Result<Here<'_>, Broken> {
        match self.find() {
            Ok(Found::Packet) => self.packet().map(Here::Packet),
            Ok(Found::Wait) => Ok(Here::Wait),
            Ok(Found::End) => Ok(Here::End),
            Err(what) => Err(self.broken(what)),
        }
    }

    /// Reads more, however long that takes.
    pub(super) fn wait(&mut self) -> Result<(), Broken> {
        self.refill().map_err(|what| self.broken(what))
    }

    fn broken(&self, what: What) -> Broken {
        Broken {
            name: self.name.clone(),
            what,
            offset: u64::try_from(self.reader.consumed()).unwrap_or(u64::MAX),
            frames: self.frames,
        }
    }

    /// Goes to the next block that is a packet, and past what stands before it.
    fn find(&mut self) -> Result<Found, What> {
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
                        return Ok(Found::Packet);
                    }
                    if length == 0 {
                        return Err(What::Corrupt("a block without a length".to_owned()));
                    }
                    continue;
                }
                Err(error) => Problem::of(&error),
            };
            match problem {
                Problem::End => return Ok(Found::End),
                Problem::CutShort => return Err(What::CutShort),
                Problem::Corrupt => {
                    let words = "what stands here is no frame";
                    return Err(What::Corrupt(words.to_owned()));
                }
                Problem::Read => return Err(self.meter.error()),
                Problem::TooSmall => {
                    // Of pcap there is nothing longer than a packet.
                    if matches!(self.kind, Kind::Legacy(_)) || room >= MOST_ROOM {
                        let words = "a length that no frame has";
                        return Err(What::Corrupt(words.to_owned()));
                    }
                    room *= 2;
                    self.reader.grow(room);
                    self.refill()?;
                }
                Problem::More => return Ok(Found::Wait),
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
        let (name, offset, frames) = (&self.name, self.reader.consumed(), self.frames);
        let broken = |what| Broken {
            name: name.clone(),
            what,
            offset: u64::try_from(offset).unwrap_or(u64::MAX),
            frames,
        };
        let found = match self.reader.next() {
            Ok((_, block)) => self.kind.packet(block).map_err(&broken)?,
            // It was there a moment ago.
            Err(_) => return Err(broken(What::CutShort)),
        };
        if found.bytes.len() > LONGEST
            || found.original > usize::try_from(u32::MAX).unwrap_or(LONGEST)
        {
            let words = format!("a frame of {} bytes", found.bytes.len());
            return Err(broken(What::Corrupt(words)));
        }
        self.frames += 1;
        self.last = found.time.unwrap_or(self.last);
        Ok(Packet {
            number: self.frames,
            time: self.last,
            interface: found.interface,
            link: found.link,
            bytes: found.bytes,
            original: found.original,
            is_outgoing: found.is_outgoing,
        })
    }
}

/// What the reader has come to.
enum Found {
    Packet,
    Wait,
    End,
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
