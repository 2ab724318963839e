//! Asking the daemon over its control socket: to change something, to tell something, and for what has no end
//! ([`events`]).

use std::{error::Error as _, io::ErrorKind, path::Path, time::Duration};

use anyhow::{Context as _, Error, Result, anyhow};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    net::UnixStream,
    runtime::{self, Runtime},
    time::timeout,
};

use super::{
    answer::{Done, Kind, Refusal},
    socket,
};
use crate::{
    directories::Directories,
    exit::{Exit, Failure},
};

pub mod events;

/// How long the daemon may take to do something. It may be about to load a large policy, twice, on a small router.
const PATIENCE: Duration = Duration::from_mins(5);

/// How long it may take to tell something.
const SOON: Duration = Duration::from_secs(30);

/// How much of an answer is read.
const MOST: usize = 64 * 1024 * 1024;

/// Has the daemon do something. A refusal is an error with its exit code.
pub fn post(directories: &Directories, path: &str, body: &impl Serialize) -> Result<Done> {
    let body = serde_json::to_vec(body)?;
    let request = Request::post(path)
        .header(header::HOST, HOST)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))?;
    parse(&ask(directories, request, PATIENCE)?)
}

/// What the daemon tells as one document. A refusal is an error with its exit code.
pub fn read<T: DeserializeOwned>(directories: &Directories, path: &str) -> Result<T> {
    parse(&get(directories, path)?)
}

/// What the daemon tells, to its end. A refusal is an error with its exit code.
pub fn get(directories: &Directories, path: &str) -> Result<Bytes> {
    let request = Request::get(path)
        .header(header::HOST, HOST)
        .body(Full::default())?;
    ask(directories, request, SOON)
}

/// What the daemon tells as one document, for who has a patience of their own; a refusal is an answer.
pub fn ask_for<T: DeserializeOwned>(
    directories: &Directories,
    path: &str,
    patience: Duration,
) -> Result<Result<T, Refusal>> {
    let request = Request::get(path)
        .header(header::HOST, HOST)
        .body(Full::default())?;
    match answer(directories, request, patience)? {
        Ok(answer) => parse(&answer).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn parse<T: DeserializeOwned>(answer: &[u8]) -> Result<T> {
    serde_json::from_slice(answer).context("the daemon's answer")
}

/// The same for who has a runtime and a patience of their own; a refusal is an answer.
pub async fn tell(directories: &Directories, path: &str) -> Result<Result<Bytes, Refusal>> {
    let request = Request::get(path)
        .header(header::HOST, HOST)
        .body(Full::default())?;
    match send(&directories.control(), request).await? {
        Ok(answer) => whole(answer).await.map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Whom requests are for: HTTP wants a name.
const HOST: &str = "enforcer";

type Asked = Request<Full<Bytes>>;

fn ask(directories: &Directories, request: Asked, patience: Duration) -> Result<Bytes> {
    answer(directories, request, patience)?.map_err(|refusal| refused(&refusal))
}

fn answer(
    directories: &Directories,
    request: Asked,
    patience: Duration,
) -> Result<Result<Bytes, Refusal>> {
    let socket = directories.control();
    run()?.block_on(async {
        let answer = timeout(patience, async {
            match send(&socket, request).await? {
                Ok(answer) => whole(answer).await.map(Ok),
                Err(refusal) => Ok(Err(refusal)),
            }
        });
        let answer = answer.await;
        answer.context("the daemon does not answer; its log says why")?
    })
}

/// What a client runs in.
pub fn run() -> Result<Runtime> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the runtime")
}

/// The beginning of the answer, if it is none that refuses.
async fn send(socket: &Path, request: Asked) -> Result<Result<Response<Incoming>, Refusal>> {
    socket::require_short(socket)?;
    let stream = connect(socket).await?;
    let connected = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = connected.map_err(|error| broken(&error))?;
    tokio::spawn(async {
        // What ends it ends the answer, which says so.
        drop(connection.await);
    });
    let answer = sender.send_request(request).await;
    let answer = answer.map_err(|error| broken(&error))?;
    if answer.status().is_success() {
        return Ok(Ok(answer));
    }
    let words = whole(answer).await?;
    let refusal = serde_json::from_slice(&words).unwrap_or_else(|_| {
        let words = String::from_utf8_lossy(&words);
        Refusal::new(Kind::Failed, format!("the daemon answers {words}"))
    });
    Ok(Err(refusal))
}

async fn whole(answer: Response<Incoming>) -> Result<Bytes> {
    let body = Limited::new(answer.into_body(), MOST).collect().await;
    let body = body.map_err(|error| anyhow!("the daemon's answer: {error}"))?;
    Ok(body.to_bytes())
}

/// In words alone: a pipe that is broken here must not be taken for that of whoever reads our output.
fn broken(error: &hyper::Error) -> Error {
    match error.source() {
        Some(cause) => anyhow!("the daemon does not answer: {error}: {cause}"),
        None => anyhow!("the daemon does not answer: {error}"),
    }
}

async fn connect(socket: &Path) -> Result<UnixStream> {
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
        Error::new(error).context(Failure::new(exit, words))
    })
}

/// How a command ends that is refused so.
pub fn refused(refusal: &Refusal) -> Error {
    let message = refusal.message.trim_end();
    let words = match &refusal.in_force {
        Some(in_force) => format!("{message}\nstays: {in_force}"),
        None => message.to_owned(),
    };
    Failure::new(refusal.kind.exit(), words).into()
}
