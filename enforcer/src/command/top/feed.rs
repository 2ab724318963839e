//! Asks the daemon, again and again. One that does not answer is told once a look, and asked again.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

use super::{model::News, told::Event};
use crate::control::{answer::Refusal, reading::Reading};

/// How often what was counted is read.
const LOOK: Duration = Duration::from_secs(1);

/// How long an answer may take: on a small router with many cameras and a policy being loaded, long.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many events from before are asked for.
const BEFORE: usize = 200;

/// What is told to whom looks.
pub(super) type Teller = mpsc::Sender<News>;

/// Tells what is in force and what was counted, until nobody listens; and of the camera that is open, where it
/// tried to go.
pub(super) async fn counters(
    socket: &Path,
    teller: &Teller,
    opened: &watch::Receiver<Option<String>>,
) {
    while !teller.is_closed() {
        let news = match timeout(PATIENCE, status(socket)).await {
            Ok(Ok(news)) => news,
            Ok(Err(error)) => News::Gone(error.to_string()),
            Err(_) => News::Gone(format!("nothing for {} seconds", PATIENCE.as_secs())),
        };
        let is_there = !matches!(news, News::Gone(_));
        if teller.send(news).await.is_err() {
            return;
        }
        let opened_now = opened.borrow().clone();
        if let Some(camera) = opened_now.filter(|_| is_there) {
            // What a daemon does not have, or not yet, is not shown.
            if let Ok(Ok(Some(ledger))) = timeout(PATIENCE, ledger(socket, &camera)).await {
                drop(teller.send(News::Ledger(camera, ledger)).await);
            }
        }
        let mut opened = opened.clone();
        opened.mark_unchanged();
        tokio::select! {
            () = sleep(LOOK) => {}
            changed = opened.changed() => if changed.is_err() { return },
        }
    }
}

/// Tells of drops as they happen, until nobody listens.
pub(super) async fn events(socket: &Path, teller: &Teller) {
    let mut last = String::new();
    while !teller.is_closed() {
        // That it is gone is told with the counters.
        drop(follow(socket, teller, &mut last).await);
        sleep(LOOK).await;
    }
}

async fn status(socket: &Path) -> Result<News> {
    let answer = Reading::get(socket, "/v1/status").await?;
    let is_ok = answer.status().is_success();
    let bytes = answer.whole().await?;
    if is_ok {
        return Ok(News::Status(Box::new(read(&bytes)?)));
    }
    let Refusal { message, .. } = read(&bytes)?;
    Ok(News::Nothing(message))
}

async fn ledger<T: DeserializeOwned>(socket: &Path, camera: &str) -> Result<Option<T>> {
    let answer = Reading::get(socket, &format!("/v1/ledger?camera={camera}")).await?;
    if answer.status() != StatusCode::OK {
        return Ok(None);
    }
    read(&answer.whole().await?).map(Some)
}

/// What came before is told again by a daemon that is asked again; what was told already is passed over.
async fn follow(socket: &Path, teller: &Teller, last: &mut String) -> Result<()> {
    let path = format!("/v1/events?follow=true&last={BEFORE}");
    let mut answer = Reading::get(socket, &path).await?;
    if answer.status() != StatusCode::OK {
        return Ok(());
    }
    let known = last.clone();
    while let Some(line) = answer.line().await? {
        let Some(event) = Event::read(&line).filter(|event| event.at > known) else {
            continue;
        };
        last.clone_from(&event.at);
        teller.send(News::Event(event)).await?;
    }
    Ok(())
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes)
        .context("the daemon's answer is not understood; is it of another version?")
}
