//! Sockets that are connected to, again and again if need be.

use std::{
    io, mem,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::{UnixDatagram, UnixStream},
    },
    path::Path,
    time::Duration,
};

use rustix::{
    io::Errno,
    net::{RecvFlags, SendFlags, recv, send, sockopt},
};

use super::{Ending, batch::Batch, channel::Channel, ending::is_over};
use crate::configuration::{Server, To};

/// How long another machine may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// After so many milliseconds without a sign of life a TCP connection is given up.
const SILENCE: u32 = 30_000;

/// A socket to whoever takes events at an address.
pub(super) struct Connection {
    to: To,
    shape: Shape,
    socket: Option<OwnedFd>,
    /// Datagrams that another machine has said it does not take, and that nobody was told of.
    refused: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Stream,
    Datagrams,
}

impl Connection {
    /// Not connected yet: nobody need listen there so early.
    pub(super) fn to(to: &To) -> Self {
        let shape = match to {
            To::UnixStream(_) | To::Syslog(Server::Tcp(_), _) => Shape::Stream,
            To::UnixDatagram(_)
            | To::Journald(_)
            | To::Syslog(Server::Local(_) | Server::Udp(_), _)
            | To::Stdout
            | To::File(_) => Shape::Datagrams,
        };
        Self {
            to: to.clone(),
            shape,
            socket: None,
            refused: 0,
        }
    }

    fn connect(&self) -> io::Result<OwnedFd> {
        match &self.to {
            To::UnixStream(path) => UnixStream::connect(path).map(OwnedFd::from),
            To::UnixDatagram(path) | To::Journald(path) | To::Syslog(Server::Local(path), _) => {
                datagrams(path)
            }
            To::Syslog(Server::Udp(address), _) => udp(*address),
            To::Syslog(Server::Tcp(address), _) => tcp(*address),
            To::Stdout | To::File(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn try_send(&self, socket: &OwnedFd, batch: &mut Batch, ending: &Ending) -> io::Result<()> {
        while batch.left() > 0 {
            let bytes = match self.shape {
                Shape::Stream => batch.all(),
                Shape::Datagrams => batch.message(),
            };
            match send(socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(sent) => batch.advance(sent),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => ending.wait_writable(socket.as_fd())?,
                Err(error) => return Err(error.into()),
            }
        }
        self.last_error(socket)
    }

    /// What became of datagrams that the kernel has taken, as far as it is known: that a machine does not take them
    /// comes later than that the kernel did, and with whatever is done next.
    fn last_error(&self, socket: &OwnedFd) -> io::Result<()> {
        if !self.is_udp() {
            return Ok(());
        }
        sockopt::socket_error(socket)??;
        Ok(())
    }

    const fn is_udp(&self) -> bool {
        matches!(self.to, To::Syslog(Server::Udp(_), _))
    }

    /// The one before is lost, and no other way leads there.
    fn is_refusal(&self, error: &io::Error) -> bool {
        self.is_udp() && Errno::from_io_error(error) == Some(Errno::CONNREFUSED)
    }
}

impl Channel for Connection {
    fn send(&mut self, batch: &mut Batch, ending: &Ending) -> io::Result<()> {
        let ours = self.socket.take();
        let ours = ours.filter(|socket| self.shape == Shape::Datagrams || !is_closed(socket));
        if let Some(socket) = ours {
            match self.try_send(&socket, batch, ending) {
                Ok(()) => {
                    self.socket = Some(socket);
                    return Ok(());
                }
                // Another socket would not take it either, or nothing is waited for any more.
                Err(error) if is_final(&error) => return Err(error),
                Err(error) if self.is_refusal(&error) => {
                    self.refused += 1;
                    return Err(error);
                }
                // Whoever listened there may listen again.
                Err(_) => {}
            }
        }
        let socket = self.connect()?;
        batch.rewind();
        let sent = self.try_send(&socket, batch, ending);
        if sent.as_ref().is_err_and(|error| self.is_refusal(error)) {
            self.refused += 1;
        }
        sent?;
        self.socket = Some(socket);
        Ok(())
    }

    fn refused(&mut self) -> usize {
        mem::take(&mut self.refused)
    }
}

fn is_final(error: &io::Error) -> bool {
    is_over(error) || Errno::from_io_error(error) == Some(Errno::MSGSIZE)
}

/// The other end has said good-bye. It never says anything else.
fn is_closed(socket: &OwnedFd) -> bool {
    let mut byte = [0_u8; 1];
    let heard = recv(socket, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT);
    heard.is_ok_and(|(bytes, _)| bytes == 0)
}

fn datagrams(path: &Path) -> io::Result<OwnedFd> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    Ok(socket.into())
}

fn udp(address: SocketAddr) -> io::Result<OwnedFd> {
    let any = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    Ok(socket.into())
}

fn tcp(address: SocketAddr) -> io::Result<OwnedFd> {
    let socket = TcpStream::connect_timeout(&address, ANSWER)?;
    sockopt::set_tcp_user_timeout(&socket, SILENCE)?;
    sockopt::set_socket_keepalive(&socket, true)?;
    Ok(socket.into())
}
