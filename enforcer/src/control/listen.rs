//! A TCP port for who cannot reach a unix socket, Prometheus above all. It is for looking, never for changing.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
};

use anyhow::{Context as _, Error, Result};
use rustix::{
    io,
    net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with, sockopt},
};
use tracing::{error, info};

use super::token::Token;
use crate::{
    cli,
    exit::{Exit, Failure},
};

/// How many may wait to be accepted.
const BACKLOG: i32 = 64;

/// Where to listen, and where the word stands that whoever asks must know.
#[derive(Debug)]
pub struct Listen {
    address: SocketAddr,
    token: Option<PathBuf>,
}

/// A port that is open, and not yet served.
#[derive(Debug)]
pub struct Listener {
    pub(super) listener: TcpListener,
    pub(super) token: Option<Token>,
}

impl Listen {
    /// As the command line says. What others than this machine can reach takes a token.
    pub fn new(options: &cli::Run) -> Result<Option<Self>> {
        let Some(address) = options.listen else {
            return Ok(None);
        };
        let token = options.listen_token_file.clone();
        if token.is_none() && !address.ip().to_canonical().is_loopback() {
            let words = format!(
                "--listen {address}: others than this machine could ask there; give \
                 --listen-token-file, or an address like 127.0.0.1"
            );
            return Err(Failure::new(Exit::Usage, words).into());
        }
        Ok(Some(Self { address, token }))
    }

    /// Opens the port, before the daemon is confined: after that no port is opened. That it cannot be is told, and
    /// no reason not to enforce.
    pub fn open(&self) -> Option<Listener> {
        let told =
            |error: Error| error!("numbers are not told over TCP; enforcement goes on: {error:#}");
        self.try_open().map_err(told).ok()
    }

    fn try_open(&self) -> Result<Listener> {
        let Self { address, token } = self;
        let token = token.as_deref().map(Token::read).transpose()?;
        let listener = open(*address).with_context(|| format!("listen on {address}"))?;
        info!(
            "numbers are told at http://{}/metrics",
            listener.local_addr()?
        );
        Ok(Listener { listener, token })
    }
}

/// The daemon is there before the network, and so before the addresses: one that is not there yet can be listened
/// on (`IP_FREEBIND`).
fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = socket_with(family, SocketType::STREAM, flags, None)?;
    // Connections of a daemon that has ended may linger.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    match address {
        SocketAddr::V4(_) => sockopt::set_ip_freebind(&socket, true)?,
        SocketAddr::V6(_) => sockopt::set_ipv6_freebind(&socket, true)?,
    }
    bind(&socket, &address)?;
    listen(&socket, BACKLOG)?;
    Ok(TcpListener::from(socket))
}
