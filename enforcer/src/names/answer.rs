//! What an answer of a resolver says: the name that was asked for, and its addresses.
//!
//! It comes from outside, so nothing in it is believed to be well-formed, and what is taken from it has bounds.

use std::net::IpAddr;

use domain::{
    base::{
        Message, ParsedName, Rtype,
        iana::{Class, Opcode, Rcode},
        name::ToName as _,
    },
    rdata::{A, Aaaa, Cname},
};

/// How many records are looked at.
const MOST_RECORDS: usize = 128;

/// How many names may stand between the one that was asked for and its addresses.
const LONGEST_CHAIN: usize = 16;

/// A longer name, as it is written, is none that anybody uses: with this many letters it is as long as one can be (RFC
/// 1035, 2.3.4), and whatever is no letter takes four.
pub const LONGEST_NAME: usize = 253;

/// How many addresses are taken.
const MOST_ADDRESSES: usize = 32;

/// What is taken from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name that was asked for: lower case, without a dot at its end, and printable.
    pub name: String,
    /// Its addresses, and for how many seconds each is good.
    pub addresses: Vec<(IpAddr, u32)>,
}

impl Answer {
    /// Reads a DNS message (RFC 1035); nothing if it is none that says what addresses a name has.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let message = Message::from_slice(bytes).ok()?;
        let header = message.header();
        let is_answer =
            header.qr() && header.opcode() == Opcode::QUERY && header.rcode() == Rcode::NOERROR;
        if !is_answer {
            return None;
        }
        let question = message.sole_question().ok()?;
        let is_asked_for = matches!(question.qtype(), Rtype::A | Rtype::AAAA | Rtype::ANY);
        if !is_asked_for || question.qclass() != Class::IN || question.qname().is_root() {
            return None;
        }
        let chain = Chain::follow(message, question.into_qname())?;
        let addresses = chain.addresses(message)?;
        let [asked, ..] = &*chain.names else {
            return None;
        };
        // What is no letter, digit or sign is written in digits (RFC 4343, 2.1).
        let name = asked.to_string().to_ascii_lowercase();
        let is_useful = name.len() <= LONGEST_NAME && !addresses.is_empty();
        is_useful.then_some(Self { name, addresses })
    }
}

/// A name, and those that it is another word for.
struct Chain<'m> {
    names: Vec<ParsedName<&'m [u8]>>,
    /// For how many seconds all of it is good.
    good_for: u32,
}

impl<'m> Chain<'m> {
    fn follow(message: &'m Message<[u8]>, asked: ParsedName<&'m [u8]>) -> Option<Self> {
        let mut names = vec![asked];
        let mut good_for = u32::MAX;
        for _ in 0..LONGEST_CHAIN {
            let last = names.last()?;
            let records = message.answer().ok()?.take(MOST_RECORDS);
            let mut next = None;
            for record in records {
                let record = record.ok()?;
                if record.class() != Class::IN || !record.owner().name_eq(last) {
                    continue;
                }
                if let Ok(Some(alias)) = record.to_record::<Cname<ParsedName<_>>>() {
                    good_for = good_for.min(alias.ttl().as_secs());
                    next = Some(alias.into_data().into_cname());
                    break;
                }
            }
            let Some(next) = next else {
                return Some(Self { names, good_for });
            };
            names.push(next);
        }
        None
    }

    /// The addresses of the last name in it, which is the only one that can have any.
    fn addresses(&self, message: &'m Message<[u8]>) -> Option<Vec<(IpAddr, u32)>> {
        let last = self.names.last()?;
        let mut addresses = Vec::new();
        for record in message.answer().ok()?.take(MOST_RECORDS) {
            let record = record.ok()?;
            if record.class() != Class::IN || !record.owner().name_eq(last) {
                continue;
            }
            let address: IpAddr = if let Ok(Some(record)) = record.to_record::<A>() {
                record.data().addr().into()
            } else if let Ok(Some(record)) = record.to_record::<Aaaa>() {
                record.data().addr().into()
            } else {
                continue;
            };
            if is_somebodys(address) && addresses.len() < MOST_ADDRESSES {
                addresses.push((address, self.good_for.min(record.ttl().as_secs())));
            }
        }
        Some(addresses)
    }
}

/// What filters answer in place of an address is none.
const fn is_somebodys(address: IpAddr) -> bool {
    !(address.is_unspecified() || address.is_loopback() || address.is_multicast())
}

#[cfg(test)]
mod tests;
