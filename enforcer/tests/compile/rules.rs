//! What the rules say of a destination.

use enforcer_common::{DropReason, Flow, rule::Request};

use crate::router::{Router, address};

/// Rules by number, in file order.
const RULES: &str = "
groups:
  g:
    allow:
      - {to: 192.0.2.0/24, ports: udp/53}
      - {to: [192.0.2.0/25, 239.255.255.250, 192.0.2.255]}
      - {to: 0.0.0.0/0, answer: udp/8000}
      - {to: 224.0.0.0/4, ports: udp/53}
      - {to: ['::/0', 'ff02::c']}
    deny:
      - {to: 192.0.2.64/26}
      - {to: [192.0.2.96/27, '64::/16']}
";

#[test]
fn deny_beats_allow_and_the_first_that_admits_decides() {
    let router = Router::new(RULES);
    for (destination, source_port, port, expected) in [
        ("192.0.2.1", 1, 53, Ok(1)),
        ("192.0.2.1", 1, 54, Ok(2)),
        ("192.0.2.128", 1, 54, Err((0, DropReason::Port))),
        ("192.0.2.128", 8000, 54, Ok(3)),
        ("192.0.3.0", 8000, 53, Ok(3)),
        ("192.0.3.0", 8001, 53, Err((0, DropReason::Port))),
        ("192.0.2.64", 1, 53, Err((6, DropReason::NotAllowed))),
        ("192.0.2.96", 1, 53, Err((6, DropReason::NotAllowed))),
        ("2001:db8::1", 1, 53, Ok(5)),
        // Translated: denied as written, whatever holds for the address inside.
        (
            "64:ff9b::192.0.2.1",
            1,
            53,
            Err((7, DropReason::NotAllowed)),
        ),
    ] {
        assert_rule(&router, destination, false, source_port, port, expected);
    }
}

#[test]
fn a_translated_destination_is_judged_by_the_address_inside() {
    let router = Router::new(
        "
groups: {g: {allow: [{to: '::/0'}, {to: 192.0.2.0/24}], deny: [{to: 192.0.2.13}]}}
",
    );
    for (destination, expected) in [
        ("64:ff9b::192.0.2.1", Ok(2)),
        ("64:ff9b::192.0.2.13", Err((3, DropReason::NotAllowed))),
        ("64:ff9b::192.0.3.1", Err((0, DropReason::NotAllowed))),
        ("64:ff9b::1:192.0.2.13", Ok(1)),
    ] {
        assert_rule(&router, destination, false, 1, 1, expected);
    }
}

#[test]
fn a_destination_by_a_translator_of_the_policys_own_is_judged_by_the_address_inside() {
    let router = Router::new(
        "
nat64: ['2001:db8:64::/96', '2001:db8:122::/48']
groups: {g: {allow: [{to: '::/0'}, {to: 192.0.2.0/24}], deny: [{to: 192.0.2.13}]}}
",
    );
    for (destination, expected) in [
        ("2001:db8:64::192.0.2.1", Ok(2)),
        ("2001:db8:64::192.0.2.13", Err((3, DropReason::NotAllowed))),
        ("2001:db8:64::192.0.3.1", Err((0, DropReason::NotAllowed))),
        ("2001:db8:64::1:192.0.2.13", Ok(1)),
        ("2001:db8:122:c000:2:100::", Ok(2)),
        (
            "2001:db8:122:c000:2:d00::",
            Err((3, DropReason::NotAllowed)),
        ),
        // What is behind the IPv4 address does not matter.
        (
            "2001:db8:122:c000:2:dff:ffff:ffff",
            Err((3, DropReason::NotAllowed)),
        ),
        ("64:ff9b::192.0.2.13", Err((3, DropReason::NotAllowed))),
    ] {
        assert_rule(&router, destination, false, 1, 1, expected);
    }
}

#[test]
fn only_who_names_a_group_reaches_it() {
    let router = Router::new(RULES);
    for (destination, source_port, port, expected) in [
        ("239.255.255.250", 8000, 1, Ok(2)),
        ("239.255.255.251", 1, 53, Ok(4)),
        ("239.255.255.251", 8000, 1, Err((0, DropReason::Port))),
        ("192.0.2.255", 8000, 53, Ok(2)),
        ("192.0.2.127", 8000, 53, Err((6, DropReason::NotAllowed))),
        ("192.0.2.191", 8000, 53, Err((0, DropReason::Multicast))),
        ("255.255.255.255", 8000, 53, Err((0, DropReason::Multicast))),
        ("ff02::c", 8000, 53, Ok(5)),
        ("ff02::d", 8000, 53, Err((0, DropReason::Multicast))),
    ] {
        assert_rule(&router, destination, true, source_port, port, expected);
    }
}

#[test]
fn a_group_that_does_not_exist_reaches_nothing() {
    let router = Router::new(RULES);
    router.ask(|who, tables| {
        let flow = flow("192.0.2.1", false, 1, 53);
        let ruling = tables.ruling(1, &Request::new(&flow));
        assert_eq!((ruling.deny, ruling.allow), (0, 0), "{who}");
    });
}

/// The rule that allows, or the one that denies and why no other allows.
fn assert_rule(
    router: &Router,
    destination: &str,
    to_group: bool,
    source_port: u16,
    port: u16,
    expected: Result<u32, (u32, DropReason)>,
) {
    let flow = flow(destination, to_group, source_port, port);
    router.ask(|who, tables| {
        let mut flow = flow;
        tables.translate(&mut flow).unwrap();
        let ruling = tables.ruling(0, &Request::new(&flow));
        let found = if ruling.deny == 0 && ruling.allow != 0 {
            Ok(ruling.allow)
        } else {
            Err((ruling.deny, ruling.refusal))
        };
        assert_eq!(found, expected, "{who}: {destination} {source_port} {port}");
    });
}

/// UDP.
fn flow(destination: &str, to_group: bool, source_port: u16, destination_port: u16) -> Flow {
    Flow {
        destination: address(destination),
        protocol: 17,
        source_port,
        destination_port,
        to_group,
        ..Flow::default()
    }
}
