//! The blocks of the file: what wrote it, then each interface before its first frame, and the frames.

use std::{borrow::Cow, collections::BTreeMap, mem};

use anyhow::{Result, anyhow};
use enforcer_common::event::SNAPSHOT;
use pcap_file::{
    DataLink, Endianness, PcapError,
    pcapng::{
        PcapNgBlock, PcapNgWriter,
        blocks::{
            enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption},
            interface_description::{InterfaceDescriptionBlock, InterfaceDescriptionOption},
            section_header::{SectionHeaderBlock, SectionHeaderOption},
        },
    },
};

use super::dropped::Dropped;

/// Times are counted in units of 10 to the power of minus this. The writer knows no others.
const NANOSECONDS: u8 = 9;

/// Blocks that are not yet written.
pub(super) struct Blocks {
    writer: PcapNgWriter<Vec<u8>>,
    interfaces: BTreeMap<String, u32>,
}

impl Blocks {
    /// The beginning of a file.
    pub(super) fn new() -> Result<Self> {
        let program = concat!("enforcer ", env!("CARGO_PKG_VERSION"));
        let section = SectionHeaderBlock {
            endianness: Endianness::native(),
            options: vec![SectionHeaderOption::UserApplication(program.into())],
            ..SectionHeaderBlock::default()
        };
        let writer = PcapNgWriter::with_section_header(Vec::new(), section);
        Ok(Self {
            writer: writer.map_err(words)?,
            interfaces: BTreeMap::new(),
        })
    }

    /// A frame, of which these are the first bytes.
    pub(super) fn push(&mut self, dropped: &Dropped, frame: &[u8]) -> Result<()> {
        let interface_id = self.interface(dropped.interface())?;
        let captured = u32::try_from(frame.len())?;
        self.block(EnhancedPacketBlock {
            interface_id,
            timestamp: dropped.at()?,
            original_len: dropped.length()?.max(captured),
            data: Cow::Borrowed(frame),
            options: vec![EnhancedPacketOption::Comment(dropped.comment().into())],
        })
    }

    /// Has what there is written.
    pub(super) fn take(&mut self, write: impl FnOnce(&[u8]) -> Result<()>) -> Result<()> {
        let bytes = mem::take(self.writer.get_mut());
        write(&bytes)
    }

    fn interface(&mut self, name: &str) -> Result<u32> {
        if let Some(&number) = self.interfaces.get(name) {
            return Ok(number);
        }
        let number = u32::try_from(self.interfaces.len())?;
        self.block(InterfaceDescriptionBlock {
            linktype: DataLink::ETHERNET,
            snaplen: u32::try_from(SNAPSHOT)?,
            options: vec![
                InterfaceDescriptionOption::IfName(name.into()),
                InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
            ],
        })?;
        self.interfaces.insert(name.to_owned(), number);
        Ok(number)
    }

    fn block<'b>(&mut self, block: impl PcapNgBlock<'b>) -> Result<()> {
        self.writer.write_pcapng_block(block).map_err(words)?;
        Ok(())
    }
}

/// Its own words leave out the cause.
fn words(error: PcapError) -> anyhow::Error {
    anyhow!(error).context("a block of pcapng")
}
