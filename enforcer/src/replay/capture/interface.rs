//! An interface of a pcapng file, and its clock.

use pcap_parser::{InterfaceDescriptionBlock, Linktype};

use super::broken::What;

/// An interface of a section of a pcapng file.
pub(super) struct Interface {
    pub(super) name: Option<String>,
    pub(super) link: Linktype,
    /// Units of time in a second.
    resolution: u64,
    /// Seconds to add.
    offset: i64,
    pub(super) snap_length: u32,
}

impl Interface {
    pub(super) fn new(
        description: &InterfaceDescriptionBlock<'_>,
        is_big_endian: bool,
    ) -> Result<Self, What> {
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

    pub(super) fn milliseconds(&self, time: u64) -> i64 {
        let (seconds, within) = (time / self.resolution, time % self.resolution);
        let within = u128::from(within) * 1_000 / u128::from(self.resolution);
        let within = i64::try_from(within).unwrap_or_default();
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let seconds = seconds.saturating_add(self.offset);
        seconds.saturating_mul(1_000).saturating_add(within)
    }
}
