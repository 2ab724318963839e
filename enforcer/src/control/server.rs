//! The server: a thread of its own, and limits on what clients can take up: those of the socket have their places,
//! and those of a port have others.

use std::{
    fs, io,
    net::TcpListener as StdTcpListener,
    os::unix::net::UnixListener as StdUnixListener,
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context as _, Result};
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener},
    runtime::{self, Runtime},
    sync::{Notify, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use super::{
    caller::Caller,
    door::Door,
    listen::Listener,
    patient::Patient,
    routes::{self, Shared},
    seat::{Client, Room},
    socket,
};

/// How long a client may take for the head of its request, and for taking the answer; of an answer without end, how
/// long it may take nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it may take for a large answer.
const MUCH: Duration = Duration::from_secs(30);

/// How much the head of a request may be.
const HEAD: usize = 16 * 1024;

/// How long answers under way may take when the daemon stops.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// After a failure to accept, for want of descriptors, how long until it is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// The thread that serves, until this is dropped.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    stop: Option<watch::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve: the control socket, and a port if there is one. Whoever calls holds the daemon's lock.
    pub fn start(shared: Shared, port: Option<Listener>) -> Result<Self> {
        let path = shared.directories.control();
        let socket = socket::listen(&shared.directories)?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(2)
            .build()
            .context("the runtime")?;
        let port = port.map(|Listener { listener, token }| {
            (listener, routes::read_only(shared.clone(), token))
        });
        let socket = (socket, routes::all(shared));
        let (stop, stopped) = watch::channel(());
        let thread = thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || run(runtime, socket, port, &stopped))
            .context("the thread for the control socket")?;
        Ok(Self {
            path,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Who comes now finds that no daemon runs.
        if let Err(error) = fs::remove_file(&self.path) {
            debug!("{}: {error}", self.path.display());
        }
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if ended.is_some_and(|ended| ended.is_err()) {
            warn!("the control socket's thread has panicked");
        }
    }
}

fn run(
    runtime: Runtime,
    (socket, all): (StdUnixListener, Router),
    port: Option<(StdTcpListener, Router)>,
    stopped: &watch::Receiver<()>,
) {
    let socket = async {
        serve(UnixListener::from_std(socket), &all, stopped.clone()).await;
    };
    let port = async {
        if let Some((port, read_only)) = port {
            serve(TcpListener::from_std(port), &read_only, stopped.clone()).await;
        }
    };
    runtime.block_on(async { tokio::join!(socket, port) });
    runtime.shutdown_background();
}

async fn serve<D: Door>(door: io::Result<D>, router: &Router, mut stopped: watch::Receiver<()>)
where
    D::Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let door = match door {
        Ok(door) => door,
        Err(error) => {
            warn!("{} is not served; enforcement goes on: {error}", D::NAME);
            return;
        }
    };
    let room = Room::default();
    let mut clients = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            // It is never sent, and gone when the server is to stop.
            _ = stopped.changed() => break,
            // Whoever waited to be let in could be kept out by others who do.
            accepted = door.accept() => accepted,
            Some(_) = clients.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                let router = router.clone().layer(Extension(peer));
                let router = if peer.may_change() {
                    router.layer(Extension(Caller::of(&stream)))
                } else {
                    router
                };
                clients.spawn(converse(stream, router, room.enter(peer), D::NAME));
            }
            Err(error) => {
                warn!("a client of {} is not served: {error}", D::NAME);
                sleep(RETRY).await;
            }
        }
    }
    let last_words = async { while clients.join_next().await.is_some() {} };
    if timeout(LAST_WORDS, last_words).await.is_err() {
        debug!("a client of {} gets no answer any more", D::NAME);
    }
}

/// One request and its answer. A client that does not send, or does not take what it asked for, is given up.
async fn converse<S>(stream: S, router: Router, client: Client, door: &str)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let answered = Arc::new(Notify::new());
    let router = router.layer(Extension(client.clone()));
    let router = router.layer(axum::middleware::from_fn({
        let answered = Arc::clone(&answered);
        move |request, next: axum::middleware::Next| {
            let answered = Arc::clone(&answered);
            async move {
                let answer = next.run(request).await;
                answered.notify_one();
                answer
            }
        }
    }));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD)
        .keep_alive(false)
        .serve_connection(
            TokioIo::new(Patient::new(stream, PATIENCE)),
            TowerToHyperService::new(router),
        );
    let is_not_taken = async {
        answered.notified().await;
        if client.stays() {
            std::future::pending::<()>().await;
        }
        let is_much = client.is_told_much();
        sleep(if is_much { MUCH } else { PATIENCE }).await;
    };
    tokio::select! {
        ended = connection => if let Err(error) = ended {
            debug!("a client of {door}: {error}");
        },
        () = is_not_taken => debug!("a client of {door} does not take its answer"),
        () = client.is_to_go() => debug!("a client of {door} has asked for nothing, and makes room"),
    }
}
