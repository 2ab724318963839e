//! One row of the store: how much there was of something, and how that is written.

use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
    little_endian::{I64, U64},
};

use crate::app_proto::AppProto;

/// How much there was of something, and when; times in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ledger) struct Kept {
    pub(in crate::ledger) packets: u64,
    pub(in crate::ledger) bytes: u64,
    pub(in crate::ledger) first: i64,
    pub(in crate::ledger) last: i64,
    /// The line of the policy that decided last; empty for none.
    pub(in crate::ledger) rule: String,
    /// By what name the camera knew the receiver, when that was known last; empty for none.
    pub(in crate::ledger) domain: String,
    /// What was spoken, where that was heard.
    pub(in crate::ledger) app_proto: Option<AppProto>,
}

impl Kept {
    pub(super) fn add(&mut self, other: &Self) {
        let is_newer = other.last >= self.last;
        if is_newer {
            self.rule.clone_from(&other.rule);
        }
        if (is_newer || self.domain.is_empty()) && !other.domain.is_empty() {
            self.domain.clone_from(&other.domain);
        }
        let (newer, older) = if is_newer {
            (other.app_proto, self.app_proto)
        } else {
            (self.app_proto, other.app_proto)
        };
        self.app_proto = newer.or(older);
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = Head::ref_from_prefix(bytes).ok()?;
        let rest = str::from_utf8(rest).ok()?;
        // Lines of earlier versions end sooner.
        let mut texts = rest.split(BETWEEN);
        let mut next = || texts.next().unwrap_or_default();
        let (rule, domain, app_proto) = (next(), next(), next());
        Some(Self {
            packets: head.packets.get(),
            bytes: head.bytes.get(),
            first: head.first.get(),
            last: head.last.get(),
            rule: rule.to_owned(),
            domain: domain.to_owned(),
            app_proto: AppProto::named(app_proto),
        })
    }

    pub(super) fn written(&self) -> Vec<u8> {
        let head = Head {
            packets: self.packets.into(),
            bytes: self.bytes.into(),
            first: self.first.into(),
            last: self.last.into(),
        };
        let app_proto = self.app_proto.map_or("", AppProto::name);
        let texts = [&self.rule, &self.domain, app_proto].join(BETWEEN);
        [head.as_bytes(), texts.trim_end_matches(BETWEEN).as_bytes()].concat()
    }
}

/// Stands between texts, none of which can have it.
const BETWEEN: &str = "\0";

/// What a value begins with. The rule follows, the name of the receiver, and what was spoken; those at the end that are
/// not known are left out.
#[derive(FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct Head {
    packets: U64,
    bytes: U64,
    first: I64,
    last: I64,
}
