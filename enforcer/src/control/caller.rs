//! Whether whoever gave an order is still there. The server may find out late: it was stopped, or had others to serve,
//! while somebody came, asked and went again.

use std::{
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The other end of a connection.
#[derive(Clone, Debug, Default)]
pub struct Caller(Option<Arc<OwnedFd>>);

impl Caller {
    /// Of this connection. One that cannot be looked at is taken for one that is there.
    pub(super) fn of(connection: &impl AsFd) -> Self {
        let line = connection.as_fd().try_clone_to_owned();
        Self(line.ok().map(Arc::new))
    }

    /// Whether it has not hung up. One that will say nothing more still listens.
    pub fn is_there(&self) -> bool {
        let Self(Some(line)) = self else {
            return true;
        };
        let mut polled = [PollFd::new(line, PollFlags::empty())];
        let looked = poll(&mut polled, Some(&Timespec::default()));
        let [polled] = polled;
        // Of what is asked for nothing, this is told all the same.
        looked.is_err() || !polled.revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, net::Shutdown, os::unix::net::UnixStream};

    use super::*;

    #[test]
    fn who_has_hung_up_is_gone_whatever_was_said_before() {
        let (here, mut there) = UnixStream::pair().unwrap();
        let caller = Caller::of(&here);
        assert!(caller.is_there());
        there.write_all(b"POST /v1/reload").unwrap();
        there.shutdown(Shutdown::Write).unwrap();
        assert!(caller.is_there());
        drop(there);
        assert!(!caller.is_there());
    }
}
