//! The feed: followed across a power cut, read in pages, filtered.

use anyhow::{Context as _, Result};
use tonic::Streaming;
use verbund_tests::{Federation, Load, System};
use verbund_wire::agency::{
    FeedEvent, ListFeedRequest, ListSituationsRequest, SituationDraft, SituationFilter,
    WatchFeedRequest, WatchFeedResponse,
};

use crate::books::{ORIGIN, PARTNER, level};

async fn watch(
    system: &System,
    cursor: &str,
    filter: Option<SituationFilter>,
) -> Result<Streaming<WatchFeedResponse>> {
    let request = WatchFeedRequest {
        filter,
        cursor: cursor.to_owned(),
        from_now: false,
    };
    Ok(system.feed.clone().watch_feed(request).await?.into_inner())
}

/// Follows a feed until it has seen so many events in all, or the stream ends.
async fn follow(
    mut stream: Streaming<WatchFeedResponse>,
    seen: &mut Vec<FeedEvent>,
    until: usize,
) -> Result<(), tonic::Status> {
    while seen.len() < until {
        match stream.message().await? {
            Some(message) => seen.extend(message.events),
            None => return Ok(()),
        }
    }
    Ok(())
}

fn note(event: &FeedEvent) -> &str {
    event
        .situation
        .as_ref()
        .map_or("", |situation| situation.note.as_str())
}

fn notes(events: &[FeedEvent]) -> Vec<&str> {
    events.iter().map(note).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_goes_on_from_its_cursor_after_a_power_cut_without_loss_or_repetition() -> Result<()>
{
    const ALL: usize = 600;
    let mut fed = Federation::started(&[ORIGIN, PARTNER]).await?;
    let patience = fed.patience();
    let origin = fed.system(ORIGIN, "everything").await?;
    let partner = fed.system(PARTNER, "everything").await?;
    let mut load = Load::new(&origin, ALL, "Meldung");
    let mut seen = Vec::new();

    let stream = watch(&partner, "", None).await?;
    let reading = async {
        follow(stream, &mut seen, 100).await?;
        fed.node_mut(PARTNER).kill(patience).await
    };
    tokio::join!(load.call(&origin, 16), reading).1?;
    // Whoever reads may keep the cursor of any event: the last one that it has dealt with.
    seen.truncate(77);
    let cursor = seen.last().context("events")?.cursor.clone();

    fed.launch(PARTNER)?;
    fed.ready(&[PARTNER]).await?;
    let partner = fed.system(PARTNER, "everything").await?;
    let stream = watch(&partner, &cursor, None).await?;
    patience
        .within("the rest of the feed", follow(stream, &mut seen, ALL))
        .await??;
    level(&origin, &partner).await?;
    assert_eq!(
        notes(&seen),
        notes(&partner.events().await?),
        "what a follower saw, and what is there"
    );
    load.compare(&seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_read_in_pages_of_the_size_that_was_asked_for() -> Result<()> {
    const ALL: usize = 50;
    let fed = Federation::started(&[ORIGIN]).await?;
    let system = fed.system(ORIGIN, "everything").await?;
    let mut load = Load::new(&system, ALL, "Meldung");
    load.call(&system, 1).await;
    let mut read = Vec::new();
    let mut cursor = String::new();
    let mut sizes = Vec::new();
    loop {
        let request = ListFeedRequest {
            filter: None,
            cursor: cursor.clone(),
            page_size: 7,
        };
        let page = system.feed.clone().list_feed(request).await?.into_inner();
        sizes.push(page.events.len());
        let last = page.events.last().map(|event| event.cursor.clone());
        assert_eq!(
            last.unwrap_or(cursor),
            page.cursor,
            "the page's cursor is the last event's, or the request's own"
        );
        read.extend(page.events);
        cursor = page.cursor;
        if !page.more {
            break;
        }
    }
    assert_eq!(sizes, [7, 7, 7, 7, 7, 7, 7, 1]);
    load.compare(&read)?;
    let asked: Vec<_> = (1..=ALL)
        .map(|number| format!("Meldung {number}"))
        .collect();
    assert_eq!(notes(&read), asked, "in the order in which they came");

    system.tell("Noch eine.", &[]).await?;
    let request = ListFeedRequest {
        filter: None,
        cursor,
        page_size: 7,
    };
    let page = system.feed.clone().list_feed(request).await?.into_inner();
    assert_eq!(notes(&page.events), ["Noch eine."], "after the last page");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_by_agency_category_place_and_period_wherever_updates_are_read() -> Result<()>
{
    let fed = Federation::started(&[ORIGIN, PARTNER]).await?;
    let origin = fed.system(ORIGIN, "everything").await?;
    let partner = fed.system(PARTNER, "everything").await?;
    let today = fed.today();
    let yesterday = today.yesterday()?;
    let before = yesterday.yesterday()?;
    let told = [
        (&origin, "sauberkeit", "theaterplatz", today),
        (&origin, "ordnung", "neumarkt", yesterday),
        (&origin, "sauberkeit", "neumarkt", before),
        (&partner, "sauberkeit", "theaterplatz", today),
    ];
    // One after the other, so that they have come to the origin in this order.
    for (number, (system, category, place, day)) in told.into_iter().enumerate() {
        let draft = SituationDraft {
            category: category.to_owned(),
            place: place.to_owned(),
            day: day.to_string(),
            ..system.draft(&number.to_string())
        };
        let told = system.publish(draft).await?;
        origin.until_subject(&told.subject).await?;
    }

    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let (from, to) = (before.to_string(), yesterday.to_string());
    let none = SituationFilter::default;
    let cases: [(&str, SituationFilter, &[&str]); 9] = [
        ("nothing", none(), &["0", "1", "2", "3"]),
        (
            "an agency",
            SituationFilter {
                agencies: words(&[PARTNER]),
                ..none()
            },
            &["3"],
        ),
        (
            "a category",
            SituationFilter {
                categories: words(&["ordnung"]),
                ..none()
            },
            &["1"],
        ),
        (
            "two categories",
            SituationFilter {
                categories: words(&["ordnung", "sauberkeit"]),
                ..none()
            },
            &["0", "1", "2", "3"],
        ),
        (
            "a place",
            SituationFilter {
                places: words(&["neumarkt"]),
                ..none()
            },
            &["1", "2"],
        ),
        (
            "a first day",
            SituationFilter {
                from_day: to.clone(),
                ..none()
            },
            &["0", "1", "3"],
        ),
        (
            "a last day",
            SituationFilter {
                to_day: from.clone(),
                ..none()
            },
            &["2"],
        ),
        (
            "a period",
            SituationFilter {
                from_day: from,
                to_day: to,
                ..none()
            },
            &["1", "2"],
        ),
        (
            "an agency, a category and a place",
            SituationFilter {
                agencies: words(&[ORIGIN]),
                categories: words(&["sauberkeit"]),
                places: words(&["theaterplatz"]),
                ..none()
            },
            &["0"],
        ),
    ];
    for (by, filter, expected) in cases {
        let request = ListFeedRequest {
            filter: Some(filter.clone()),
            ..ListFeedRequest::default()
        };
        let listed = origin.feed.clone().list_feed(request).await?.into_inner();
        assert_eq!(notes(&listed.events), expected, "ListFeed by {by}");

        let mut watched = Vec::new();
        let stream = watch(&origin, "", Some(filter.clone())).await?;
        fed.patience()
            .within("the feed", until_live(stream, &mut watched))
            .await??;
        assert_eq!(notes(&watched), expected, "WatchFeed by {by}");

        let request = ListSituationsRequest {
            filter: Some(filter),
            ..ListSituationsRequest::default()
        };
        let found = origin
            .situations
            .clone()
            .list_situations(request)
            .await?
            .into_inner();
        let mut found: Vec<_> = found.situations.iter().map(|it| it.note.as_str()).collect();
        found.reverse();
        assert_eq!(
            found, expected,
            "ListSituations by {by}, the last changed first"
        );
    }
    Ok(())
}

/// Follows a feed until it says that all that was there has been sent.
async fn until_live(
    mut stream: Streaming<WatchFeedResponse>,
    seen: &mut Vec<FeedEvent>,
) -> Result<()> {
    loop {
        let message = stream.message().await?.context("a feed has no end")?;
        seen.extend(message.events);
        if message.live {
            return Ok(());
        }
    }
}
