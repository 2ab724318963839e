//! Neighbour discovery (RFC 4861).

use super::transport::set_checksum;
use super::{Inside, Layer, Mac, length, v6};

/// A neighbour discovery message.
#[derive(Clone, Debug)]
pub struct Neighbour {
    kind: u8,
    code: u8,
    body: Vec<u8>,
    options: Vec<u8>,
}

/// Who has `target`?
pub fn neighbour_solicitation(target: &str) -> Neighbour {
    about(135, [0; 4], &[target])
}

/// Here is `target`; solicited, and to override what was known.
pub fn neighbour_advertisement(target: &str) -> Neighbour {
    about(136, [0x60, 0, 0, 0], &[target])
}

/// Is there a router?
pub fn router_solicitation() -> Neighbour {
    about(133, [0; 4], &[])
}

/// Here is a router, for half an hour.
pub fn router_advertisement() -> Neighbour {
    let mut message = about(134, [64, 0, 7, 8], &[]);
    message.body.extend([0; 8]);
    message
}

/// Reach `destination` through `target`.
pub fn redirect(target: &str, destination: &str) -> Neighbour {
    about(137, [0; 4], &[target, destination])
}

fn about(kind: u8, start: [u8; 4], addresses: &[&str]) -> Neighbour {
    let mut body = start.to_vec();
    body.extend(addresses.iter().flat_map(|address| v6(address)));
    Neighbour {
        kind,
        code: 0,
        body,
        options: Vec::new(),
    }
}

impl Neighbour {
    /// With another code than zero.
    #[must_use]
    pub const fn code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Adds the sender's link-layer address.
    #[must_use]
    pub fn source_link(self, mac: Mac) -> Self {
        self.option(1, &mac)
    }

    /// Adds the target's link-layer address.
    #[must_use]
    pub fn target_link(self, mac: Mac) -> Self {
        self.option(2, &mac)
    }

    /// Adds an option that fills its units of eight bytes.
    #[must_use]
    pub fn option(mut self, kind: u8, value: &[u8]) -> Self {
        self.options.extend([kind, length((2 + value.len()) / 8)]);
        self.options.extend(value);
        self
    }

    /// Adds bytes where the options are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.options.extend(bytes);
        self
    }
}

impl Layer for Neighbour {
    fn protocol(&self) -> u8 {
        58
    }

    fn wrap(&self, inside: Inside<'_>) -> Vec<u8> {
        let mut bytes = vec![self.kind, self.code, 0, 0];
        bytes.extend(&self.body);
        bytes.extend(&self.options);
        bytes.extend(&inside.bytes);
        set_checksum(&mut bytes, 2, self.protocol(), &inside);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::{ethernet, ipv6, neighbour_solicitation};

    #[test]
    fn a_solicitation_is_the_known_bytes() {
        let camera = [2, 0, 0, 0, 0, 9];
        let frame = ethernet(camera)
            / ipv6("fe80::9", "ff02::1:ff00:1").hop_limit(255)
            / neighbour_solicitation("fe80::1").source_link(camera);
        let bytes = frame.build();
        assert_eq!(bytes[18..22], [0, 32, 58, 255]);
        assert_eq!(bytes[54..56], [135, 0]);
        assert_eq!(bytes[58..64], [0, 0, 0, 0, 0xfe, 0x80]);
        assert_eq!(bytes[77..], [1, 1, 1, 2, 0, 0, 0, 0, 9]);
    }
}
