//! `enforcer top`: what cameras are up to, live, in a terminal. A client of the control socket and of nothing else.
//!
//! What is known is in `model`, what is seen of it in `view`; `feed` asks the daemon, and `screen` is the loop between
//! the three and the keys.

mod feed;
mod keys;
#[cfg(test)]
mod made;
mod model;
mod screen;
mod told;
mod view;

use std::io::{self, IsTerminal as _};

use anyhow::Result;

use self::view::Looks;
use crate::{
    control::client,
    directories::Directories,
    exit::{Exit, Failure},
};

/// Shows it until whoever looks has seen enough.
pub fn top(directories: &Directories) -> Result<Exit> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        let words = "this is for a terminal; `enforcer cameras` prints what was counted, and `enforcer events` what \
                     happens";
        return Err(Failure::new(Exit::Usage, words).into());
    }
    let looks = Looks::of(|name| std::env::var_os(name));
    client::run()?.block_on(screen::show(directories, looks))?;
    Ok(Exit::Ok)
}
