//! In which ways a capture may be written: orders of bytes, clocks, directions, and packets of which little is said.

use enforcer::policy::Policy;
use enforcer::replay::capture::Capture;
use enforcer_tests::site::POLICY;

use crate::{ETHERNET, frames, judged};

/// When what is captured was, in milliseconds and in seconds.
const TIME: i64 = 1_900_000_000_250;
const SECOND: u64 = 1_900_000_000;

/// Options of pcapng.
const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;
const EPB_FLAGS: u16 = 2;

/// What pcap files begin with.
const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// So much of a packet is kept by an interface with simple packets.
const SNAP: usize = 62;

#[test]
fn a_pcap_file_is_read_in_either_order_and_unit() {
    for (case, order) in [("little", LITTLE), ("big", BIG)] {
        for (magic, within) in [(MICROSECONDS, 250_000), (NANOSECONDS, 250_999_999)] {
            let read = Read::of(&order.pcap(magic, within));
            assert_eq!(read, Read::whole(None), "{case}, {magic:#x}");
        }
    }
}

#[test]
fn a_pcapng_file_is_read_in_either_order_by_whatever_clock() {
    let quarter = |units: u64| SECOND * units + units / 4;
    let usual = quarter(1_000_000);
    for (case, order) in [("little", LITTLE), ("big", BIG)] {
        for (clock, options, time) in [
            ("microseconds", vec![], usual),
            (
                "nanoseconds",
                vec![(IF_TSRESOL, vec![9])],
                quarter(1_000_000_000),
            ),
            (
                "powers of two",
                vec![(IF_TSRESOL, vec![0x8a])],
                quarter(1 << 10),
            ),
            (
                "later",
                vec![order.offset(1_000_000_000)],
                usual - 10_u64.pow(15),
            ),
            ("earlier", vec![order.offset(-100)], usual + 100_000_000),
        ] {
            let read = Read::of(&order.pcapng(&options, time, &[]));
            assert_eq!(read, Read::whole(Some("lan-cam1")), "{case}, {clock}");
        }
    }
}

#[test]
fn what_is_marked_as_on_its_way_out_is_known_as_that_and_left_out() {
    let time = SECOND * 1_000_000 + 250_000;
    for (case, order) in [("little", LITTLE), ("big", BIG)] {
        for (way, is_outgoing) in [(0, false), (1, false), (2, true), (0x1e0 | 2, true)] {
            let capture = order.pcapng(&[], time, &[order.flags(way)]);
            let expected = Read {
                is_outgoing,
                ..Read::whole(Some("lan-cam1"))
            };
            assert_eq!(Read::of(&capture), expected, "{case}, {way}");
            let policy = Policy::parse("policy.yaml", POLICY).unwrap();
            let book = judged(policy, &capture, true).book;
            let left_out = u64::from(is_outgoing);
            let told = (book.outgoing, book.fates.dropped);
            assert_eq!(told, (left_out, 1 - left_out), "{case}, {way}");
        }
    }
}

#[test]
fn a_simple_packet_has_no_time_and_no_more_than_its_interface_keeps() {
    for (case, order) in [("little", LITTLE), ("big", BIG)] {
        let expected = Read {
            time: 0,
            captured: SNAP,
            ..Read::whole(Some("lan-cam1"))
        };
        assert_eq!(Read::of(&order.simple()), expected, "{case}");
        let policy = Policy::parse("policy.yaml", POLICY).unwrap();
        let book = judged(policy, &order.simple(), true).book;
        assert_eq!((book.cut, book.fates.dropped), (1, 1), "{case}");
    }
}

/// What is read of a capture of one packet.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    time: i64,
    interface: Option<String>,
    is_outgoing: bool,
    captured: usize,
    original: usize,
}

impl Read {
    fn of(bytes: &[u8]) -> Self {
        let mut capture = Capture::new("capture", bytes).unwrap();
        let packet = capture.next().unwrap().unwrap();
        assert_eq!(frame().get(..packet.bytes.len()), Some(packet.bytes));
        let read = Self {
            time: packet.time,
            interface: packet.interface.map(str::to_owned),
            is_outgoing: packet.is_outgoing,
            captured: packet.bytes.len(),
            original: packet.original,
        };
        assert!(capture.next().unwrap().is_none());
        read
    }

    /// All of it, on its way in.
    fn whole(interface: Option<&str>) -> Self {
        Self {
            time: TIME,
            interface: interface.map(str::to_owned),
            is_outgoing: false,
            captured: frame().len(),
            original: frame().len(),
        }
    }
}

/// What is captured.
fn frame() -> Vec<u8> {
    frames().remove(0)
}

/// In which order numbers are written.
#[derive(Clone, Copy)]
struct Order {
    is_big: bool,
}

const LITTLE: Order = Order { is_big: false };
const BIG: Order = Order { is_big: true };

type Options = [(u16, Vec<u8>)];

impl Order {
    const fn short(self, number: u16) -> [u8; 2] {
        if self.is_big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    const fn long(self, number: u32) -> [u8; 4] {
        if self.is_big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    fn length(self, length: usize) -> [u8; 4] {
        self.long(length.try_into().unwrap())
    }

    fn pcap(self, magic: u32, within: u32) -> Vec<u8> {
        let frame = frame();
        let mut bytes = self.long(magic).to_vec();
        bytes.extend([self.short(2), self.short(4)].concat());
        for number in [0, 0, 262_144, ETHERNET, 1_900_000_000, within] {
            bytes.extend(self.long(number));
        }
        bytes.extend([self.length(frame.len()), self.length(frame.len())].concat());
        bytes.extend(frame);
        bytes
    }

    fn pcapng(self, of_interface: &Options, time: u64, of_packet: &Options) -> Vec<u8> {
        let frame = frame();
        let mut packet = self.long(0).to_vec();
        packet.extend(self.long(u32::try_from(time >> 32).unwrap()));
        packet.extend(self.long(u32::try_from(time & 0xffff_ffff).unwrap()));
        packet.extend([self.length(frame.len()), self.length(frame.len())].concat());
        packet.extend(padded(&frame));
        packet.extend(self.options(of_packet));
        [self.begin(0, of_interface), self.block(6, &packet)].concat()
    }

    /// Without a time, and with the length that it had alone.
    fn simple(self) -> Vec<u8> {
        let frame = frame();
        let mut packet = self.length(frame.len()).to_vec();
        let kept: Vec<u8> = frame.iter().copied().take(SNAP).collect();
        packet.extend(padded(&kept));
        [self.begin(SNAP, &[]), self.block(3, &packet)].concat()
    }

    /// A section, and an interface.
    fn begin(self, snap: usize, options: &Options) -> Vec<u8> {
        let mut section = self.long(0x1a2b_3c4d).to_vec();
        section.extend([self.short(1), self.short(0)].concat());
        section.extend([0xff; 8]);
        let mut interface = self.short(1).to_vec();
        interface.extend([0, 0]);
        interface.extend(self.length(snap));
        let name = [(IF_NAME, b"lan-cam1".to_vec())];
        interface.extend(self.options(&[&name, options].concat()));
        [self.block(0x0a0d_0d0a, &section), self.block(1, &interface)].concat()
    }

    fn offset(self, seconds: i64) -> (u16, Vec<u8>) {
        let value = if self.is_big {
            seconds.to_be_bytes()
        } else {
            seconds.to_le_bytes()
        };
        (IF_TSOFFSET, value.to_vec())
    }

    fn flags(self, flags: u32) -> (u16, Vec<u8>) {
        (EPB_FLAGS, self.long(flags).to_vec())
    }

    fn options(self, options: &Options) -> Vec<u8> {
        let written = options.iter().flat_map(|(code, value)| {
            let length = u16::try_from(value.len()).unwrap();
            let head = [self.short(*code), self.short(length)].concat();
            [head, padded(value)].concat()
        });
        let end = if options.is_empty() { &[][..] } else { &[0; 4] };
        written.chain(end.iter().copied()).collect()
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let length = self.length(body.len() + 12);
        [&self.long(kind)[..], &length, body, &length].concat()
    }
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
