//! Asks the daemon, again and again. One that does not answer is told once a look, and asked again.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

use super::{
    model::{News, UNLISTED},
    told::Event,
};
use crate::{
    control::client::{
        self,
        events::{Follower, Kind, Message, Wanted},
    },
    directories::Directories,
    ledger::{Line, Query},
};

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
    directories: &Directories,
    teller: &Teller,
    mut opened: watch::Receiver<Option<String>>,
) {
    loop {
        let news = match timeout(PATIENCE, status(directories)).await {
            Ok(Ok(news)) => news,
            Ok(Err(error)) => News::Gone(error.to_string()),
            Err(_) => News::Gone(format!("nothing for {} seconds", PATIENCE.as_secs())),
        };
        let is_there = !matches!(news, News::Gone(_));
        if teller.send(news).await.is_err() {
            return;
        }
        let camera = opened.borrow_and_update().clone();
        if let Some(camera) = camera.filter(|_| is_there) {
            // What this daemon does not have is not shown.
            if let Ok(Ok(Some(ledger))) = timeout(PATIENCE, ledger(directories, &camera)).await {
                drop(teller.send(News::Ledger(camera, ledger)).await);
            }
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            changed = opened.changed() => if changed.is_err() { return },
        }
    }
}

/// Tells of drops as they happen, until nobody listens, whatever becomes of the daemon: that is told with the
/// counters.
pub(super) async fn events(directories: &Directories, teller: &Teller) {
    let wanted = Wanted {
        last: Some(BEFORE),
        ..Wanted::default()
    };
    let mut follower = loop {
        match Follower::begin(directories, &wanted).await {
            Ok(follower) => break follower,
            Err(_) => sleep(LOOK).await,
        }
    };
    loop {
        while let Ok(messages) = follower.next().await {
            for news in messages.iter().filter_map(news_of) {
                if teller.send(news).await.is_err() {
                    return;
                }
            }
        }
        if follower.come_back(Duration::MAX).await.is_err() {
            sleep(LOOK).await;
        }
    }
}

fn news_of(message: &Message) -> Option<News> {
    match message.kind {
        Kind::Drop => Event::read(&message.line).map(News::Event),
        Kind::Missed => {
            let Gap { missed } = serde_json::from_str(&message.line).ok()?;
            Some(News::Missed(missed.events))
        }
        Kind::Other => None,
    }
}

/// What stands in place of events that are missing.
#[derive(Deserialize)]
struct Gap {
    missed: Missed,
}

#[derive(Deserialize)]
struct Missed {
    events: u64,
}

async fn status(directories: &Directories) -> Result<News> {
    let told = client::tell(directories, "/v1/status").await?;
    Ok(match told {
        Ok(status) => News::Status(Box::new(read(&status)?)),
        Err(refusal) => News::Nothing(refusal.message),
    })
}

async fn ledger(directories: &Directories, camera: &str) -> Result<Option<Vec<Line>>> {
    let query = Query {
        // There nothing is the name of those that have none.
        cameras: vec![if camera == UNLISTED { "" } else { camera }.to_owned()],
        ..Query::default()
    };
    let told = client::tell(directories, &format!("/v1/ledger?{}", query.to_text())).await?;
    told.ok().map(|told| read(&told)).transpose()
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let words = "the daemon's answer is not understood; is it of another version?";
    serde_json::from_slice(bytes).context(words)
}
