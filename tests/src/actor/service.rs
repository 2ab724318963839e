//! Answers whoever asks, until dropped.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags};

use super::Exchange;
use crate::sandbox::Namespace;

/// A peer that connects and says nothing is not waited for any longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A socket in a namespace with a thread that answers; both end when this is dropped.
#[derive(Debug)]
pub struct Service {
    /// The thread sees it close.
    stop: Option<io::PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    /// Listens for connections and answers the first request of each.
    pub fn tcp(namespace: &Namespace, at: SocketAddr, exchange: Exchange) -> Result<Self> {
        let listener = namespace
            .run(|| TcpListener::bind(at))?
            .with_context(|| format!("listen on tcp {at} in {}", namespace.name()))?;
        Self::start(listener, move |listener| {
            if let Ok((stream, _)) = listener.accept() {
                thread::spawn(move || converse(stream, exchange));
            }
        })
    }

    /// Answers datagrams; those to an IPv4 multicast group as a member on the interface that holds
    /// the address `member`.
    pub fn udp(
        namespace: &Namespace,
        at: SocketAddr,
        member: Ipv4Addr,
        exchange: Exchange,
    ) -> Result<Self> {
        let socket = namespace
            .run(|| bind(at, member))?
            .with_context(|| format!("listen on udp {at} in {}", namespace.name()))?;
        Self::start(socket, move |socket| {
            let mut heard = [0; 2048];
            let Ok((length, peer)) = socket.recv_from(&mut heard) else {
                return;
            };
            if heard.get(..length) == Some(exchange.request) {
                // Who asked sees best whether the answer came.
                socket.send_to(exchange.answer, peer).ok();
            }
        })
    }

    fn start<S>(socket: S, serve: impl Fn(&S) + Send + 'static) -> Result<Self>
    where
        S: AsFd + Send + 'static,
    {
        let (stopped, stop) = io::pipe().context("pipe")?;
        let thread = thread::spawn(move || {
            while wait(&socket, &stopped) {
                serve(&socket);
            }
        });
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It panics nowhere, and if it did, its silence would fail the test.
            thread.join().ok();
        }
    }
}

/// Waits until there is something to read; false when it is time to stop.
fn wait(socket: &impl AsFd, stopped: &io::PipeReader) -> bool {
    let mut either = [
        PollFd::new(socket, PollFlags::IN),
        PollFd::new(stopped, PollFlags::IN),
    ];
    while let Err(error) = rustix::event::poll(&mut either, None) {
        if error != rustix::io::Errno::INTR {
            return false;
        }
    }
    let [_, stopped] = either;
    stopped.revents().is_empty()
}

fn bind(at: SocketAddr, member: Ipv4Addr) -> io::Result<UdpSocket> {
    match at.ip() {
        IpAddr::V4(group) if group.is_multicast() => {
            let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, at.port()))?;
            socket.join_multicast_v4(&group, &member)?;
            Ok(socket)
        }
        IpAddr::V4(_) | IpAddr::V6(_) => UdpSocket::bind(at),
    }
}

fn converse(mut stream: TcpStream, exchange: Exchange) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut heard = vec![0; exchange.request.len()];
    stream.read_exact(&mut heard)?;
    if heard == exchange.request {
        stream.write_all(exchange.answer)?;
    }
    Ok(())
}
