//! The tables of the page.

use maud::{Markup, html};

use super::{MOST_CALLS, Page, bare, cloud};
use crate::{
    ledger::Action,
    report::{Call, text},
    words::{Count, Grouped},
};

impl Page<'_> {
    pub(super) fn table_of_new<'c>(&self, calls: impl Iterator<Item = &'c Call>) -> Markup {
        html! {
            div class="frame" tabindex="0" role="region" aria-labelledby="new" {
                table aria-labelledby="new" {
                    thead {
                        tr {
                            @for head in ["Camera", "To", "Owner", "Service", "What became of it"] {
                                th scope="col" { (head) }
                            }
                            th scope="col" class="number" { "Frames" }
                            th scope="col" { "First" }
                        }
                    }
                    tbody {
                        @for call in calls {
                            tr {
                                th scope="row" { (call.who()) }
                                (to(call))
                                (owner(call))
                                td data-head="Service" { (call.service) }
                                (became(call))
                                td class="number" data-head="Frames" { (Grouped(call.packets)) }
                                td data-head="First" { (self.time(call.first)) }
                            }
                        }
                    }
                }
            }
        }
    }

    pub(super) fn rules(&self) -> Markup {
        let rules = &self.report.rules;
        html! {
            section aria-labelledby="rules" {
                h2 id="rules" { "What let something through" }
                @if rules.is_empty() {
                    p { "No line of the policy let anything through." }
                } @else {
                    div class="frame" tabindex="0" role="region" aria-labelledby="rules" {
                        table aria-labelledby="rules" {
                            thead {
                                tr {
                                    th scope="col" { "Line of the policy" }
                                    th scope="col" class="number" { "Frames" }
                                    @for head in ["Cameras", "To", "Services", "Last"] {
                                        th scope="col" { (head) }
                                    }
                                }
                            }
                            tbody {
                                @for rule in rules {
                                    @let to: Vec<_> = rule.destinations.iter().map(ToString::to_string).collect();
                                    tr {
                                        th scope="row" class="word" {
                                            (rule.rule.as_deref().unwrap_or("no line: link housekeeping"))
                                        }
                                        td class="number" data-head="Frames" { (Grouped(rule.frames.packets)) }
                                        td data-head="Cameras" { (text::few(rule.cameras.iter().map(String::as_str))) }
                                        td class="address" data-head="To" { (text::few(to.iter().map(String::as_str))) }
                                        td data-head="Services" { (text::few(rule.services.iter().map(String::as_str))) }
                                        td data-head="Last" { (self.time(rule.last)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// All calls, to be searched and sorted. What a column is sorted by stands in its cells, where their text is not.
    pub(super) fn calls(&self) -> Markup {
        let calls = &self.report.calls;
        let more = calls.len().saturating_sub(MOST_CALLS);
        let heads = [
            ("Camera", ""),
            ("To", ""),
            ("Owner", ""),
            ("Service", ""),
            ("Encrypted", ""),
            ("What became of it", ""),
            ("Frames", "number"),
            ("Bytes", "number"),
            ("First", ""),
            ("Last", ""),
            ("New", ""),
        ];
        html! {
            section aria-labelledby="calls" {
                h2 id="calls" { "All calls" }
                @if more > 0 {
                    p {
                        "The first " (Grouped(MOST_CALLS)) " are shown. " (Count(more, "more row")) ": "
                        code { "enforcer report --format csv" } " has all."
                    }
                }
                div id="search" class="controls" hidden {
                    label for="words" { "Search" }
                    input id="words" type="search" autocomplete="off" spellcheck="false";
                    span id="found" role="status" {}
                }
                div class="frame" tabindex="0" role="region" aria-labelledby="calls" {
                    table id="all" aria-labelledby="calls" {
                        thead {
                            tr {
                                @for (head, kind) in heads {
                                    th scope="col" class=(kind) { (head) }
                                }
                            }
                        }
                        tbody {
                            @for call in calls.iter().take(MOST_CALLS) {
                                tr {
                                    th scope="row" { (call.who()) }
                                    (to(call))
                                    (owner(call))
                                    td data-head="Service" { (call.service) }
                                    td data-head="Encrypted" { (call.encrypted()) }
                                    (became(call))
                                    td class="number" data-head="Frames" data-by=(call.packets) { (Grouped(call.packets)) }
                                    td class="number" data-head="Bytes" data-by=(call.bytes) { (Grouped(call.bytes)) }
                                    td data-head="First" data-by=(call.first.as_millisecond()) { (self.time(call.first)) }
                                    td data-head="Last" data-by=(call.last.as_millisecond()) { (self.time(call.last)) }
                                    td { @if call.is_new { "new" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The name as its server wrote it is set apart, so that letters in it which are written from right to left turn nothing
/// else around.
fn to(call: &Call) -> Markup {
    html! {
        td class="address" data-head="To" {
            @if let Some(name) = &call.name {
                bdi { (name) } br;
            }
            span class=(if call.name.is_some() { "faint" } else { "" }) { (call.to()) }
        }
    }
}

fn owner(call: &Call) -> Markup {
    let carrier = call.carrier.as_deref();
    let owner = call.owner.as_deref().map(|owner| bare(owner, carrier));
    html! {
        td data-head="Owner" {
            @if let Some(vendor) = &call.cloud { (cloud(vendor)) " " }
            @if carrier.is_some() { (super::carrier()) " " }
            (text::place(owner, call.country.as_deref()))
        }
    }
}

fn became(call: &Call) -> Markup {
    let kind = match call.action {
        Action::Allowed => "allowed",
        Action::Dropped => "dropped",
        Action::Audited => "audited",
    };
    html! {
        td class=(kind) data-head="What became of it" {
            (call.action.name())
            @if let Some(reason) = &call.reason { ": " (reason) }
        }
    }
}
