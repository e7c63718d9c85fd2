//! Publishes under way in numbers, and the books that are kept of them: what was asked, what was answered, what is there.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use futures_util::{StreamExt as _, stream};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use verbund_wire::agency::publish_situations_response::Outcome;
use verbund_wire::agency::{
    FeedEvent, PublishReceipt, PublishSituationRequest, PublishSituationsRequest,
};

use crate::federation::request_id;
use crate::system::System;

/// One request and the last answer to it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What was asked.
    pub request: PublishSituationRequest,
    /// What was answered; none where the connection ended before.
    pub answer: Option<Result<PublishReceipt, Status>>,
}

impl Asked {
    /// What was acknowledged, if it was.
    #[must_use]
    pub fn acknowledged(&self) -> Option<&PublishReceipt> {
        self.answer.as_ref()?.as_ref().ok()
    }

    fn note(&self) -> &str {
        self.request
            .situation
            .as_ref()
            .map_or("", |draft| draft.note.as_str())
    }
}

/// Many requests, each with an id and a note of its own.
#[derive(Debug)]
pub struct Load {
    /// The requests, in the order in which they are made.
    pub asked: Vec<Asked>,
    acknowledged: watch::Sender<usize>,
}

impl Load {
    /// So many requests with nothing wrong in them, whose notes begin with this.
    #[must_use]
    pub fn new(system: &System, count: usize, begins: &str) -> Self {
        let ask = |number| Asked {
            request: PublishSituationRequest {
                request_id: request_id(),
                situation: Some(system.draft(&format!("{begins} {number}"))),
                confirm_review: false,
            },
            answer: None,
        };
        Self {
            asked: (1..=count).map(ask).collect(),
            acknowledged: watch::Sender::new(0),
        }
    }

    /// How many are acknowledged, told while it goes on.
    #[must_use]
    pub fn acknowledged(&self) -> watch::Receiver<usize> {
        self.acknowledged.subscribe()
    }

    /// Makes the requests, so many at once, each as a call of its own, until all are answered or one is not acknowledged;
    /// then no further ones are made.
    pub async fn call(&mut self, system: &System, in_flight: usize) {
        let ended = std::cell::Cell::new(false);
        let acknowledged = &self.acknowledged;
        let calls = self.asked.iter_mut().map(|asked| {
            let (mut client, ended) = (system.situations.clone(), &ended);
            async move {
                if ended.get() {
                    return;
                }
                let answer = client.publish_situation(asked.request.clone()).await;
                let answer = answer.and_then(|response| {
                    let receipt = response.into_inner().receipt;
                    receipt.ok_or_else(|| Status::internal("a response without a receipt"))
                });
                match answer {
                    Ok(_) => acknowledged.send_modify(|count| *count += 1),
                    Err(_) => ended.set(true),
                }
                asked.answer = Some(answer);
            }
        });
        stream::iter(calls)
            .buffer_unordered(in_flight)
            .collect::<()>()
            .await;
    }

    /// Makes all requests on one publish stream, and takes the answers, until all are answered or the stream ends.
    ///
    /// # Errors
    /// What ended the stream.
    pub async fn stream(&mut self, system: &System) -> Result<(), Status> {
        let requests: Vec<_> = self
            .asked
            .iter()
            .map(|asked| asked.request.clone())
            .collect();
        let mut place: BTreeMap<String, usize> = BTreeMap::new();
        for (at, request) in requests.iter().enumerate() {
            place.insert(request.request_id.clone(), at);
        }
        // Bounded: it waits where the node reads no further.
        let (send, items) = mpsc::channel(64);
        let sending = async move {
            for request in requests {
                let item = PublishSituationsRequest {
                    request: Some(request),
                };
                if send.send(item).await.is_err() {
                    return;
                }
            }
        };
        let taking = async {
            let mut client = system.situations.clone();
            let mut answers = client
                .publish_situations(ReceiverStream::new(items))
                .await?
                .into_inner();
            while let Some(answer) = answers.message().await? {
                let at = place.get(&answer.request_id).copied();
                let at = at.ok_or_else(|| Status::internal("an answer to no request"))?;
                let answer = match answer.outcome {
                    Some(Outcome::Receipt(receipt)) => Ok(receipt),
                    Some(Outcome::Error(error)) => Err(Status::new(
                        error.code.into(),
                        format!("{}: {}", error.reason, error.message),
                    )),
                    None => Err(Status::internal("an answer without an outcome")),
                };
                if answer.is_ok() {
                    self.acknowledged.send_modify(|count| *count += 1);
                }
                self.asked[at].answer = Some(answer);
            }
            Ok(())
        };
        tokio::join!(sending, taking).1
    }

    /// The requests that were acknowledged.
    pub fn kept(&self) -> impl Iterator<Item = &Asked> {
        self.asked
            .iter()
            .filter(|asked| asked.acknowledged().is_some())
    }

    /// Makes every request again, with its id. What was acknowledged gets its first answer, whatever was not is stored now
    /// or was stored before; so all are acknowledged after this.
    ///
    /// # Errors
    /// Where an answer differs from the first one.
    pub async fn repeat(&mut self, system: &System) -> Result<()> {
        let first: Vec<_> = self
            .asked
            .iter()
            .map(|asked| asked.acknowledged().cloned())
            .collect();
        self.call(system, 64).await;
        for (asked, first) in self.asked.iter().zip(first) {
            let id = &asked.request.request_id;
            let answer = asked
                .answer
                .clone()
                .with_context(|| format!("request {id}, made again, was not answered"))?;
            let again = answer
                .with_context(|| format!("request {id}, made again, was not acknowledged"))?;
            let Some(first) = first else { continue };
            ensure!(
                again.repeated_request,
                "request {id} was acknowledged as {}, and when made again it was stored anew as {}",
                first.subject,
                again.subject
            );
            ensure!(
                (&again.subject, &again.position, &again.etag)
                    == (&first.subject, &first.position, &first.etag),
                "request {id} has another answer than the first one: {again:?} instead of {first:?}"
            );
        }
        Ok(())
    }

    /// Compares the books with a feed: each acknowledged request is there once, at its place and with its note; nothing is
    /// there twice; and the lanes have no gap.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, feed: &[FeedEvent]) -> Result<()> {
        let mut lanes: BTreeMap<Vec<u8>, BTreeSet<u64>> = BTreeMap::new();
        let mut found = BTreeMap::new();
        let mut notes = BTreeSet::new();
        for event in feed {
            let situation = event.situation.as_ref().context("an event of nothing")?;
            let position = event
                .position
                .as_ref()
                .context("an event without a place")?;
            ensure!(
                found
                    .insert(&situation.subject, (&situation.note, position))
                    .is_none(),
                "{} is doubled in the feed",
                situation.subject
            );
            ensure!(
                notes.insert(&situation.note),
                "{:?} is doubled in the feed, under two subjects",
                situation.note
            );
            lanes
                .entry(position.lane.to_vec())
                .or_default()
                .insert(position.sequence);
        }
        for asked in self.kept() {
            let Some(receipt) = asked.acknowledged() else {
                continue;
            };
            let (note, position) = found.get(&receipt.subject).with_context(|| {
                format!(
                    "{} was acknowledged as {} and is lost",
                    asked.note(),
                    receipt.subject
                )
            })?;
            ensure!(
                *note == asked.note() && receipt.position.as_ref() == Some(*position),
                "{} is not what was acknowledged: {note} at {position:?}",
                receipt.subject
            );
        }
        for (lane, sequences) in lanes {
            // The lane's opening is the first entry, and no event.
            let expected: BTreeSet<u64> = (2..).take(sequences.len()).collect();
            ensure!(
                sequences == expected,
                "lane {} has gaps: {:?} are not there",
                hex::encode(lane),
                expected.difference(&sequences).collect::<Vec<_>>()
            );
        }
        Ok(())
    }
}
