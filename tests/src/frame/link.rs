//! Ethernet and VLAN tags.

use super::{Inside, Layer, Mac};

/// An Ethernet header (IEEE 802.3, clause 3).
#[derive(Clone, Debug)]
pub struct Ethernet {
    source: Mac,
    destination: Mac,
    ethertype: Option<u16>,
}

/// A frame of `source` to its router.
pub const fn ethernet(source: Mac) -> Ethernet {
    Ethernet {
        source,
        destination: [2, 0, 0, 0, 0, 1],
        ethertype: None,
    }
}

impl Ethernet {
    /// To someone else.
    #[must_use]
    pub const fn to(mut self, destination: Mac) -> Self {
        self.destination = destination;
        self
    }

    /// Says that something else follows; below 0x600, how long the frame is (802.3).
    #[must_use]
    pub const fn ethertype(mut self, ethertype: u16) -> Self {
        self.ethertype = Some(ethertype);
        self
    }
}

impl Layer for Ethernet {
    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let ethertype = self.ethertype.unwrap_or_else(|| inside.ethertype());
        let mut bytes = [self.destination, self.source].concat();
        bytes.extend(ethertype.to_be_bytes());
        bytes.extend(inside.bytes);
        bytes
    }
}

/// A VLAN tag (IEEE 802.1Q, clause 9.6).
#[derive(Clone, Debug)]
pub struct Vlan {
    identifier: u16,
    priority: u8,
    tpid: u16,
    ethertype: Option<u16>,
}

/// An 802.1Q tag; identifier zero makes it a priority tag.
pub const fn vlan(identifier: u16) -> Vlan {
    Vlan {
        identifier,
        priority: 0,
        tpid: 0x8100,
        ethertype: None,
    }
}

impl Vlan {
    /// With a priority and, above seven, with the drop-eligible bit.
    #[must_use]
    pub const fn priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }

    /// With another tag protocol identifier: 0x88a8 for a service tag, 0x9100 for an old one.
    #[must_use]
    pub const fn tpid(mut self, tpid: u16) -> Self {
        self.tpid = tpid;
        self
    }

    /// Says that something else follows.
    #[must_use]
    pub const fn encloses(mut self, ethertype: u16) -> Self {
        self.ethertype = Some(ethertype);
        self
    }
}

impl Layer for Vlan {
    fn ethertype(&self) -> u16 {
        self.tpid
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let drop_eligible = u16::from(self.priority >> 3) << 12;
        let control = u16::from(self.priority & 7) << 13 | drop_eligible | self.identifier;
        let ethertype = self.ethertype.unwrap_or_else(|| inside.ethertype());
        let mut bytes = [control.to_be_bytes(), ethertype.to_be_bytes()].concat();
        bytes.extend(inside.bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::{data, ethernet, vlan};

    #[test]
    fn tags_announce_each_other() {
        let camera = [2, 0, 0, 0, 0, 9];
        let frame = ethernet(camera).to([2, 0, 0, 0, 0, 1])
            / vlan(100).tpid(0x88a8).priority(0b1011)
            / vlan(50)
            / data(&[0xaa]);
        assert_eq!(
            frame.build(),
            [
                2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x88, 0xa8, 0x70, 100, 0x81, 0, 0, 50, 0x88,
                0xb5, 0xaa
            ]
        );
    }
}
