//! What differs in where the policy holds, and for strangers, in words.

use super::identity::push;
use crate::policy::{Attach, Interface, Policy, Unlisted};

/// One text for each thing that differs.
pub(super) fn words(old: &Policy, new: &Policy) -> Vec<String> {
    let mut words = Vec::new();
    let [before, after] = [old.mode, new.mode].map(|mode| mode.to_string());
    push(
        &mut words,
        "mode for sources that are no camera's",
        &before,
        &after,
    );
    let [before, after] = [old, new].map(nat64);
    push(&mut words, "nat64", &before, &after);
    for row in &new.interfaces {
        let name = row.name.as_str();
        match old.interfaces.iter().find(|old| old.name == row.name) {
            Some(old) => {
                let key = |key| format!("interface `{name}`, {key}");
                push(&mut words, &key("attach"), attach(old), attach(row));
                push(&mut words, &key("unlisted"), unlisted(old), unlisted(row));
            }
            None => words.push(format!(
                "interface `{name}`: new, attach {}, unlisted {}",
                attach(row),
                unlisted(row)
            )),
        }
    }
    for row in &old.interfaces {
        if new.interfaces.iter().all(|new| new.name != row.name) {
            words.push(format!("interface `{}`: no longer there", row.name));
        }
    }
    words.extend(reordered(old, new));
    words
}

/// In one order; the well-known one always counts.
fn nat64(policy: &Policy) -> String {
    let mut prefixes = policy.nat64.clone();
    prefixes.sort_unstable();
    let prefixes: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
    if prefixes.is_empty() {
        "none".to_owned()
    } else {
        prefixes.join(" ")
    }
}

/// Patterns of equal narrowness that changed places: of those that match a name the first holds.
fn reordered(old: &Policy, new: &Policy) -> Vec<String> {
    let place = |row: &Interface| old.interfaces.iter().position(|old| old.name == row.name);
    let patterns = new.interfaces.iter().filter(|row| !row.name.is_exact());
    let patterns: Vec<(&Interface, Option<usize>)> =
        patterns.map(|row| (row, place(row))).collect();
    let mut words = Vec::new();
    for (index, (row, before)) in patterns.iter().enumerate() {
        for (later, later_before) in patterns.iter().skip(index + 1) {
            let differ = (row.attach, row.unlisted) != (later.attach, later.unlisted);
            let equal = row.name.specificity() == later.name.specificity();
            let was_later = later_before.is_some() && later_before < before;
            if differ && equal && was_later {
                let (row, later) = (&row.name, &later.name);
                words.push(format!(
                    "interface `{row}` holds before `{later}` where both match, and was behind it"
                ));
            }
        }
    }
    words
}

const fn attach(row: &Interface) -> &'static str {
    match row.attach {
        Attach::Auto => "auto",
        Attach::Native => "native",
        Attach::Generic => "generic",
    }
}

const fn unlisted(row: &Interface) -> &'static str {
    match row.unlisted {
        Unlisted::Drop => "drop",
        Unlisted::Pass => "pass",
    }
}
