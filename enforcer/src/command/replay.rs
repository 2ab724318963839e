//! `enforcer replay`: what a policy would have done to a capture.

mod progress;

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use self::progress::Progress;
use super::{ledger, read_policy};
use crate::{
    cli,
    compile::CapacityError,
    exit::{Exit, Failure, exit_of},
    explain::ExplainError,
    policy::{FileError, Policy},
    replay::{self, Report, capture::Capture, json, judge::Judge, network, text},
};

/// Replays; [`Exit::No`] where the policies differ or one is none, [`Exit::Usage`] where the capture is not whole,
/// [`Exit::Interrupted`] where somebody had seen enough before its end.
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
    require_interfaces(options, &policy, against.as_ref())?;
    let labels = ledger::labels(&options.owners)?;
    let mut judge = judge(policy, options)?;
    let mut against = against
        .map(|policy| self::judge(policy, options))
        .transpose()?;
    if !options.host {
        load(&mut judge, against.as_mut(), errors)?;
    }
    let name = name(&options.capture);
    let (input, size) = open(&options.capture)?;
    let capture = match Capture::new(&name, input) {
        Ok(capture) => capture,
        // Nothing was read of it that could be told.
        Err(broken) => return Err(Failure::new(Exit::Usage, broken.to_string()).into()),
    };
    let enough = enough()?;
    let mut progress = Progress::new(size);
    let report = replay::replay(
        capture,
        &mut judge,
        against.as_mut(),
        options.only_cameras,
        |so_far| {
            progress.show(so_far);
            !enough.load(Ordering::Relaxed)
        },
    );
    progress.end();
    let report = report?;
    let about = text::About {
        capture: &name,
        names: judge.names(),
        against: against.as_ref().map(Judge::names),
        labels: &labels,
        by_kernel: judge.is_kernels(),
    };
    if options.json {
        json::write(&report, &about, out)?;
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
    if report.is_interrupted {
        writeln!(
            errors,
            "ended before the end of the capture; this is what was read until then"
        )?;
        return Ok(Exit::Interrupted);
    }
    let book = &report.book;
    if book.elsewhere > 0 && book.fates.all() + book.strangers == 0 {
        writeln!(
            errors,
            "error: nothing in it came in on an interface that the policy has a row for; --interface NAME says where it \
             did"
        )?;
        return Ok(Exit::Usage);
    }
    let differ = report.changes.as_ref();
    let differ = differ.is_some_and(|changes| !changes.is_empty());
    Ok(if differ { Exit::No } else { Exit::Ok })
}

fn require_interfaces(
    options: &cli::Replay,
    policy: &Policy,
    against: Option<&Policy>,
) -> Result<()> {
    let named = options.interface.iter().map(String::as_str);
    for name in named.chain(network::interfaces(&options.network)) {
        let mut policies = std::iter::once(policy).chain(against);
        if !policies.any(|policy| policy.interface_for(name).is_some()) {
            let name = name.to_owned();
            let unknown = ExplainError::UnknownInterface { name };
            return Err(Failure::new(Exit::Usage, unknown.to_string()).into());
        }
    }
    Ok(())
}

fn judge(policy: Policy, options: &cli::Replay) -> Result<Judge> {
    let path = policy.path.clone();
    let judge = || {
        let mut judge = Judge::new(policy, options.interface.as_deref())?;
        judge.hold(&options.network)?;
        Ok(judge)
    };
    judge().map_err(|error: CapacityError| {
        let words = format!("{path}: too large for the kernel's tables: {error}");
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

/// The capture, and how many bytes it has where that is known.
fn open(path: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let open = || -> io::Result<(File, Option<u64>)> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok((file, metadata.is_file().then_some(metadata.len())))
    };
    let (file, size) = open()
        .map_err(FileError::from)
        .with_context(|| path.display().to_string())
        .context(Failure::new(Exit::Usage, "the capture cannot be read"))?;
    Ok((Box::new(file), size))
}

/// Becomes true at Ctrl-C, or when this is told to end; the second time it ends at once.
fn enough() -> Result<Arc<AtomicBool>> {
    let enough = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let code = i32::from(Exit::Interrupted as u8);
        // First, so that it sees what the times before have left.
        flag::register_conditional_shutdown(signal, code, Arc::clone(&enough))?;
        flag::register(signal, Arc::clone(&enough))?;
    }
    Ok(enough)
}
