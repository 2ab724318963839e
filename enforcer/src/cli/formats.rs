//! What is written in more than one way: which ways there are.

use clap::ValueEnum;

/// How findings of `check` are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people, with the lines of the policy
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, which code hosts show beside the lines
    Sarif,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people: a summary and tables, each with its first 20 rows
    Text,
    /// One JSON document, with everything
    Json,
    /// Comma-separated values with a head, for spreadsheets: a row for each destination and service of each camera
    Csv,
    /// One file for a browser, in which everything is: bars, time lines, a table to search; nothing is fetched
    Html,
}
