//! What the tests share. Frames: a builder ([`frame`]), what becomes of each kind ([`cases`]), the
//! ways round that they close ([`threats`]), captures of them ([`capture`]), what the host says to them ([`host`]), the loaded program
//! ([`kernel`]), and frames that nobody thought of ([`generate`]). Networks: a sandbox of namespaces
//! ([`sandbox`]), who is in them ([`network`]), what they do ([`actor`]), a name server ([`resolver`]), tags of VLANs ([`tagger`]), whose addresses
//! are whose ([`owners`]), the program in them ([`daemon`]), what that has in the kernel ([`loaded`]), the router that
//! most tests want ([`site`]), a router with packages ([`machine`]), and the lab ([`lab`]). A real Prometheus:
//! [`prometheus`]. A real Chromium: [`browser`]. A terminal: [`terminal`]. Files to execute: [`executable`]. A clock and
//! a kernel that misbehave: [`unreliable`].

pub mod actor;
pub mod browser;
pub mod capture;
pub mod cases;
pub mod daemon;
pub mod executable;
pub mod frame;
pub mod generate;
pub mod host;
pub mod kernel;
pub mod lab;
pub mod loaded;
pub mod machine;
pub mod network;
pub mod owners;
pub mod prometheus;
pub mod resolver;
pub mod sandbox;
pub mod site;
pub mod tagger;
pub mod terminal;
pub mod threats;
pub mod unreliable;
