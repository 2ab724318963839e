//! How a program comes on one interface: by the link that is pinned for it, or by a new one.

use std::path::Path;

use anyhow::{Context as _, Result};
use aya::programs::{
    Xdp, XdpMode,
    links::{FdLink, LinkError},
    xdp::{XdpLink, XdpLinkId},
};
use rustix::io::Errno;
use tracing::warn;

use super::{
    Step, Wanted,
    pins::{link_path, open, remove},
};
use crate::{
    exit::{Exit, Failure},
    kernel::{errno, programs},
    policy::Attach,
};

/// Updates the link of an interface, or makes one. Nothing, if the interface has just vanished.
pub(super) fn put_on(program: &mut Xdp, interface: &Wanted, links: &Path) -> Result<Option<Step>> {
    let path = link_path(links, interface.index);
    if path.exists() {
        let link = XdpLink::try_from(FdLink::from(open(&path)?)).context("a pinned link")?;
        let updated = program.attach_to_link(link);
        match updated {
            Ok(id) => {
                // What closes here is a descriptor; the pin keeps the link.
                drop(program.take_link(id).context("the link just updated")?);
                return Ok(Some(Step::Updated(path)));
            }
            // Its device is gone, or somebody has detached it: a link is for one device, once.
            Err(error) if errno(&error) == Some(Errno::NOLINK) => remove(&path)?,
            Err(error) => {
                return Err(anyhow::Error::new(error).context(format!("update {}", interface.name)));
            }
        }
    }
    let id = match attach(program, interface) {
        Ok(id) => id,
        Err(error) if errno(&*error) == Some(Errno::NODEV) => return Ok(None),
        Err(error) => return Err(error),
    };
    let link = program.take_link(id).context("the link just made")?;
    let link = FdLink::try_from(link)
        .map_err(|error: LinkError| anyhow::Error::new(error))
        .with_context(|| format!("{}: the kernel gives no link for it", interface.name))?;
    link.pin(&path)
        .with_context(|| format!("pin the link of {}", interface.name))?;
    Ok(Some(Step::Attached(path)))
}

fn attach(program: &mut Xdp, interface: &Wanted) -> Result<XdpLinkId> {
    let Wanted {
        index,
        name,
        attach,
    } = interface;
    let mut in_mode = |mode| program.attach_to_if_index(*index, mode);
    let attached = match attach {
        Attach::Native => in_mode(XdpMode::Driver),
        Attach::Generic => in_mode(XdpMode::Skb),
        Attach::Auto => match in_mode(XdpMode::Driver) {
            Err(refused) if !is_final(errno(&refused)) => {
                let attached = in_mode(XdpMode::Skb);
                if attached.is_ok() {
                    warn!(
                        "{name}: generic mode, which drops the same and costs more for each frame; \
                         native mode: {:#}",
                        anyhow::Error::new(refused)
                    );
                }
                attached
            }
            decided => decided,
        },
    };
    let error = match attached {
        Ok(id) => return Ok(id),
        Err(error) => error,
    };
    let context = format!("attach to {name}");
    let cause = errno(&error);
    let error = anyhow::Error::new(error);
    Err(match cause {
        // EBUSY in the same mode, EEXIST in the other.
        Some(Errno::BUSY | Errno::EXIST) => error.context(Failure::new(
            Exit::Busy,
            match programs::on(*index) {
                Some(program) => format!(
                    "{context}: another XDP program is on it: {program}. It is never replaced: see \
                     whose it is and take it off; `enforcer doctor` says how"
                ),
                None => format!(
                    "{context}: another XDP program is on an interface above it or is just going; \
                     `enforcer doctor` says where"
                ),
            },
        )),
        Some(Errno::PERM) => error.context(Failure::new(
            Exit::Privilege,
            format!("{context}: needs CAP_NET_ADMIN and CAP_BPF"),
        )),
        _ if *attach == Attach::Native => error.context(format!(
            "{context} in native mode; `attach: auto` would fall back to generic mode"
        )),
        _ => error.context(context),
    })
}

/// What another mode would not change.
const fn is_final(cause: Option<Errno>) -> bool {
    matches!(
        cause,
        Some(Errno::BUSY | Errno::EXIST | Errno::NODEV | Errno::PERM)
    )
}
