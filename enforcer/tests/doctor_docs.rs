//! `docs/doctor.md` says what the code says.

use std::{env, fs, path::Path};

use enforcer::doctor::Question;

const HEAD: &str = "| name | asks | answers |\n|---|---|---|\n";

const RENEW: &str = "UPDATE_DOCS=1 cargo test --package enforcer --test doctor_docs";

#[test]
fn the_documented_findings_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/doctor.md");
    let text = fs::read_to_string(&path).unwrap();
    // What stands before the table is written by hand.
    let start = text.find(HEAD).unwrap_or(text.len());
    let (by_hand, table) = text.split_at(start);
    let mut rest = by_hand;
    for question in Question::ALL {
        let entry = format!("\n**`{}`** ", question.name());
        let found = rest.split_once(&entry);
        let after = found.unwrap_or_else(|| panic!("no `{}` in its place", question.name()));
        rest = after.1;
    }
    assert_eq!(by_hand.matches("\n**`").count(), Question::ALL.len());
    let expected = table_of_questions();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{by_hand}{expected}")).unwrap();
        return;
    }
    assert!(
        table == expected,
        "{} does not say what enforcer/src/doctor/question.rs says; `{RENEW}` writes the table anew",
        path.display()
    );
}

fn table_of_questions() -> String {
    let rows = Question::ALL.iter().map(|question| {
        let levels = question.levels().iter().map(|level| level.word());
        let levels: Vec<&str> = levels.collect();
        let (name, asks) = (question.name(), question.asks());
        format!("| `{name}` | {asks} | {} |\n", levels.join(", "))
    });
    HEAD.to_owned() + &rows.collect::<String>()
}
