use std::time::Duration;

use enforcer_common::{
    DropReason, Flow,
    event::{Circumstances, DropEvent, SNAPSHOT},
};
use tokio::time::timeout;

use super::*;

#[test]
fn the_last_are_kept_and_more_of_them_while_somebody_follows() {
    let feed = Arc::new(Feed::default());
    let kept = || feed.follow().0.iter().map(number).collect::<Vec<_>>();
    assert_eq!(kept(), [0; 0]);
    give(&feed, 0..2000);
    assert_eq!(kept(), (2000 - 1024..2000).collect::<Vec<_>>());
    let (_, follower) = feed.follow();
    give(&feed, 2000..20_000);
    assert_eq!(kept(), (20_000 - 8192..20_000).collect::<Vec<_>>());
    drop(follower);
    assert_eq!(kept(), (20_000 - 1024..20_000).collect::<Vec<_>>());
    assert_eq!(feed.followers(), 0);
}

#[tokio::test]
async fn who_follows_gets_each_event_or_is_told_how_many_are_missing() {
    let feed = Arc::new(Feed::default());
    give(&feed, 0..10);
    let (kept, mut quick) = feed.follow();
    assert_eq!(kept.len(), 10);
    let (_, mut slow) = feed.follow();
    let (mut received, mut missed) = (0, 0);
    for step in 0..50 {
        give(&feed, 10 + step * 300..10 + (step + 1) * 300);
        received += take(&mut quick).await.0;
    }
    assert_eq!(received, 15_000);
    let all = take(&mut slow).await;
    missed += all.1;
    assert_eq!(all, (8192, 15_000 - 8192));
    assert_eq!(feed.missed(), missed);
    // The rest come, and then the end.
    give(&feed, 20_000..20_010);
    feed.end();
    assert!(feed.is_over());
    let batch = slow.next().await.unwrap();
    assert_eq!((batch.missed, batch.facts.len()), (0, 10));
    assert!(slow.next().await.is_none());
}

#[tokio::test]
async fn who_waits_is_woken_by_a_rest_and_by_the_end() {
    let feed = Arc::new(Feed::default());
    let (_, mut follower) = feed.follow();
    let waiting = tokio::spawn(async move {
        let batch = follower.next().await.unwrap();
        assert_eq!(batch.facts.len(), 1);
        follower.next().await.is_none()
    });
    tokio::task::yield_now().await;
    give(&feed, 0..1);
    feed.rest();
    tokio::task::yield_now().await;
    feed.end();
    let ended = timeout(Duration::from_secs(10), waiting).await;
    assert!(ended.unwrap().unwrap());
}

#[tokio::test]
async fn who_comes_back_goes_on_behind_the_last_event_that_they_took() {
    let feed = Arc::new(Feed::default());
    let (_, mut follower) = feed.follow();
    give(&feed, 0..5);
    let batch = follower.next().await.unwrap();
    let (cursor, fact) = batch.facts().nth(2).unwrap();
    assert_eq!(fact.event.frame_length, 2);
    let again: Cursor = cursor.to_string().parse().unwrap();
    assert_eq!(again, cursor);
    let rest = feed.follow_after(again).next().await.unwrap();
    assert_eq!(rest.facts.iter().map(number).collect::<Vec<_>>(), [3, 4]);

    let other = Cursor {
        run: cursor.run + 1,
        ..cursor
    };
    let all = feed.follow_after(other).next().await.unwrap();
    assert_eq!((all.missed, all.facts.len()), (0, 5));
    // What never was does not come twice.
    let late = Cursor {
        next: u64::MAX,
        ..cursor
    };
    assert_eq!(feed.follow_after(late).cursor().next, 5);
}

#[test]
fn names_of_few_generations_are_kept() {
    let feed = Arc::new(Feed::default());
    for generation in 1..=200 {
        feed.give(fact(generation, generation));
    }
    feed.give(fact(199, 201));
    let (kept, _) = feed.follow();
    assert_eq!(kept.len(), 65);
    assert_eq!(number(&kept[0]), 137);
}

/// How many events there are, and how many are missing, until there are none for now.
async fn take(follower: &mut Follower) -> (usize, u64) {
    let (mut received, mut missed) = (0, 0);
    let soon = Duration::from_millis(1);
    while let Ok(batch) = timeout(soon, follower.next()).await {
        let batch = batch.unwrap();
        received += batch.facts.len();
        missed += batch.missed;
    }
    (received, missed)
}

fn give(feed: &Feed, numbers: std::ops::Range<u32>) {
    numbers.for_each(|number| feed.give(fact(1, number)));
}

fn number(fact: &Arc<Fact>) -> u32 {
    fact.event.frame_length
}

fn fact(generation: u32, number: u32) -> Arc<Fact> {
    let about = Circumstances {
        at: 1,
        suppressed: 0,
        camera: 1,
        rule: 0,
        generation,
        interface: 7,
        frame_length: number,
        reason: DropReason::Port,
        audit: false,
        captured: 0,
    };
    Arc::new(Fact {
        event: DropEvent::new(&about, &Flow::default()),
        frame: [0; SNAPSHOT],
        at: Timestamp::UNIX_EPOCH,
        record: None,
        interface: "lan-cam1".into(),
        known: None,
    })
}
