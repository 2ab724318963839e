//! A packet socket (`packet(7)`) on one interface. There is no safe wrapper for what says beside a frame which VLAN
//! tag was taken out of it, so this is where the system calls are.

use std::{
    io,
    mem::{MaybeUninit, size_of},
    os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd},
    ptr,
};

use anyhow::{Context as _, Result};
use libc::{c_int, c_void, socklen_t};

use super::filter;

/// A socket that hears what the filter lets through.
#[derive(Debug)]
pub(super) struct Socket(OwnedFd);

/// What was received.
#[derive(Clone, Copy, Debug)]
pub(super) struct Datagram {
    /// How many bytes.
    pub(super) length: usize,
    /// The tag that was taken out of the frame: what it is, and what is in it.
    pub(super) tag: Option<(u16, u16)>,
}

/// Room for what stands beside a frame, placed as the kernel wants it.
#[repr(C, align(8))]
struct Beside([u8; 64]);

impl Socket {
    /// Hears an interface of this index. Nothing is heard before the filter is there.
    pub(super) fn open(interface: u32) -> Result<Self> {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: takes numbers alone.
        let socket = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
        if socket < 0 {
            let error = io::Error::last_os_error();
            let is_denied = error.kind() == io::ErrorKind::PermissionDenied;
            let advice = if is_denied {
                "a packet socket: it takes CAP_NET_RAW, and under systemd AF_PACKET (docs/names.md)"
            } else {
                "a packet socket"
            };
            return Err(error).context(advice);
        }
        // SAFETY: it was opened just now, and nobody else has it.
        let socket = Self(unsafe { OwnedFd::from_raw_fd(socket) });
        let mut program = filter::program();
        let program = libc::sock_fprog {
            len: program.len().try_into().context("the filter")?,
            filter: program.as_mut_ptr(),
        };
        socket
            .set(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
            .context("the filter")?;
        socket
            .set(libc::SOL_PACKET, libc::PACKET_AUXDATA, &1_i32)
            .context("VLAN tags")?;
        socket.bind(interface).context("bind")?;
        Ok(socket)
    }

    /// The next frame, if there is one; what does not fit is cut off.
    pub(super) fn receive(&self, room: &mut [u8]) -> io::Result<Datagram> {
        let mut beside = Beside([0; 64]);
        let mut part = libc::iovec {
            iov_base: room.as_mut_ptr().cast(),
            iov_len: room.len(),
        };
        // SAFETY: all zeroes are a message without anything.
        let mut message: libc::msghdr = unsafe { MaybeUninit::zeroed().assume_init() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut beside.0).cast();
        #[cfg_attr(
            target_env = "gnu",
            expect(
                trivial_numeric_casts,
                reason = "it is of another type in other C libraries"
            )
        )]
        {
            message.msg_controllen = size_of::<Beside>() as _;
        }
        // SAFETY: the message names the two places and their lengths, both of which outlive the call.
        let length = unsafe { libc::recvmsg(self.0.as_raw_fd(), &raw mut message, 0) };
        let length = usize::try_from(length).map_err(|_negative| io::Error::last_os_error())?;
        Ok(Datagram {
            length,
            tag: tag(&message),
        })
    }

    fn bind(&self, interface: u32) -> io::Result<()> {
        // SAFETY: all zeroes are an address of no interface.
        let mut address: libc::sockaddr_ll = unsafe { MaybeUninit::zeroed().assume_init() };
        address.sll_family = u16::try_from(libc::AF_PACKET).unwrap_or_default();
        // Of everything: what leaves is shown to nobody else.
        address.sll_protocol = u16::try_from(libc::ETH_P_ALL).unwrap_or_default().to_be();
        address.sll_ifindex = interface.try_into().unwrap_or(-1);
        // SAFETY: the address is one of this length.
        let done = unsafe {
            libc::bind(
                self.0.as_raw_fd(),
                (&raw const address).cast(),
                length_of::<libc::sockaddr_ll>(),
            )
        };
        result(done)
    }

    fn set<T>(&self, level: c_int, option: c_int, value: &T) -> io::Result<()> {
        let value: *const c_void = ptr::from_ref(value).cast();
        // SAFETY: the value is of this length, and what it points to outlives the call.
        let done =
            unsafe { libc::setsockopt(self.0.as_raw_fd(), level, option, value, length_of::<T>()) };
        result(done)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The tag that the kernel tells of.
fn tag(message: &libc::msghdr) -> Option<(u16, u16)> {
    // SAFETY: the kernel has filled in how long what stands beside is.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(message) };
    while !header.is_null() {
        // SAFETY: it points into what stands beside, where a header is.
        let (level, kind, length) = unsafe {
            let header = ptr::read_unaligned(header);
            (header.cmsg_level, header.cmsg_type, header.cmsg_len)
        };
        // SAFETY: takes a number alone.
        let whole = unsafe { libc::CMSG_LEN(length_of::<libc::tpacket_auxdata>()) };
        if (level, kind) == (libc::SOL_PACKET, libc::PACKET_AUXDATA)
            && length as u64 >= whole.into()
        {
            // SAFETY: the header is one of those that were filled in.
            let told = unsafe { libc::CMSG_DATA(header) };
            // SAFETY: behind a header of this kind and length is such a record, wherever it is placed.
            let told: libc::tpacket_auxdata = unsafe { ptr::read_unaligned(told.cast()) };
            let is_tagged = told.tp_status & libc::TP_STATUS_VLAN_VALID != 0;
            let is_named = told.tp_status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
            let kind = if is_named { told.tp_vlan_tpid } else { 0x8100 };
            return is_tagged.then_some((kind, told.tp_vlan_tci));
        }
        // SAFETY: both are of the same message.
        header = unsafe { libc::CMSG_NXTHDR(message, header) };
    }
    None
}

fn length_of<T>() -> socklen_t {
    size_of::<T>().try_into().unwrap_or(0)
}

fn result(done: c_int) -> io::Result<()> {
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
