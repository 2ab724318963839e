//! `docs/drop-reasons.md` says what the code says.

use std::{env, fs, path::Path};

use enforcer_common::DropReason;

const HEAD: &str = "| number | name | meaning |\n|---|---|---|\n";

const RENEW: &str = "UPDATE_DOCS=1 cargo test --package enforcer-common --test drop_reasons";

#[test]
fn the_documented_drop_reasons_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/drop-reasons.md");
    let text = fs::read_to_string(&path).unwrap();
    // What stands before the table is written by hand.
    let start = text.find(HEAD).unwrap_or(text.len());
    let (by_hand, table) = text.split_at(start);
    let expected = table_of_reasons();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{by_hand}{expected}")).unwrap();
        return;
    }
    assert!(
        table == expected,
        "{} does not say what enforcer-common/src/reason.rs says; `{RENEW}` writes the table anew",
        path.display()
    );
}

fn table_of_reasons() -> String {
    let rows = DropReason::ALL.iter().map(|&reason| {
        let meaning = reason.meaning().trim().replace('|', "\\|");
        format!("| {} | `{}` | {meaning} |\n", reason as u8, reason.name())
    });
    HEAD.to_owned() + &rows.collect::<String>()
}
