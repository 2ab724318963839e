//! Why a capture was not read to its end, and where.

use std::{fmt, io};

use thiserror::Error;

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
    /// So many frames were read before.
    pub frames: u64,
}

/// What is wrong with a capture.
#[derive(Debug, Error)]
pub enum What {
    /// It is something else, or nothing.
    #[error("neither pcap nor pcapng")]
    NoCapture,
    /// There is nothing in it.
    #[error("empty, which not even a capture without frames is")]
    Empty,
    /// It ends within a frame, as it does when whoever wrote it was killed.
    #[error("cut short: it ends within a frame")]
    CutShort,
    /// It says of itself what cannot be.
    #[error("corrupt: {0}")]
    Corrupt(String),
    /// Its frames have no Ethernet addresses to know a camera by.
    #[error("frames of link type {0}, which have no Ethernet source; Ethernet and Linux cooked do")]
    Link(i32),
    /// The system says no.
    #[error("{0}")]
    Read(io::Error),
}

struct Place<'b>(&'b Broken);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken { offset, frames, .. } = self.0;
        match self.0.what {
            What::NoCapture | What::Empty | What::Link(_) => Ok(()),
            What::CutShort | What::Corrupt(_) | What::Read(_) => {
                write!(f, ", frame {}, at byte {offset}", frames + 1)
            }
        }
    }
}
