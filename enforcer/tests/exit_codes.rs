//! `docs/commands.md` says the same of exit codes as `--help` does.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory as _};
use enforcer::cli::Cli;

/// Where the columns of the table begin, which have a code each, and the one that has several.
const CODES: [&str; 3] = ["0", "1", "2"];

#[test]
fn every_code_means_what_the_help_says() {
    let help = Cli::command().get_after_help().unwrap().to_string();
    let codes = help.strip_prefix("Exit codes: ").unwrap().split("; ");
    let told: Vec<Vec<String>> = codes
        .map(|code| code.split_once(' ').unwrap())
        .map(|(code, means)| vec![code.to_owned(), means.to_owned()])
        .collect();
    assert_eq!(rows("| code | means |"), told);
}

#[test]
fn every_verb_has_a_row_with_the_codes_that_its_help_says() {
    let told: Vec<_> = Cli::command()
        .get_subcommands()
        .map(|verb| (format!("`{}`", verb.get_name()), in_help(verb)))
        .collect();
    let rows = rows("| verb | 0 | 1 | 2 | others |").into_iter();
    let documented: Vec<_> = rows
        .map(|mut cells| (cells.remove(0), in_cells(&cells)))
        .collect();
    assert_eq!(documented, told);
}

/// The numbers in the paragraph that begins with "Exits".
fn in_help(verb: &Command) -> BTreeSet<String> {
    let help = verb.get_long_about().map(ToString::to_string);
    let help = help.unwrap_or_default();
    let exits = help.split("\n\n").find(|it| it.starts_with("Exits "));
    let exits = exits.unwrap_or_default();
    let words = exits.split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .filter(|word| word.parse::<u8>().is_ok())
        .map(str::to_owned)
        .collect()
}

/// A code that is a column's counts where something stands there; in the last column codes are bold.
fn in_cells(cells: &[String]) -> BTreeSet<String> {
    let (own, others) = cells.split_at(CODES.len());
    let own = CODES.into_iter().zip(own);
    let own = own
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(code, _)| code);
    let others = others
        .iter()
        .flat_map(|cell| cell.split("**").skip(1).step_by(2));
    own.chain(others).map(str::to_owned).collect()
}

/// The rows of the table with this head.
fn rows(head: &str) -> Vec<Vec<String>> {
    let document = include_str!("../../docs/commands.md");
    let table = document.split_once(head).map_or("", |(_, table)| table);
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}
