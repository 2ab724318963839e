//! What is read in ten seconds: a few sentences and numbers.

use maud::{Markup, html};

use super::Page;
use crate::{
    report::{Frames, brief},
    words::Grouped,
};

impl Page<'_> {
    pub(super) fn summary(&self) -> Markup {
        let summary = &self.report.summary;
        let sums = &summary.sums;
        let frames = |frames: Frames| Grouped(frames.packets).to_string();
        let goals = |goals: usize| Grouped(goals).to_string();
        let strangers = brief::strangers(self.report);
        let on_link = Grouped(summary.on_link).to_string();
        let public = format!(
            "destinations with a public address{}",
            brief::countries(summary)
        );
        let known = brief::known_as(self.report).into_iter();
        let known = known
            .map(|(_, number, words)| ("known", goals(number), format!("destinations {words}")));
        let tile = |kind, number, words: &str| (kind, number, words.to_owned());
        let tiles = [("public", goals(summary.public), public)];
        let tiles = tiles.into_iter().chain(known).chain([
            tile("dropped", frames(sums.dropped), "frames dropped"),
            tile(
                "audited",
                frames(sums.audited),
                "frames passed because of an audit",
            ),
            tile("allowed", frames(sums.allowed), "frames allowed"),
            tile(
                "new",
                goals(summary.new),
                "calls of what the camera had not called before",
            ),
            tile(
                "plain",
                goals(summary.plain),
                "destinations to which something passed likely in the clear",
            ),
        ]);
        let is_shown = |kind: &str| match kind {
            "audited" => sums.audited.packets > 0,
            "new" => self.report.compared,
            _ => true,
        };
        html! {
            section aria-labelledby="summary" {
                h2 id="summary" class="unseen" { "Summary" }
                @if self.report.calls.is_empty() {
                    p class="headline" { "No camera sent anything that the ledger knows of." }
                } @else {
                    p class="headline" { (brief::headline(self.report)) }
                    ul class="tiles" {
                        @for (kind, number, words) in tiles {
                            @if is_shown(kind) {
                                li class=(kind) { strong class="number" { (number) } " " span { (words) } }
                            }
                        }
                    }
                    @if let Some((frames, words)) = strangers {
                        p { "Of these frames, " (Grouped(frames)) " are " (words) "." }
                    }
                    @if summary.on_link > 0 {
                        p { "Of these frames, " (on_link) " stay on the link: " (brief::ON_LINK) "." }
                    }
                }
            }
        }
    }
}
