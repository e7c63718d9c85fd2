//! Sending many updates over one publish stream: bounded in flight, each answered once, none sent anew under another id.
//!
//! A stream that breaks is opened again and everything unanswered is sent again with the same request ids, so that an
//! update is published once however often the connection breaks. What the node can't take now is sent again when the
//! node says so. Both end when nothing has been answered for [`Patience`].

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{
    PublishReceipt, PublishSituationRequest, PublishSituationsRequest, PublishSituationsResponse,
    publish_situations_response,
};
use verbund_wire::error::{Explained, explain, explain_item};

use crate::exit::{Exit, Failure};
use crate::text;

/// The most that may wait for their answer; the node reads no further than 1,024.
pub(crate) const IN_FLIGHT_MAX: usize = 1024;
/// First and longest pause before a stream is opened again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// How long opening a stream may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// An update on its way, and where it stood in the input.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) line: u64,
    pub(crate) request: PublishSituationRequest,
}

/// What became of an update.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It is on stable storage.
    Stored(Box<PublishReceipt>),
    /// It was refused, for good.
    Refused(Box<Explained>),
}

/// How long to go on without any answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience(pub(crate) Duration);

/// Publishes everything that `source` gives and hands each answer to `answered`, in the order of completion.
///
/// # Errors
/// When the node could not be reached for as long as patience lasts, when it refuses the stream as a whole, or whatever
/// `answered` gives.
pub(crate) async fn publish_all(
    mut client: SituationServiceClient<Channel>,
    mut source: mpsc::Receiver<Work>,
    in_flight: usize,
    patience: Patience,
    mut answered: impl FnMut(Work, Answer) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut window = Window::new(in_flight.clamp(1, IN_FLIGHT_MAX));
    let mut progress = Instant::now();
    let mut backoff = BACKOFF.0;
    loop {
        if window.is_done() && source.is_closed() && source.is_empty() {
            return Ok(());
        }
        // Nothing is opened for nothing: an empty input needs no node.
        if window.is_done() {
            match source.recv().await {
                Some(work) => window.admit(work),
                None => return Ok(()),
            }
            progress = Instant::now();
        }
        let broken = match open(&mut client).await {
            Ok(stream) => {
                let mut moved = false;
                let mut note = |work, answer| {
                    moved = true;
                    answered(work, answer)
                };
                let end = run(stream, &mut window, &mut source, &mut note).await?;
                if moved {
                    progress = Instant::now();
                    backoff = BACKOFF.0;
                }
                match end {
                    None => continue,
                    Some(status) => status,
                }
            }
            Err(status) => status,
        };
        let explained = explain(&broken);
        if !may_pass(&broken, &explained) {
            return Err(Failure::new(Exit::Refused, crate::table::refusal(&explained)).into());
        }
        if progress.elapsed() >= patience.0 {
            let message = text::NODE_SILENT.fill(&[&patience.0.as_secs(), &explained.message]);
            return Err(Failure::new(Exit::Unreachable, message).into());
        }
        sleep(explained.retry_after.unwrap_or(backoff).min(BACKOFF.1)).await;
        backoff = (backoff * 2).min(BACKOFF.1);
    }
}

type Stream = (
    mpsc::Sender<PublishSituationsRequest>,
    Streaming<PublishSituationsResponse>,
);

async fn open(client: &mut SituationServiceClient<Channel>) -> Result<Stream, Status> {
    let (requests, receiver) = mpsc::channel(1);
    let opening = client.publish_situations(ReceiverStream::new(receiver));
    match timeout(OPEN_TIMEOUT, opening).await {
        Ok(response) => Ok((requests, response?.into_inner())),
        Err(_) => Err(Status::unavailable(text::NO_ANSWER.to_string())),
    }
}

/// Works on one stream until it breaks (its status) or everything is answered (`None`).
async fn run(
    (requests, mut answers): Stream,
    window: &mut Window,
    source: &mut mpsc::Receiver<Work>,
    answered: &mut impl FnMut(Work, Answer) -> anyhow::Result<()>,
) -> anyhow::Result<Option<Status>> {
    window.send_all_again();
    loop {
        let next_again = window.next_again();
        tokio::select! {
            // Answers first: they make room.
            biased;
            answer = answers.message() => match answer {
                Ok(Some(answer)) => {
                    if let Some((work, answer)) = window.settle(answer) {
                        answered(work, answer)?;
                    }
                }
                Ok(None) => return Ok(Some(Status::unavailable(text::STREAM_ENDED.to_string()))),
                Err(status) => return Ok(Some(status)),
            },
            place = requests.reserve(), if window.has_unsent() => match place {
                Ok(place) => {
                    let request = window.take_unsent();
                    place.send(PublishSituationsRequest { request });
                }
                // The stream is broken; its answers say how.
                Err(_) => match answers.message().await {
                    Ok(Some(answer)) => if let Some((work, answer)) = window.settle(answer) {
                        answered(work, answer)?;
                    },
                    Ok(None) => return Ok(Some(Status::unavailable(text::STREAM_ENDED.to_string()))),
                    Err(status) => return Ok(Some(status)),
                },
            },
            () = sleep_until(next_again.unwrap_or_else(Instant::now)), if next_again.is_some() => {
                window.send_due_again();
            }
            work = source.recv(), if window.has_room() => match work {
                Some(work) => window.admit(work),
                None if window.is_done() => return Ok(None),
                // Closed: from here on only answers count.
                None => window.close(),
            },
        }
        if window.closed && window.is_done() {
            return Ok(None);
        }
    }
}

/// What is on its way.
#[derive(Debug)]
struct Window {
    size: usize,
    /// By request id, all that has no final answer.
    open: HashMap<String, Work>,
    unsent: VecDeque<String>,
    again: Vec<(Instant, String)>,
    /// An update whose request id is on its way already; it waits, since answers are told apart by their ids.
    twin: Option<Work>,
    closed: bool,
}

impl Window {
    fn new(size: usize) -> Self {
        let (open, unsent) = (HashMap::new(), VecDeque::new());
        Self {
            size,
            open,
            unsent,
            again: Vec::new(),
            twin: None,
            closed: false,
        }
    }

    fn is_done(&self) -> bool {
        self.open.is_empty() && self.twin.is_none()
    }

    fn has_room(&self) -> bool {
        !self.closed && self.twin.is_none() && self.open.len() < self.size
    }

    fn close(&mut self) {
        self.closed = true;
    }

    fn admit(&mut self, work: Work) {
        let id = work.request.request_id.clone();
        if self.open.contains_key(&id) {
            self.twin = Some(work);
        } else {
            self.unsent.push_back(id.clone());
            self.open.insert(id, work);
        }
    }

    fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    fn take_unsent(&mut self) -> Option<PublishSituationRequest> {
        let id = self.unsent.pop_front()?;
        self.open.get(&id).map(|work| work.request.clone())
    }

    /// After a stream broke nobody knows what arrived on it.
    fn send_all_again(&mut self) {
        self.again.clear();
        let mut all: Vec<(u64, String)> = self
            .open
            .iter()
            .map(|(id, work)| (work.line, id.clone()))
            .collect();
        all.sort_unstable();
        self.unsent = all.into_iter().map(|(_, id)| id).collect();
    }

    fn next_again(&self) -> Option<Instant> {
        self.again.iter().map(|(at, _)| *at).min()
    }

    fn send_due_again(&mut self) {
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.again)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.again = later;
        let due: Vec<(Instant, String)> = due;
        self.unsent.extend(due.into_iter().map(|(_, id)| id));
    }

    /// Takes an answer; `None` when the update goes again, or nobody waits for it.
    fn settle(&mut self, answer: PublishSituationsResponse) -> Option<(Work, Answer)> {
        let id = answer.request_id;
        if !self.open.contains_key(&id) {
            return None;
        }
        let answer = match answer.outcome? {
            publish_situations_response::Outcome::Receipt(receipt) => {
                Answer::Stored(Box::new(receipt))
            }
            publish_situations_response::Outcome::Error(error) => {
                let explained = explain_item(&error);
                if let Some(delay) = explained.retry_after {
                    self.again.push((Instant::now() + delay, id));
                    return None;
                }
                Answer::Refused(Box::new(explained))
            }
        };
        let work = self.open.remove(&id)?;
        if let Some(twin) = self.twin.take() {
            self.admit(twin);
        }
        Some((work, answer))
    }
}

/// Whether the same may succeed a little later: the node says so, or the connection broke.
pub(crate) fn may_pass(status: &Status, explained: &Explained) -> bool {
    let broken = matches!(
        status.code(),
        Code::Unavailable
            | Code::Unknown
            | Code::Cancelled
            | Code::Internal
            | Code::DeadlineExceeded
    );
    explained.retry_after.is_some() || (explained.code.is_none() && broken)
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::PublishError;

    use super::*;

    fn work(line: u64, id: &str) -> Work {
        let request = PublishSituationRequest {
            request_id: id.to_owned(),
            ..Default::default()
        };
        Work { line, request }
    }

    fn stored(id: &str) -> PublishSituationsResponse {
        PublishSituationsResponse {
            request_id: id.to_owned(),
            outcome: Some(publish_situations_response::Outcome::Receipt(
                PublishReceipt::default(),
            )),
        }
    }

    fn error(id: &str, reason: &str, code: Code) -> PublishSituationsResponse {
        let error = PublishError {
            code: code as i32,
            reason: reason.to_owned(),
            ..Default::default()
        };
        PublishSituationsResponse {
            request_id: id.to_owned(),
            outcome: Some(publish_situations_response::Outcome::Error(error)),
        }
    }

    #[test]
    fn what_is_unanswered_goes_again_in_order_under_its_id() {
        let mut window = Window::new(8);
        for (line, id) in [(1, "c"), (2, "a"), (3, "b")] {
            window.admit(work(line, id));
            window.take_unsent();
        }
        assert!(window.settle(stored("a")).is_some());
        window.send_all_again();
        let again: Vec<_> = std::iter::from_fn(|| window.take_unsent())
            .map(|it| it.request_id)
            .collect();
        assert_eq!(again, ["c", "b"]);
        assert!(!window.is_done());
    }

    #[test]
    fn the_window_is_bounded_and_a_twin_waits() {
        let mut window = Window::new(2);
        window.admit(work(1, "a"));
        assert!(window.has_room());
        window.admit(work(2, "a"));
        assert!(
            !window.has_room(),
            "a twin waits until its elder is answered"
        );
        assert_eq!(
            window.settle(stored("a")).map(|(work, _)| work.line),
            Some(1)
        );
        assert_eq!(
            window.settle(stored("a")).map(|(work, _)| work.line),
            Some(2)
        );
        assert!(window.is_done());
        assert!(
            window.settle(stored("a")).is_none(),
            "an answer counts once"
        );
    }

    #[test]
    fn only_what_may_pass_goes_again() {
        let mut window = Window::new(2);
        window.admit(work(1, "a"));
        assert!(
            window
                .settle(error("a", "DISK_RESERVE", Code::Unavailable))
                .is_none()
        );
        assert!(window.next_again().is_some() && !window.is_done());
        let refused = window.settle(error("a", "VALIDATION_FAILED", Code::InvalidArgument));
        assert!(matches!(refused, Some((_, Answer::Refused(_)))));
        assert!(window.is_done());
    }
}
