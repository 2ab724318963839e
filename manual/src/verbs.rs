//! The pages about the program and each of its verbs, as `--help` has them.

use anyhow::Result;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use enforcer::cli::Cli;
use roff::{Roff, bold, roman};

use crate::page::{Edition, Page, section, see_also};

/// Where what is in force is kept, for the pages in section 8.
const FILES: [(&str, &str); 6] = [
    (
        "/etc/enforcer/policy.yaml",
        "The policy that the service puts in force.",
    ),
    ("/usr/share/enforcer/policies/", "Policies to start from."),
    ("/run/enforcer/in-force.json", "What is in force, in words."),
    ("/var/lib/enforcer/", "What survives a reboot."),
    (
        "/sys/fs/bpf/enforcer/",
        "Program, links and maps in the kernel: they enforce without the daemon.",
    ),
    (
        "/var/log/enforcer/events.json",
        "Events, one a line, as the service writes them.",
    ),
];

/// One page for the program and one for each verb.
pub(crate) fn pages(edition: &Edition) -> Result<Vec<Page>> {
    // The options that all verbs take are said once, in the page about the program.
    let mut program = Cli::command().disable_help_subcommand(true);
    let verbs: Vec<Command> = program.get_subcommands().cloned().collect();
    program.build();
    let mut pages = vec![page(&program, None, edition)?];
    for verb in verbs {
        let name = verb.get_name().to_owned();
        let words = format!("enforcer {name}");
        let whole = verb
            .version(env!("CARGO_PKG_VERSION"))
            .bin_name(words)
            .display_name(format!("enforcer-{name}"))
            .disable_help_flag(true)
            .disable_version_flag(true);
        pages.push(page(&whole, Some(&name), edition)?);
    }
    Ok(pages)
}

fn page(command: &Command, verb: Option<&str>, edition: &Edition) -> Result<Page> {
    let section = verb.map_or("1", section);
    let man = Man::new(command.clone())
        .section(section)
        .date(&edition.date)
        .source(&edition.source)
        .manual("enforcer");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut text)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    let mut rest = Roff::new();
    match verb {
        None => exit_status(&mut rest, command),
        Some(_) => common(&mut rest),
    }
    if section == "8" {
        files(&mut rest);
    }
    see_also(&mut rest, &others(verb));
    rest.to_writer(&mut text)?;
    Ok(Page {
        file: man.get_filename(),
        text: with_sections(text)?,
    })
}

/// The list of verbs is written as if all pages were in one section.
fn with_sections(text: Vec<u8>) -> Result<Vec<u8>> {
    let mut text = String::from_utf8(text)?;
    for verb in Cli::command().get_subcommands() {
        let name = verb.get_name();
        let (wrong, right) = (
            format!("enforcer\\-{name}(1)"),
            format!("enforcer\\-{name}({})", section(name)),
        );
        text = text.replace(&wrong, &right);
    }
    Ok(text.into_bytes())
}

fn exit_status(page: &mut Roff, command: &Command) {
    let words = command.get_after_help().map(ToString::to_string);
    page.control("SH", ["EXIT STATUS"]);
    for code in words
        .unwrap_or_default()
        .trim_start_matches("Exit codes: ")
        .split("; ")
    {
        let (number, means) = code.split_once(' ').unwrap_or((code, ""));
        page.control("TP", []);
        page.text([bold(number)]);
        page.text([roman(means)]);
    }
}

fn common(page: &mut Roff) {
    page.control("PP", []);
    page.text([
        roman("Options that every verb takes, and exit codes, are in "),
        bold("enforcer"),
        roman("(1)."),
    ]);
}

fn files(page: &mut Roff) {
    page.control("SH", ["FILES"]);
    for (path, what) in FILES {
        page.control("TP", []);
        page.text([bold(path)]);
        page.text([roman(what)]);
    }
}

/// What else there is to read.
fn others(verb: Option<&str>) -> Vec<(String, &'static str)> {
    let program = verb.map(|_| ("enforcer".to_owned(), "1"));
    let verbs = Cli::command();
    let verbs = verbs
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned());
    let verbs = verbs.filter(|name| Some(name.as_str()) != verb);
    let verbs = verbs.map(|name| (format!("enforcer-{name}"), section(&name)));
    let policy = ("enforcer-policy".to_owned(), "5");
    program.into_iter().chain(verbs).chain([policy]).collect()
}
