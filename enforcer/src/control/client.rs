//! Asking the daemon over its control socket.

use std::{io::ErrorKind, path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::{net::UnixStream, runtime, time::timeout};

use super::{
    answer::{Done, Refusal},
    socket,
};
use crate::{
    directories::Directories,
    exit::{Exit, Failure},
};

/// How long the daemon may take. It may be about to load a large policy, twice, on a small router.
const PATIENCE: Duration = Duration::from_mins(5);

/// How much of an answer is read.
const MOST: usize = 64 * 1024 * 1024;

/// Has the daemon do something. A refusal is an error with its exit code.
pub fn post(directories: &Directories, path: &str, body: &impl Serialize) -> Result<Done> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime")?;
    let body = serde_json::to_vec(body)?;
    let socket = directories.control();
    let answer = runtime.block_on(async {
        let answer = timeout(PATIENCE, ask(&socket, path, body)).await;
        answer.context("the daemon does not answer; its log says why")?
    })?;
    let (is_done, bytes) = answer;
    if is_done {
        return serde_json::from_slice(&bytes).context("the daemon's answer");
    }
    match serde_json::from_slice::<Refusal>(&bytes) {
        Ok(refusal) => Err(Failure::new(refusal.kind.exit(), in_words(&refusal)).into()),
        Err(_) => bail!("the daemon answers {}", String::from_utf8_lossy(&bytes)),
    }
}

/// Whether it was done, and what came back.
async fn ask(socket: &Path, path: &str, body: Vec<u8>) -> Result<(bool, Bytes)> {
    socket::require_short(socket)?;
    let stream = connect(socket).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::post(path)
        .header(header::HOST, "enforcer")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let answered = async {
        let answer: Response<Incoming> = sender.send_request(request).await?;
        let is_done = answer.status().is_success();
        let body = Limited::new(answer.into_body(), MOST).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("{error}"))?;
        anyhow::Ok((is_done, body.to_bytes()))
    };
    let connection = async {
        // What ends it ends the request, which says so.
        drop(connection.await);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answered = answered => answered.context("the daemon's answer"),
        () = connection => bail!("the daemon does not answer"),
    }
}

pub(super) async fn connect(socket: &Path) -> Result<UnixStream> {
    UnixStream::connect(socket).await.map_err(|error| {
        let at = socket.display();
        let kind = error.kind();
        let is_absent = matches!(kind, ErrorKind::NotFound | ErrorKind::ConnectionRefused);
        let (exit, words) = if is_absent {
            let words = format!("the daemon does not run: nobody listens at {at}");
            (Exit::NotRunning, words)
        } else if kind == ErrorKind::PermissionDenied {
            let words = format!("{at}: only root and its group may ask the daemon");
            (Exit::Privilege, words)
        } else {
            (Exit::No, at.to_string())
        };
        anyhow::Error::new(error).context(Failure::new(exit, words))
    })
}

fn in_words(refusal: &Refusal) -> String {
    let message = refusal.message.trim_end();
    match &refusal.in_force {
        Some(in_force) => format!("{message}\nstays: {in_force}"),
        None => message.to_owned(),
    }
}
