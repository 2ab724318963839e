//! `enforcer replay`: what a policy would have done to a capture.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::read_policy;
use crate::{
    cli,
    exit::{Exit, Failure, exit_of},
    policy::Policy,
    replay::{self, Report, capture::Capture, judge::Judge, text},
};

/// Replays; [`Exit::No`] where the policies differ or one is none, [`Exit::Usage`] where the capture is not whole.
pub fn replay(
    options: &cli::Replay,
    color: bool,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> Result<Exit> {
    let at = options.at.unwrap_or_else(Timestamp::now);
    let Some(policy) = read_policy(&options.policy, at, color, errors)? else {
        return Ok(Exit::No);
    };
    let against = match &options.against {
        None => None,
        Some(path) => match read_policy(path, at, color, errors)? {
            None => return Ok(Exit::No),
            Some(policy) => Some(policy),
        },
    };
    require_interface(options, &policy, against.as_ref())?;
    let mut judge = judge(policy, options)?;
    let mut against = against
        .map(|policy| self::judge(policy, options))
        .transpose()?;
    if !options.host {
        load(&mut judge, against.as_mut(), errors)?;
    }
    let name = name(&options.capture);
    let input = open(&options.capture)?;
    let capture = Capture::new(&name, input);
    let report = match capture {
        Ok(mut capture) => replay::replay(
            &mut capture,
            &mut judge,
            against.as_mut(),
            options.only_cameras,
            |_read| true,
        )?,
        // Nothing was read of it that could be told.
        Err(broken) => return Err(Failure::new(Exit::Usage, broken.to_string()).into()),
    };
    let about = text::About {
        capture: &name,
        names: judge.names(),
        against: against.as_ref().map(Judge::names),
        by_kernel: judge.is_kernels(),
    };
    if options.json {
        text::json(&report, &about, out)?;
    } else {
        text::show(&report, &about, options.all, out)?;
    }
    end(&report, errors)
}

fn end(report: &Report, errors: &mut impl Write) -> Result<Exit> {
    if let Some(broken) = &report.broken {
        writeln!(errors, "error: {broken}")?;
        return Ok(Exit::Usage);
    }
    let differ = report.changes.as_ref();
    let differ = differ.is_some_and(|changes| !changes.is_empty());
    Ok(if differ { Exit::No } else { Exit::Ok })
}

fn require_interface(
    options: &cli::Replay,
    policy: &Policy,
    against: Option<&Policy>,
) -> Result<()> {
    let Some(name) = options.interface.as_deref() else {
        return Ok(());
    };
    let mut policies = std::iter::once(policy).chain(against);
    if policies.any(|policy| policy.interface_for(name).is_some()) {
        return Ok(());
    }
    let words =
        format!("no row of `interfaces` is for `{name}`: nothing that comes in there is judged");
    Err(Failure::new(Exit::Usage, words).into())
}

fn judge(policy: Policy, options: &cli::Replay) -> Result<Judge> {
    let judge = Judge::new(policy, options.interface.as_deref());
    judge.map_err(|error| {
        let words = format!("the policy cannot be put in force: {error}");
        Failure::new(Exit::No, words).into()
    })
}

/// Has the kernel judge, or says why it does not.
fn load(judge: &mut Judge, against: Option<&mut Judge>, errors: &mut impl Write) -> Result<()> {
    let mut loaded = judge.load();
    if let (Ok(()), Some(against)) = (&loaded, against) {
        loaded = against.load();
    }
    match loaded {
        Err(error) if matches!(exit_of(&error), Exit::Privilege | Exit::Kernel) => {
            writeln!(
                errors,
                "judged on the host, by the same code, since the kernel could not be asked: {error:#}"
            )?;
            judge.unload();
            Ok(())
        }
        other => other,
    }
}

fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

fn open(path: &Path) -> Result<Box<dyn Read + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let open = || -> io::Result<File> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(file)
    };
    let file = open()
        .with_context(|| path.display().to_string())
        .context(Failure::new(Exit::Usage, "the capture cannot be read"))?;
    Ok(Box::new(file))
}
