//! Counts what arrives.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::sandbox::Namespace;

/// How often the thread looks whether it is time to stop.
const TICK: Duration = Duration::from_millis(20);

/// How long after the last frame was sent one may still be on its way.
const ON_THE_WAY: Duration = Duration::from_millis(200);

/// How long so many datagrams may take, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// A UDP socket in a namespace with a thread that counts datagrams; both end when this is dropped.
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
        let socket = namespace
            .run(|| UdpSocket::bind(at))?
            .with_context(|| format!("listen on udp {at} in {}", namespace.name()))?;
        socket.set_read_timeout(Some(TICK)).context("timeout")?;
        let shared = Arc::new(Shared::default());
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.count(&socket)
        });
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Datagrams until now.
    pub fn received(&self) -> u64 {
        self.shared.received.load(Ordering::Relaxed)
    }

    /// Datagrams until now, and after as long as a last one may take.
    pub fn settled(&self) -> u64 {
        thread::sleep(ON_THE_WAY);
        self.received()
    }

    /// Waits for so many datagrams, and returns how many came, later ones included.
    pub fn wait_for(&self, datagrams: u64) -> u64 {
        let deadline = Instant::now() + PATIENCE;
        while self.received() < datagrams && Instant::now() < deadline {
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
    fn count(&self, socket: &UdpSocket) {
        let mut datagram = [0; 2048];
        while !self.stop.load(Ordering::Relaxed) {
            match socket.recv(&mut datagram) {
                Ok(_) => {
                    self.received.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // What is not counted fails the test.
                Err(_) => return,
            }
        }
    }
}
