//! A real Prometheus in a namespace: it scrapes what it is told to, and says what it has.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::daemon::{Answer, PATIENCE, TICK};
use crate::sandbox::Namespace;

/// Where it listens; the namespace is the test's own.
const PORT: u16 = 9090;

/// A server with all that it keeps in one directory. Dropping it kills it.
#[derive(Debug)]
pub struct Prometheus {
    child: Child,
    namespace: Namespace,
    log: PathBuf,
}

impl Prometheus {
    /// Starts it with a configuration, which it reads from the directory, and waits until it is ready.
    pub fn start(namespace: &Namespace, directory: &Path, configuration: &str) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let path = directory.join("prometheus.yml");
        fs::write(&path, configuration)?;
        let log = directory.join("log");
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", path.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                directory.join("data").display()
            ))
            .arg(format!("--web.listen-address={}", address()))
            .args(["--log.level=warn"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?);
        let child = namespace.spawn(&mut command);
        let mut server = Self {
            child: child.context("install prometheus")?,
            namespace: namespace.clone(),
            log,
        };
        let deadline = Instant::now() + PATIENCE;
        while server.ask("/-/ready").map_or(0, |answer| answer.status) != 200 {
            let ended = server.child.try_wait()?;
            let is_in_time = Instant::now() < deadline;
            ensure!(ended.is_none() && is_in_time, "{ended:?}: {}", server.log());
            thread::sleep(TICK);
        }
        Ok(server)
    }

    /// What an expression comes to now: labels and value of each.
    pub fn query(&self, expression: &str) -> Result<Vec<(Value, f64)>> {
        let answer = self.ask(&format!("/api/v1/query?query={}", encoded(expression)))?;
        ensure!(
            answer.at("/status") == "success",
            "{expression}: {answer:?}"
        );
        let result = answer.at("/data/result");
        let Some(samples) = result.as_array() else {
            bail!("{expression}: {answer:?}");
        };
        let samples = samples.iter().map(|sample| {
            let value = sample.pointer("/value/1").and_then(Value::as_str);
            let value = value.and_then(|value| value.parse().ok());
            let labels = sample.get("metric").cloned().unwrap_or_default();
            Ok((labels, value.with_context(|| sample.to_string())?))
        });
        samples.collect()
    }

    /// Waits until an expression comes to one number, and it is as it should be.
    pub fn wait_for(&self, expression: &str, is_so: impl Fn(f64) -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.query(expression)?;
            if let [(_, value)] = found.as_slice()
                && is_so(*value)
            {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "not within {PATIENCE:?}: {expression}: {found:?}\n{}",
                self.log()
            );
            thread::sleep(TICK);
        }
    }

    /// Asks for any page.
    pub fn ask(&self, path: &str) -> Result<Answer> {
        Answer::over_tcp(&self.namespace, address(), "GET", path, "")
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], PORT))
}

/// As part of an address.
fn encoded(text: &str) -> String {
    let bytes: Vec<_> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    bytes.concat()
}
