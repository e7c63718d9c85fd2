//! Publishing all the while, and the books of it: nothing acknowledged is lost, nothing is there twice, everybody has it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tonic::Code;
use verbund_tests::federation::request_id;
use verbund_tests::{Federation, System};
use verbund_wire::agency::{
    BatchGetDeliveriesRequest, DeliveryState, DeliverySubject, PublishSituationRequest, SubjectKey,
};
use verbund_wire::federation::SubjectKind;

/// Clients at each node.
const CLIENTS: usize = 2;
/// Between two updates of a client: a lively day, and none that fills the quota or outruns who reads the feed. A receiver stores what is
/// pushed one by one in as many transactions: on a machine that has other work, faster clients outran a replica of 0.1.0.
const PACE: Duration = Duration::from_millis(400);
/// How long a client asks again: longer than a node is away.
const ASKS: Duration = Duration::from_secs(60);
/// Subjects that the contract takes in one question.
const SUBJECTS: usize = 200;

/// Where clients publish.
pub(crate) struct Counter {
    /// Names the process.
    pub(crate) name: &'static str,
    pub(crate) agency: &'static str,
    pub(crate) system: System,
}

/// Of each agency, what was acknowledged: the note by its subject.
pub(crate) type Told = BTreeMap<&'static str, BTreeMap<String, String>>;

/// Clients that publish at their counter, each update until it is acknowledged.
pub(crate) struct Crowd {
    stop: Arc<AtomicBool>,
    answered: BTreeMap<&'static str, Arc<AtomicU64>>,
    calls: JoinSet<Result<(&'static str, BTreeMap<String, String>)>>,
}

impl Crowd {
    pub(crate) fn start(counters: &[Counter]) -> Self {
        let mut crowd = Self {
            stop: Arc::default(),
            answered: BTreeMap::new(),
            calls: JoinSet::new(),
        };
        for (at, counter) in counters.iter().enumerate() {
            let answered = Arc::new(AtomicU64::new(0));
            crowd.answered.insert(counter.name, Arc::clone(&answered));
            for client in 0..CLIENTS {
                let (stop, answered) = (Arc::clone(&crowd.stop), Arc::clone(&answered));
                let (agency, system) = (counter.agency, counter.system.clone());
                let number = at * CLIENTS + client;
                crowd.calls.spawn(async move {
                    let mut told = BTreeMap::new();
                    let mut pace = tokio::time::interval(PACE);
                    // What was slow is not made up for.
                    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
                    for times in 1.. {
                        pace.tick().await;
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let note = format!("Meldung {number} die {times}.");
                        told.insert(publish(&system, &note).await?, note);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok((agency, told))
                });
            }
        }
        crowd
    }

    /// Waits until so many more are acknowledged at each of these.
    pub(crate) async fn go_on(&self, fed: &Federation, names: &[&str], more: u64) -> Result<()> {
        let count = |name: &&str| self.answered[*name].load(Ordering::Relaxed);
        let wanted: Vec<u64> = names.iter().map(|name| count(name) + more).collect();
        let what = format!("{more} more publishes acknowledged at each of {names:?}");
        fed.until(&what, async || {
            let counts: Vec<u64> = names.iter().map(count).collect();
            let all = counts.iter().zip(&wanted).all(|(count, it)| count >= it);
            all.then_some(())
                .ok_or_else(|| format!("{counts:?} of {wanted:?}"))
        })
        .await
    }

    /// Lets each client end what it is at.
    pub(crate) async fn end(mut self) -> Result<Told> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Told::new();
        while let Some(ended) = self.calls.join_next().await {
            let (agency, told) = ended??;
            all.entry(agency).or_default().extend(told);
        }
        Ok(all)
    }
}

/// Publishes an update, and asks again with the same id until it is acknowledged. Gives its subject.
async fn publish(system: &System, note: &str) -> Result<String> {
    let request = PublishSituationRequest {
        request_id: request_id(),
        situation: Some(system.draft(note)),
        confirm_review: false,
    };
    let since = Instant::now();
    loop {
        let answer = system.situations.clone();
        match { answer }.publish_situation(request.clone()).await {
            Ok(answer) => {
                let receipt = answer.into_inner().receipt.context("a receipt")?;
                ensure!(receipt.position.is_some(), "it waits: {receipt:?}");
                return Ok(receipt.subject);
            }
            Err(status)
                if matches!(
                    status.code(),
                    Code::Unavailable | Code::Cancelled | Code::Unknown | Code::Internal
                ) =>
            {
                ensure!(since.elapsed() < ASKS, "still not acknowledged: {status}");
                // A client that is turned away waits a little before it asks again.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(status) => return Err(status).context("what a client does not make again"),
        }
    }
}

/// Waits until each feed holds what was acknowledged, once, and nothing else that has a note.
pub(crate) async fn everybody_has(
    fed: &Federation,
    counters: &[Counter],
    told: &Told,
) -> Result<()> {
    for (agency, told) in told {
        for counter in counters {
            let what = format!("all {} updates of {agency} at {}", told.len(), counter.name);
            fed.until(&what, async || {
                let notes = counter.system.notes_of(agency).await;
                let notes = notes.map_err(|status| status.to_string())?;
                let count = notes.iter().filter(|note| !note.is_empty()).count();
                (count >= told.len())
                    .then_some(())
                    .ok_or_else(|| format!("{count}"))
            })
            .await?;
            let events = counter.system.events().await?;
            let theirs = events.into_iter().filter_map(|event| event.situation);
            // Those without a note were withdrawn for personal data; the feed tells both the update and that.
            let theirs = theirs.filter(|it| it.agency == *agency && !it.note.is_empty());
            let mut there = BTreeMap::new();
            for update in theirs {
                let before = there.insert(update.subject, update.note);
                ensure!(before.is_none(), "doubled in a feed: {before:?}");
            }
            let lost: Vec<_> = told
                .iter()
                .filter(|(it, _)| !there.contains_key(*it))
                .collect();
            ensure!(lost.is_empty(), "acknowledged and lost: {lost:?}");
            ensure!(&there == told, "other than what was acknowledged");
        }
    }
    Ok(())
}

/// Waits until every update is told as stored at each of these partners, by their own signed receipts.
pub(crate) async fn is_stored_at(
    fed: &Federation,
    counter: &Counter,
    told: &Told,
    partners: &[&str],
) -> Result<()> {
    let subjects: Vec<_> = told[counter.agency].keys().cloned().collect();
    for some in subjects.chunks(SUBJECTS) {
        let request = BatchGetDeliveriesRequest {
            subjects: some.iter().map(|subject| update(subject)).collect(),
        };
        let what = format!("receipts of {partners:?} for updates of {}", counter.agency);
        fed.until(&what, async || {
            let asked = counter.system.feed.clone();
            let answer = { asked }.batch_get_deliveries(request.clone()).await;
            let answer = answer.map_err(|status| status.to_string())?.into_inner();
            let versions = answer.deliveries.into_iter().filter_map(|it| it.latest);
            let states = versions.flat_map(|it| it.agencies);
            let states = states.filter(|it| partners.contains(&&*it.agency));
            let stored = states.filter(|it| it.state() == DeliveryState::Stored);
            let (count, wanted) = (stored.count(), some.len() * partners.len());
            (count == wanted)
                .then_some(())
                .ok_or_else(|| format!("{count} of {wanted}"))
        })
        .await?;
    }
    Ok(())
}

fn update(subject: &str) -> DeliverySubject {
    DeliverySubject {
        kind: SubjectKind::Update.into(),
        key: Some(SubjectKey {
            subject: subject.to_owned(),
            owner: String::new(),
        }),
    }
}
