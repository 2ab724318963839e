//! Answers as resolvers make them, and as they do not.

use domain::base::{
    Message, MessageBuilder, Name, Ttl,
    iana::{Class, Rcode, Rtype},
};
use domain::rdata::{A, Aaaa, Cname};

use super::*;

type Records<'r> = &'r [(&'r str, u32, Data<'r>)];

#[derive(Clone, Copy)]
enum Data<'r> {
    Address(&'r str),
    Alias(&'r str),
}

use Data::{Address, Alias};

#[test]
fn the_name_that_was_asked_for_has_the_addresses_of_whatever_it_is_another_word_for() {
    for (case, asked, records, expected) in [
        (
            "an address",
            "DEV.hik-connect.com",
            &[("dev.Hik-Connect.com", 60, Address("198.51.100.7"))][..],
            vec![("198.51.100.7", 60)],
        ),
        (
            "several, in both families",
            "dev.hik-connect.com",
            &[
                ("dev.hik-connect.com", 60, Address("198.51.100.7")),
                ("dev.hik-connect.com", 30, Address("2001:db8::7")),
            ][..],
            vec![("198.51.100.7", 60), ("2001:db8::7", 30)],
        ),
        (
            "another word, good for a shorter time",
            "dev.hik-connect.com",
            &[
                ("dev.hik-connect.com", 20, Alias("eu.lb.example")),
                ("eu.lb.example", 300, Alias("a.cdn.example")),
                ("a.cdn.example", 60, Address("198.51.100.7")),
            ][..],
            vec![("198.51.100.7", 20)],
        ),
        (
            "in another order",
            "dev.hik-connect.com",
            &[
                ("a.cdn.example", 60, Address("198.51.100.7")),
                ("dev.hik-connect.com", 90, Alias("a.cdn.example")),
            ][..],
            vec![("198.51.100.7", 60)],
        ),
        (
            "addresses that are another name's",
            "dev.hik-connect.com",
            &[
                ("dev.hik-connect.com", 60, Address("198.51.100.7")),
                ("other.example", 60, Address("203.0.113.9")),
            ][..],
            vec![("198.51.100.7", 60)],
        ),
        (
            "what a filter answers",
            "dev.hik-connect.com",
            &[
                ("dev.hik-connect.com", 60, Address("0.0.0.0")),
                ("dev.hik-connect.com", 60, Address("127.0.0.1")),
                ("dev.hik-connect.com", 60, Address("198.51.100.7")),
            ][..],
            vec![("198.51.100.7", 60)],
        ),
    ] {
        let answer = Answer::read(&message(asked, Rtype::A, records)).expect(case);
        assert_eq!(answer.name, "dev.hik-connect.com", "{case}");
        let expected = expected.into_iter();
        let expected = expected.map(|(address, seconds)| (address.parse().unwrap(), seconds));
        assert_eq!(answer.addresses, expected.collect::<Vec<_>>(), "{case}");
    }
}

#[test]
fn what_says_of_no_name_what_its_addresses_are_is_no_answer() {
    let own = ("dev.hik-connect.com", 60, Address("198.51.100.7"));
    let good = message("dev.hik-connect.com", Rtype::A, &[own]);
    assert!(Answer::read(&good).is_some());
    let changed = |at: usize, bits: u8| {
        let mut bytes = good.clone();
        bytes[at] ^= bits;
        bytes
    };
    for (case, bytes) in [
        ("nothing", Vec::new()),
        ("a question", changed(2, 0x80)),
        ("another kind of operation", changed(2, 0x28)),
        ("a failure", changed(3, 0x02)),
        ("no question", changed(5, 0x01)),
        ("two questions", changed(5, 0x03)),
        ("no record", message("dev.hik-connect.com", Rtype::A, &[])),
        (
            "another type",
            message("dev.hik-connect.com", Rtype::TXT, &[own]),
        ),
        (
            "the root",
            message(".", Rtype::A, &[(".", 60, Address("198.51.100.7"))]),
        ),
        (
            "another name's address",
            message(
                "dev.hik-connect.com",
                Rtype::A,
                &[("other.example", 60, Address("198.51.100.7"))],
            ),
        ),
        (
            "a circle",
            message(
                "a.example",
                Rtype::A,
                &[
                    ("a.example", 60, Alias("b.example")),
                    ("b.example", 60, Alias("a.example")),
                ],
            ),
        ),
    ] {
        assert_eq!(Answer::read(&bytes), None, "{case}");
    }
    for length in 0..good.len() {
        assert_eq!(Answer::read(&good[..length]), None, "{length} bytes");
    }
}

#[test]
fn a_name_is_pointed_back_to_and_not_forward_or_to_itself() {
    // A question of `a.example`, and a record whose owner is a pointer to a place.
    let pointing = |to: u8| {
        let mut bytes = vec![0, 0, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0];
        bytes.extend(b"\x01a\x07example\x00\x00\x01\x00\x01");
        bytes.extend([0xc0, to, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 7]);
        bytes
    };
    assert!(Answer::read(&pointing(12)).is_some());
    for to in [0, 13, 27, 28, 200] {
        assert_eq!(Answer::read(&pointing(to)), None, "to {to}");
    }
}

#[test]
fn whatever_stands_in_a_name_can_be_printed() {
    let mut bytes = vec![0, 0, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    bytes.extend(b"\x06\x1b[2J\n\xe2\x03Com\x00\x00\x01\x00\x01");
    bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 7]);
    let answer = Answer::read(&bytes).unwrap();
    assert_eq!(answer.name, r"\027[2j\010\226.com");
    assert!(answer.name.bytes().all(|byte| byte.is_ascii_graphic()));
}

#[test]
fn a_dot_in_a_label_is_none_between_labels_and_a_name_is_no_address() {
    let named = |labels: &[&[u8]]| {
        let mut bytes = vec![0, 0, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0];
        for label in labels {
            bytes.push(u8::try_from(label.len()).unwrap());
            bytes.extend(*label);
        }
        bytes.extend(b"\x00\x00\x01\x00\x01");
        bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 7]);
        Answer::read(&bytes).map(|answer| answer.name)
    };
    for (labels, expected) in [
        (
            &[&b"evil.hik-connect"[..], b"com"][..],
            Some(r"evil\046hik-connect.com"),
        ),
        (&[br"a\b c", b"example"], Some(r"a\092b\032c.example")),
        (&[b"192.168.50.10"], Some(r"192\046168\04650\04610")),
        (&[b"192", b"168", b"50", b"10"], None),
        (&[b"192", b"168", b"50", b"0xA"], None),
        (&[b"3232248330"], None),
        (&[b"2001:db8::7"], None),
        (&[b"nvr", b"192", b"lan"], Some("nvr.192.lan")),
        (
            &[b"192", b"168", b"50", b"10", b"nip", b"io"],
            Some("192.168.50.10.nip.io"),
        ),
    ] {
        assert_eq!(named(labels).as_deref(), expected, "{labels:?}");
    }
}

#[test]
fn an_answer_with_more_labels_than_anybody_s_is_none_and_they_are_not_all_looked_at() {
    // Of 125 labels each, and all of them equal to their end.
    let many = ["a"; 123].join(".");
    let names: Vec<_> = (0..13).map(|number| format!("{number:x}.{many}")).collect();
    let aliases = names.windows(2);
    let aliases = aliases.map(|pair| (pair[0].as_str(), 60, Alias(pair[1].as_str())));
    let last = names.last().unwrap().as_str();
    let addresses = (0..41).map(|_| (last, 60, Address("198.51.100.7")));
    let records: Vec<_> = aliases.chain(addresses).collect();
    let costly = message(&names[0], Rtype::A, &records);
    assert_eq!(Answer::read(&costly), None);
    let looked_at = |bytes: &[u8]| {
        let mut patience = Patience(MOST_LABELS);
        let message = Message::from_slice(bytes).unwrap();
        let records = patience.records(message);
        (MOST_LABELS - patience.0, records.is_some())
    };
    assert_eq!(looked_at(&costly), (MOST_LABELS, false));
    // A long one of a large cloud's.
    let names: Vec<_> = (0..8)
        .map(|number| format!("dualstack.n{number}.eu-central-1.elb.cloud.vendor.example"))
        .collect();
    let aliases = names.windows(2);
    let aliases = aliases.map(|pair| (pair[0].as_str(), 60, Alias(pair[1].as_str())));
    let last = names.last().unwrap().as_str();
    let addresses = (0..60).map(|_| (last, 60, Address("198.51.100.7")));
    let records: Vec<_> = aliases.chain(addresses).collect();
    let long = message(&names[0], Rtype::A, &records);
    assert!(Answer::read(&long).is_some());
    // Each name that an owner or an alias has, once.
    assert_eq!(looked_at(&long), ((67 + 7) * 8, true));
}

#[test]
fn a_name_is_as_long_as_one_can_be_and_not_longer_because_of_how_it_is_written() {
    let own = Address("198.51.100.7");
    let longest = format!(
        "{}.{}.{}.{}",
        "a".repeat(63),
        "b".repeat(63),
        "c".repeat(63),
        "d".repeat(61)
    );
    let answer = Answer::read(&message(&longest, Rtype::A, &[(&longest, 60, own)]));
    assert_eq!(answer.map(|answer| answer.name.len()), Some(LONGEST_NAME));
    let odd = [&[63][..], &[7; 63], &[63], &[7; 63], &[0]].concat();
    let mut bytes = vec![0, 0, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    bytes.extend(odd);
    bytes.extend(b"\x00\x01\x00\x01");
    bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 7]);
    assert_eq!(Answer::read(&bytes), None);
}

#[test]
fn there_is_an_end_to_what_is_taken() {
    let many: Vec<_> = (0..200)
        .map(|_| ("a.example", 60, Address("198.51.100.7")))
        .collect();
    let answer = Answer::read(&message("a.example", Rtype::A, &many)).unwrap();
    assert_eq!(answer.addresses.len(), MOST_ADDRESSES);
    let names: Vec<_> = (0..40).map(|number| format!("n{number}.example")).collect();
    let mut chain: Vec<_> = names
        .windows(2)
        .map(|pair| (pair[0].as_str(), 60, Alias(pair[1].as_str())))
        .collect();
    chain.push((names.last().unwrap(), 60, Address("198.51.100.7")));
    assert_eq!(Answer::read(&message("n0.example", Rtype::A, &chain)), None);
    let near = &chain[30..];
    assert!(Answer::read(&message("n30.example", Rtype::A, near)).is_some());
}

fn message(asked: &str, kind: Rtype, records: Records<'_>) -> Vec<u8> {
    let name = |text: &str| text.parse::<Name<Vec<u8>>>().unwrap();
    let mut question = MessageBuilder::new_vec().question();
    question.push((name(asked), kind)).unwrap();
    let query = question.into_message();
    let query = Message::from_octets(query.as_octets().clone()).unwrap();
    let builder = MessageBuilder::new_vec();
    let mut answer = builder.start_answer(&query, Rcode::NOERROR).unwrap();
    for (owner, seconds, data) in records {
        let (owner, ttl) = (name(owner), Ttl::from_secs(*seconds));
        let pushed = match data {
            Address(text) => match text.parse().unwrap() {
                IpAddr::V4(address) => answer.push((owner, Class::IN, ttl, A::new(address))),
                IpAddr::V6(address) => answer.push((owner, Class::IN, ttl, Aaaa::new(address))),
            },
            Alias(other) => answer.push((owner, Class::IN, ttl, Cname::new(name(other)))),
        };
        pushed.unwrap();
    }
    answer.finish()
}
