//! Where clients come in, and who they are.

use std::{io, os::fd::AsFd, time::Duration};

use rustix::net::sockopt;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::peer::Peer;

/// After so long without a word from a client's machine it is asked whether it still is there, and again each time
/// that it does not answer.
const QUIET: Duration = Duration::from_secs(15);

/// How long its machine may leave anything unanswered.
const GONE: Duration = Duration::from_secs(30);

/// Takes in one client after the other.
pub(super) trait Door {
    /// What is said to a client, and by it.
    type Stream: AsFd;

    /// What clients come in by, for the log.
    const NAME: &str;

    /// The next one.
    async fn accept(&self) -> io::Result<(Self::Stream, Peer)>;
}

impl Door for UnixListener {
    type Stream = UnixStream;

    const NAME: &str = "the control socket";

    async fn accept(&self) -> io::Result<(UnixStream, Peer)> {
        let (stream, _) = self.accept().await?;
        let user = stream.peer_cred()?.uid();
        Ok((stream, Peer::User(user)))
    }
}

impl Door for TcpListener {
    type Stream = TcpStream;

    const NAME: &str = "the port of --listen";

    async fn accept(&self) -> io::Result<(TcpStream, Peer)> {
        let (stream, _) = self.accept().await?;
        // Who follows events where nothing happens is not written to, and else would keep its place for ever.
        sockopt::set_tcp_keepidle(&stream, QUIET)?;
        sockopt::set_tcp_keepintvl(&stream, QUIET)?;
        sockopt::set_socket_keepalive(&stream, true)?;
        sockopt::set_tcp_user_timeout(
            &stream,
            u32::try_from(GONE.as_millis()).unwrap_or(u32::MAX),
        )?;
        Ok((stream, Peer::Anybody))
    }
}
