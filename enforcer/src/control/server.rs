//! The server: a thread of its own, and limits on what clients can take up.

use std::{
    fs,
    os::unix::net::UnixListener as StdListener,
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
    net::{UnixListener, UnixStream},
    runtime::{self, Runtime},
    sync::{Notify, Semaphore, oneshot},
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use super::{
    numbers::Numbers,
    order::Orders,
    peer::Peer,
    routes::{self, Shared},
    socket,
};
use crate::directories::Directories;

/// How many clients are served at once; others wait until one of these is gone.
const MOST: usize = 32;

/// How long a client may take for the head of its request, and for taking the answer.
const PATIENCE: Duration = Duration::from_secs(5);

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
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve. Whoever calls holds the daemon's lock.
    pub fn start(directories: &Directories, orders: Orders, numbers: Arc<Numbers>) -> Result<Self> {
        let listener = socket::listen(directories)?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(2)
            .build()
            .context("the runtime")?;
        let router = routes::router(Shared {
            directories: Arc::new(directories.clone()),
            orders,
            numbers,
        });
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || run(runtime, listener, &router, stopped))
            .context("the thread for the control socket")?;
        Ok(Self {
            path: directories.control(),
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

fn run(runtime: Runtime, listener: StdListener, router: &Router, stopped: oneshot::Receiver<()>) {
    if let Err(error) = runtime.block_on(serve(listener, router, stopped)) {
        warn!("the control socket is not served; enforcement goes on: {error:#}");
    }
    runtime.shutdown_background();
}

async fn serve(
    listener: StdListener,
    router: &Router,
    mut stopped: oneshot::Receiver<()>,
) -> Result<()> {
    let listener = UnixListener::from_std(listener).context("the control socket")?;
    let room = Arc::new(Semaphore::new(MOST));
    let mut clients = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            _ = &mut stopped => break,
            next = next => next,
            Some(_) = clients.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                let router = router.clone();
                clients.spawn(async move {
                    converse(stream, router).await;
                    drop(place);
                });
            }
            Err(error) => {
                warn!("a client of the control socket is not served: {error}");
                sleep(RETRY).await;
            }
        }
    }
    let last_words = async { while clients.join_next().await.is_some() {} };
    if timeout(LAST_WORDS, last_words).await.is_err() {
        debug!("a client of the control socket gets no answer any more");
    }
    Ok(())
}

/// One request and its answer. A client that does not send, or does not take what it asked for, is given up.
async fn converse(stream: UnixStream, router: Router) {
    let user = match stream.peer_cred() {
        Ok(credentials) => credentials.uid(),
        Err(error) => {
            warn!("who connected to the control socket is not known: {error}");
            return;
        }
    };
    let answered = Arc::new(Notify::new());
    let router = router.layer(Extension(Peer { user }));
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
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let is_not_taken = async {
        answered.notified().await;
        sleep(PATIENCE).await;
    };
    tokio::select! {
        ended = connection => if let Err(error) = ended {
            debug!("a client of the control socket: {error}");
        },
        () = is_not_taken => debug!("a client of the control socket does not take its answer"),
    }
}
