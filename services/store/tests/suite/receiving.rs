//! Others' entries.

use std::sync::Arc;

use verbund_ledger::{HeldReason, LaneHead, Outcome, RefusedReason};
use verbund_store::{
    Error, Filter, Limit, Readmission, Received, ReceivedEntry, State, Step, Store, Usage, limits,
};

use super::kit::{ERASED_ON, Remote, TODAY, agency, audience, committed, hashes, issued, subject};
use super::{Engine, holds};

const ALL: Limit = Limit {
    count: 10_000,
    bytes: 1 << 30,
};
const HELD: Outcome = Outcome::Held(HeldReason::CharterUnknown);
const ILLEGAL: Outcome = Outcome::Refused(RefusedReason::TransitionIllegal);

async fn receive(store: &Arc<dyn Store>, remote: &Remote, entries: Vec<ReceivedEntry>) -> Received {
    store.receive(remote.batch(entries)).await.unwrap()
}

fn kod() -> Remote {
    Remote::new("kod", &audience(&["dhz", "kod"]))
}

pub(crate) async fn a_lane_is_opened_and_continued(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let entries: Vec<_> = (0..300).map(|_| kod.next()).collect();
    let first = receive(&store, &kod, entries[..100].to_vec()).await;
    assert_eq!(
        (first.stored, first.known, first.head.sequence),
        (100, 0, 100)
    );
    let rest = receive(&store, &kod, entries[100..].to_vec()).await;
    assert_eq!((rest.stored, rest.head), (200, kod.head));
    let read = store.entries(&kod.lane.id, 0, ALL).await.unwrap();
    for (read, sent) in read.iter().zip(&entries) {
        assert_eq!((&read.entry, read.hash), (&sent.entry, sent.hash));
    }
    assert_eq!(
        hashes(&read[100..]),
        hashes(rest.entries.iter().map(|entry| &**entry))
    );
    let lane = store.lanes().await.unwrap().remove(0);
    assert_eq!((lane.head, lane.origin), (kod.head, agency("kod")));
    assert_eq!(lane.audience, kod.lane.audience);
    store.close().await;
}

pub(crate) async fn what_is_known_is_skipped(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let entries: Vec<_> = (0..10).map(|_| kod.next()).collect();
    receive(&store, &kod, entries[..6].to_vec()).await;
    let again = receive(&store, &kod, entries[2..].to_vec()).await;
    assert_eq!((again.stored, again.known, again.head), (4, 4, kod.head));
    assert_eq!(again.entries.len(), 4);
    let all_known = receive(&store, &kod, entries[..3].to_vec()).await;
    assert_eq!(
        (all_known.stored, all_known.known, all_known.head),
        (0, 3, kod.head)
    );
    let nothing = receive(&store, &kod, Vec::new()).await;
    assert_eq!((nothing.stored, nothing.known), (0, 0));
    assert_eq!(store.entries(&kod.lane.id, 0, ALL).await.unwrap().len(), 10);
    store.close().await;
}

pub(crate) async fn gaps_forks_and_strangers_move_nothing(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let entries: Vec<_> = (0..6).map(|_| kod.next()).collect();
    let mut unopened = kod.batch(entries[..1].to_vec());
    unopened.opens = None;
    assert!(matches!(
        store.receive(unopened).await,
        Err(Error::LaneUnknown(_))
    ));
    let late = store.receive(kod.batch(entries[1..2].to_vec())).await;
    assert!(matches!(late, Err(Error::HeadMoved { head, .. }) if head == LaneHead::ORIGIN));
    let head = receive(&store, &kod, entries[..3].to_vec()).await.head;
    let moved = |received| matches!(received, Err(Error::HeadMoved { head: at, .. }) if at == head);

    assert!(
        moved(store.receive(kod.batch(entries[4..].to_vec())).await),
        "a gap before"
    );
    let holey = vec![entries[3].clone(), entries[5].clone()];
    assert!(moved(store.receive(kod.batch(holey)).await), "a gap within");

    // Another entry 3 and what follows it: signed, but not on this head.
    let mut fork = Remote {
        origin: kod.origin.clone(),
        lane: kod.lane.clone(),
        head: LaneHead {
            sequence: 2,
            hash: entries[1].hash,
        },
    };
    let forked = vec![fork.next(), fork.next()];
    assert!(
        moved(store.receive(fork.batch(forked.clone())).await),
        "a fork of the head"
    );
    assert!(
        moved(store.receive(fork.batch(forked[1..].to_vec())).await),
        "what follows a fork"
    );

    let record = store.lanes().await.unwrap().remove(0);
    assert_eq!(record.head, head);
    assert_eq!(receive(&store, &kod, entries).await.stored, 3);
    let many = (0..=limits::BATCH_ENTRIES).map(|_| kod.next()).collect();
    assert!(matches!(
        store.receive(kod.batch(many)).await,
        Err(Error::TooMany { .. })
    ));
    store.close().await;
}

pub(crate) async fn two_carriers_at_once_store_each_entry_once(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let entries: Vec<_> = (0..200).map(|_| kod.next()).collect();
    let mut carriers = tokio::task::JoinSet::new();
    for carrier in 0..4 {
        let store = Arc::clone(&store);
        let batches: Vec<_> = entries
            .chunks(10 + carrier)
            .map(|some| kod.batch(some.to_vec()))
            .collect();
        carriers.spawn(async move {
            let mut stored = 0;
            for batch in batches {
                stored += store.receive(batch).await.unwrap().stored;
            }
            stored
        });
    }
    let stored: u32 = carriers.join_all().await.into_iter().sum();
    assert_eq!(stored, 200);
    assert_eq!(
        store.entries(&kod.lane.id, 0, ALL).await.unwrap().len(),
        200
    );
    store.close().await;
}

pub(crate) async fn usage_is_counted_for_new_entries_only(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let entries: Vec<_> = (0..5).map(|_| kod.next()).collect();
    receive(&store, &kod, entries[..3].to_vec()).await;
    receive(&store, &kod, entries.clone()).await;
    let bytes: usize = entries.iter().map(|entry| entry.entry.bytes()).sum();
    let used = Usage {
        entries: 5,
        bytes: bytes as u64,
    };
    assert_eq!(store.usage(&agency("kod"), TODAY).await.unwrap(), used);
    assert_eq!(
        store.usage(&agency("kod"), TODAY + 1).await.unwrap(),
        Usage::default()
    );
    assert_eq!(
        store.usage(&agency("dhz"), TODAY).await.unwrap(),
        Usage::default()
    );
    store.close().await;
}

pub(crate) async fn refused_content_is_not_kept(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let (about, other) = (subject(), subject());
    let mut refused = kod.next();
    refused.outcome = Outcome::Refused(RefusedReason::GuardRejected);
    refused.entry.codes = None;
    refused.entry.text = None;
    // Refused here: the caller could not know.
    let first = kod.step(about, Step::Issued);
    let mut illegal = kod.next_with(b"canary in the codes", b"canary in the text");
    illegal.subject = Some(other);
    illegal.projection = Some(verbund_store::SituationProjection {
        kind: Step::Corrected,
        ..issued(&agency("kod"))
    });
    let sequence = illegal.sequence;
    let received = receive(&store, &kod, vec![refused.clone(), first, illegal]).await;
    assert_eq!(received.changed, [(sequence, ILLEGAL)]);
    let read = store.entries(&kod.lane.id, 0, ALL).await.unwrap();
    assert_eq!(read[0].outcome, refused.outcome);
    assert_eq!(read[0].entry.frame, refused.entry.frame);
    assert_eq!(read[2].outcome, ILLEGAL);
    for entry in [&read[2], &received.entries[2]] {
        assert!(entry.entry.codes.is_none() && entry.entry.text.is_none());
        assert_eq!(entry.subject, None);
    }
    assert!(store.situation(&other, None).await.unwrap().is_none());
    store.close().await;
    assert!(!holds(&engine.bytes(), b"canary in the codes"));
}

pub(crate) async fn steps_are_judged_against_their_subject(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let (one, two) = (subject(), subject());
    let entries = vec![
        kod.step(one, Step::Issued),
        kod.step(one, Step::Issued),
        kod.step(two, Step::Withdrawn),
        kod.step(one, Step::Corrected),
        kod.step(one, Step::Withdrawn),
    ];
    let received = receive(&store, &kod, entries).await;
    assert_eq!(received.changed, [(2, ILLEGAL), (3, ILLEGAL)]);
    let versions: Vec<_> = received.entries.iter().map(|entry| entry.version).collect();
    assert_eq!(versions, [1, 0, 0, 2, 3]);
    // The same in a transaction of its own.
    let again = vec![kod.step(one, Step::Issued), kod.step(two, Step::Corrected)];
    let received = receive(&store, &kod, again).await;
    assert_eq!(received.changed, [(6, ILLEGAL), (7, ILLEGAL)]);
    let situation = store.situation(&one, None).await.unwrap().unwrap();
    assert_eq!((situation.state, situation.versions), (State::Withdrawn, 3));
    assert_eq!(
        (situation.latest.sequence, situation.observed.sequence),
        (5, 4)
    );
    store.close().await;
}

pub(crate) async fn a_subject_belongs_to_its_origin_and_audience(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let about = subject();
    let first = kod.step(about, Step::Issued);
    receive(&store, &kod, vec![first]).await;

    let mut stranger = Remote::new("polizei", &audience(&["dhz", "kod", "polizei"]));
    let hijack = vec![
        stranger.step(about, Step::Corrected),
        // Erasing what nobody else but its origin can have said takes nothing from anybody.
        stranger.step(about, Step::Erased),
    ];
    assert_eq!(
        receive(&store, &stranger, hijack).await.changed,
        [(1, ILLEGAL)]
    );
    let theirs = store.situation(&about, Some(&kod.origin.agency)).await;
    assert_eq!(theirs.unwrap().unwrap().state, State::Current);

    let mut wider = Remote {
        origin: kod.origin.clone(),
        ..Remote::new("kod", &audience(&["dhz", "kod", "polizei"]))
    };
    let leak = wider.step(about, Step::Corrected);
    let mismatch = Outcome::Refused(RefusedReason::SubjectAudienceMismatch);
    assert_eq!(
        receive(&store, &wider, vec![leak]).await.changed,
        [(1, mismatch)]
    );

    // A successor lane with the same audience goes on.
    let mut successor = Remote {
        origin: kod.origin.clone(),
        ..Remote::new("kod", &kod.lane.audience)
    };
    let correction = successor.step(about, Step::Corrected);
    assert_eq!(
        receive(&store, &successor, vec![correction]).await.changed,
        []
    );
    let situation = store.situation(&about, None).await.unwrap().unwrap();
    assert_eq!((situation.lane, situation.versions), (successor.lane.id, 2));
    store.close().await;
}

/// A member that copies another's subject and is quicker takes nothing from it.
pub(crate) async fn a_copied_subject_keeps_nobody_out(engine: &impl Engine) {
    let store = engine.open().await;
    let (mut kod, mut copier) = (
        kod(),
        Remote::new("polizei", &audience(&["dhz", "polizei"])),
    );
    let about = subject();
    let copy = copier.step(about, Step::Issued);
    assert!(
        receive(&store, &copier, vec![copy])
            .await
            .changed
            .is_empty()
    );
    let steps = vec![
        kod.step(about, Step::Issued),
        kod.step(about, Step::Corrected),
    ];
    assert!(receive(&store, &kod, steps).await.changed.is_empty());
    let (owner, other) = (&kod.origin.agency, &agency("polizei"));
    let situation = async |origin| store.situation(&about, origin).await.unwrap().unwrap();
    assert_eq!(situation(Some(owner)).await.versions, 2);
    assert_eq!(situation(Some(other)).await.versions, 1);
    assert_eq!(&situation(None).await.origin, other, "the first that came");
    let history = async |origin| store.history(&about, origin).await.unwrap().len();
    assert_eq!(
        (history(Some(owner)).await, history(Some(other)).await),
        (2, 1)
    );
    assert_eq!(history(None).await, 1);
    let listed = store
        .situations(&Filter::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(listed.items.len(), 2);
    // Taking back takes back one's own.
    let erased = copier.step(about, Step::Erased);
    receive(&store, &copier, vec![erased]).await;
    store.finish_erasures().await.unwrap();
    assert_eq!(situation(Some(owner)).await.state, State::Current);
    assert!(situation(Some(owner)).await.latest.entry.text.is_some());
    assert_eq!(situation(Some(other)).await.state, State::Erased);
    store.close().await;
}

pub(crate) async fn versions_of_others_are_bounded(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let about = subject();
    let mut entries = vec![kod.step(about, Step::Issued)];
    entries.extend((0..limits::VERSIONS).map(|_| kod.step(about, Step::Corrected)));
    entries.push(kod.step(about, Step::Withdrawn));
    let received = receive(&store, &kod, entries).await;
    assert_eq!(
        received.changed,
        [(u64::from(limits::VERSIONS) + 1, ILLEGAL)]
    );
    let situation = store.situation(&about, None).await.unwrap().unwrap();
    assert_eq!(
        (situation.state, situation.versions),
        (State::Withdrawn, limits::VERSIONS + 1)
    );
    store.close().await;
}

fn readmission(entry: &ReceivedEntry, outcome: Outcome, kind: Option<Step>) -> Readmission {
    let projection = kind.map(|kind| verbund_store::SituationProjection {
        kind,
        ..issued(&agency("kod"))
    });
    Readmission {
        lane: verbund_ledger::frame::position(&entry.entry.frame)
            .unwrap()
            .0,
        sequence: entry.sequence,
        outcome,
        content: None,
        subject: entry.subject,
        projection,
        step: false,
        erases: Vec::new(),
    }
}

pub(crate) async fn what_waits_is_found_and_readmitted(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let about = subject();
    let mut entries: Vec<_> = (0..8).map(|_| kod.next()).collect();
    entries[1].outcome = HELD;
    entries[1].subject = Some(about);
    entries[3].outcome = Outcome::NotUnderstood;
    entries[5].outcome = Outcome::Held(HeldReason::ContentMissing);
    let content = (
        entries[5].entry.codes.take().unwrap(),
        entries[5].entry.text.take().unwrap(),
    );
    entries[6].outcome = HELD;
    receive(&store, &kod, entries.clone()).await;
    let waiting = async |after, limit| {
        let waiting = store.unadmitted(after, limit).await.unwrap();
        waiting
            .into_iter()
            .map(|entry| entry.sequence)
            .collect::<Vec<_>>()
    };
    assert_eq!(waiting(None, 9).await, [2, 4, 6, 7]);
    assert_eq!(waiting(None, 2).await, [2, 4]);
    assert_eq!(waiting(Some((kod.lane.id, 4)), 9).await, [6, 7]);
    assert!(
        store.situation(&about, None).await.unwrap().is_none(),
        "a held entry is no situation"
    );

    let mut late_content = readmission(&entries[5], Outcome::Stored, None);
    late_content.content = Some(content.clone());
    let items = vec![
        readmission(&entries[1], Outcome::Stored, Some(Step::Issued)),
        late_content,
        readmission(
            &entries[6],
            Outcome::Refused(RefusedReason::PolicyViolated),
            None,
        ),
        readmission(&entries[0], Outcome::Stored, None),
    ];
    let readmitted = store.readmit(items.clone()).await.unwrap();
    let outcomes: Vec<_> = readmitted
        .iter()
        .map(|entry| (entry.sequence, entry.outcome))
        .collect();
    let refused = Outcome::Refused(RefusedReason::PolicyViolated);
    assert_eq!(
        outcomes,
        [(2, Outcome::Stored), (6, Outcome::Stored), (7, refused)]
    );
    assert_eq!(waiting(None, 9).await, [4]);
    assert!(store.readmit(items).await.unwrap().is_empty(), "once only");

    let situation = store.situation(&about, None).await.unwrap().unwrap();
    assert_eq!(
        (situation.latest.sequence, situation.latest.version),
        (2, 1)
    );
    let read = store.entries(&kod.lane.id, 5, ALL).await.unwrap();
    assert_eq!(read[0].entry.codes, Some(content.0));
    assert_eq!(read[0].entry.text, Some(content.1));
    assert!(read[1].entry.codes.is_none() && read[1].entry.text.is_none());
    store.close().await;
}

pub(crate) async fn a_late_version_does_not_undo_a_later_one(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let about = subject();
    let first = kod.step(about, Step::Issued);
    let mut held = kod.step(about, Step::Corrected);
    held.outcome = HELD;
    held.projection = None;
    let last = kod.step(about, Step::Corrected);
    receive(&store, &kod, vec![first, held.clone(), last]).await;
    store
        .readmit(vec![readmission(
            &held,
            Outcome::Stored,
            Some(Step::Corrected),
        )])
        .await
        .unwrap();
    let situation = store.situation(&about, None).await.unwrap().unwrap();
    assert_eq!((situation.latest.sequence, situation.versions), (3, 3));
    let history = store.history(&about, None).await.unwrap();
    let sequences: Vec<_> = history.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [1, 2, 3]);
    store.close().await;
}

pub(crate) async fn exceptions_are_told_newest_last(engine: &impl Engine) {
    let store = engine.open().await;
    let mut kod = kod();
    let mut entries: Vec<_> = (0..10).map(|_| kod.next()).collect();
    entries[2].outcome = HELD;
    entries[7].outcome = Outcome::NotUnderstood;
    entries[9].outcome = Outcome::Refused(RefusedReason::Oversize);
    entries[9].entry.codes = None;
    entries[9].entry.text = Some(committed(b"kept by mistake"));
    receive(&store, &kod, entries).await;
    let told = [
        (3, HELD),
        (8, Outcome::NotUnderstood),
        (10, Outcome::Refused(RefusedReason::Oversize)),
    ];
    assert_eq!(store.exceptions(&kod.lane.id).await.unwrap(), told);
    let read = store.entries(&kod.lane.id, 9, ALL).await.unwrap();
    assert!(
        read[0].entry.text.is_none(),
        "what is refused is never kept"
    );
    assert_eq!(read[0].erasure_day, ERASED_ON);
    store.close().await;
}
