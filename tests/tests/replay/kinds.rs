//! Which captures there are, and what is asked of them: cooked packets of either kind, another time, another interface.

use enforcer::policy::Policy;
use enforcer::replay::capture::Capture;
use enforcer_tests::capture::pcap;
use enforcer_tests::site::{POLICY, Site};
use serde_json::json;

use crate::{ETHERNET, frames, judged, run, told, write};

const COOKED_2: u32 = 276;

#[test]
fn cooked_packets_of_the_second_kind_are_judged_by_their_sender() {
    let site = Site::new("replay_sll2").unwrap();
    let cooked = |way: u8, frame: &[u8]| {
        let mut packet = frame[12..14].to_vec();
        packet.extend([0, 0, 0, 0, 0, 7, 0, 1, way, 6]);
        packet.extend(&frame[6..12]);
        packet.extend([0, 0]);
        packet.extend(&frame[14..]);
        packet
    };
    let mut packets: Vec<Vec<u8>> = frames().iter().map(|frame| cooked(0, frame)).collect();
    packets.push(cooked(4, &frames()[0]));
    // Of a link without addresses.
    let mut foreign = cooked(0, &frames()[0]);
    foreign[11] = 0;
    packets.push(foreign);
    let capture = write(&site, "any.pcap", &pcap(COOKED_2, &packets, 262_144));
    let document = told(&run(&site, &[&capture]));
    assert_eq!(document["judged_by"], "kernel");
    assert_eq!(
        (&document["outgoing"], &document["foreign"]),
        (&json!(1), &json!(1))
    );
    let fates = json!({"allowed": 2, "dropped": 4, "audited": 0, "ignored": 0});
    assert_eq!(document["frames"], fates);
}

#[test]
fn at_another_time_an_audit_is_over_or_is_not() {
    let site = Site::new("replay_at").unwrap();
    site.write(&format!("mode: audit\nuntil: 2030-03-18\n{POLICY}"))
        .unwrap();
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &frames(), 262_144));
    for (at, dropped, audited) in [
        ("2030-03-17T23:59:59Z", 0, 4),
        ("2030-03-18", 4, 0),
        ("2030-03-18T00:30:00+01:00", 0, 4),
    ] {
        let frames = &told(&run(&site, &[&capture, "--at", at]))["frames"];
        let told = (&frames["dropped"], &frames["audited"]);
        assert_eq!(told, (&json!(dropped), &json!(audited)), "{at}");
    }
}

#[test]
fn where_the_capture_names_no_interface_the_command_line_does() {
    let site = Site::new("replay_interface").unwrap();
    let mixed = POLICY.replace("lan-cam*: {}", "lan-cam*: {}\n  lan-mix: {unlisted: pass}");
    site.write(&mixed).unwrap();
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &frames(), 262_144));
    for (interface, ignored, dropped) in [("lan-cam7", 0, 4), ("lan-mix", 1, 3)] {
        let frames = &told(&run(&site, &[&capture, "--interface", interface]))["frames"];
        let told = (&frames["ignored"], &frames["dropped"]);
        assert_eq!(told, (&json!(ignored), &json!(dropped)), "{interface}");
    }
    let outcome = run(&site, &[&capture, "--interface", "wan"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("no row of `interfaces` is for `wan`"),
        "{outcome:?}"
    );
}

/// When the first packet of all of these was captured, in milliseconds.
const TIME: i64 = 1_900_000_000_250;

#[test]
fn packets_are_read_the_same_in_whichever_way_a_capture_is_written() {
    let second: u64 = 1_900_000_000;
    let quarter = |units: u64| second * units + units / 4;
    for (case, bytes, expected) in [
        (
            "pcap",
            LITTLE.pcap(MICROSECONDS, 250_000),
            (TIME, None, false),
        ),
        (
            "its bytes the other way",
            BIG.pcap(MICROSECONDS, 250_000),
            (TIME, None, false),
        ),
        (
            "nanoseconds",
            LITTLE.pcap(NANOSECONDS, 250_999_999),
            (TIME, None, false),
        ),
        (
            "nanoseconds, the other way",
            BIG.pcap(NANOSECONDS, 250_999_999),
            (TIME, None, false),
        ),
        (
            "pcapng",
            LITTLE.pcapng(&[], quarter(1_000_000), &[]),
            (TIME, Some("lan-cam1"), false),
        ),
        (
            "pcapng, the other way",
            BIG.pcapng(&[], quarter(1_000_000), &[]),
            (TIME, Some("lan-cam1"), false),
        ),
        (
            "a clock of nanoseconds",
            LITTLE.pcapng(&[(IF_TSRESOL, vec![9])], quarter(1_000_000_000), &[]),
            (TIME, Some("lan-cam1"), false),
        ),
        (
            "a clock of powers of two",
            BIG.pcapng(&[(IF_TSRESOL, vec![0x80 | 10])], quarter(1 << 10), &[]),
            (TIME, Some("lan-cam1"), false),
        ),
        (
            "a clock that begins later",
            LITTLE.pcapng(
                &[LITTLE.offset(1_000_000_000)],
                quarter(1_000_000) - 10_u64.pow(15),
                &[],
            ),
            (TIME, Some("lan-cam1"), false),
        ),
        (
            "a clock that begins later, the other way",
            BIG.pcapng(
                &[BIG.offset(1_000_000_000)],
                quarter(1_000_000) - 10_u64.pow(15),
                &[],
            ),
            (TIME, Some("lan-cam1"), false),
        ),
        (
            "a clock that begins earlier",
            LITTLE.pcapng(
                &[LITTLE.offset(-100)],
                quarter(1_000_000) + 100_000_000,
                &[],
            ),
            (TIME, Some("lan-cam1"), false),
        ),
        (
            "on its way in",
            LITTLE.pcapng(&[], quarter(1_000_000), &[LITTLE.flags(1)]),
            (TIME, Some("lan-cam1"), false),
        ),
        (
            "on its way out",
            LITTLE.pcapng(&[], quarter(1_000_000), &[LITTLE.flags(2)]),
            (TIME, Some("lan-cam1"), true),
        ),
        (
            "on its way out, the other way",
            BIG.pcapng(&[], quarter(1_000_000), &[BIG.flags(2)]),
            (TIME, Some("lan-cam1"), true),
        ),
        (
            "a simple packet",
            LITTLE.simple(),
            (0, Some("lan-cam1"), false),
        ),
        (
            "a simple packet, the other way",
            BIG.simple(),
            (0, Some("lan-cam1"), false),
        ),
    ] {
        let mut capture = Capture::new("capture", bytes.as_slice()).unwrap();
        let packet = capture.next().unwrap().unwrap();
        let told = (packet.time, packet.interface, packet.is_outgoing);
        assert_eq!(told, expected, "{case}");
        let captured = if case.contains("simple") {
            SNAP
        } else {
            frame().len()
        };
        assert_eq!(packet.bytes, &frame()[..captured], "{case}");
        assert_eq!(packet.original, frame().len(), "{case}");
        assert!(capture.next().unwrap().is_none(), "{case}");
        let policy = Policy::parse("policy.yaml", POLICY).unwrap();
        let book = judged(policy, &bytes, true).book;
        let left_out = u64::from(expected.2);
        assert_eq!(
            (book.outgoing, book.fates.dropped),
            (left_out, 1 - left_out),
            "{case}"
        );
    }
}

/// Options of pcapng.
const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;
const EPB_FLAGS: u16 = 2;

const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// So much of a packet is kept by an interface with simple packets.
const SNAP: usize = 62;

/// In which order numbers are written.
struct Order {
    is_big: bool,
}

const LITTLE: Order = Order { is_big: false };
const BIG: Order = Order { is_big: true };

/// What is captured.
fn frame() -> Vec<u8> {
    frames().remove(0)
}

impl Order {
    fn short(&self, number: u16) -> [u8; 2] {
        if self.is_big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    fn long(&self, number: u32) -> [u8; 4] {
        if self.is_big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    fn length(&self, length: usize) -> [u8; 4] {
        self.long(length.try_into().unwrap())
    }

    fn pcap(&self, magic: u32, within: u32) -> Vec<u8> {
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

    fn pcapng(
        &self,
        of_interface: &[(u16, Vec<u8>)],
        time: u64,
        of_packet: &[(u16, Vec<u8>)],
    ) -> Vec<u8> {
        let frame = frame();
        let mut packet = self.long(0).to_vec();
        packet.extend(self.long(u32::try_from(time >> 32).unwrap()));
        packet.extend(self.long(u32::try_from(time & 0xffff_ffff).unwrap()));
        packet.extend([self.length(frame.len()), self.length(frame.len())].concat());
        packet.extend(padded(frame));
        packet.extend(self.options(of_packet));
        [self.begin(0, of_interface), self.block(6, &packet)].concat()
    }

    /// Without a time, and with the length that it had alone.
    fn simple(&self) -> Vec<u8> {
        let frame = frame();
        let mut packet = self.length(frame.len()).to_vec();
        packet.extend(padded(frame[..SNAP].to_vec()));
        [self.begin(SNAP, &[]), self.block(3, &packet)].concat()
    }

    /// A section, and an interface.
    fn begin(&self, snap: usize, options: &[(u16, Vec<u8>)]) -> Vec<u8> {
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

    fn offset(&self, seconds: i64) -> (u16, Vec<u8>) {
        let value = if self.is_big {
            seconds.to_be_bytes()
        } else {
            seconds.to_le_bytes()
        };
        (IF_TSOFFSET, value.to_vec())
    }

    fn flags(&self, flags: u32) -> (u16, Vec<u8>) {
        (EPB_FLAGS, self.long(flags).to_vec())
    }

    fn options(&self, options: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let written = options.iter().flat_map(|(code, value)| {
            let length = u16::try_from(value.len()).unwrap();
            let head = [self.short(*code), self.short(length)].concat();
            [head, padded(value.clone())].concat()
        });
        let end = if options.is_empty() { &[][..] } else { &[0; 4] };
        written.chain(end.iter().copied()).collect()
    }

    fn block(&self, kind: u32, body: &[u8]) -> Vec<u8> {
        let length = self.length(body.len() + 12);
        [&self.long(kind)[..], &length, body, &length].concat()
    }
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
