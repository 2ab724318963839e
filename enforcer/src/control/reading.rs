//! Reading from the daemon over its control socket: one answer, or what comes for as long as it comes.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use axum::http::StatusCode;
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Request,
    body::{Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::{client::connect, socket};

/// How long a line may be.
const LONGEST: usize = 1024 * 1024;

/// How much of an answer is read.
const MOST: usize = 64 * 1024 * 1024;

/// An answer, of which the head is here and the rest comes.
#[derive(Debug)]
pub struct Reading {
    status: StatusCode,
    body: Incoming,
    /// What came and is no whole line yet.
    rest: Vec<u8>,
    /// Moves the bytes, until this is dropped.
    _connection: JoinSet<()>,
}

impl Reading {
    /// Asks for a path.
    pub async fn get(socket: &Path, path: &str) -> Result<Self> {
        socket::require_short(socket)?;
        let stream = connect(socket).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut moving = JoinSet::new();
        // What ends it ends the body, which says so.
        moving.spawn(async { drop(connection.await) });
        let request = Request::get(path)
            .header(header::HOST, "enforcer")
            .body(Empty::<Bytes>::new())?;
        let answer = sender.send_request(request).await;
        let answer = answer.context("the daemon's answer")?;
        Ok(Self {
            status: answer.status(),
            body: answer.into_body(),
            rest: Vec::new(),
            _connection: moving,
        })
    }

    /// The status of HTTP.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// All of it.
    pub async fn whole(mut self) -> Result<Vec<u8>> {
        while self.more().await? {
            ensure!(
                self.rest.len() <= MOST,
                "the daemon's answer: more than {MOST} bytes"
            );
        }
        Ok(self.rest)
    }

    /// The next line, without its end; none if no more come.
    pub async fn line(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.rest.drain(..=end).collect();
                line.pop();
                return Ok(Some(line));
            }
            ensure!(
                self.rest.len() <= LONGEST,
                "the daemon's answer: a line without an end"
            );
            if !self.more().await? {
                return Ok(None);
            }
        }
    }

    /// Takes what comes next, if anything does.
    async fn more(&mut self) -> Result<bool> {
        let Some(frame) = self.body.frame().await else {
            return Ok(false);
        };
        let frame = frame.context("the daemon's answer")?;
        if let Some(bytes) = frame.data_ref() {
            self.rest.extend_from_slice(bytes);
        }
        Ok(true)
    }
}
