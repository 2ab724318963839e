//! The command line: arguments, the daemon's own log, one command, its exit code.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Result;
use clap::Parser as _;
use enforcer::{
    cli::{Cli, Verb},
    command, daemon,
    exit::{Exit, exit_of, is_gone},
    log,
    to_the_end::ToTheEnd,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(exit) => exit.into(),
        // Whoever read the output has seen enough.
        Err(error) if is_gone(&error) => Exit::Ok.into(),
        Err(error) => {
            // There is nowhere left to say that this could not be said.
            drop(writeln!(io::stderr(), "error: {error:#}"));
            exit_of(&error).into()
        }
    }
}

fn run(cli: &Cli) -> Result<Exit> {
    let directories = &cli.directories;
    let out = &mut ToTheEnd::new(io::stdout());
    match &cli.verb {
        Verb::Run(options) => {
            log::start(cli.verbose, is_colored(&io::stderr()));
            daemon::run(directories, options, cli.verbose)
        }
        Verb::Check(check) => {
            let color = is_colored(&io::stdout());
            Ok(command::check::check(directories, check, color, out)?)
        }
        Verb::Diff(options) => {
            let errors = &mut io::stderr();
            let color = is_colored(errors);
            command::diff::diff(directories, options, color, out, errors)
        }
        Verb::Explain(options) => {
            let errors = &mut io::stderr();
            let color = is_colored(errors);
            command::explain::explain(options, color, out, errors)
        }
        Verb::Replay(options) => {
            let errors = &mut io::stderr();
            let color = is_colored(errors);
            command::replay::replay(options, color, out, errors)
        }
        Verb::Learn(options) => {
            let errors = &mut io::stderr();
            let color = is_colored(errors);
            command::learn::learn(directories, options, color, out, errors)
        }
        Verb::Schema(options) => {
            command::schema::schema(options, out)?;
            Ok(Exit::Ok)
        }
        Verb::Completions(completions) => {
            command::completions::completions(completions.shell, out)?;
            Ok(Exit::Ok)
        }
        Verb::Status(options) => {
            let errors = &mut io::stderr();
            command::status::status(directories, options, out, errors)
        }
        Verb::Cameras(options) => {
            let errors = &mut io::stderr();
            command::cameras::cameras(directories, options, out, errors)
        }
        Verb::Ledger(options) => {
            let errors = &mut io::stderr();
            command::ledger::ledger(directories, options, out, errors)
        }
        Verb::Report(options) => {
            let errors = &mut io::stderr();
            command::report::report(directories, options, out, errors)
        }
        Verb::Events(options) => {
            let errors = &mut io::stderr();
            // It has no end, and ends when nobody reads it any more.
            let out = &mut io::stdout();
            let color = is_colored(out);
            command::events::events(directories, options, color, out, errors)
        }
        Verb::Top => command::top::top(directories),
        Verb::Reload(options) => {
            let errors = &mut io::stderr();
            command::reload::reload(directories, options, out, errors)
        }
        Verb::Confirm => command::confirm::confirm(directories, out),
        Verb::Revert(options) => command::revert::revert(directories, options, out),
        Verb::Doctor(options) => {
            let color = is_colored(&io::stdout());
            command::doctor::doctor(directories, options, color, out)
        }
        Verb::Detach(detach) => command::detach::detach(directories, detach.yes, out),
    }
}

fn is_colored(stream: &impl io::IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
