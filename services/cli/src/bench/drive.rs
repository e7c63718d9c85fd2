//! Drives a node as any gRPC client does: publishing over a stream or call by call, and watching the feed.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::ToSpan as _;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use verbund_wire::agency::{
    GetPictureRequest, ListFeedRequest, ListSituationsRequest, PublishReceipt,
    PublishSituationsRequest, PublishSituationsResponse, SituationFilter, WatchFeedRequest,
    WatchFeedResponse, publish_situations_response,
};

use super::load::{self, Load};
use super::statistics::Times;
use crate::client::Node;

/// An answer that takes longer means that nothing comes any more.
const PATIENCE: Duration = Duration::from_secs(60);

/// When to stop publishing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// After so many.
    Count(u32),
    /// After this time.
    Elapsed(Duration),
}

impl Until {
    fn reached(self, sent: usize, began: Instant) -> bool {
        match self {
            Self::Count(count) => sent >= count as usize,
            Self::Elapsed(elapsed) => began.elapsed() >= elapsed,
        }
    }
}

/// What was published and when it was acknowledged.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) began: Instant,
    /// When each was sent or was due, and when its acknowledgement came.
    acknowledged: Vec<(Instant, Instant)>,
}

impl Published {
    pub(super) fn count(&self) -> usize {
        self.acknowledged.len()
    }

    /// Acknowledgements a second, those of the first `warm_up` and the time itself left aside.
    pub(super) fn per_second(&self, warm_up: Duration) -> f64 {
        let from = self.began + warm_up;
        let last = self.acknowledged.iter().map(|(_, at)| *at).max();
        let counted = self.acknowledged.iter().filter(|(_, at)| *at >= from);
        let took = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(from));
        counted.count() as f64 / took.as_secs_f64()
    }

    /// From sending to the acknowledgement, without those sent in the first `warm_up`.
    pub(super) fn times(&self, warm_up: Duration) -> Times {
        let from = self.began + warm_up;
        let counted = self.acknowledged.iter().filter(|(sent, _)| *sent >= from);
        Times::new(counted.map(|(sent, at)| *at - *sent).collect())
    }
}

/// Publishes over one stream with always so many on their way.
///
/// # Errors
/// When the node refuses anything: the load is valid, and a figure without all of it would be none.
pub(super) async fn stream(
    node: &Node,
    load: &mut Load,
    in_flight: usize,
    until: Until,
) -> anyhow::Result<Published> {
    let (items, mut answers) = open(node, in_flight).await?;
    let mut items = Some(items);
    let began = Instant::now();
    let mut sent: Vec<Instant> = Vec::new();
    let mut acknowledged = Vec::new();
    let mut first = None;
    loop {
        if until.reached(sent.len(), began) {
            items = None;
        }
        while let Some(sender) = &items
            && sent.len() - acknowledged.len() < in_flight
            && !until.reached(sent.len(), began)
        {
            let (number, item) = load.next_item();
            first.get_or_insert(number);
            sent.push(Instant::now());
            // Never full: it holds as many as may be on their way.
            sender
                .try_send(item)
                .ok()
                .context("the publish stream broke")?;
        }
        if items.is_none() && acknowledged.len() == sent.len() {
            break;
        }
        let (number, _) = answer(&mut answers).await?;
        let index = first.and_then(|first| number.checked_sub(first));
        let sent_at = index.and_then(|index| sent.get(index as usize));
        acknowledged.push((*sent_at.context("an answer to nothing")?, Instant::now()));
    }
    Ok(Published {
        began,
        acknowledged,
    })
}

/// Publishes call by call with always so many on their way, over one connection.
///
/// # Errors
/// As [`stream`].
pub(super) async fn unary(
    node: &Node,
    load: Load,
    in_flight: usize,
    until: Until,
) -> anyhow::Result<Published> {
    let load = Arc::new(Mutex::new(load));
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..in_flight {
        let (mut situations, load) = (node.situations(), load.clone());
        callers.spawn(async move {
            let mut acknowledged = Vec::new();
            loop {
                let (number, request) = load.lock().unwrap_or_else(PoisonError::into_inner).next();
                if until.reached(number as usize, began) {
                    return anyhow::Ok(acknowledged);
                }
                let sent = Instant::now();
                situations.publish_situation(request).await?;
                acknowledged.push((sent, Instant::now()));
            }
        });
    }
    let mut acknowledged = Vec::new();
    while let Some(ended) = callers.join_next().await {
        acknowledged.extend(ended??);
    }
    Ok(Published {
        began,
        acknowledged,
    })
}

/// What was published at a fixed pace, and when it was in a partner's feed.
#[derive(Debug)]
pub(super) struct Paced {
    pub(super) to_acknowledgement: Times,
    pub(super) to_feed: Times,
    /// How late the pace itself was; contained in the others, which count from when each was due.
    pub(super) lateness: Times,
}

/// Publishes over one stream at a fixed pace, whatever the node does, and watches a partner's feed.
///
/// Times count from when an update was due: one that has to wait for the one before is late, and that shows.
///
/// # Errors
/// As [`stream`], and when an update doesn't turn up in the feed.
pub(super) async fn paced(
    origin: &Node,
    partner: &Node,
    load: &mut Load,
    per_second: u32,
    count: u32,
    warm_up: u32,
) -> anyhow::Result<Paced> {
    let total = warm_up + count;
    let (items, mut answers) = open(origin, total as usize).await?;
    let request = WatchFeedRequest {
        from_now: true,
        ..WatchFeedRequest::default()
    };
    let mut feed = partner.feed().watch_feed(request).await?.into_inner();
    while !event(&mut feed).await?.live {}

    let mut requests: Vec<_> = (0..total).map(|_| load.next_item()).collect();
    let first = requests.first().map_or(0, |(number, _)| *number);
    let began = Instant::now() + Duration::from_millis(100);
    let due = move |index: u32| began + Duration::from_secs(1) * index / per_second;
    // A thread of its own, since a runtime's timers tick in milliseconds.
    let pacer = std::thread::Builder::new().name("pace".to_owned());
    let pacer = pacer.spawn(move || {
        let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
        let mut lateness = Vec::with_capacity(requests.len());
        for (index, (_, item)) in (0..).zip(requests.drain(..)) {
            std::thread::sleep(due(index).saturating_duration_since(Instant::now()));
            lateness.push(due(index).elapsed());
            if items.try_send(item).is_err() {
                break;
            }
        }
        lateness
    })?;

    let answering = async {
        let mut subjects = HashMap::with_capacity(total as usize);
        let mut acknowledged = Vec::with_capacity(total as usize);
        while subjects.len() < total as usize {
            let (number, receipt) = answer(&mut answers).await?;
            let now = Instant::now();
            let index = number.checked_sub(first).context("an answer to nothing")?;
            if index >= warm_up {
                acknowledged.push(now.saturating_duration_since(due(index)));
            }
            subjects.insert(receipt.subject, index);
        }
        anyhow::Ok((subjects, acknowledged))
    };
    let watching = async {
        let mut seen = Vec::with_capacity(total as usize);
        while seen.len() < total as usize {
            let events = event(&mut feed).await?.events;
            let now = Instant::now();
            let subject = |it: verbund_wire::agency::FeedEvent| it.situation.map(|it| it.subject);
            seen.extend(events.into_iter().filter_map(subject).map(|it| (it, now)));
        }
        anyhow::Ok(seen)
    };
    let ((subjects, acknowledged), seen) = tokio::try_join!(answering, watching)?;
    let lateness = pacer.join().ok().context("the pace broke down")?;
    let mut shown = Vec::with_capacity(count as usize);
    for (subject, at) in seen {
        let index = subjects
            .get(&subject)
            .context("another update in the feed")?;
        if *index >= warm_up {
            shown.push(at.saturating_duration_since(due(*index)));
        }
    }
    Ok(Paced {
        to_acknowledgement: Times::new(acknowledged),
        to_feed: Times::new(shown),
        lateness: Times::new(lateness.into_iter().skip(warm_up as usize).collect()),
    })
}

type Stream = (
    mpsc::Sender<PublishSituationsRequest>,
    Streaming<PublishSituationsResponse>,
);

async fn open(node: &Node, in_flight: usize) -> anyhow::Result<Stream> {
    let (items, given) = mpsc::channel(in_flight);
    let opening = node
        .situations()
        .publish_situations(ReceiverStream::new(given))
        .await;
    Ok((items, opening?.into_inner()))
}

/// The next answer: the number of its request, and the receipt.
async fn answer(
    answers: &mut Streaming<PublishSituationsResponse>,
) -> anyhow::Result<(u32, PublishReceipt)> {
    let answer = timeout(PATIENCE, answers.message()).await;
    let answer = answer.context("no answer any more")??;
    let answer = answer.context("the publish stream ended")?;
    match answer.outcome {
        Some(publish_situations_response::Outcome::Receipt(receipt)) => {
            let number = load::number(&answer.request_id).context("an answer to nothing")?;
            Ok((number, receipt))
        }
        Some(publish_situations_response::Outcome::Error(error)) => {
            bail!(
                "the node refused an update: {} {:?}",
                error.reason,
                error.violations
            )
        }
        None => bail!("an answer without an outcome"),
    }
}

async fn event(feed: &mut Streaming<WatchFeedResponse>) -> anyhow::Result<WatchFeedResponse> {
    let message = timeout(PATIENCE, feed.message()).await;
    message
        .context("nothing in the feed any more")??
        .context("the feed ended")
}

/// Reads pages of a list from the newest on, beginning again at the end; gives how long each took.
///
/// # Errors
/// When the node refuses one, or has none.
pub(super) async fn list(
    node: &Node,
    filter: &SituationFilter,
    page_size: i32,
    pages: u32,
) -> anyhow::Result<Times> {
    let (mut times, mut page_token) = (Vec::new(), String::new());
    for _ in 0..pages {
        let request = ListSituationsRequest {
            filter: Some(filter.clone()),
            page_size,
            page_token,
        };
        let began = Instant::now();
        let page = node
            .situations()
            .list_situations(request)
            .await?
            .into_inner();
        times.push(began.elapsed());
        if page.situations.is_empty() {
            bail!("an empty page");
        }
        page_token = page.next_page_token;
    }
    Ok(Times::new(times))
}

/// Reads pages of the feed from its beginning on; gives how long each took.
///
/// # Errors
/// When the node refuses one, or has none.
pub(super) async fn feed(node: &Node, page_size: i32, pages: u32) -> anyhow::Result<Times> {
    let (mut times, mut cursor) = (Vec::new(), String::new());
    for _ in 0..pages {
        let request = ListFeedRequest {
            filter: None,
            cursor,
            page_size,
        };
        let began = Instant::now();
        let page = node.feed().list_feed(request).await?.into_inner();
        times.push(began.elapsed());
        if page.events.is_empty() {
            bail!("an empty page");
        }
        cursor = page.cursor;
    }
    Ok(Times::new(times))
}

/// Draws the picture of the last four weeks again and again; gives how long each took.
///
/// # Errors
/// When the node refuses it, or nothing is in it.
pub(super) async fn pictures(node: &Node, pictures: u32) -> anyhow::Result<Times> {
    let today = jiff::Zoned::now().date();
    let request = GetPictureRequest {
        from_day: today.checked_sub(27.days())?.to_string(),
        to_day: today.to_string(),
        ..GetPictureRequest::default()
    };
    let mut times = Vec::new();
    for _ in 0..pictures {
        let began = Instant::now();
        let answer = node.reports().get_picture(request.clone()).await?;
        times.push(began.elapsed());
        if answer.into_inner().picture.is_none_or(|it| it.updates == 0) {
            bail!("an empty picture");
        }
    }
    Ok(Times::new(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warm_up_counts_nowhere() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        // Sent each 100 ms, acknowledged 10 ms later, for two seconds.
        let acknowledged = (0..20).map(|n| (at(n * 100), at(n * 100 + 10))).collect();
        let published = Published {
            began,
            acknowledged,
        };
        let warm_up = Duration::from_secs(1);
        assert_eq!(published.times(warm_up).count(), 10);
        // Ten acknowledgements from 1.000 to 1.910 s.
        assert!((published.per_second(warm_up) - 10.0 / 0.91).abs() < 1e-6);
    }
}
