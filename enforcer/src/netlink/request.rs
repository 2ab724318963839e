//! One question to netlink without a runtime, in families too that rtnetlink does not speak, and all that is
//! answered.
//!
//! The crates for generic netlink and ethtool would bring another version of everything that rtnetlink
//! stands on; this is what is needed of them.

use std::time::Duration;

use rtnetlink::packet_core::{NetlinkBuffer, NlasIterator};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto,
    socket_with,
};
use zerocopy::{Immutable, IntoBytes};

/// How long the kernel may take; it answers at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// The kernel never sends more at once than this (`NLMSG_GOODSIZE` and what `recv` hints at).
const ROOM: usize = 64 << 10;

const NLM_F_REQUEST: u16 = 0x1;
const NLM_F_DUMP: u16 = 0x300;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;

/// `struct nlmsghdr`
#[derive(Immutable, IntoBytes)]
#[repr(C)]
struct Header {
    length: u32,
    kind: u16,
    flags: u16,
    sequence: u32,
    port: u32,
}

/// Asks for everything of a kind; what comes back is the payload of each message.
pub(crate) fn dump(
    protocol: impl Into<Option<Protocol>>,
    kind: u16,
    payload: &[u8],
) -> Result<Vec<Vec<u8>>, Errno> {
    let socket = send(protocol, kind, NLM_F_REQUEST | NLM_F_DUMP, payload)?;
    let mut answers = Vec::new();
    loop {
        for message in receive(&socket)? {
            match message {
                Message::Payload(payload) => answers.push(payload),
                Message::End => return Ok(answers),
            }
        }
    }
}

/// Asks for one thing.
pub(crate) fn ask(
    protocol: impl Into<Option<Protocol>>,
    kind: u16,
    payload: &[u8],
) -> Result<Vec<u8>, Errno> {
    let socket = send(protocol, kind, NLM_F_REQUEST, payload)?;
    let answer = receive(&socket)?.into_iter().next();
    match answer {
        Some(Message::Payload(payload)) => Ok(payload),
        Some(Message::End) | None => Err(Errno::NODATA),
    }
}

/// An attribute that holds these bytes.
pub(crate) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = 4 + value.len();
    let header = [u16::try_from(length).unwrap_or(u16::MAX), kind];
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(value);
    bytes.resize(length.next_multiple_of(4), 0);
    bytes
}

/// The value of an attribute, among those one after the other in these bytes.
pub(crate) fn find(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    all(bytes).find_map(|(found, value)| (found == kind).then_some(value))
}

/// Each attribute with its value.
pub(crate) fn all(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    NlasIterator::new(bytes)
        .filter_map(Result::ok)
        .map(|attribute| {
            let length = usize::from(attribute.length());
            let value = attribute.into_inner().get(4..length).unwrap_or_default();
            (attribute.kind(), value)
        })
}

/// A text with its closing zero.
pub(crate) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0);
    let bytes = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

fn send(
    protocol: impl Into<Option<Protocol>>,
    kind: u16,
    flags: u16,
    payload: &[u8],
) -> Result<OwnedFd, Errno> {
    let (family, datagrams) = (AddressFamily::NETLINK, SocketType::RAW);
    let socket = socket_with(family, datagrams, SocketFlags::CLOEXEC, protocol.into())?;
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    let length = size_of::<Header>() + payload.len();
    let header = Header {
        length: u32::try_from(length).unwrap_or(u32::MAX),
        kind,
        flags,
        sequence: 1,
        port: 0,
    };
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(payload);
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(&socket, &bytes, SendFlags::empty(), &kernel)?;
    Ok(socket)
}

enum Message {
    Payload(Vec<u8>),
    End,
}

fn receive(socket: &OwnedFd) -> Result<Vec<Message>, Errno> {
    let mut room = vec![0; ROOM];
    let (length, _) = recv(socket, room.as_mut_slice(), RecvFlags::empty())?;
    let mut rest = room.get(..length).unwrap_or_default();
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let message = NetlinkBuffer::new_checked(rest).map_err(|_malformed| Errno::BADMSG)?;
        let payload = message.payload();
        match message.message_type() {
            // Both begin with what went wrong, negated; zero is an acknowledgement.
            NLMSG_ERROR | NLMSG_DONE => {
                let code = payload.first_chunk().map_or(0, |&code| number(code));
                match code {
                    0 => messages.push(Message::End),
                    code => return Err(Errno::from_raw_os_error(-code)),
                }
            }
            _ => messages.push(Message::Payload(payload.to_vec())),
        }
        let length = usize::try_from(message.length()).unwrap_or(usize::MAX);
        let next = length.next_multiple_of(4).min(rest.len());
        rest = rest.get(next..).unwrap_or_default();
    }
    Ok(messages)
}

/// In the machine's order, as netlink has it.
#[expect(
    clippy::host_endian_bytes,
    reason = "netlink speaks the machine's order"
)]
const fn number(bytes: [u8; 4]) -> i32 {
    i32::from_ne_bytes(bytes)
}
