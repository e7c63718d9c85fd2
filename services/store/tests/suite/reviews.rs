//! Drafts that are held for review.

use std::sync::Arc;

use verbund_guard::gate::{Findings, Path, Texts, Unguarded};
use verbund_guard::{Guard, GuardSettings};
use verbund_model::{AuditEvent, AuditRole, Pseudonym, ReviewId, SubjectId, UnixMillis};
use verbund_store::{
    AuditRecord, Condition, Decision, Error, HoldOutcome, NewReview, Pending, PublishItem,
    PublishOutcome, ReviewState, Store, limits,
};

use super::kit::{ERASED_ON, Origin, TODAY, audience, item, random, request, stored, subject};
use super::{Engine, holds};

const CANARY: &[u8] = b"Zitronenfalter am Theaterplatz";
const NOON_MS: i64 = TODAY as i64 * 86_400_000 + 43_200_000;
const LAST_DAY: i32 = TODAY + 7;

fn review(subject: SubjectId) -> NewReview {
    NewReview {
        id: ReviewId::from_hash(random()),
        subject,
        request: request("briefing"),
        held_at: UnixMillis(NOON_MS),
        last_day: LAST_DAY,
        body: CANARY.to_vec(),
    }
}

fn record(event: AuditEvent) -> AuditRecord {
    let (at, who) = (UnixMillis(NOON_MS), Pseudonym([7; 8]));
    AuditRecord::of(at, event, AuditRole::Coordinator, who)
}

fn decision(review: ReviewId, becomes: ReviewState, event: AuditEvent) -> Decision {
    Decision {
        review,
        becomes,
        pending: None,
        audit: record(event).on(review),
    }
}

async fn hold(store: &Arc<dyn Store>, review: &NewReview) -> HoldOutcome {
    let audit = record(AuditEvent::ReviewHeld)
        .about(review.subject)
        .on(review.id);
    store.hold_review(review.clone(), audit).await.unwrap()
}

async fn decide(store: &Arc<dyn Store>, review: ReviewId, becomes: ReviewState) -> bool {
    let decision = decision(review, becomes, AuditEvent::ReviewDiscarded);
    store.decide_review(decision).await.unwrap()
}

async fn events(store: &Arc<dyn Store>) -> Vec<AuditEvent> {
    let records = store.audit(None, 100).await.unwrap();
    records.iter().rev().map(|it| it.event).collect()
}

async fn state(store: &Arc<dyn Store>, review: &ReviewId) -> (ReviewState, Option<Vec<u8>>) {
    let record = store.review(review).await.unwrap().unwrap();
    (record.state, record.body)
}

/// One text, as the guard's gate takes it.
struct One<T>(T);

impl<T> Texts<T> for One<T> {
    type Of<U> = One<U>;

    fn map<U>(self, at: &Path<'_>, each: &mut impl FnMut(&Path<'_>, T) -> U) -> One<U> {
        One(each(&at.field("note"), self.0))
    }
}

fn findings() -> Findings {
    let guard = Guard::new(GuardSettings::default());
    let text = One(Unguarded::new("Qwxzy, Tel. 0171 2345678"));
    guard
        .gate(&Path::root("situation"), text)
        .findings()
        .clone()
}

pub(crate) async fn a_draft_is_held_once_and_decided_once(engine: &impl Engine) {
    let store = engine.open().await;
    let (first, second) = (review(subject()), review(subject()));
    let found = findings();
    let audit = record(AuditEvent::ReviewHeld)
        .about(first.subject)
        .on(first.id)
        .finding(&found);
    let held = store.hold_review(first.clone(), audit).await.unwrap();
    assert_eq!(held, HoldOutcome::Held);
    let later = NewReview {
        held_at: UnixMillis(NOON_MS + 1),
        ..second.clone()
    };
    assert_eq!(hold(&store, &later).await, HoldOutcome::Held);
    let again = NewReview {
        body: b"other".to_vec(),
        ..first.clone()
    };
    let known = HoldOutcome::Known(ReviewState::Waiting);
    assert_eq!(hold(&store, &again).await, known);
    let waiting = store.reviews().await.unwrap();
    let ids: Vec<ReviewId> = waiting.iter().map(|it| it.id).collect();
    assert_eq!(ids, [first.id, second.id], "the oldest first");
    let it = &waiting[0];
    assert_eq!(
        (it.subject, &it.request, it.held_at, it.last_day),
        (first.subject, &first.request, first.held_at, LAST_DAY)
    );
    assert_eq!(it.body.as_deref(), Some(CANARY));
    assert_eq!(store.review_count().await.unwrap(), 2);

    assert!(decide(&store, first.id, ReviewState::Discarded).await);
    for becomes in [ReviewState::Discarded, ReviewState::Confirmed] {
        assert!(!decide(&store, first.id, becomes).await, "it is decided");
    }
    let unknown = ReviewId::from_hash(random());
    assert!(!decide(&store, unknown, ReviewState::Discarded).await);
    assert_eq!(store.review(&unknown).await.unwrap(), None);
    assert_eq!(
        state(&store, &first.id).await,
        (ReviewState::Discarded, None)
    );
    let known = HoldOutcome::Known(ReviewState::Discarded);
    assert_eq!(hold(&store, &first).await, known, "it doesn't come back");
    assert_eq!(store.review_count().await.unwrap(), 1);

    let log = store.audit(None, 9).await.unwrap();
    assert_eq!(log.len(), 3, "nothing is told that was not done: {log:?}");
    let told = &log[2];
    assert_eq!(told.event, AuditEvent::ReviewHeld);
    assert_eq!(
        (told.subject, told.review),
        (Some(first.subject), Some(first.id))
    );
    assert_eq!(told.role, AuditRole::Coordinator);
    assert_eq!(told.pseudonym, Some(Pseudonym([7; 8])));
    assert_eq!(told.guard_version, verbund_guard::VERSION);
    let kept: Vec<_> = found.told.iter().map(Into::into).collect();
    assert!(kept.len() >= 2);
    assert_eq!(told.findings, kept);
    assert_eq!(log[1].findings, []);
    store.close().await;
    let store = engine.open().await;
    assert_eq!(store.audit(None, 9).await.unwrap(), log);
    let (state, body) = state(&store, &second.id).await;
    assert_eq!(
        (state, body.as_deref()),
        (ReviewState::Waiting, Some(CANARY))
    );
    store.close().await;
}

fn confirming(lane: &verbund_ledger::LaneId, dhz: &Origin, held: &NewReview) -> PublishItem {
    PublishItem {
        request: Some(held.request.clone()),
        subject: held.subject,
        confirms: Some(held.id),
        audit: vec![record(AuditEvent::ReviewConfirmed).on(held.id)],
        ..item(lane, dhz)
    }
}

pub(crate) async fn a_confirmed_draft_is_published_in_the_same_transaction(engine: &impl Engine) {
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let held = review(subject());
    hold(&store, &held).await;
    let entry = stored(dhz.publish(&store, confirming(&lane, &dhz, &held)).await);
    assert_eq!(
        state(&store, &held.id).await,
        (ReviewState::Confirmed, None)
    );
    let both = [AuditEvent::ReviewHeld, AuditEvent::ReviewConfirmed];
    assert_eq!(events(&store).await, both);
    // The request is answered; another one can't confirm the same draft, nor one that was discarded.
    let again = dhz.publish(&store, confirming(&lane, &dhz, &held)).await;
    assert!(
        matches!(again, PublishOutcome::Repeated { .. }),
        "{again:?}"
    );
    let other = PublishItem {
        request: Some(request("briefing")),
        subject: subject(),
        ..confirming(&lane, &dhz, &held)
    };
    let closed = dhz.publish(&store, other.clone()).await;
    assert!(matches!(closed, PublishOutcome::ReviewClosed), "{closed:?}");
    let discarded = review(subject());
    hold(&store, &discarded).await;
    decide(&store, discarded.id, ReviewState::Discarded).await;
    let closed = dhz
        .publish(&store, confirming(&lane, &dhz, &discarded))
        .await;
    assert!(matches!(closed, PublishOutcome::ReviewClosed), "{closed:?}");
    // A correction of what has moved on stores nothing, and the draft goes on waiting.
    let correction = review(held.subject);
    hold(&store, &correction).await;
    let stale = PublishItem {
        condition: Condition::Supersedes(verbund_ledger::FrameHash([9; 32])),
        ..confirming(&lane, &dhz, &correction)
    };
    let stale = dhz.publish(&store, stale).await;
    assert!(
        matches!(stale, PublishOutcome::Stale { latest } if latest == entry.hash),
        "{stale:?}"
    );
    let waits = state(&store, &correction.id).await.0;
    assert_eq!(waits, ReviewState::Waiting);
    // Twice in one call: once.
    let twice = vec![
        confirming(&lane, &dhz, &correction),
        PublishItem {
            request: None,
            subject: subject(),
            ..confirming(&lane, &dhz, &correction)
        },
    ];
    let twice = twice.into_iter().map(|it| PublishItem {
        condition: Condition::New,
        subject: subject(),
        ..it
    });
    let outcomes = store.publish(twice.collect(), dhz.signer()).await.unwrap();
    let done = outcomes
        .iter()
        .filter(|it| matches!(it, PublishOutcome::Stored { .. }));
    assert_eq!(done.count(), 1, "{outcomes:?}");
    store.close().await;
}

pub(crate) async fn what_is_decided_may_wait_for_something_else(engine: &impl Engine) {
    let store = engine.open().await;
    let held = review(subject());
    hold(&store, &held).await;
    let pending = Pending {
        subject: held.subject,
        due: None,
        erasure_day: ERASED_ON,
        body: b"for a second coordinator".to_vec(),
    };
    let confirmed = || Decision {
        pending: Some(pending.clone()),
        ..decision(held.id, ReviewState::Confirmed, AuditEvent::ReviewConfirmed)
    };
    assert!(store.decide_review(confirmed()).await.unwrap());
    let waits = store.pending(&held.subject).await.unwrap();
    assert_eq!(waits.as_ref(), Some(&pending));
    store.drop_pending(&held.subject).await.unwrap();
    assert!(!store.decide_review(confirmed()).await.unwrap());
    assert_eq!(store.pending(&held.subject).await.unwrap(), None);
    let mut large = confirmed();
    large.pending.as_mut().unwrap().body = vec![0; limits::PENDING_BYTES + 1];
    let large = store.decide_review(large).await;
    assert!(matches!(large, Err(Error::TooMany { .. })), "{large:?}");
    let large = NewReview {
        body: vec![0; limits::PENDING_BYTES + 1],
        ..review(subject())
    };
    let refused = store
        .hold_review(large, record(AuditEvent::ReviewHeld))
        .await;
    assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
    store.close().await;
}

pub(crate) async fn as_many_wait_as_may(engine: &impl Engine) {
    let store = engine.open().await;
    let all: Vec<NewReview> = (0..=limits::REVIEWS).map(|_| review(subject())).collect();
    let outcomes = futures_util::future::join_all(all.iter().map(|it| hold(&store, it))).await;
    let full: Vec<usize> = (0..all.len())
        .filter(|at| outcomes[*at] == HoldOutcome::Full)
        .collect();
    assert_eq!(full.len(), 1, "however many come at once");
    assert_eq!(store.review_count().await.unwrap(), limits::REVIEWS);
    assert_eq!(store.review(&all[full[0]].id).await.unwrap(), None);
    let decided = all.iter().position(|it| it.id != all[full[0]].id).unwrap();
    decide(&store, all[decided].id, ReviewState::Expired).await;
    let held = hold(&store, &all[full[0]]).await;
    assert_eq!(held, HoldOutcome::Held, "there is room for it now");
    store.close().await;
}

pub(crate) async fn what_is_held_stays_readable_when_its_day_gets_a_new_key(engine: &impl Engine) {
    let store = engine.open().await;
    let (kept, discarded) = (review(subject()), review(subject()));
    for held in [&kept, &discarded] {
        hold(&store, held).await;
    }
    let before = engine.keys();
    decide(&store, discarded.id, ReviewState::Discarded).await;
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    let after = engine.keys();
    assert!(before.iter().all(|key| !after.contains(key)));
    let (state, body) = state(&store, &kept.id).await;
    assert_eq!(
        (state, body.as_deref()),
        (ReviewState::Waiting, Some(CANARY))
    );
    store.close().await;
}

pub(crate) async fn what_became_of_a_draft_is_forgotten_after_its_time(engine: &impl Engine) {
    let store = engine.open().await;
    let (waits, decided) = (review(subject()), review(subject()));
    for held in [&waits, &decided] {
        hold(&store, held).await;
    }
    decide(&store, decided.id, ReviewState::Expired).await;
    store.erase_due(TODAY + limits::REQUEST_DAYS).await.unwrap();
    assert!(store.review(&decided.id).await.unwrap().is_some());
    // Its last day is over and its key is gone: it waits without a text until somebody notes that.
    assert_eq!(state(&store, &waits.id).await, (ReviewState::Waiting, None));
    store
        .erase_due(TODAY + limits::REQUEST_DAYS + 1)
        .await
        .unwrap();
    assert_eq!(store.review(&decided.id).await.unwrap(), None);
    assert!(decide(&store, waits.id, ReviewState::Expired).await);
    store.close().await;
}

pub(crate) async fn a_held_text_is_never_on_disk_in_clear_and_goes_with_its_key(
    engine: &impl Engine,
) {
    let store = engine.open().await;
    let held = review(subject());
    hold(&store, &held).await;
    assert!(!holds(&engine.bytes(), CANARY) && !holds(&engine.bytes(), &CANARY[..12]));
    let sealed = engine.keys();
    assert_eq!(sealed.len(), 1);
    decide(&store, held.id, ReviewState::Discarded).await;
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    assert!(
        !engine.keys().contains(&sealed[0]),
        "a copy of the database can't be read either"
    );
    assert!(!holds(&engine.settled_bytes(), CANARY));
    store.close().await;
}
