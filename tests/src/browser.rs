//! A real Chromium without a window, in a namespace: what it shows, what it says to a screen reader, what it complains
//! about; with keys, sizes and preferences of whoever sits before it.

mod pipe;

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::daemon::{PATIENCE, TICK};
use crate::sandbox::Namespace;
use pipe::Pipe;

/// It reads its orders from descriptor 3 and answers to 4: there is no port that others could use.
const STARTER: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#;

/// Text whose colour is too close to what is behind it.
const CONTRAST: &str = include_str!("browser/contrast.js");

/// Of a PDF what is drawn on each sheet.
const SHEETS: &str = include_str!("browser/sheets.js");

/// A browser with one page. Dropping it ends it.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    pipe: Pipe,
    log: PathBuf,
}

/// Something on the page, as a screen reader knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it is: `button`, `heading`, `table`.
    pub role: String,
    /// What it is called.
    pub name: String,
}

/// Keys that are no letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To what comes next.
    Tab,
    /// Does what is chosen.
    Enter,
    /// Presses a button.
    Space,
    /// To the next in a list.
    Down,
}

/// What whoever looks prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Browser {
    /// Starts it; all that it keeps is in this directory.
    pub fn start(namespace: &Namespace, directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let log = directory.join("log");
        let mut command = Command::new("sh");
        command
            .args(["-c", STARTER])
            .arg(program())
            .arg("--headless=new")
            // It runs as root here, and shows nothing but what the tests have made.
            .arg("--no-sandbox")
            .args(["--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking"])
            .args(["--hide-scrollbars", "--remote-debugging-pipe"])
            .arg(format!(
                "--user-data-dir={}",
                directory.join("data").display()
            ))
            .arg("about:blank")
            .env("HOME", directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?);
        let mut child = namespace.spawn(&mut command)?;
        let stdin = child.stdin.take().context("the browser's stdin")?;
        let stdout = child.stdout.take().context("the browser's stdout")?;
        let mut browser = Self {
            child,
            pipe: Pipe::new(stdin, stdout),
            log,
        };
        let begun = browser.begin();
        begun.with_context(|| format!("install chromium: {}", browser.log()))?;
        Ok(browser)
    }

    fn begin(&mut self) -> Result<()> {
        let targets = self.pipe.order("Target.getTargets", &json!({}))?;
        let targets = targets.pointer("/targetInfos").and_then(Value::as_array);
        let mut targets = targets.into_iter().flatten();
        let page = targets.find(|target| target.get("type") == Some(&"page".into()));
        let page = page
            .and_then(|page| page.get("targetId"))
            .context("no page")?;
        let attach = json!({"targetId": page, "flatten": true});
        let session = self.pipe.order("Target.attachToTarget", &attach)?;
        let session = session.get("sessionId").and_then(Value::as_str);
        self.pipe.talk_to(session.context("no session")?);
        for domain in ["Page", "Runtime", "Log", "Accessibility"] {
            self.order(&format!("{domain}.enable"), &json!({}))?;
        }
        Ok(())
    }

    /// Goes to an address, and waits until what is there is loaded.
    pub fn open(&mut self, address: &str) -> Result<()> {
        let gone = self.order("Page.navigate", &json!({"url": address}))?;
        ensure!(gone.get("errorText").is_none(), "{address}: {gone}");
        self.wait_for("document.readyState === 'complete'")
    }

    /// What an expression comes to on the page.
    pub fn ask(&mut self, expression: &str) -> Result<Value> {
        let order = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true,
            // Whoever asks may do no more than the page's own scripts.
            "allowUnsafeEvalBlockedByCSP": false,
        });
        let answer = self.order("Runtime.evaluate", &order)?;
        ensure!(
            answer.get("exceptionDetails").is_none(),
            "{expression}: {answer}"
        );
        Ok(answer.pointer("/result/value").cloned().unwrap_or_default())
    }

    /// The text of what a selector finds first, as it is shown.
    pub fn text(&mut self, selector: &str) -> Result<String> {
        let text = self.ask(&format!("document.querySelector({selector:?})?.innerText"))?;
        let text = text.as_str().with_context(|| format!("no {selector}"))?;
        Ok(text.to_owned())
    }

    /// Waits until an expression is true on the page.
    pub fn wait_for(&mut self, expression: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.ask(expression)? != Value::Bool(true) {
            let is_late = Instant::now() > deadline;
            if is_late {
                let shown = self.text("body").unwrap_or_default();
                let complaints = self.complaints();
                bail!(
                    "not within {PATIENCE:?}: {expression}\n{shown}\n{complaints:#?}\n{}",
                    self.log()
                );
            }
            thread::sleep(TICK);
        }
        Ok(())
    }

    /// Waits until what a selector finds first has these words.
    pub fn wait_for_text(&mut self, selector: &str, words: &str) -> Result<()> {
        self.wait_for(&format!(
            "document.querySelector({selector:?})?.innerText.includes({words:?}) === true"
        ))
    }

    /// Presses a key.
    pub fn press(&mut self, key: Key) -> Result<()> {
        let (name, code, number, text) = match key {
            Key::Tab => ("Tab", "Tab", 9, ""),
            Key::Enter => ("Enter", "Enter", 13, "\r"),
            Key::Space => (" ", "Space", 32, " "),
            Key::Down => ("ArrowDown", "ArrowDown", 40, ""),
        };
        for (kind, text) in [("keyDown", text), ("keyUp", "")] {
            let order = json!({
                "type": kind, "key": name, "code": code, "windowsVirtualKeyCode": number, "text": text,
            });
            self.order("Input.dispatchKeyEvent", &order)?;
        }
        Ok(())
    }

    /// Presses Tab until what has the focus matches a selector.
    pub fn tab_to(&mut self, selector: &str) -> Result<()> {
        for _ in 0..100 {
            self.press(Key::Tab)?;
            if self.ask(&format!("document.activeElement.matches({selector:?})"))? == true {
                return Ok(());
            }
        }
        bail!("no Tab leads to {selector}")
    }

    /// Types letters.
    pub fn type_in(&mut self, text: &str) -> Result<()> {
        self.order("Input.insertText", &json!({"text": text}))?;
        Ok(())
    }

    /// Gives the window another size.
    pub fn resize(&mut self, width: u32, height: u32) -> Result<()> {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.order("Emulation.setDeviceMetricsOverride", &size)?;
        Ok(())
    }

    /// Whoever looks prefers light or dark, and no motion.
    pub fn prefer(&mut self, scheme: Scheme) -> Result<()> {
        self.emulate("screen", scheme)
    }

    /// Shows what a printer would get of whoever prefers light or dark.
    pub fn show_as_printed(&mut self, scheme: Scheme) -> Result<()> {
        self.emulate("print", scheme)
    }

    fn emulate(&mut self, media: &str, scheme: Scheme) -> Result<()> {
        let scheme = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        let order = json!({"media": media, "features": features});
        self.order("Emulation.setEmulatedMedia", &order)?;
        Ok(())
    }

    /// Everything that a screen reader tells of, in its order.
    pub fn seen(&mut self) -> Result<Vec<Seen>> {
        let tree = self.order("Accessibility.getFullAXTree", &json!({}))?;
        let nodes = tree.pointer("/nodes").and_then(Value::as_array);
        let nodes = nodes.into_iter().flatten();
        let told = nodes.filter(|node| node.get("ignored") != Some(&true.into()));
        let text = |node: &Value, pointer: &str| {
            let text = node.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Ok(told
            .map(|node| Seen {
                role: text(node, "/role/value"),
                name: text(node, "/name/value"),
            })
            .collect())
    }

    /// What of the text is too faint to be read by many, by the contrast that WCAG 2 asks for (AA).
    pub fn too_faint(&mut self) -> Result<Vec<String>> {
        let faint = self.ask(CONTRAST)?;
        Ok(serde_json::from_value(faint)?)
    }

    /// Everything that went wrong on the page until now, as its console has it: errors, mistakes of scripts, what
    /// its policy refused.
    pub fn complaints(&self) -> Vec<Value> {
        let bad = |told: &&Value| match told.get("method").and_then(Value::as_str) {
            Some("Runtime.exceptionThrown") => true,
            Some("Log.entryAdded") => told.pointer("/params/entry/level") == Some(&"error".into()),
            Some("Runtime.consoleAPICalled") => {
                told.pointer("/params/type") == Some(&"error".into())
            }
            _ => false,
        };
        self.pipe.told.iter().filter(bad).cloned().collect()
    }

    /// What is to be seen, as PNG.
    pub fn picture(&mut self) -> Result<Vec<u8>> {
        let order = json!({"format": "png", "captureBeyondViewport": true});
        self.bytes("Page.captureScreenshot", &order)
    }

    /// What a printer gets, as PDF.
    pub fn print(&mut self) -> Result<Vec<u8>> {
        self.bytes("Page.printToPDF", &json!({"preferCSSPageSize": true}))
    }

    /// What is drawn on each sheet of that: the operators of PDF.
    pub fn sheets(&mut self) -> Result<Vec<String>> {
        let printed = BASE64_STANDARD.encode(self.print()?);
        let sheets = self.ask(&format!("{}({printed:?})", SHEETS.trim_end()))?;
        Ok(serde_json::from_value(sheets)?)
    }

    fn bytes(&mut self, method: &str, order: &Value) -> Result<Vec<u8>> {
        let answer = self.order(method, order)?;
        let data = answer
            .get("data")
            .and_then(Value::as_str)
            .context("no data")?;
        let bytes = BASE64_STANDARD.decode(data);
        bytes.map_err(|error| anyhow!("{method}: {error}"))
    }

    /// Has it do something, as the protocol of its developer tools names it.
    pub fn order(&mut self, method: &str, parameters: &Value) -> Result<Value> {
        self.pipe.order(method, parameters)
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends its own processes when it is asked to; one that does not is killed, and they with it.
        self.pipe.order("Browser.close", &json!({})).ok();
        let deadline = Instant::now() + PATIENCE / 6;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(TICK);
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// That of Debian, or the one that others have.
fn program() -> &'static str {
    let folders = env::var_os("PATH").unwrap_or_default();
    let is_there =
        |name: &&str| env::split_paths(&folders).any(|folder| folder.join(name).exists());
    let known = ["chromium", "google-chrome"];
    known.into_iter().find(is_there).unwrap_or("chromium")
}

/// Keeps a picture where whoever ran the tests finds it: in `target/pictures`.
pub fn keep_picture(name: &str, picture: &[u8]) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    File::create(&path)?.write_all(picture)?;
    Ok(path)
}
