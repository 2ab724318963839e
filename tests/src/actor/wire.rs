//! Frames as they are, onto a network interface: whatever their source address, and nothing besides.

use std::os::fd::OwnedFd;
use std::thread;

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use rustix::net::addr::{SocketAddrArg, SocketAddrLen, SocketAddrOpaque};
use rustix::net::netdevice::name_to_index;
use rustix::net::{AddressFamily, SendFlags, SocketType};

use crate::sandbox::Namespace;

/// A packet socket that sends and never receives (`packet(7)`).
#[derive(Debug)]
pub struct Wire {
    socket: OwnedFd,
    interface: Interface,
}

/// `struct sockaddr_ll` (`linux/if_packet.h`), of which sending whole frames needs the index alone.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct Interface {
    family: u16,
    protocol: u16,
    index: i32,
    hardware_type: u16,
    packet_type: u8,
    address_length: u8,
    address: [u8; 8],
}

impl Wire {
    /// Opens an interface of a namespace.
    pub fn open(namespace: &Namespace, interface: &str) -> Result<Self> {
        let open = || {
            let socket = rustix::net::socket(AddressFamily::PACKET, SocketType::RAW, None)?;
            let index = name_to_index(&socket, interface)?;
            Ok::<_, Errno>((socket, index))
        };
        let (socket, index) = namespace.run(open)?.with_context(|| interface.to_owned())?;
        let interface = Interface {
            family: AddressFamily::PACKET.as_raw(),
            index: index.try_into().context("interface index")?,
            ..Interface::default()
        };
        Ok(Self { socket, interface })
    }

    /// Sends a frame. It is on its way when this returns: where the peer's queue is full, which
    /// loses frames, the kernel says so (for veth since Linux 6.2), and it is sent again.
    pub fn send(&self, frame: &[u8]) -> Result<()> {
        loop {
            match rustix::net::sendto(&self.socket, frame, SendFlags::empty(), &self.interface) {
                Ok(_) => return Ok(()),
                Err(Errno::NOBUFS | Errno::INTR) => thread::yield_now(),
                Err(error) => return Err(error).context("send a frame"),
            }
        }
    }
}

// SAFETY: what the closure is given is the address and the size of a value that outlives the call,
// and which has the kernel's layout without padding.
unsafe impl SocketAddrArg for Interface {
    unsafe fn with_sockaddr<R>(
        &self,
        call: impl FnOnce(*const SocketAddrOpaque, SocketAddrLen) -> R,
    ) -> R {
        const LENGTH: SocketAddrLen = 20;
        const _: () = assert!(size_of::<Interface>() == 20, "as the kernel lays it out");
        call(std::ptr::from_ref(self).cast(), LENGTH)
    }
}
