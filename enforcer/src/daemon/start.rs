//! What a daemon puts in force first: the policy; and where that cannot be, what comes nearest.

use anyhow::Result;
use tracing::{error, info, warn};

use super::{
    closed::closed,
    enforcement::{Enforcement, Provenance},
    policy_file::PolicyFile,
    read,
};
use crate::{
    cli,
    directories::Directories,
    exit::{Exit, exit_of},
    good::Good,
    kernel::links,
    netlink::Netlink,
    policy::{NamePattern, Policy},
    stand_in::{StandIn, What},
};

/// Reads the policy. What is wrong with it is an error at once, unless there may be something to put in force
/// in its place; and a policy that nobody confirmed is gone back from whatever is in the files now.
pub(super) fn read_first(
    file: &mut PolicyFile,
    directories: &Directories,
    options: &cli::Run,
) -> Result<Result<Policy>> {
    let may_go_on = options.fail_closed
        || directories.last_good().exists()
        || directories.unconfirmed().exists();
    match read(file) {
        Err(error) if !may_go_on => Err(error),
        read => Ok(read),
    }
}

/// Puts the policy in force, or stays with what was gone back to, or puts in force what stands in.
pub(super) async fn begin(
    policy: Result<Policy>,
    file: &mut PolicyFile,
    options: &cli::Run,
    enforcement: &mut Enforcement<'_>,
    netlink: &Netlink,
) -> Result<()> {
    let refused = match policy {
        Ok(policy) => {
            let read = file.fingerprint();
            let good = file.good();
            if enforcement.stay_back(&read, netlink).await? {
                return Ok(());
            }
            let from = Provenance::files(read);
            match enforcement.start(policy, from, netlink).await {
                Ok(()) => {
                    enforcement.keep_as_good(good);
                    return Ok(());
                }
                // Anything else is not the policy's fault, and stands in the way of others too.
                Err(error) if exit_of(&error) == Exit::BadPolicy => error,
                Err(error) => return Err(error),
            }
        }
        Err(error) => error,
    };
    error!("the policy cannot be put in force: {refused:#}");
    if last_good(&refused, enforcement, netlink).await
        || fail_closed(&refused, options, enforcement, netlink).await
    {
        let words = enforcement.in_words();
        let path = options.policy.display();
        error!("{words}; {path} is put in force when it is mended");
        return Ok(());
    }
    Err(refused)
}

/// Puts the last good policy in force; whether it is.
async fn last_good(
    refused: &anyhow::Error,
    enforcement: &mut Enforcement<'_>,
    netlink: &Netlink,
) -> bool {
    let good = match Good::last(enforcement.directories()) {
        Ok(Some(good)) => good,
        Ok(None) => {
            info!("there is no last good policy");
            return false;
        }
        Err(error) => {
            warn!("the last good policy cannot be used: {error:#}");
            return false;
        }
    };
    let put = async {
        let policy = good.policy()?;
        let stand_in = StandIn::new(What::LastGood { of: good.at }, refused);
        let from = Provenance::instead(good.read, stand_in);
        enforcement.start(policy, from, netlink).await
    };
    is_in_force("the last good policy", Box::pin(put)).await
}

/// Lets nothing pass but link housekeeping, where that is asked for; whether it is so. What is in force already
/// lets nothing pass that somebody has not allowed, and stays.
async fn fail_closed(
    refused: &anyhow::Error,
    options: &cli::Run,
    enforcement: &mut Enforcement<'_>,
    netlink: &Netlink,
) -> bool {
    if !options.fail_closed {
        return false;
    }
    let adopted = enforcement.adopt_on(
        &options.interface,
        StandIn::new(What::Program, refused),
        netlink,
    );
    match adopted.await {
        Ok(true) => return true,
        Ok(false) => {}
        Err(error) => warn!("what is in force cannot be taken over: {error:#}"),
    }
    let put = async {
        let directories = enforcement.directories();
        let interfaces = closable(&options.interface, directories, netlink).await?;
        let policy = closed(&options.policy, &interfaces)?;
        let stand_in = StandIn::new(What::FailClosed, refused);
        let from = Provenance::instead(String::new(), stand_in);
        enforcement.start(policy, from, netlink).await
    };
    is_in_force("what lets nothing pass but link housekeeping", put).await
}

/// The interfaces that were named, and those that something is in force on: to let go of one would open it.
async fn closable(
    named: &[NamePattern],
    directories: &Directories,
    netlink: &Netlink,
) -> Result<Vec<NamePattern>> {
    let pinned = links::pinned(directories)?;
    let topology = netlink.topology().await?;
    let held = topology.links.iter();
    let held = held.filter(|link| pinned.contains(&link.index));
    let held = held.filter(|link| !named.iter().any(|pattern| pattern.matches(&link.name)));
    let held = held.filter_map(|link| link.name.parse().ok());
    Ok(named.iter().cloned().chain(held).collect())
}

async fn is_in_force(what: &str, put: impl Future<Output = Result<()>>) -> bool {
    match put.await {
        Ok(()) => true,
        Err(error) => {
            error!("{what} cannot be put in force either: {error:#}");
            false
        }
    }
}
