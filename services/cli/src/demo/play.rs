//! Plays the day: each agency's systems tell their nodes over the public API what happened.
//!
//! Request ids are made of the day and the step, so that a second run of the same day publishes nothing twice.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic::{Code, Response, Status};
use verbund_ledger::charter_hash;
use verbund_model::Day;
use verbund_wire::agency::{
    CorrectSituationRequest, PublishReceipt, PublishSituationRequest, WithdrawSituationRequest,
};
use verbund_wire::error::{Explained, explain};

use super::day::{Action, Step};
use super::system::Systems;
use crate::client::{ask, failed};
use crate::exit::{Exit, Failure, failure};
use crate::publish::may_pass;
use crate::text;

const PAUSE: Duration = Duration::from_millis(200);

/// What came of a step.
#[derive(Debug)]
pub(crate) enum Played {
    /// It is on the node's stable storage.
    Acknowledged(PublishReceipt),
    /// It was refused, as it had to be.
    Refused(Explained),
}

/// Plays steps and remembers what later ones need.
#[derive(Debug)]
pub(crate) struct Player {
    day: Day,
    patience: Duration,
    receipts: HashMap<&'static str, PublishReceipt>,
}

impl Player {
    /// `patience` is how long to go on with a node that doesn't answer.
    pub(crate) fn new(day: Day, patience: Duration) -> Self {
        Self {
            day,
            patience,
            receipts: HashMap::new(),
        }
    }

    /// Plays one step.
    ///
    /// # Errors
    /// When a node refuses what is right, takes what must be refused, or can't be reached for long.
    pub(crate) async fn play(
        &mut self,
        index: usize,
        step: &Step,
        systems: &Systems,
    ) -> anyhow::Result<Played> {
        let node = systems.publisher(step.agency)?;
        let request_id = request_id(self.day, index, step.key);
        let receipt = match &step.action {
            Action::Publish(draft) | Action::MustBeRefused(draft) => {
                let request = PublishSituationRequest {
                    request_id,
                    situation: Some(draft.clone()),
                    confirm_review: false,
                };
                let result = patiently(self.patience, async || {
                    node.situations()
                        .publish_situation(ask(request.clone()))
                        .await
                });
                match (result.await, &step.action) {
                    (Err(status), Action::MustBeRefused(_))
                        if status.code() == Code::InvalidArgument =>
                    {
                        return Ok(Played::Refused(explain(&status)));
                    }
                    (Ok(_), Action::MustBeRefused(_)) => {
                        return Err(failure(text::DEMO_NOT_REFUSED.fill(&[&step.key])));
                    }
                    (result, _) => result.map_err(|status| failed(&status))?.receipt,
                }
            }
            Action::Correct(of, draft) => {
                let (subject, etag) = self.published(of)?;
                let request = CorrectSituationRequest {
                    request_id,
                    subject,
                    etag,
                    situation: Some(draft.clone()),
                    confirm_review: false,
                };
                let result = patiently(self.patience, async || {
                    node.situations()
                        .correct_situation(ask(request.clone()))
                        .await
                });
                result.await.map_err(|status| failed(&status))?.receipt
            }
            Action::Withdraw(of, reason) => {
                let (subject, etag) = self.published(of)?;
                let request = WithdrawSituationRequest {
                    request_id,
                    subject,
                    etag,
                    reason: (*reason).into(),
                };
                let result = patiently(self.patience, async || {
                    node.situations()
                        .withdraw_situation(ask(request.clone()))
                        .await
                });
                result.await.map_err(|status| failed(&status))?.receipt
            }
        };
        let receipt = receipt.ok_or_else(|| failure(text::NO_ANSWER.to_string()))?;
        self.receipts.insert(step.key, receipt.clone());
        Ok(Played::Acknowledged(receipt))
    }

    /// The update that a step published.
    pub(crate) fn receipt(&self, key: &str) -> Option<&PublishReceipt> {
        self.receipts.get(key)
    }

    fn published(&self, key: &str) -> anyhow::Result<(String, String)> {
        let receipt = self
            .receipts
            .get(key)
            .ok_or_else(|| Failure::new(Exit::Unreachable, key))?;
        Ok((receipt.subject.clone(), receipt.etag.clone()))
    }
}

/// Calls until there is an answer that the same call would get again.
async fn patiently<T>(
    patience: Duration,
    call: impl AsyncFn() -> Result<Response<T>, Status>,
) -> Result<T, Status> {
    let began = Instant::now();
    loop {
        match call().await {
            Ok(response) => return Ok(response.into_inner()),
            Err(status) if may_pass(&status, &explain(&status)) && began.elapsed() < patience => {
                sleep(
                    explain(&status)
                        .retry_after
                        .unwrap_or(PAUSE)
                        .min(Duration::from_secs(2)),
                )
                .await;
            }
            Err(status) => return Err(status),
        }
    }
}

/// The same id for the same step of the same day: a UUIDv7 of the day, the rest from a hash.
pub(super) fn request_id(day: Day, index: usize, key: &str) -> String {
    let hash = charter_hash(format!("verbund demo {day} {key}").as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    let day_ms = i64::from(verbund_model::day_number(day)) * 86_400_000;
    let ms = u64::try_from(day_ms).unwrap_or_default() + index as u64;
    uuid::Builder::from_unix_timestamp_millis(ms, &random)
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use verbund_model::RequestId;

    use super::*;

    #[test]
    fn a_step_has_one_id_for_each_day() {
        let day = jiff::civil::date(2026, 11, 22);
        let id = request_id(day, 3, "kod-spritzen");
        assert_eq!(id, request_id(day, 3, "kod-spritzen"));
        assert_ne!(id, request_id(day.tomorrow().unwrap(), 3, "kod-spritzen"));
        assert_ne!(id, request_id(day, 3, "kod-reinigung"));
        assert!(RequestId::parse(&id).is_ok(), "{id} is a UUIDv7");
    }
}
