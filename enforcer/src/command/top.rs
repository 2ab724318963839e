//! `enforcer top`: what cameras are up to, live, in a terminal. A client of the control socket and of nothing else.
//!
//! What is known is the [`model`], what is seen of it the [`view`]; [`feed`] asks the daemon, and [`screen`] is the loop
//! between the three and the keys.

mod feed;
mod keys;
#[cfg(test)]
mod made;
mod model;
mod screen;
mod told;
mod view;

use std::io::{self, IsTerminal as _};

use anyhow::{Context as _, Result};
use tokio::runtime;

use self::view::Looks;
use crate::{
    directories::Directories,
    exit::{Exit, Failure},
};

/// Shows it until whoever looks has seen enough.
pub fn top(directories: &Directories) -> Result<Exit> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        let words = "this is for a terminal; `enforcer cameras` prints what was counted, and the path /v1/events of \
                     the control socket tells what happens";
        return Err(Failure::new(Exit::Usage, words).into());
    }
    let looks = Looks::of(|name| std::env::var_os(name));
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime")?;
    runtime.block_on(screen::show(directories, looks))?;
    Ok(Exit::Ok)
}
