//! The protocol of a browser's developer tools over a pair of pipes: JSON, with a zero byte behind each message.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::daemon::PATIENCE;

/// Both pipes.
#[derive(Debug)]
pub(super) struct Pipe {
    orders: ChildStdin,
    coming: Receiver<Value>,
    session: Option<String>,
    number: u64,
    /// What was told without being asked.
    pub(super) told: Vec<Value>,
}

impl Pipe {
    pub(super) fn new(orders: ChildStdin, answers: ChildStdout) -> Self {
        Self {
            orders,
            coming: messages(answers),
            session: None,
            number: 0,
            told: Vec::new(),
        }
    }

    /// Orders are for this page from now on.
    pub(super) fn talk_to(&mut self, session: &str) {
        self.session = Some(session.to_owned());
    }

    /// Says what to do, and waits for what comes of it.
    pub(super) fn order(&mut self, method: &str, parameters: &Value) -> Result<Value> {
        self.number += 1;
        // The browser itself has no session.
        let session = self.session.as_deref();
        let session = session.filter(|_| !method.starts_with("Browser."));
        let order = match session {
            Some(session) => {
                json!({"id": self.number, "method": method, "params": parameters, "sessionId": session})
            }
            None => json!({"id": self.number, "method": method, "params": parameters}),
        };
        self.orders.write_all(order.to_string().as_bytes())?;
        self.orders.write_all(&[0])?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.coming.recv_timeout(left);
            let message = message.with_context(|| format!("no answer to {method}"))?;
            if message.get("id") != Some(&self.number.into()) {
                self.told.push(message);
                continue;
            }
            ensure!(message.get("error").is_none(), "{method}: {message}");
            return Ok(message.get("result").cloned().unwrap_or_default());
        }
    }
}

fn messages(answers: impl Read + Send + 'static) -> Receiver<Value> {
    let (sender, coming) = mpsc::channel();
    thread::spawn(move || {
        let parts = BufReader::new(answers).split(0).map_while(Result::ok);
        for message in parts.filter_map(|part| serde_json::from_slice(&part).ok()) {
            // Nobody listens any more; but a full pipe would stop whoever writes.
            sender.send(message).ok();
        }
    });
    coming
}
