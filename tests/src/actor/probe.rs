//! Asks once, and says whether an answer came in time.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use rustix::net::sockopt::{self, Timeout};
use rustix::net::{AddressFamily, SocketType, ipproto};

use super::{Exchange, Transport};
use crate::sandbox::Namespace;

/// ICMP and `ICMPv6` echo; the kernel sees to checksum and identifier.
const ECHO_REQUEST_V4: u8 = 8;
const ECHO_REPLY_V4: u8 = 0;
const ECHO_REQUEST_V6: u8 = 128;
const ECHO_REPLY_V6: u8 = 129;

/// One question.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// How it is carried.
    pub transport: Transport,
    /// The sender's address and port; port 0 is any. A ping chooses for itself.
    pub from: SocketAddr,
    /// Whom to ask; a ping has no port.
    pub to: SocketAddr,
    /// What to say and to hear; a ping has its own.
    pub exchange: Exchange,
    /// How long to wait for each step of it.
    pub patience: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The right answer.
    Answered,
    /// Another answer, or word that nobody listens: it got there all the same.
    Refused,
    /// Nothing.
    Silent,
}

impl Probe {
    /// Asks from inside a namespace.
    pub fn send(&self, namespace: &Namespace) -> Result<Reply> {
        let asked = namespace.run(|| match self.transport {
            Transport::Tcp => self.connect(),
            Transport::Udp => self.ask(),
            Transport::Ping => self.ping(),
        })?;
        match asked {
            Ok(true) => Ok(Reply::Answered),
            Ok(false) => Ok(Reply::Refused),
            Err(error) => {
                reply(error).with_context(|| format!("{:?} to {}", self.transport, self.to))
            }
        }
    }

    fn connect(&self) -> io::Result<bool> {
        let mut stream = TcpStream::from(self.connected()?);
        stream.set_read_timeout(Some(self.patience))?;
        stream.write_all(self.exchange.request)?;
        let mut heard = vec![0; self.exchange.answer.len()];
        stream.read_exact(&mut heard)?;
        Ok(heard == self.exchange.answer)
    }

    fn connected(&self) -> io::Result<OwnedFd> {
        let family = match self.to {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        let socket = rustix::net::socket(family, SocketType::STREAM, None)?;
        // The next probe may use the same port.
        sockopt::set_socket_reuseaddr(&socket, true)?;
        sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;
        rustix::net::bind(&socket, &self.from)?;
        sockopt::set_socket_timeout(&socket, Timeout::Send, Some(self.patience))?;
        match rustix::net::connect(&socket, &self.to) {
            Ok(()) => Ok(socket),
            // The time for sending is up.
            Err(Errno::INPROGRESS) => Err(ErrorKind::TimedOut.into()),
            Err(error) => Err(error.into()),
        }
    }

    fn ask(&self) -> io::Result<bool> {
        let socket = UdpSocket::bind(self.from)?;
        // From a group, the answer comes from a member's own address.
        if self.to.ip().is_multicast() {
            socket.send_to(self.exchange.request, self.to)?;
        } else {
            socket.connect(self.to)?;
            socket.send(self.exchange.request)?;
        }
        self.hear(&socket, |heard| heard == self.exchange.answer)
    }

    fn ping(&self) -> io::Result<bool> {
        let (family, protocol, request, answer) = match self.to.ip() {
            IpAddr::V4(_) => (
                AddressFamily::INET,
                ipproto::ICMP,
                ECHO_REQUEST_V4,
                ECHO_REPLY_V4,
            ),
            IpAddr::V6(_) => (
                AddressFamily::INET6,
                ipproto::ICMPV6,
                ECHO_REQUEST_V6,
                ECHO_REPLY_V6,
            ),
        };
        // A ping socket sends and receives as a UDP socket does.
        let socket = rustix::net::socket(family, SocketType::DGRAM, Some(protocol))?;
        let socket = UdpSocket::from(socket);
        socket.connect(self.to)?;
        socket.send(&[request, 0, 0, 0, 0, 0, 0, 1])?;
        self.hear(&socket, |heard| heard.first() == Some(&answer))
    }

    /// Waits for the answer; false if something else came, and only that.
    fn hear(&self, socket: &UdpSocket, is_answer: impl Fn(&[u8]) -> bool) -> io::Result<bool> {
        let deadline = Instant::now() + self.patience;
        let mut other = false;
        let mut heard = [0; 2048];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return if other {
                    Ok(false)
                } else {
                    Err(ErrorKind::TimedOut.into())
                };
            }
            socket.set_read_timeout(Some(left))?;
            match socket.recv(&mut heard) {
                Ok(length) if heard.get(..length).is_some_and(&is_answer) => return Ok(true),
                Ok(_) => other = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// What a failure says about the way there, if it is the network's and not our own.
fn reply(error: io::Error) -> Result<Reply> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "everything else is the test's own mistake"
    )]
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => {
            Ok(Reply::Refused)
        }
        // Unreachable: nobody answered for the address on the link.
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::HostUnreachable => {
            Ok(Reply::Silent)
        }
        _ => Err(error.into()),
    }
}
