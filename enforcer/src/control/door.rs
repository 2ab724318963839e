//! Where clients come in, and who they are.

use std::io;

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::peer::Peer;

/// Takes in one client after the other.
pub(super) trait Door {
    /// What is said to a client, and by it.
    type Stream;

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
        Ok((stream, Peer::Anybody))
    }
}
