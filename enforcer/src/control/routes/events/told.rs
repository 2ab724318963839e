//! What is answered: events, and how many are missing between them, as lines or as an event stream (the HTML
//! standard's server-sent events).

use std::{convert::Infallible, fmt::Display, sync::Arc, time::Duration};

use axum::body::{Body, Bytes};
use futures_util::stream::unfold;
use jiff::Timestamp;
use tokio::{task::yield_now, time::timeout};

use super::asked::Asked;
use crate::{
    control::{
        feed::{Batch, Cursor, Feed, Follower},
        seat::Staying,
    },
    events::{Fact, Missed, One},
};

/// Proxies end a stream on which nothing comes for long; a comment now and then is what the standard advises.
const QUIET: Duration = Duration::from_secs(15);

/// One who is told events.
pub(super) struct Telling {
    asked: Asked,
    /// The first of them, not yet told.
    beginning: Vec<One>,
    follower: Follower,
}

impl Telling {
    pub(super) fn new(asked: Asked, feed: &Arc<Feed>) -> Self {
        if let Some(cursor) = asked.after.filter(|_| asked.follow) {
            return Self {
                follower: feed.follow_after(cursor),
                beginning: Vec::new(),
                asked,
            };
        }
        let (mut beginning, follower) = feed.follow();
        beginning.retain(|fact| asked.filter.matches(fact));
        let over = asked
            .last
            .map_or(0, |last| beginning.len().saturating_sub(last));
        beginning.drain(..over);
        Self {
            asked,
            beginning,
            follower,
        }
    }

    /// The events that are kept.
    pub(super) fn beginning(&self) -> Bytes {
        let mut told = Vec::new();
        for fact in &self.beginning {
            self.fact(fact, None, &mut told);
        }
        if self.asked.follow && self.asked.is_sse && self.asked.after.is_none() {
            // Whoever comes back has these; who has come back knows where they are.
            id(&self.follower.cursor(), &mut told);
            told.push(b'\n');
        }
        told.into()
    }

    /// The same and those to come, until there are none.
    pub(super) fn body(self, staying: Staying) -> Body {
        let beginning = self.beginning();
        let state = (self, Some(beginning), staying);
        Body::from_stream(unfold(state, async |(mut telling, beginning, staying)| {
            let told = match beginning.filter(|told| !told.is_empty()) {
                Some(told) => told,
                None => telling.next().await?,
            };
            Some((Ok::<_, Infallible>(told), (telling, None, staying)))
        }))
    }

    /// What comes next, if anything ever does.
    async fn next(&mut self) -> Option<Bytes> {
        self.beginning = Vec::new();
        loop {
            let next = self.follower.next();
            let batch = if self.asked.is_sse {
                let Ok(batch) = timeout(QUIET, next).await else {
                    return Some(self.sign_of_life());
                };
                batch?
            } else {
                next.await?
            };
            let told = self.batch(&batch);
            if !told.is_empty() {
                return Some(told);
            }
            // Whoever asks for little of much must not keep others from being served.
            yield_now().await;
        }
    }

    fn batch(&self, batch: &Batch) -> Bytes {
        let mut told = Vec::new();
        if batch.missed > 0 {
            let missed = Missed {
                events: batch.missed,
                at: Timestamp::now(),
            };
            self.message("missed", Some(batch.first()), &mut told, |line| {
                self.asked
                    .format
                    .write_missed(&missed, self.asked.color, line);
            });
        }
        for (cursor, fact) in batch.facts() {
            if self.asked.filter.matches(fact) {
                self.fact(fact, Some(cursor), &mut told);
            }
        }
        told.into()
    }

    fn fact(&self, fact: &Fact, cursor: Option<Cursor>, told: &mut Vec<u8>) {
        let fact = if self.asked.packet {
            fact.told_with_frame()
        } else {
            fact.told()
        };
        self.message("drop", cursor, told, |line| {
            self.asked.format.write(&fact, self.asked.color, line);
        });
    }

    /// One line; in an event stream with what kind it is and where who has it is.
    fn message(
        &self,
        kind: &str,
        cursor: Option<Cursor>,
        told: &mut Vec<u8>,
        line: impl FnOnce(&mut Vec<u8>),
    ) {
        if !self.asked.is_sse {
            return line(told);
        }
        if let Some(cursor) = cursor {
            id(&cursor, told);
        }
        told.extend_from_slice(b"event: ");
        told.extend_from_slice(kind.as_bytes());
        told.extend_from_slice(b"\ndata: ");
        line(told);
        told.push(b'\n');
    }

    /// Nothing, and how far that was looked at.
    fn sign_of_life(&self) -> Bytes {
        let mut told = b":\n".to_vec();
        id(&self.follower.cursor(), &mut told);
        told.push(b'\n');
        told.into()
    }
}

fn id(id: &impl Display, told: &mut Vec<u8>) {
    told.extend_from_slice(format!("id: {id}\n").as_bytes());
}
