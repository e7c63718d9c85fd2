//! Finding out what waits for the own agency, and whom to tell.
//!
//! The feed is read from a cursor. Everything else is looked at as it stands: what waits now and did not at the last look is new,
//! and what did and does not any more is settled. So it does not matter which events were heard.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tonic::{Request, Status};
use verbund_wire::agency::{
    FeedEvent, GetStatusRequest, ListAwaitingConfirmationRequest, ListFeedRequest,
    ListMeetingsRequest, ListProtocolsRequest, ListReviewsRequest, ListTasksRequest, Meeting,
    MeetingFilter, MeetingStatus, ProtocolFilter, ProtocolStatus, Situation, SituationState,
    SubjectKey, TaskFilter, TaskStatus, WatchFeedRequest,
};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::{MeetingAnswer, Urgency};

use super::matter::Matter;
use super::rules;
use crate::app::App;
use crate::live::Topic;
use crate::role::{Role, Roles};
use crate::store::{Order, StoreError, Subject};

/// Everything is looked at so often, whatever events say: drafts of systems wait without one.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// What could not be looked at is tried again so soon: a feed that is read for the first time begins with what comes after that.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Changes that come together are looked at together.
const TOGETHER: Duration = Duration::from_millis(300);
/// How long the node may take for one answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// How long the node may be away until its operators are told: a restart is no alarm.
const AWAY_MAX: Duration = Duration::from_secs(300);
/// Events of the feed in one answer.
const PAGE: i32 = 500;
/// The matters of the feed.
const UPDATES: [Matter; 4] = [
    Matter::UpdateImmediate,
    Matter::UpdateSoon,
    Matter::Drill,
    Matter::UpdateRoutine,
];
/// Under which name the node sees these looks; they are nobody's.
const ACTOR: &str = "notifications";

/// Why a look came to nothing. The next one is soon.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error("the node does not tell")]
    Node(#[from] Status),
    #[error("the node has not told the vocabulary yet")]
    NoConcept,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A part of what is looked at, with the topic that tells of changes in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Feed,
    Tasks,
    Protocols,
    Meetings,
    Drafts,
    Node,
}

impl Part {
    const ALL: [Self; 6] = [
        Self::Feed,
        Self::Tasks,
        Self::Protocols,
        Self::Meetings,
        Self::Drafts,
        Self::Node,
    ];

    /// The parts in which a topic may have changed something.
    const fn of(topic: Topic) -> &'static [Self] {
        match topic {
            Topic::Feed => &[Self::Feed, Self::Drafts],
            Topic::Task => &[Self::Tasks],
            Topic::Protocol => &[Self::Protocols],
            Topic::Meeting => &[Self::Meetings],
            Topic::Review => &[Self::Drafts],
            Topic::Status => &[Self::Node],
            Topic::Delivery | Topic::Concept => &[],
        }
    }

    /// The matters of it that stand until they are settled. The feed's are told once.
    const fn standing(self) -> &'static [Matter] {
        match self {
            Self::Feed => &[],
            Self::Tasks => &[Matter::TaskAsked],
            Self::Protocols => &[Matter::ProtocolAwaitsWord, Matter::ProtocolObjected],
            Self::Meetings => &[Matter::Invitation, Matter::BriefingBegun],
            Self::Drafts => &[Matter::DraftAwaitsReview, Matter::ClearAwaitsSecond],
            Self::Node => &[Matter::Alarm, Matter::NodeAway],
        }
    }
}

/// Looks whenever something changes, and now and then, until it is dropped.
pub(super) async fn run(app: &App) {
    let mut watch = Watch {
        app,
        answered_at: Instant::now(),
    };
    let (_, mut events) = app.live().listen("");
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failed = BTreeSet::new();
    loop {
        let mut parts = std::mem::take(&mut failed);
        tokio::select! {
            _ = ticks.tick() => parts.extend(Part::ALL),
            () = sleep(AGAIN_AFTER), if !parts.is_empty() => {}
            event = events.recv() => match event {
                Ok(event) => parts.extend(Part::of(event.topic)),
                Err(RecvError::Lagged(_)) => parts.extend(Part::ALL),
                Err(RecvError::Closed) => return,
            },
        }
        let until = Instant::now() + TOGETHER;
        while let Ok(event) = tokio::time::timeout_at(until, events.recv()).await {
            match event {
                Ok(event) => parts.extend(Part::of(event.topic)),
                Err(RecvError::Lagged(_)) => parts.extend(Part::ALL),
                Err(RecvError::Closed) => return,
            }
        }
        for part in parts {
            if let Err(error) = watch.look(part).await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    ?part,
                    "a look for notifications failed"
                );
                failed.insert(part);
            }
        }
        app.notify().ring();
    }
}

struct Watch<'a> {
    app: &'a App,
    /// When the node last told how it is.
    answered_at: Instant,
}

impl Watch<'_> {
    async fn look(&mut self, part: Part) -> Result<(), LookError> {
        let waiting = match part {
            Part::Feed => return feed(self.app).await,
            Part::Tasks => tasks(self.app).await?,
            Part::Protocols => protocols(self.app).await?,
            Part::Meetings => meetings(self.app).await?,
            Part::Drafts => drafts(self.app).await?,
            Part::Node => match self.node().await {
                Some(waiting) => waiting,
                None => return Ok(()),
            },
        };
        settle(self.app, part, waiting).await
    }

    /// How the node is; nothing where that is not known, and it is too early to say that it is away.
    async fn node(&mut self) -> Option<BTreeSet<Subject>> {
        let asked = ask(GetStatusRequest {});
        let status = match self.app.node().watching().node().get_status(asked).await {
            Ok(status) => status.into_inner(),
            Err(_) => {
                let is_away = self.answered_at.elapsed() >= AWAY_MAX;
                return is_away.then(|| BTreeSet::from([(Matter::NodeAway, String::new())]));
            }
        };
        self.answered_at = Instant::now();
        // Alarms have no name that a reader is told; one more is a new one.
        let mut waiting: BTreeSet<Subject> = (1..=status.alarms)
            .map(|number| (Matter::Alarm, number.to_string()))
            .collect();
        if !matches!(status.read_only.as_str(), "" | "STOPPING") {
            waiting.insert((Matter::Alarm, status.read_only));
        }
        Some(waiting)
    }
}

fn ask<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(ANSWER_MAX);
    request
}

fn named(matter: Matter, key: Option<SubjectKey>) -> Option<Subject> {
    key.map(|key| (matter, format!("{}/{}", key.owner, key.subject)))
}

/// Takes over what waits now.
async fn settle(app: &App, part: Part, waiting: BTreeSet<Subject>) -> Result<(), LookError> {
    let before = app.store().standing(part.standing()).await?;
    let new: BTreeSet<Subject> = waiting.difference(&before).cloned().collect();
    let gone: BTreeSet<Subject> = before.difference(&waiting).cloned().collect();
    if new.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let orders = orders(app, &new).await?;
    app.store().settle(&new, &orders, &gone).await?;
    Ok(())
}

/// Who is told what, and when. What a person wants is asked when it is sent.
async fn orders(app: &App, new: &BTreeSet<Subject>) -> Result<Vec<Order>, LookError> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let concept = app.concept().ok_or(LookError::NoConcept)?;
    let now = Timestamp::now();
    let mut orders = Vec::new();
    for person in app.store().notify_recipients().await? {
        let is_asked = new
            .iter()
            .any(|(matter, _)| *matter == Matter::ClearAwaitsSecond);
        let own = if is_asked && person.roles.coordinates() {
            sent_by(app, &person.actor, person.roles).await?
        } else {
            BTreeSet::new()
        };
        let told = new
            .iter()
            .filter(|subject| subject.0.concerns(person.roles) && !own.contains(*subject));
        orders.extend(told.map(|(matter, subject)| Order {
            person: person.id,
            matter: *matter,
            subject: subject.clone(),
            due_at: rules::due(*matter, now, &concept.zone),
        }));
    }
    Ok(orders)
}

/// Reads the feed on from where it was read to.
async fn feed(app: &App) -> Result<(), LookError> {
    let mut node = app.node().watching().feed();
    let Some(mut cursor) = app.store().notify_cursor().await? else {
        return begin_feed(app).await;
    };
    loop {
        let request = ListFeedRequest {
            cursor: cursor.clone(),
            page_size: PAGE,
            ..ListFeedRequest::default()
        };
        let page = match node.list_feed(ask(request)).await {
            Ok(page) => page.into_inner(),
            // The node was set up anew, and its feed is another.
            Err(status) if explain(&status).code == Some(ErrorCode::CursorInvalid) => {
                return begin_feed(app).await;
            }
            Err(status) => return Err(status.into()),
        };
        let (new, gone) = told(&page.events, app.node().agency());
        let orders = orders(app, &new).await?;
        if page.cursor != cursor {
            app.store()
                .read_feed_to(&page.cursor, &orders, &gone)
                .await?;
        }
        if !page.more {
            return Ok(());
        }
        cursor = page.cursor;
    }
}

/// Reads the feed from now on: what came before is old.
async fn begin_feed(app: &App) -> Result<(), LookError> {
    let request = WatchFeedRequest {
        from_now: true,
        ..WatchFeedRequest::default()
    };
    let mut node = app.node().watching().feed();
    let mut watched = node.watch_feed(request).await?.into_inner();
    // A sign of life comes first, and says where now is.
    let first = timeout(ANSWER_MAX, watched.message()).await;
    let first = first.map_err(|_| Status::deadline_exceeded("no sign of life"))??;
    if let Some(first) = first {
        app.store()
            .read_feed_to(&first.cursor, &[], &BTreeSet::new())
            .await?;
    }
    Ok(())
}

/// What events of the feed are about: what is told, and what need not be told any more.
fn told(events: &[FeedEvent], own: &str) -> (BTreeSet<Subject>, BTreeSet<Subject>) {
    let (mut new, mut gone) = (BTreeSet::new(), BTreeSet::new());
    let situations = events.iter().filter_map(|event| event.situation.as_ref());
    for situation in situations.filter(|it| it.agency != own) {
        let subject = format!("{}/{}", situation.agency, situation.subject);
        let matter = matter(situation);
        if matter.is_none() && situation.state() == SituationState::Current {
            // A small correction of what is waiting to be told, or was told.
            continue;
        }
        // What it was before may have been another matter; it is one thing to look at in any case.
        new.retain(|(_, it)| *it != subject);
        gone.extend(UPDATES.map(|it| (it, subject.clone())));
        new.extend(matter.map(|it| (it, subject)));
    }
    (new, gone)
}

/// What an update is about; `None` where nobody needs to be told. Of what is immediate, each change is: somebody may be on the way.
fn matter(situation: &Situation) -> Option<Matter> {
    let observation = situation.observation.as_ref()?;
    let is_first = situation.version <= 1 && situation.state() == SituationState::Current;
    match observation.urgency() {
        _ if observation.exercise => is_first.then_some(Matter::Drill),
        Urgency::Immediate if situation.state() != SituationState::Erased => {
            Some(Matter::UpdateImmediate)
        }
        Urgency::Soon => is_first.then_some(Matter::UpdateSoon),
        Urgency::Routine | Urgency::Unspecified => is_first.then_some(Matter::UpdateRoutine),
        Urgency::Immediate => None,
    }
}

async fn tasks(app: &App) -> Result<BTreeSet<Subject>, LookError> {
    let filter = TaskFilter {
        assignees: vec![app.node().agency().to_owned()],
        statuses: vec![TaskStatus::Assigned.into()],
        ..TaskFilter::default()
    };
    let request = ListTasksRequest {
        filter: Some(filter),
        page_size: PAGE,
        ..ListTasksRequest::default()
    };
    let tasks = app
        .node()
        .watching()
        .tasks()
        .list_tasks(ask(request))
        .await?
        .into_inner()
        .tasks;
    Ok(tasks
        .into_iter()
        .filter_map(|it| named(Matter::TaskAsked, it.key))
        .collect())
}

async fn protocols(app: &App) -> Result<BTreeSet<Subject>, LookError> {
    let list = async |filter| {
        let request = ListProtocolsRequest {
            filter: Some(filter),
            page_size: PAGE,
            ..ListProtocolsRequest::default()
        };
        let mut node = app.node().watching().protocols();
        node.list_protocols(ask(request))
            .await
            .map(|it| it.into_inner().protocols)
    };
    let awaiting = list(ProtocolFilter {
        awaiting_word: true,
        ..ProtocolFilter::default()
    });
    let objected = list(ProtocolFilter {
        statuses: vec![ProtocolStatus::Objected.into()],
        ..ProtocolFilter::default()
    });
    let (awaiting, objected) = tokio::try_join!(awaiting, objected)?;
    // A later revision circulates anew, and is asked for anew.
    let awaiting = awaiting.into_iter().filter_map(|it| {
        let (matter, subject) = named(Matter::ProtocolAwaitsWord, it.key)?;
        Some((matter, format!("{subject}/{}", it.circulated)))
    });
    let objected = objected
        .into_iter()
        .filter(|it| it.writer == app.node().agency())
        .filter_map(|it| named(Matter::ProtocolObjected, it.key));
    Ok(awaiting.chain(objected).collect())
}

async fn meetings(app: &App) -> Result<BTreeSet<Subject>, LookError> {
    let filter = MeetingFilter {
        statuses: vec![MeetingStatus::Planned.into(), MeetingStatus::Running.into()],
        ..MeetingFilter::default()
    };
    let request = ListMeetingsRequest {
        filter: Some(filter),
        page_size: PAGE,
        ..ListMeetingsRequest::default()
    };
    let mut node = app.node().watching().meetings();
    let meetings = node
        .list_meetings(ask(request))
        .await?
        .into_inner()
        .meetings;
    let own = app.node().agency();
    let today = app
        .concept()
        .map(|it| it.today(Timestamp::now()).to_string());
    let today = today.unwrap_or_default();
    Ok(meetings
        .into_iter()
        .filter_map(|it| named(meeting(&it, own, &today)?, it.key))
        .collect())
}

/// What of a meeting waits for the own agency.
fn meeting(meeting: &Meeting, own: &str, today: &str) -> Option<Matter> {
    let invited = meeting.invited.iter().find(|it| it.agency == own)?;
    match meeting.status() {
        // Whoever opened it knows.
        MeetingStatus::Running if invited.participates && meeting.chair != own => {
            Some(Matter::BriefingBegun)
        }
        MeetingStatus::Planned
            if invited.answer() == MeetingAnswer::Unspecified
                && meeting.chair != own
                && meeting.day.as_str() >= today =>
        {
            Some(Matter::Invitation)
        }
        _ => None,
    }
}

/// Drafts are for coordinators' eyes, so that they are asked for as one; only their ids are taken.
async fn drafts(app: &App) -> Result<BTreeSet<Subject>, LookError> {
    let roles = [Role::Coordinator].into_iter().collect();
    let node = app.node().acting(ACTOR, roles);
    let reviews = async {
        let reviews = node
            .reviews()
            .list_reviews(ListReviewsRequest {})
            .await?
            .into_inner()
            .reviews;
        Ok::<_, Status>(
            reviews
                .into_iter()
                .map(|it| (Matter::DraftAwaitsReview, it.review)),
        )
    };
    let awaiting = async {
        let request = ListAwaitingConfirmationRequest {};
        let awaiting = node
            .situations()
            .list_awaiting_confirmation(request)
            .await?
            .into_inner();
        let ids = awaiting
            .situations
            .into_iter()
            .filter_map(|it| it.situation);
        Ok(ids.map(|it| (Matter::ClearAwaitsSecond, it.subject)))
    };
    let (reviews, awaiting) = tokio::try_join!(reviews, awaiting)?;
    Ok(reviews.chain(awaiting).collect())
}

/// What somebody sent and therefore can't confirm. Only the node knows who sent it.
async fn sent_by(app: &App, actor: &str, roles: Roles) -> Result<BTreeSet<Subject>, LookError> {
    let node = app.node().acting(actor, roles);
    let request = ListAwaitingConfirmationRequest {};
    let awaiting = node
        .situations()
        .list_awaiting_confirmation(request)
        .await?
        .into_inner();
    let own = awaiting
        .situations
        .into_iter()
        .filter(|it| it.sent_by_caller);
    let ids = own.filter_map(|it| it.situation);
    Ok(ids
        .map(|it| (Matter::ClearAwaitsSecond, it.subject))
        .collect())
}

#[cfg(test)]
mod tests;
