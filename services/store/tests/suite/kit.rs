//! What the suite's cases are made with: origins that sign, items, and others' entries.

use std::sync::Arc;

use verbund_ledger::{
    Committed, Entry, EntryKey, Frame, FrameHash, LaneHead, LaneId, Outcome, Part, SealedFrame,
    Suite, SystemEntropy,
};
use verbund_model::{
    AgencyId, Audience, CategoryId, Entropy, FederationId, IndicatorId, PlaceId, RequestId,
    SubjectId, UnixMillis, WindowId,
};
use verbund_store::{
    Alarm, Condition, NewLane, PublishItem, PublishOutcome, ReadingRow, ReceivedBatch,
    ReceivedEntry, RequestKey, Seal, SealedEntry, SituationProjection, Step, Store, StoredEntry,
    Unsealed,
};

/// The day on which the suite's contents are erased, unless a case says otherwise.
pub(crate) const ERASED_ON: i32 = 20_900;
/// The day that the suite's observations speak of.
pub(crate) const TODAY: i32 = 20_780;

pub(crate) fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

pub(crate) fn federation() -> FederationId {
    FederationId::parse("krefeld").unwrap()
}

pub(crate) fn audience(ids: &[&str]) -> Audience {
    Audience::new(ids.iter().map(|id| agency(id))).unwrap()
}

pub(crate) fn subject() -> SubjectId {
    SubjectId::from_random(random())
}

pub(crate) fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    SystemEntropy.fill(&mut bytes);
    bytes
}

pub(crate) fn committed(content: &[u8]) -> Committed {
    Committed::new(content.to_vec(), &SystemEntropy)
}

pub(crate) fn request(caller: &str) -> RequestKey {
    RequestKey {
        caller: caller.to_owned(),
        method: "PublishSituation".to_owned(),
        id: RequestId::new(uuid::Uuid::now_v7()).unwrap(),
    }
}

pub(crate) fn alarm(detail: &str) -> Alarm {
    Alarm {
        number: 0,
        at: UnixMillis(1_700_000_000_000),
        kind: "LANE_STOPPED".to_owned(),
        lane: Some(LaneId([7; 16])),
        agency: Some(agency("kod")),
        detail: detail.to_owned(),
        evidence: Some(vec![1, 2, 3]),
    }
}

/// An agency that makes and signs entries.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) agency: AgencyId,
    pub(crate) key: Arc<EntryKey>,
}

impl Origin {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            agency: agency(id),
            key: Arc::new(EntryKey::generate(&SystemEntropy)),
        }
    }

    pub(crate) fn lane(&self, audience: &Audience) -> NewLane {
        NewLane {
            id: LaneId(random()),
            origin: self.agency.clone(),
            epoch: 1,
            audience: audience.clone(),
        }
    }

    pub(crate) fn frame(
        &self,
        lane: &LaneId,
        head: LaneHead,
        day: i32,
        codes: &Committed,
        text: &Committed,
    ) -> SealedFrame {
        let frame = Frame {
            suite: Suite::Ed25519,
            federation: federation(),
            origin: self.agency.clone(),
            epoch: 1,
            lane: *lane,
            sequence: head.sequence + 1,
            previous: head.hash,
            key: self.key.id(),
            erasure_day: day,
            codes: codes.commitment(Part::Codes),
            text: text.commitment(Part::Text),
        };
        frame.seal(&self.key)
    }

    /// Opens a lane of its own at a store and gives its name.
    pub(crate) async fn open(&self, store: &Arc<dyn Store>, audience: &Audience) -> LaneId {
        let lane = self.lane(audience);
        let opening = self.opening(&lane.id);
        store.open_lane(lane, opening).await.unwrap().id
    }

    pub(crate) fn opening(&self, lane: &LaneId) -> SealedEntry {
        let (codes, text) = (committed(b"opened"), committed(b""));
        SealedEntry {
            frame: self.frame(lane, LaneHead::ORIGIN, ERASED_ON, &codes, &text),
            codes,
            text,
            erasure_day: ERASED_ON,
        }
    }

    pub(crate) fn signer(&self) -> Arc<dyn Seal> {
        Arc::new(self.clone())
    }

    /// Publishes one item.
    pub(crate) async fn publish(
        &self,
        store: &Arc<dyn Store>,
        item: PublishItem,
    ) -> PublishOutcome {
        let mut outcomes = store.publish(vec![item], self.signer()).await.unwrap();
        assert_eq!(outcomes.len(), 1);
        outcomes.remove(0)
    }

    /// Publishes one item that has to be stored.
    pub(crate) async fn store(
        &self,
        store: &Arc<dyn Store>,
        item: PublishItem,
    ) -> Arc<StoredEntry> {
        stored(self.publish(store, item).await)
    }
}

impl Seal for Origin {
    fn seal(&self, lane: &LaneId, mut head: LaneHead, items: &[Unsealed<'_>]) -> Vec<SealedFrame> {
        let frames = items.iter().map(|item| {
            let frame = Frame {
                suite: Suite::Ed25519,
                federation: federation(),
                origin: self.agency.clone(),
                epoch: 1,
                lane: *lane,
                sequence: head.sequence + 1,
                previous: head.hash,
                key: self.key.id(),
                erasure_day: item.erasure_day,
                codes: *item.codes_commitment,
                text: *item.text_commitment,
            };
            let sealed = frame.seal(&self.key);
            head = LaneHead {
                sequence: frame.sequence,
                hash: sealed.hash,
            };
            sealed
        });
        frames.collect()
    }
}

pub(crate) fn stored(outcome: PublishOutcome) -> Arc<StoredEntry> {
    match outcome {
        PublishOutcome::Stored { position, entry } => {
            assert_eq!(position, entry.place());
            entry
        }
        other => panic!("not stored: {other:?}"),
    }
}

/// What a first update says.
pub(crate) fn issued(agency: &AgencyId) -> SituationProjection {
    SituationProjection {
        kind: Step::Issued,
        agency: agency.clone(),
        category: Some(CategoryId::parse("konsum").unwrap()),
        place: Some(PlaceId::parse("theaterplatz").unwrap()),
        day: Some(TODAY),
        window: Some(WindowId::parse("22-06").unwrap()),
        readings: vec![ReadingRow {
            indicator: IndicatorId::parse("spritzenfunde").unwrap(),
            place: PlaceId::parse("theaterplatz").unwrap(),
            period: 0,
            day: TODAY,
            value: "12".to_owned(),
        }],
    }
}

/// What taking back says.
pub(crate) fn taken_back(agency: &AgencyId, kind: Step) -> SituationProjection {
    SituationProjection {
        kind,
        category: None,
        place: None,
        day: None,
        window: None,
        readings: Vec::new(),
        ..issued(agency)
    }
}

/// A first update in a lane.
pub(crate) fn item(lane: &LaneId, origin: &Origin) -> PublishItem {
    PublishItem {
        request: None,
        fingerprint: [1; 32],
        lane: *lane,
        subject: subject(),
        condition: Condition::New,
        codes: committed(b"codes"),
        text: committed(b"a note"),
        erasure_day: ERASED_ON,
        projection: Some(issued(&origin.agency)),
        erases: Vec::new(),
        pending: None,
        generalised: None,
        consumes_pending: None,
        confirms: None,
        dequeues: false,
        audit: Vec::new(),
    }
}

/// A further step on a subject.
pub(crate) fn step(of: &StoredEntry, origin: &Origin, kind: Step) -> PublishItem {
    let projection = match kind {
        Step::Issued | Step::Corrected => SituationProjection {
            kind,
            ..issued(&origin.agency)
        },
        Step::Withdrawn | Step::Erased => taken_back(&origin.agency, kind),
    };
    PublishItem {
        subject: of.subject.unwrap(),
        condition: Condition::Supersedes(of.hash),
        projection: Some(projection),
        ..item(&of.lane, origin)
    }
}

/// Another origin's lane, as its entries arrive.
pub(crate) struct Remote {
    pub(crate) origin: Origin,
    pub(crate) lane: NewLane,
    pub(crate) head: LaneHead,
}

impl Remote {
    pub(crate) fn new(id: &str, audience: &Audience) -> Self {
        let origin = Origin::new(id);
        let lane = origin.lane(audience);
        Self {
            origin,
            lane,
            head: LaneHead::ORIGIN,
        }
    }

    /// The next entry, plainly stored and without a subject.
    pub(crate) fn next(&mut self) -> ReceivedEntry {
        self.next_with(b"codes", b"a note")
    }

    pub(crate) fn next_with(&mut self, codes: &[u8], text: &[u8]) -> ReceivedEntry {
        self.next_until(ERASED_ON, codes, text)
    }

    pub(crate) fn next_until(
        &mut self,
        erasure_day: i32,
        codes: &[u8],
        text: &[u8],
    ) -> ReceivedEntry {
        let (codes, text) = (committed(codes), committed(text));
        let frame = self
            .origin
            .frame(&self.lane.id, self.head, erasure_day, &codes, &text);
        self.head = LaneHead {
            sequence: self.head.sequence + 1,
            hash: frame.hash,
        };
        ReceivedEntry {
            entry: Entry {
                frame: frame.frame,
                signature: frame.signature,
                codes: Some(codes),
                text: Some(text),
            },
            sequence: self.head.sequence,
            hash: frame.hash,
            outcome: Outcome::Stored,
            erasure_day,
            subject: None,
            projection: None,
            step: false,
            erases: Vec::new(),
        }
    }

    /// The next entry, as a step of a subject.
    pub(crate) fn step(&mut self, subject: SubjectId, kind: Step) -> ReceivedEntry {
        let projection = match kind {
            Step::Issued | Step::Corrected => SituationProjection {
                kind,
                ..issued(&self.origin.agency)
            },
            Step::Withdrawn | Step::Erased => taken_back(&self.origin.agency, kind),
        };
        ReceivedEntry {
            subject: Some(subject),
            projection: Some(projection),
            ..self.next()
        }
    }

    pub(crate) fn batch(&self, entries: Vec<ReceivedEntry>) -> ReceivedBatch {
        ReceivedBatch {
            lane: self.lane.id,
            origin: self.origin.agency.clone(),
            opens: Some(self.lane.clone()),
            entries,
            usage_day: TODAY,
            hold: None,
        }
    }
}

/// The hashes of entries.
pub(crate) fn hashes<'e>(entries: impl IntoIterator<Item = &'e StoredEntry>) -> Vec<FrameHash> {
    entries.into_iter().map(|entry| entry.hash).collect()
}
