//! The router that most tests want: cameras behind one port of it, a policy file, and the program
//! that is to keep them to it.

mod events;
mod judged;
mod storm;
mod traffic;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use aya::programs::links::{FdLink, PinnedLink};

use crate::actor::{Flood, Pace, Receiver, Wire};
use crate::daemon::{self, Daemon, Enforcer, PATIENCE, Status, TICK};
use crate::frame::{Mac, data, ethernet, ipv4, udp};
use crate::network::{CAMERA, CLOUD_V4, Network, ROUTER_V4};
use crate::sandbox::{Namespace, Sandbox};

pub use events::EventFile;
pub use storm::{Storm, Storms};
pub use traffic::{Sent, Traffic};

/// The router's MAC address.
pub const ROUTER: Mac = [2, 0, 0, 0, 0x50, 0x01];

/// The camera `flooder` of [`POLICY`]: it asks for what it may not have.
pub const FLOODER: Mac = [2, 0, 0, 0, 0x50, 0x99];

/// The camera `steady` of [`POLICY`]: it keeps to what it may.
pub const STEADY: Mac = [2, 0, 0, 0, 0x50, 0x98];

/// No camera is bound to its address.
const FLOODER_V4: &str = "192.168.50.99";
const STEADY_V4: &str = "192.168.50.98";

/// The port that [`POLICY`] allows on the router.
pub const ALLOWED: u16 = 123;
/// A port that no policy here allows.
pub const FORBIDDEN: u16 = 9999;

/// Two cameras that may ask the router for the time.
pub const POLICY: &str = r#"version: 1
interfaces:
  lan-cam*: {}
prefixes:
  router: [192.168.50.1]
groups:
  timed:
    allow:
      - to: router
        ports: [udp/123]
cameras:
  flooder:
    match: {mac: "02:00:00:00:50:99"}
    group: timed
  steady:
    match: {mac: "02:00:00:00:50:98"}
    group: timed
"#;

/// The network with one namespace behind `lan-cam1`, from which nothing comes but what a test sends
/// itself; without IPv6, which is never as quiet.
///
/// The order of the fields is the order of taking down.
#[derive(Debug)]
pub struct Site {
    /// The program on the router.
    pub enforcer: Enforcer,
    /// Whom the frames of all cameras come from, through its `eth0`.
    pub camera: Namespace,
    /// The router, and the cloud behind it.
    pub network: Network,
    policy: PathBuf,
    /// More namespaces may be added.
    pub sandbox: Sandbox,
}

impl Site {
    /// Makes the network of the test of this name, with [`POLICY`] in a file and not yet in force.
    pub fn new(test: &str) -> Result<Self> {
        let program = daemon::find()?;
        let mut sandbox = Sandbox::new(test)?;
        let network = Network::new(&mut sandbox)?;
        let camera = network.plug_in(&mut sandbox, &CAMERA)?;
        // Else the camera would look for neighbours and report memberships, and the router would
        // take addresses after a while, which make another generation.
        for quiet in [&camera, &network.router] {
            quiet.sysctl(&[("ipv6/conf/all/disable_ipv6", "1")])?;
        }
        let directories = sandbox.directories();
        let enforcer = Enforcer::new(&program, &network.router, directories);
        let policy = directories.root().join("policy.yaml");
        let site = Self {
            enforcer,
            camera,
            network,
            policy,
            sandbox,
        };
        site.write(POLICY)?;
        Ok(site)
    }

    /// Starts the daemon with more options, and waits until the policy is in force.
    pub fn started(&self, options: &[&str]) -> Result<Daemon> {
        let mut daemon = self.enforcer.start(&self.policy, options)?;
        daemon.wait_in_force()?;
        Ok(daemon)
    }

    /// Where the policy is.
    pub fn policy(&self) -> &Path {
        &self.policy
    }

    /// Writes another policy over it, in place.
    pub fn write(&self, policy: &str) -> Result<()> {
        fs::write(&self.policy, policy).with_context(|| self.policy.display().to_string())
    }

    /// Puts another policy file in its place, in one step.
    pub fn rename_over(&self, policy: &str) -> Result<()> {
        let next = self.policy.with_extension("next");
        fs::write(&next, policy)?;
        fs::rename(next, &self.policy).with_context(|| self.policy.display().to_string())
    }

    /// A file of this test.
    pub fn file(&self, name: &str) -> PathBuf {
        self.sandbox.directories().root().join(name)
    }

    /// Frames of `flooder` that no policy here allows, many of them.
    pub fn flood(&self) -> Result<Flood> {
        Flood::start(&self.camera, "eth0", vec![forbidden()], Pace::FLOOD)
    }

    /// Frames of `steady` that [`POLICY`] allows, one at a time.
    pub fn stream(&self) -> Result<Flood> {
        Flood::start(&self.camera, "eth0", vec![allowed()], Pace::STREAM)
    }

    /// Counts what of [`Site::flood`] gets through to the cloud.
    pub fn leaks(&self) -> Result<Receiver> {
        Receiver::new(&self.network.cloud, SocketAddr::from((CLOUD_V4, FORBIDDEN)))
    }

    /// Counts what of [`Site::stream`] gets to the router.
    pub fn arrivals(&self) -> Result<Receiver> {
        Receiver::new(&self.network.router, SocketAddr::from((ROUTER_V4, ALLOWED)))
    }

    /// The port of the cameras, to send single frames through.
    pub fn wire(&self) -> Result<Wire> {
        Wire::open(&self.camera, "eth0")
    }

    /// Takes our program off the first of its interfaces, as root can, past all pins: only the kernel's own
    /// number of the link is needed.
    pub fn detach_by_force(&self) -> Result<()> {
        let links = self.enforcer.directories().links();
        let pin = fs::read_dir(links)?.next().context("no link is pinned")??;
        let link = FdLink::from(PinnedLink::from_pin(pin.path())?);
        let number = link.info()?.id().to_string();
        // Where Debian's package of the same name keeps it, and not every user looks.
        let mut bpftool = Command::new("bpftool");
        bpftool.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let status = bpftool.args(["link", "detach", "id", &number]).status();
        ensure!(status.context("bpftool")?.success(), "bpftool link detach");
        Ok(())
    }

    /// The number of the XDP program on an interface of the router, as `ip` says.
    pub fn program_on(&self, interface: &str) -> Result<Option<u64>> {
        let router = &self.network.router;
        let words = router.ask_ip(&format!("-json link show {interface}"))?;
        let links: serde_json::Value = serde_json::from_str(&words)?;
        let number = links.pointer("/0/xdp/prog/id");
        Ok(number.and_then(serde_json::Value::as_u64))
    }

    /// What is in force, once it is as it should be; else an error with what it is.
    pub fn status_when(&self, is_so: impl Fn(&Status) -> bool) -> Result<Status> {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let status = self.enforcer.status()?;
            if is_so(&status) {
                return Ok(status);
            }
            ensure!(std::time::Instant::now() < deadline, "{status:#?}");
            std::thread::sleep(TICK);
        }
    }
}

/// [`POLICY`], and what [`forbidden`] asks for.
pub fn wider() -> String {
    let all = POLICY.replace(
        "router: [192.168.50.1]",
        "router: [192.168.50.1, 203.0.113.7]",
    );
    all.replace("ports: [udp/123]", "ports: [udp/123, udp/9999]")
}

/// [`POLICY`] in audit: nothing is dropped, and everything is told and counted as if it were.
pub fn audited() -> String {
    POLICY.replace("version: 1\n", "version: 1\nmode: audit\n")
}

/// A datagram from `flooder` to the cloud.
pub fn forbidden() -> Vec<u8> {
    let packet = ipv4(FLOODER_V4, &CLOUD_V4.to_string());
    (ethernet(FLOODER).to(ROUTER) / packet / udp(40_000, FORBIDDEN) / data(b"home")).build()
}

/// A datagram from `steady` to the router, which is allowed.
pub fn allowed() -> Vec<u8> {
    let packet = ipv4(STEADY_V4, &ROUTER_V4.to_string());
    (ethernet(STEADY).to(ROUTER) / packet / udp(40_000, ALLOWED) / data(b"time")).build()
}
