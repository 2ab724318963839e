//! A name server with a real socket, and what it is asked (RFC 1035).

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::sandbox::Namespace;

/// How often the thread looks whether it is time to stop.
const TICK: Duration = Duration::from_millis(20);

/// The header of a message.
const HEADER: usize = 12;

/// The class and the type that there is after a name: an address of the internet.
const ADDRESS: [u8; 4] = [0, 1, 0, 1];

/// Answers what it has an address for, and nothing else, until it is dropped.
#[derive(Debug)]
pub struct Resolver {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Resolver {
    /// Starts to answer at an address, on port 53.
    pub fn start(
        namespace: &Namespace,
        at: Ipv4Addr,
        zone: Vec<(&'static str, Ipv4Addr)>,
    ) -> Result<Self> {
        let at = SocketAddr::from((at, 53));
        let socket = namespace.run(|| UdpSocket::bind(at))?;
        let socket = socket.with_context(|| format!("listen on udp {at}"))?;
        socket.set_read_timeout(Some(TICK)).context("timeout")?;
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let stop = Arc::clone(&stop);
            move || serve(&socket, &zone, &stop)
        });
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It panics nowhere.
            thread.join().ok();
        }
    }
}

/// What a camera asks to get the address of a name.
pub fn question(name: &str) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    message.extend(labels(name));
    message.extend(ADDRESS);
    message
}

/// What it is answered.
pub fn answer(name: &str, address: Ipv4Addr) -> Vec<u8> {
    answered(&question(name), address)
}

fn serve(socket: &UdpSocket, zone: &[(&str, Ipv4Addr)], stop: &AtomicBool) {
    let mut room = [0; 512];
    while !stop.load(Ordering::Relaxed) {
        match socket.recv_from(&mut room) {
            Ok((length, from)) => {
                let asked = room.get(..length).unwrap_or_default();
                if let Some(answer) = find(asked, zone) {
                    // What does not arrive is missed by whoever asked.
                    socket.send_to(&answer, from).ok();
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // What is not answered fails the test.
            Err(_) => return,
        }
    }
}

fn find(asked: &[u8], zone: &[(&str, Ipv4Addr)]) -> Option<Vec<u8>> {
    let question = asked.get(HEADER..)?;
    let (_, address) = zone
        .iter()
        .find(|(name, _)| question == [labels(name).as_slice(), &ADDRESS].concat())?;
    Some(answered(asked, *address))
}

fn answered(asked: &[u8], address: Ipv4Addr) -> Vec<u8> {
    let (header, question) = asked.split_at_checked(HEADER).unwrap_or_default();
    let mut message: Vec<u8> = header.iter().copied().take(2).collect();
    message.extend([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    message.extend(question);
    // The name again, by where it stands; good for a minute.
    message.extend([0xc0, 12]);
    message.extend(ADDRESS);
    message.extend([0, 0, 0, 60, 0, 4]);
    message.extend(address.octets());
    message
}

fn labels(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let labels = labels.flat_map(|label| {
        let length = u8::try_from(label.len()).unwrap_or(u8::MAX);
        std::iter::once(length).chain(label.bytes())
    });
    labels.chain([0]).collect()
}
