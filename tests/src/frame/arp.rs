//! ARP for IPv4 over Ethernet (RFC 826).

use super::{Inside, Layer, Mac, v4};

/// An ARP message.
#[derive(Clone, Debug)]
pub struct Arp {
    hardware: u16,
    protocol: u16,
    operation: u16,
    sender_mac: Mac,
    sender: [u8; 4],
    target: [u8; 4],
}

/// Who has `target`? Tell `sender`, which is at `sender_mac`.
pub fn arp_request(sender_mac: Mac, sender: &str, target: &str) -> Arp {
    Arp {
        hardware: 1,
        protocol: 0x0800,
        operation: 1,
        sender_mac,
        sender: v4(sender),
        target: v4(target),
    }
}

/// To `target`: `sender` is at `sender_mac`.
pub fn arp_reply(sender_mac: Mac, sender: &str, target: &str) -> Arp {
    arp_request(sender_mac, sender, target).operation(2)
}

impl Arp {
    /// With another operation.
    #[must_use]
    pub const fn operation(mut self, operation: u16) -> Self {
        self.operation = operation;
        self
    }

    /// About another kind of hardware.
    #[must_use]
    pub const fn hardware(mut self, hardware: u16) -> Self {
        self.hardware = hardware;
        self
    }

    /// About another network protocol.
    #[must_use]
    pub const fn protocol(mut self, protocol: u16) -> Self {
        self.protocol = protocol;
        self
    }
}

impl Layer for Arp {
    fn ethertype(&self) -> u16 {
        0x0806
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let mut bytes = [self.hardware.to_be_bytes(), self.protocol.to_be_bytes()].concat();
        bytes.extend([6, 4]);
        bytes.extend(self.operation.to_be_bytes());
        bytes.extend(self.sender_mac);
        bytes.extend(self.sender);
        bytes.extend([0; 6]);
        bytes.extend(self.target);
        bytes.extend(inside.bytes);
        bytes
    }
}
