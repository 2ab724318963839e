//! Captures, written byte by byte and not by what reads them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "what a test writes is not that large"
)]

/// A pcap file of frames that were as long as they are, or of their first bytes.
pub fn pcap(link: u32, frames: &[Vec<u8>], snap_length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(0xa1b2_c3d4_u32.to_le_bytes());
    bytes.extend([2, 0, 4, 0]);
    bytes.extend([0; 8]);
    bytes.extend(number(snap_length));
    bytes.extend(link.to_le_bytes());
    for (second, frame) in (1_900_000_000_u32..).zip(frames) {
        let captured = &frame[..frame.len().min(snap_length)];
        bytes.extend(second.to_le_bytes());
        bytes.extend(250_000_u32.to_le_bytes());
        bytes.extend(number(captured.len()));
        bytes.extend(number(frame.len()));
        bytes.extend(captured);
    }
    bytes
}

/// A pcapng file of frames and the interfaces that they came in on.
pub fn pcapng(frames: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut header = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    header.extend([1, 0, 0, 0]);
    header.extend([0xff; 8]);
    block(&mut bytes, 0x0a0d_0d0a, &header);
    let mut names: Vec<&str> = Vec::new();
    for (name, frame) in frames {
        let known = names.iter().position(|known| known == name);
        let interface = known.unwrap_or_else(|| {
            let mut description = vec![1, 0, 0, 0, 0, 0, 4, 0];
            description.extend([2, 0]);
            description.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            description.extend(padded(name.as_bytes()));
            description.extend([0; 4]);
            block(&mut bytes, 1, &description);
            names.push(name);
            names.len() - 1
        });
        let time = 1_900_000_000_000_000_u64;
        let mut packet = number(interface).to_vec();
        packet.extend(u32::try_from(time >> 32).unwrap().to_le_bytes());
        packet.extend(u32::try_from(time & 0xffff_ffff).unwrap().to_le_bytes());
        packet.extend(number(frame.len()));
        packet.extend(number(frame.len()));
        packet.extend(padded(frame));
        block(&mut bytes, 6, &packet);
    }
    bytes
}

fn block(bytes: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = number(body.len() + 12);
    bytes.extend(kind.to_le_bytes());
    bytes.extend(length);
    bytes.extend(body);
    bytes.extend(length);
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(4), 0);
    padded
}

fn number(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap().to_le_bytes()
}
