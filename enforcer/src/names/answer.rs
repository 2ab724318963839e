//! What an answer of a resolver says: the name that was asked for, and its addresses.
//!
//! It comes from outside, so nothing in it is believed to be well-formed, and what is taken from it has bounds.

use std::{fmt::Write as _, net::IpAddr};

use domain::{
    base::{
        Message, ParsedName, Rtype,
        iana::{Class, Opcode, Rcode},
        record::ParsedRecord,
    },
    rdata::{A, Aaaa, Cname},
};

/// How many records are looked at.
const MOST_RECORDS: usize = 128;

/// How many labels all names in an answer may have together. Each is looked at once, and names of a hundred letters with a
/// dot between any two are nobody's.
const MOST_LABELS: usize = 1_024;

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
        let mut patience = Patience(MOST_LABELS);
        let asked = patience.read(question.qname())?;
        let records = patience.records(message)?;
        let addresses = addresses(&asked, &records)?;
        let name = in_words(&asked)?;
        (!addresses.is_empty()).then_some(Self { name, addresses })
    }
}

/// A name as its labels in lower case, each behind its length, by which it is equal to itself however it was written
/// (RFC 4343, 3).
type Labels = Vec<u8>;

struct Told {
    owner: Labels,
    good_for: u32,
    data: Says,
}

enum Says {
    Alias(Labels),
    Address(IpAddr),
}

/// How many labels are still looked at.
struct Patience(usize);

impl Patience {
    fn read(&mut self, name: &ParsedName<&[u8]>) -> Option<Labels> {
        let mut read = Labels::new();
        for label in name {
            self.0 = self.0.checked_sub(1)?;
            read.push(u8::try_from(label.len()).ok()?);
            read.extend(label.iter().map(|byte| byte.to_ascii_lowercase()));
        }
        Some(read)
    }

    /// All that say what a name is another word for, or an address of it.
    fn records(&mut self, message: &Message<[u8]>) -> Option<Vec<Told>> {
        let mut records = Vec::new();
        for record in message.answer().ok()?.take(MOST_RECORDS) {
            let record = record.ok()?;
            let owner = self.read(&record.owner())?;
            if record.class() != Class::IN {
                continue;
            }
            let data = if let Some(address) = address(&record) {
                Says::Address(address)
            } else if let Ok(Some(record)) = record.to_record::<Cname<ParsedName<_>>>() {
                Says::Alias(self.read(record.data().cname())?)
            } else {
                continue;
            };
            records.push(Told {
                owner,
                good_for: record.ttl().as_secs(),
                data,
            });
        }
        Some(records)
    }
}

fn address(record: &ParsedRecord<'_, [u8]>) -> Option<IpAddr> {
    if let Ok(Some(record)) = record.to_record::<A>() {
        return Some(record.data().addr().into());
    }
    let record = record.to_record::<Aaaa>().ok()??;
    Some(record.data().addr().into())
}

/// The addresses of the last of the names that a name is another word for, which is the only one that can have any, and
/// for how many seconds each is good.
fn addresses(asked: &[u8], records: &[Told]) -> Option<Vec<(IpAddr, u32)>> {
    let (mut last, mut good_for) = (asked, u32::MAX);
    for _ in 0..LONGEST_CHAIN {
        let of_last = || records.iter().filter(|record| record.owner == *last);
        let alias = of_last().find_map(|record| match &record.data {
            Says::Alias(name) => Some((name.as_slice(), record.good_for)),
            Says::Address(_) => None,
        });
        if let Some((name, seconds)) = alias {
            (last, good_for) = (name, good_for.min(seconds));
            continue;
        }
        let addresses = of_last().filter_map(|record| match record.data {
            Says::Address(address) => Some((address, good_for.min(record.good_for))),
            Says::Alias(_) => None,
        });
        let addresses = addresses.filter(|(address, _)| is_somebodys(*address));
        return Some(addresses.take(MOST_ADDRESSES).collect());
    }
    None
}

/// As it is shown: without a dot at its end, and what is no letter, digit or sign in digits (RFC 4343, 2.1); so is a dot
/// that does not end a label. None for what is too long to be a name, or would be taken for an address.
fn in_words(name: &[u8]) -> Option<String> {
    let mut words = String::new();
    let (mut rest, mut is_number) = (name, false);
    while let [length, after @ ..] = rest
        && *length > 0
    {
        let (label, after) = after.split_at_checked(usize::from(*length))?;
        if !words.is_empty() {
            words.push('.');
        }
        for byte in label {
            if byte.is_ascii_graphic() && !matches!(byte, b'.' | b'\\') {
                words.push(char::from(*byte));
            } else {
                write!(words, "\\{byte:03}").ok()?;
            }
        }
        is_number = is_a_number(label);
        rest = after;
    }
    let is_name = words.len() <= LONGEST_NAME && !is_number && !words.contains(':');
    is_name.then_some(words)
}

/// Whether a name that ends with it is read as an address of IPv4, in whichever way those may be written.
fn is_a_number(label: &[u8]) -> bool {
    match label {
        [b'0', b'x', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        digits => digits.iter().all(u8::is_ascii_digit),
    }
}

/// What filters answer in place of an address is none.
const fn is_somebodys(address: IpAddr) -> bool {
    !(address.is_unspecified() || address.is_loopback() || address.is_multicast())
}

#[cfg(test)]
mod tests;
