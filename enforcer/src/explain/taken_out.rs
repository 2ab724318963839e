//! The rule that would be the one, but for its `except`.

use std::net::IpAddr;

use enforcer_common::rule::Request;
use ipnet::IpNet;

use super::missing::{Judged, Missing};
use super::quote::Quote;
use crate::policy::{Allow, Group};
use crate::rows;
use crate::words::Shown;

impl Judged<'_> {
    /// Why no rule covers a destination, if it is because of `except`.
    pub(super) fn taken_out(&self, group: &Group, destination: IpAddr) -> Option<Missing> {
        let (allow, except) = all_taken_out(group, destination).next()?;
        let (name, except) = (&group.name, Shown(except));
        Some(Missing {
            words: format!(
                "no rule of group `{name}` covers {destination}: it is taken out by `except`, which \
                 holds {except}"
            ),
            nearest: Some(Quote::new(self.policy, self.texts, allow.at)),
        })
    }

    /// What is missing where other rules cover, with the rule that would allow but for its `except`.
    pub(super) fn or_without_except(&self, missing: Missing, group: &Group) -> Missing {
        let request = Request::new(self.flow);
        let Some(destination) = request.destination.ip() else {
            return missing;
        };
        let mut rules = all_taken_out(group, destination);
        let Some((allow, except)) = rules.find(|(allow, _)| admits(allow, destination, &request))
        else {
            return missing;
        };
        let (words, except) = (missing.words, Shown(except));
        Missing {
            words: format!(
                "{words}; another rule would allow it, but {destination} is taken out by `except`, \
                 which holds {except}"
            ),
            nearest: Some(Quote::new(self.policy, self.texts, allow.at)),
        }
    }
}

/// The rules that have a destination taken out of them, and by what.
fn all_taken_out(group: &Group, destination: IpAddr) -> impl Iterator<Item = (&Allow, IpNet)> {
    let allows = group.allow.iter();
    allows.filter_map(move |allow| Some((allow, allow.taken_out_by(destination)?)))
}

/// Whether a rule without `except` would let a request through.
fn admits(allow: &Allow, destination: IpAddr, request: &Request<'_>) -> bool {
    let mut covering = allow.to.iter().filter(|to| to.contains(&destination));
    let names_groups = covering.any(|&to| rows::names_groups(to));
    let mut clauses = rows::clauses(allow, 1, names_groups).into_iter();
    clauses.any(|clause| clause.admit(request).is_ok())
}
