//! Counts what arrives.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::net::{AddressFamily, Protocol, SocketType};

use crate::frame::Mac;
use crate::sandbox::Namespace;

/// Every protocol (`ETH_P_ALL` in `linux/if_ether.h`), in network order.
const ETH_P_ALL: u16 = 0x0003_u16.to_be();

/// How often the thread looks whether it is time to stop.
const TICK: Duration = Duration::from_millis(20);

/// How long after the last frame was sent one may still be on its way.
const ON_THE_WAY: Duration = Duration::from_millis(200);

/// How long so many may take, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// A socket in a namespace with a thread that counts; both end when this is dropped.
#[derive(Debug)]
pub struct Receiver {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    received: AtomicU64,
}

impl Receiver {
    /// Starts to count the datagrams to an address and port.
    pub fn new(namespace: &Namespace, at: SocketAddr) -> Result<Self> {
        // A process that another thread starts holds the sockets of this one for a moment, before it becomes
        // what it is to be.
        let deadline = Instant::now() + PATIENCE;
        let bind = || loop {
            match UdpSocket::bind(at) {
                Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                    thread::sleep(TICK);
                }
                bound => return bound,
            }
        };
        let socket = namespace
            .run(bind)?
            .with_context(|| format!("listen on udp {at} in {}", namespace.name()))?;
        Self::start(socket, |_| true)
    }

    /// Starts to count the frames of a sender that come to a namespace, whatever is in them.
    pub fn frames(namespace: &Namespace, source: Mac) -> Result<Self> {
        Self::matching(namespace, move |frame| frame.get(6..12) == Some(&source))
    }

    /// Starts to count the IPv4 packets from an address that come to a namespace, whatever is in them.
    pub fn packets(namespace: &Namespace, source: Ipv4Addr) -> Result<Self> {
        let source = source.octets();
        Self::matching(namespace, move |frame| {
            frame.get(12..14) == Some(&[0x08, 0x00]) && frame.get(26..30) == Some(&source)
        })
    }

    fn matching(
        namespace: &Namespace,
        counts: impl Fn(&[u8]) -> bool + Send + 'static,
    ) -> Result<Self> {
        let protocol = NonZeroU32::new(u32::from(ETH_P_ALL)).map(Protocol::from_raw);
        let socket = namespace
            .run(|| rustix::net::socket(AddressFamily::PACKET, SocketType::RAW, protocol))?
            .with_context(|| format!("listen to frames in {}", namespace.name()))?;
        // A packet socket receives as a UDP socket does.
        Self::start(UdpSocket::from(socket), counts)
    }

    fn start(socket: UdpSocket, counts: impl Fn(&[u8]) -> bool + Send + 'static) -> Result<Self> {
        socket.set_read_timeout(Some(TICK)).context("timeout")?;
        let shared = Arc::new(Shared::default());
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.count(&socket, counts)
        });
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// How many until now.
    pub fn received(&self) -> u64 {
        self.shared.received.load(Ordering::Relaxed)
    }

    /// How many until now, and after as long as a last one may take.
    pub fn settled(&self) -> u64 {
        thread::sleep(ON_THE_WAY);
        self.received()
    }

    /// Waits for so many, and returns how many came, later ones included.
    pub fn wait_for(&self, enough: u64) -> u64 {
        let deadline = Instant::now() + PATIENCE;
        while self.received() < enough && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
        self.received()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It panics nowhere.
            thread.join().ok();
        }
    }
}

impl Shared {
    fn count(&self, socket: &UdpSocket, counts: impl Fn(&[u8]) -> bool) {
        let mut datagram = [0; 2048];
        while !self.stop.load(Ordering::Relaxed) {
            match socket.recv(&mut datagram) {
                Ok(length) => {
                    let counted = datagram.get(..length).is_some_and(&counts);
                    self.received
                        .fetch_add(u64::from(counted), Ordering::Relaxed);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // What is not counted fails the test.
                Err(_) => return,
            }
        }
    }
}
