//! Any bytes as what a resolver answers. The fuzzer's target and the test that replays the corpus run this.

use std::net::IpAddr;

use enforcer::names::answer::{Answer, LONGEST_NAME};

/// The bytes are read as an answer, or refused; and what is taken from them can be shown and kept.
pub(crate) fn run(bytes: &[u8]) {
    let Some(answer) = Answer::read(bytes) else {
        return;
    };
    let Answer { name, addresses } = &answer;
    assert!(!name.is_empty() && name.len() <= LONGEST_NAME, "{name}");
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && !byte.is_ascii_uppercase();
    assert!(name.bytes().all(is_plain), "{name:?}");
    assert!(!addresses.is_empty() && addresses.len() <= 32, "{answer:?}");
    for (address, _) in addresses {
        assert!(is_in(*address, bytes), "{address} stands nowhere");
    }
    assert_eq!(Answer::read(bytes).as_ref(), Some(&answer));
}

/// No address is made up.
fn is_in(address: IpAddr, bytes: &[u8]) -> bool {
    match address {
        IpAddr::V4(address) => bytes.windows(4).any(|part| part == address.octets()),
        IpAddr::V6(address) => bytes.windows(16).any(|part| part == address.octets()),
    }
}
