//! `enforcer learn`: a draft of a policy, of what cameras were seen to send.

use std::{fs, io::Write, path::Path};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use super::{ledger, output::Output};
use crate::{
    cli,
    directories::Directories,
    exit::{Exit, Failure},
    explain::ExplainError,
    learn::{
        self, Basis, Draft,
        capture::{Recording, Strangers, with_strangers},
        text::About,
    },
    ledger::{Line, Query, text::time},
    policy::{Outline, Policy, ReadError, Reading, Texts},
    record::Records,
    replay::{capture::Broken, names::Names, network, notes::notes},
    status,
};

/// What there is to learn from.
struct Seen {
    policy: Policy,
    outline: Outline,
    texts: Texts,
    lines: Vec<Line>,
    /// Cameras that the policy had not.
    new: Vec<String>,
    strangers: Strangers,
    names: Names,
    broken: Option<Broken>,
}

/// Drafts; [`Exit::No`] where the policy is none, [`Exit::Usage`] where the capture is not whole.
pub fn learn(
    directories: &Directories,
    options: &cli::Learn,
    color: bool,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> Result<Exit> {
    let texts = texts(directories, options.policy.as_deref())?;
    let policy = match texts.policy() {
        Ok(policy) => policy.at(Timestamp::now()),
        Err(ReadError::Policy(error)) => {
            let path = texts.path.display();
            writeln!(
                errors,
                "{}\n\nerror: {path}: not a valid policy",
                error.render(color)
            )?;
            return Ok(Exit::No);
        }
        Err(error) => return Err(error.into()),
    };
    require(options, &policy, &texts)?;
    // Before a long capture is read, since it may be a place that cannot be written to.
    let mut output = Output::open(options.output.as_deref(), out)?;
    let labels = ledger::labels(&options.owners)?;
    let outline = texts.outline()?;
    let recording = options.capture.as_deref().map(|path| Recording {
        path,
        interface: options.interface.as_deref(),
        networks: &options.network,
    });
    let mut seen = match &recording {
        Some(recording) => recorded(recording, options, &policy, &outline, texts)?,
        None => Seen {
            lines: ledger::read(directories, &query(options))?,
            policy,
            outline,
            texts,
            new: Vec::new(),
            strangers: Strangers::new(),
            names: Names::default(),
            broken: None,
        },
    };
    if recording.is_some() {
        seen.names.label(&labels, &mut seen.lines);
    } else {
        ledger::relabel(&mut seen.lines, &labels);
    }
    let mut cameras = options.camera.clone();
    if !cameras.is_empty() {
        cameras.extend(seen.new.iter().cloned());
    }
    if !seen.lines.iter().any(|line| line.camera.is_some()) {
        writeln!(
            errors,
            "error: nothing was seen of cameras of the policy; there is no draft"
        )?;
        return Ok(Exit::No);
    }
    let span = span(&seen.lines);
    let basis = Basis {
        policy: &seen.policy,
        outline: &seen.outline,
        texts: &seen.texts,
        cameras: &cameras,
        include: &options.include,
    };
    let mut draft = learn::learn(&basis, seen.lines)?;
    let mut about = About {
        source: source(options, span),
        fates: None,
        cameras: drafted(&seen.policy, &cameras),
        new: &seen.new,
        strangers: seen.strangers,
        notes: Vec::new(),
    };
    if let Some(recording) = &recording {
        let (report, judge) = recording.replay(&draft.policy)?;
        about.fates = Some(report.book.fates);
        about.notes = notes(&report.book);
        let mut lines = report.book.lines(judge.names());
        seen.names.label(&labels, &mut lines);
        draft = draft.replayed(
            lines
                .into_iter()
                .filter(|line| is_asked(line, &cameras))
                .collect(),
        );
    }
    tell(options, &draft, &about, &seen.texts, &mut output, errors)?;
    if let Some(broken) = &seen.broken {
        writeln!(errors, "error: {broken}")?;
        return Ok(Exit::Usage);
    }
    Ok(Exit::Ok)
}

/// What the policy is read from: that of the command line, or of what is in force.
fn texts(directories: &Directories, path: Option<&Path>) -> Result<Texts> {
    if let Some(path) = path {
        let Reading { policy, texts, .. } = Reading::new(path);
        return match policy {
            Ok(_) | Err(ReadError::Policy(_)) => Ok(texts),
            Err(error) => Err(Failure::new(Exit::No, error.to_string()).into()),
        };
    }
    let record = Records::read(directories)?.in_force;
    let texts = record.and_then(|record| status::texts(&record, directories));
    texts.with_context(|| {
        let words =
            "nothing is in force that could say which cameras there are; --policy PATH does";
        Failure::new(Exit::Usage, words)
    })
}

/// That what the command line names is there, and that no file of the policy would be written over or added.
fn require(options: &cli::Learn, policy: &Policy, texts: &Texts) -> Result<()> {
    for name in &options.camera {
        if !policy.cameras.iter().any(|camera| camera.name == *name) {
            let unknown = ExplainError::UnknownCamera {
                name: name.clone(),
                meant: policy.closest_camera(name),
            };
            return Err(Failure::new(Exit::Usage, unknown.to_string()).into());
        }
    }
    let named = options.interface.iter().map(String::as_str);
    for name in named.chain(network::interfaces(&options.network)) {
        if policy.interface_for(name).is_none() {
            let name = name.to_owned();
            let unknown = ExplainError::UnknownInterface { name };
            return Err(Failure::new(Exit::Usage, unknown.to_string()).into());
        }
    }
    let Some(output) = &options.output else {
        return Ok(());
    };
    let real = |path: &Path| fs::canonicalize(path).ok();
    let is_its = |path: &Path| real(path).is_some_and(|path| real(output) == Some(path));
    let parent = output.parent().map(parent_or_here).and_then(real);
    let is_in_it = texts.path.is_dir()
        && parent.is_some()
        && parent == real(&texts.path)
        && output
            .extension()
            .is_some_and(|extension| extension == "yaml");
    if is_in_it || texts.sources().any(|(path, _)| is_its(path)) {
        let words = format!("{}: that is of the policy itself", output.display());
        return Err(Failure::new(Exit::Usage, words).into());
    }
    Ok(())
}

fn query(options: &cli::Learn) -> Query {
    Query {
        cameras: options.camera.clone(),
        to: Vec::new(),
        since: options.since,
        until: None,
    }
}

fn recorded(
    recording: &Recording<'_>,
    options: &cli::Learn,
    policy: &Policy,
    outline: &Outline,
    texts: Texts,
) -> Result<Seen> {
    let (mut strangers, broken) = recording.strangers(policy)?;
    let is_asked = |mac: &[u8; 6]| options.stranger.iter().any(|prefix| prefix.contains(*mac));
    let asked: Vec<[u8; 6]> = strangers.keys().copied().filter(is_asked).collect();
    if asked.is_empty() && !options.stranger.is_empty() {
        bail!(Failure::new(
            Exit::No,
            "no sender that is no camera has such a MAC address"
        ));
    }
    strangers.retain(|mac, _| !asked.contains(mac));
    let (policy, outline, new) = with_strangers(policy, outline, asked);
    let (lines, names) = recording.lines(&policy)?;
    Ok(Seen {
        policy,
        outline,
        texts,
        lines,
        new,
        strangers,
        names,
        broken,
    })
}

fn is_asked(line: &Line, cameras: &[String]) -> bool {
    cameras.is_empty()
        || line
            .camera
            .as_ref()
            .is_some_and(|name| cameras.contains(name))
}

fn drafted<'a>(policy: &'a Policy, cameras: &[String]) -> Vec<&'a str> {
    let all = policy.cameras.iter().map(|camera| camera.name.as_str());
    all.filter(|name| cameras.is_empty() || cameras.iter().any(|asked| asked == name))
        .collect()
}

/// When the first and the last of it came.
fn span(lines: &[Line]) -> Option<(Timestamp, Timestamp)> {
    let first = lines.iter().map(|line| line.first).min()?;
    let last = lines.iter().map(|line| line.last).max()?;
    Some((first, last))
}

fn source(options: &cli::Learn, span: Option<(Timestamp, Timestamp)>) -> String {
    let name = match &options.capture {
        Some(path) => path.display().to_string(),
        None => "the ledger".to_owned(),
    };
    match span {
        Some((first, last)) => format!("{name}, {} to {}", time(first), time(last)),
        None => name,
    }
}

fn tell(
    options: &cli::Learn,
    draft: &Draft,
    about: &About<'_>,
    texts: &Texts,
    output: &mut Output<'_, impl Write>,
    errors: &mut impl Write,
) -> Result<()> {
    let beside = options.output.as_deref().is_some_and(|output| {
        let parent = output
            .parent()
            .map(parent_or_here)
            .and_then(|it| fs::canonicalize(it).ok());
        parent.is_some() && parent == fs::canonicalize(parent_or_here(texts.directory())).ok()
    });
    let path = |written: &str| {
        let path = texts.directory().join(written);
        let absolute = std::path::absolute(&path).unwrap_or(path);
        if beside {
            written.to_owned()
        } else {
            absolute.display().to_string()
        }
    };
    let text = draft.text(about, &path);
    // In the document it is, too.
    if !(options.json && output.is_standard()) {
        output.replace(text.as_bytes())?;
    }
    if options.json {
        draft.json(about, &text, output.standard())?;
    }
    draft.summary(about, errors)?;
    Ok(())
}

/// The directory of a file that is named without one is the one at hand.
fn parent_or_here(parent: &Path) -> &Path {
    if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    }
}
