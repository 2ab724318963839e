//! `enforcer explain`: what becomes of a frame, and why.

use std::fs;
use std::io::Write;

use anyhow::Result;
use enforcer_common::Verdict;
use jiff::Timestamp;

use super::read_policy;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::explain::{Asked, ExplainError, Ports, Question, explain as explained};
use crate::policy::Transport;

/// Explains; [`Exit::No`] where the frame is dropped or would be.
pub fn explain(
    options: &cli::Explain,
    color: bool,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> Result<Exit> {
    let question = question(options)?;
    let at = options.at.unwrap_or_else(Timestamp::now);
    let Some(policy) = read_policy(&options.policy, at, color, errors)? else {
        return Ok(Exit::No);
    };
    // For the quotes alone; what they are quotes of has been read.
    let texts = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let explanation = explained(&policy, &texts, &question).map_err(|error| {
        let exit = match error {
            ExplainError::Capacity(_) => Exit::No,
            ExplainError::UnknownCamera { .. } | ExplainError::UnknownInterface { .. } => {
                Exit::Usage
            }
        };
        Failure::new(exit, error.to_string())
    })?;
    if options.json {
        writeln!(out, "{}", explanation.to_json()?)?;
    } else {
        write!(out, "{explanation}")?;
    }
    Ok(match explanation.verdict {
        Verdict::Ignore | Verdict::Allow { .. } => Exit::Ok,
        Verdict::Drop { .. } => Exit::No,
    })
}

fn question(options: &cli::Explain) -> Result<Question> {
    let frame = match (&options.frame, &options.camera, options.to) {
        (Some(frame), ..) => Asked::Bytes(frame.0.clone()),
        (None, Some(camera), Some(to)) => Asked::Sent {
            camera: camera.clone(),
            to,
            ports: ports(options)?,
        },
        (None, ..) => {
            let words = "--camera and --to, or --frame, say which frame";
            return Err(Failure::new(Exit::Usage, words).into());
        }
    };
    Ok(Question {
        frame,
        interface: options.interface.clone(),
    })
}

/// From a port and without `--syn` it is an answer.
fn ports(options: &cli::Explain) -> Result<Option<Ports>> {
    let (to, from) = (options.port, options.from_port);
    let of_to = to.map(|port| port.protocol);
    let of_from = from.and_then(|from| from.protocol);
    if let (Some(to), Some(from)) = (of_to, of_from)
        && to != from
    {
        let words = format!("--port is of {to} and --from-port of {from}");
        return Err(Failure::new(Exit::Usage, words).into());
    }
    if to.is_none() && from.is_none() {
        return Ok(None);
    }
    Ok(Some(Ports {
        protocol: of_to.or(of_from).unwrap_or(Transport::Tcp),
        from: from.map(|from| from.port),
        to: to.map(|to| to.first),
        opens: from.is_none() || options.syn,
    }))
}
