//! What tests of whole stores are made with: places on both engines, a store with one of everything, whoever knows who signs and
//! what codes say, and a way past the store to break things.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use tempfile::TempDir;
use verbund_ledger::{
    Committed, EntryKey, Exceptions, FrameHash, HeldReason, LaneHead, LaneId, Outcome, PublicKey,
    Receipt, SystemEntropy,
};
use verbund_model::{AgencyId, AuditEvent, ReviewId, SubjectId, UnixMillis};
use verbund_store::{
    AuditRecord, CharterRecord, Checked, Condition, Copied, Decision, FatalSignal, FindingKind,
    NewQueued, NewReview, OpenOptions, Pending, Progress, Projected, Projector, PublishItem,
    Readmission, Rebuilt, ReceiptRecord, ReceivedEntry, Result, ReviewState, Signers,
    SituationProjection, Step, Store, StoredEntry, Upkeep,
};
use verbund_test_postgres::Database;

use crate::suite::kit::{
    ERASED_ON, Origin, Remote, TODAY, agency, alarm, audience, federation, issued, item, request,
    step, taken_back,
};

/// For how many days the charter keeps readings.
pub(crate) const READING_DAYS: u32 = 200;

/// Where a store is.
pub(crate) enum Place {
    Sqlite(TempDir),
    Postgres(Database),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) fn postgres() -> Self {
        Self::Postgres(Database::new().unwrap())
    }

    pub(crate) fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => {
                format!("sqlite:{}", folder.path().join("verbund.db").display())
            }
            Self::Postgres(database) => database.url().to_string(),
        }
    }

    pub(crate) async fn open(&self, keys: &TempDir) -> Result<Arc<dyn Store>> {
        let options = OpenOptions {
            erasure_keys: keys.path().join("keys"),
            entropy: Arc::new(SystemEntropy),
            fatal: FatalSignal::new(),
            replica: "one".to_owned(),
            migrate: true,
            accept_data_loss: false,
        };
        verbund_store::open(&self.url(), options).await
    }

    /// Runs a statement past the store. Bytes are written `{00ff}`.
    pub(crate) async fn tamper(&self, statement: &str) {
        match self {
            Self::Sqlite(_) => {
                let sql = statement.replace('{', "x'").replace('}', "'");
                let mut connection = self.connection().await;
                connection.execute(AssertSqlSafe(sql)).await.unwrap();
                connection.close().await.unwrap();
            }
            Self::Postgres(database) => {
                let sql = statement.replace('{', "'\\x").replace('}', "'::bytea");
                database.psql(&sql).unwrap();
            }
        }
    }

    async fn connection(&self) -> sqlx::SqliteConnection {
        let url = self.url();
        let file = url.strip_prefix("sqlite:").unwrap();
        let options = SqliteConnectOptions::new()
            .filename(file)
            .foreign_keys(false);
        options.connect().await.unwrap()
    }

    /// All rows of a table in the order of its key, byte for byte.
    pub(crate) async fn dump(&self, table: &str, columns: &[&str]) -> Vec<String> {
        match self {
            Self::Sqlite(_) => {
                let shown: Vec<String> = columns.iter().map(|it| format!("quote({it})")).collect();
                let sql = format!("SELECT {} FROM {table}", shown.join(" || '|' || "));
                let mut connection = self.connection().await;
                let rows = connection.fetch_all(AssertSqlSafe(sql)).await.unwrap();
                connection.close().await.unwrap();
                let mut rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
                rows.sort();
                rows
            }
            Self::Postgres(database) => {
                let sql = format!("SELECT {} FROM {table}", columns.join(", "));
                let rows = database.psql(&sql).unwrap();
                let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
                rows.sort();
                rows
            }
        }
    }

    /// Everything that is computed from the entries.
    pub(crate) async fn projections(&self) -> Vec<Vec<String>> {
        let situation = [
            "changed",
            "subject",
            "first",
            "observed",
            "lane",
            "versions",
            "state",
            "agency",
            "category",
            "place",
            "day",
            "time_window",
        ];
        let reading = [
            "first",
            "ordinal",
            "agency",
            "indicator",
            "place",
            "period",
            "day",
            "value",
        ];
        vec![
            self.dump("situation", &situation).await,
            self.dump("reading", &reading).await,
            self.dump("entry", &["position", "version", "subject", "step"])
                .await,
        ]
    }
}

/// Knows the keys of some agencies, and nothing of charters.
pub(crate) struct Keys(pub(crate) HashMap<AgencyId, Vec<PublicKey>>);

impl Keys {
    /// Keys made of seeds: an agency's is its place in the list, plus one, 32 times.
    pub(crate) fn seeded(ids: &[&str]) -> Self {
        let keys = (1..).zip(ids).map(|(seed, id)| {
            let key = EntryKey::from_seed(&[seed; 32]).unwrap();
            (agency(id), vec![key.public().clone()])
        });
        Self(keys.collect())
    }
}

impl Signers for Keys {
    fn learn(&mut self, charter: &CharterRecord) -> std::result::Result<(), String> {
        match charter.body.starts_with(b"charter") {
            true => Ok(()),
            false => Err("it is no charter".to_owned()),
        }
    }

    fn keys(&self, agency: &AgencyId) -> &[PublicKey] {
        self.0.get(agency).map_or(&[], Vec::as_slice)
    }

    fn reading_days(&self) -> u32 {
        READING_DAYS
    }
}

/// Reads what [`codes`] writes.
pub(crate) struct Words;

/// What the codes of a step have in the place of what they do to a situation.
const STEP: &str = "Taken";

/// Codes that say what they are for: subject, step, value, and the frames that they take along.
pub(crate) fn codes(subject: &SubjectId, kind: Step, value: &str, erases: &[FrameHash]) -> Vec<u8> {
    let erases: Vec<String> = erases.iter().map(ToString::to_string).collect();
    format!(
        "{}|{kind:?}|{value}|{}",
        hex::encode(subject.as_bytes()),
        erases.join(",")
    )
    .into_bytes()
}

impl Projector for Words {
    fn project(&self, origin: &AgencyId, codes: &[u8]) -> Option<Projected> {
        let codes = std::str::from_utf8(codes).ok()?;
        let [subject, kind, value, erases] = codes.split('|').collect::<Vec<_>>()[..] else {
            return None;
        };
        let subject = hex::decode(subject).ok()?.try_into().ok()?;
        if kind == STEP {
            return Some(Projected {
                subject: SubjectId::from_bytes(subject),
                projection: None,
                step: true,
                erases: Vec::new(),
            });
        }
        let kind = [Step::Issued, Step::Corrected, Step::Withdrawn, Step::Erased]
            .into_iter()
            .find(|it| format!("{it:?}") == kind)?;
        let erases = erases.split(',').filter(|it| !it.is_empty());
        Some(Projected {
            subject: SubjectId::from_bytes(subject),
            projection: Some(projection(origin, kind, value)),
            step: false,
            erases: erases.map(|it| it.parse().unwrap()).collect(),
        })
    }
}

fn projection(origin: &AgencyId, kind: Step, value: &str) -> SituationProjection {
    match kind {
        Step::Issued | Step::Corrected => {
            let mut projection = issued(origin);
            projection.kind = kind;
            projection.readings[0].value = value.to_owned();
            if value.len() > 1 {
                let mut second = projection.readings[0].clone();
                second.value = "<5".to_owned();
                projection.readings.push(second);
            }
            projection
        }
        Step::Withdrawn | Step::Erased => taken_back(origin, kind),
    }
}

/// A store with one of everything, and who speaks in it.
pub(crate) struct Filled {
    pub(crate) keys: TempDir,
    pub(crate) dhz: Origin,
    pub(crate) kod: Origin,
    pub(crate) near: LaneId,
    /// Of the other agency.
    pub(crate) theirs: LaneId,
}

fn spoken(item: PublishItem, value: &str) -> PublishItem {
    let says = item.projection.as_ref().unwrap();
    let (kind, agency) = (says.kind, says.agency.clone());
    let content = codes(&item.subject, kind, value, &item.erases);
    PublishItem {
        codes: Committed::new(content, &SystemEntropy),
        projection: Some(projection(&agency, kind, value)),
        ..item
    }
}

/// A first word of an own origin.
pub(crate) fn first(lane: &LaneId, origin: &Origin, value: &str) -> PublishItem {
    spoken(item(lane, origin), value)
}

fn next(of: &StoredEntry, origin: &Origin, kind: Step, value: &str) -> PublishItem {
    spoken(step(of, origin, kind), value)
}

/// Takes a word back because of personal data.
pub(crate) fn erasing(of: &StoredEntry, origin: &Origin) -> PublishItem {
    let mut withdrawal = step(of, origin, Step::Erased);
    withdrawal.erases = vec![of.hash];
    spoken(withdrawal, "")
}

/// A word of the other agency.
fn said(kod: &mut Remote, subject: SubjectId, kind: Step, value: &str) -> ReceivedEntry {
    let mut entry = kod.next_with(&codes(&subject, kind, value, &[]), b"their note");
    entry.subject = Some(subject);
    entry.projection = Some(projection(&kod.origin.agency, kind, value));
    entry
}

impl Filled {
    pub(crate) fn upkeep(&self) -> Upkeep {
        Upkeep {
            erasure_keys: self.keys.path().join("keys"),
            today: TODAY,
            accept_data_loss: false,
        }
    }

    pub(crate) fn signers(&self) -> Keys {
        let keys =
            [&self.dhz, &self.kod].map(|it| (it.agency.clone(), vec![it.key.public().clone()]));
        Keys(keys.into())
    }

    pub(crate) async fn check(&self, place: &Place) -> Result<Checked> {
        let mut signers = self.signers();
        let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
        verbund_store::check(&place.url(), &self.upkeep(), &mut signers, &Words, told).await
    }

    pub(crate) async fn kinds(&self, place: &Place) -> Vec<FindingKind> {
        let checked = self.check(place).await.unwrap();
        checked.findings.iter().map(|it| it.kind).collect()
    }

    pub(crate) async fn rebuild(&self, place: &Place) -> Result<Rebuilt> {
        self.rebuild_on(place, TODAY).await
    }

    /// On a day.
    pub(crate) async fn rebuild_on(&self, place: &Place, today: i32) -> Result<Rebuilt> {
        let upkeep = Upkeep {
            today,
            ..self.upkeep()
        };
        let (url, mut signers) = (place.url(), self.signers());
        verbund_store::rebuild(&url, &upkeep, &mut signers, &Words, &mut |_| {}).await
    }

    pub(crate) async fn copy(&self, from: &Place, to: &Place) -> Result<Copied> {
        let mut signers = self.signers();
        let told: &mut (dyn FnMut(Progress) + Send) = &mut |_| {};
        let (from, to) = (from.url(), to.url());
        verbund_store::copy(&from, &to, true, &self.upkeep(), &mut signers, told).await
    }

    /// Makes a store, and closes it.
    pub(crate) async fn make(place: &Place) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let store = place.open(&keys).await.unwrap();
        store.claim(&federation(), &agency("dhz")).await.unwrap();
        let (dhz, mut kod) = (
            Origin::new("dhz"),
            Remote::new("kod", &audience(&["dhz", "kod"])),
        );
        let near = dhz.open(&store, &audience(&["dhz", "kod"])).await;
        own_words(&store, &dhz, &near).await;
        their_words(&store, &mut kod).await;
        let lane = kod.lane.id;
        records(&store, &dhz, &kod.origin, &near, &lane).await;
        // Due with its correction, which carries the observation: only its row tells that any more.
        for value in ["41", "42"] {
            let old = dhz.store(&store, due(first(&near, &dhz, value))).await;
            dhz.store(&store, due(next(&old, &dhz, Step::Corrected, value)))
                .await;
        }
        steps(&store, &dhz, &mut kod, &near).await;
        // What was due on the day before today goes, and with it a first version whose correction stays.
        store.erase_due(TODAY).await.unwrap();
        store.close().await;
        Self {
            keys,
            dhz,
            kod: kod.origin,
            near,
            theirs: lane,
        }
    }
}

/// Of both agencies on one subject, the own first one hidden early, and a remark on a situation.
async fn steps(store: &Arc<dyn Store>, dhz: &Origin, kod: &mut Remote, near: &LaneId) {
    let says = |on: &SubjectId| format!("{}|{STEP}||", hex::encode(on.as_bytes()));
    let own = |on: SubjectId, follows| PublishItem {
        subject: on,
        condition: Condition::Follows(follows),
        codes: Committed::new(says(&on).into_bytes(), &SystemEntropy),
        projection: None,
        ..item(near, dhz)
    };
    let on = crate::suite::kit::subject();
    let taken = dhz.store(store, own(on, None)).await;
    let mut theirs = kod.next_with(says(&on).as_bytes(), b"their answer");
    (theirs.subject, theirs.step) = (Some(on), true);
    store.receive(kod.batch(vec![theirs])).await.unwrap();
    dhz.store(store, own(on, Some(taken.hash))).await;
    let erased = store.erase_entries(&on, vec![taken.hash]).await;
    assert_eq!(erased.unwrap(), 1);
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
    let told = dhz.store(store, first(near, dhz, "43")).await;
    dhz.store(store, own(told.subject.unwrap(), None)).await;
}

fn due(item: PublishItem) -> PublishItem {
    PublishItem {
        erasure_day: TODAY - 1,
        ..item
    }
}

async fn own_words(store: &Arc<dyn Store>, dhz: &Origin, near: &LaneId) {
    let mut asked = first(near, dhz, "12");
    asked.request = Some(request("duty-log"));
    asked.generalised = Some(crate::suite::kit::subject());
    dhz.store(store, asked).await;
    // Corrected twice and withdrawn.
    let mut latest = dhz.store(store, first(near, dhz, "7")).await;
    for (kind, value) in [
        (Step::Corrected, "8"),
        (Step::Corrected, "9"),
        (Step::Withdrawn, ""),
    ] {
        latest = dhz.store(store, next(&latest, dhz, kind, value)).await;
    }
    // Due already, alone; with a correction that stays; with a withdrawal that stays; with one that goes, too.
    dhz.store(store, due(first(near, dhz, "1"))).await;
    let old = dhz.store(store, due(first(near, dhz, "2"))).await;
    dhz.store(store, next(&old, dhz, Step::Corrected, "33"))
        .await;
    let old = dhz.store(store, due(first(near, dhz, "3"))).await;
    dhz.store(store, next(&old, dhz, Step::Withdrawn, "")).await;
    let old = dhz.store(store, due(first(near, dhz, "4"))).await;
    dhz.store(store, due(next(&old, dhz, Step::Withdrawn, "")))
        .await;
    // A withdrawal that goes before what it takes back.
    let old = dhz.store(store, first(near, dhz, "5")).await;
    dhz.store(store, due(next(&old, dhz, Step::Withdrawn, "")))
        .await;
    // Because of personal data.
    let named = dhz.store(store, first(near, dhz, "6")).await;
    dhz.store(store, erasing(&named, dhz)).await;
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
}

async fn their_words(store: &Arc<dyn Store>, kod: &mut Remote) {
    let [one, late] = [(); 2].map(|()| crate::suite::kit::subject());
    let mut entries = vec![
        kod.next_with(b"opened", b""),
        said(kod, one, Step::Issued, "20"),
        said(kod, late, Step::Issued, "21"),
    ];
    let mut waits = said(kod, late, Step::Corrected, "22");
    let readmitted = waits.sequence;
    waits.outcome = Outcome::Held(HeldReason::CharterUnknown);
    (waits.subject, waits.projection) = (None, None);
    entries.push(waits);
    entries.push(said(kod, late, Step::Corrected, "23"));
    let mut missing = kod.next();
    missing.outcome = Outcome::Held(HeldReason::ContentMissing);
    (missing.entry.codes, missing.entry.text) = (None, None);
    entries.push(missing);
    let mut refused = kod.next();
    refused.outcome = Outcome::Refused(verbund_ledger::RefusedReason::GuardRejected);
    (refused.entry.codes, refused.entry.text) = (None, None);
    entries.push(refused);
    store.receive(kod.batch(entries)).await.unwrap();
    // Admitted after a later one: history at once, and its version is the last.
    let second = Readmission {
        lane: kod.lane.id,
        sequence: readmitted,
        outcome: Outcome::Stored,
        content: None,
        subject: Some(late),
        projection: Some(projection(&kod.origin.agency, Step::Corrected, "22")),
        step: false,
        erases: Vec::new(),
    };
    let changed = store.readmit(vec![second]).await.unwrap();
    assert_eq!(changed[0].version, 3);
}

async fn records(
    store: &Arc<dyn Store>,
    dhz: &Origin,
    kod: &Origin,
    near: &LaneId,
    theirs: &LaneId,
) {
    let mut receipts = Vec::new();
    for (lane, recipient, sequence) in [(near, kod, 2), (theirs, dhz, 3)] {
        let receipt = Receipt {
            recipient: recipient.agency.clone(),
            generation: 3,
            lane: *lane,
            sequence,
            hash: store.frame_hash(lane, sequence).await.unwrap().unwrap(),
            exceptions: Exceptions::default(),
        };
        let signed = receipt.sign(&recipient.key);
        receipts.push(ReceiptRecord {
            lane: *lane,
            recipient: recipient.agency.clone(),
            generation: 3,
            sequence,
            body: signed.body,
            signature: signed.signature,
        });
    }
    store.put_receipts(receipts).await.unwrap();
    let draft = Pending {
        subject: crate::suite::kit::subject(),
        due: Some(TODAY + 1),
        erasure_day: ERASED_ON,
        body: b"vergroebert, ab morgen".to_vec(),
    };
    store.put_pending(draft).await.unwrap();
    let queued = NewQueued {
        subject: crate::suite::kit::subject(),
        erasure_day: ERASED_ON,
        body: "während sie wartet".as_bytes().to_vec(),
    };
    store.enqueue(queued).await.unwrap();
    for detail in ["one", "two"] {
        store.put_alarm(alarm(detail)).await.unwrap();
    }
    reviews(store).await;
    for version in [1, 2] {
        let charter = CharterRecord {
            version,
            body: format!("charter {version}").into_bytes(),
            signatures: vec![7; 96],
        };
        store.put_charter(charter).await.unwrap();
    }
    assert_ne!(store.lanes().await.unwrap()[0].head, LaneHead::ORIGIN);
}

/// One draft that waits for review and one that was discarded, with what the audit log tells of them.
async fn reviews(store: &Arc<dyn Store>) {
    let at = UnixMillis(i64::from(TODAY) * 86_400_000);
    for number in [1, 2] {
        let review = NewReview {
            id: ReviewId::from_hash([number; 16]),
            subject: crate::suite::kit::subject(),
            request: request("briefing"),
            held_at: at,
            last_day: ERASED_ON,
            body: b"zur Durchsicht".to_vec(),
        };
        let audit = AuditRecord::of_node(at, AuditEvent::ReviewHeld).about(review.subject);
        store.hold_review(review, audit).await.unwrap();
    }
    let discarded = Decision {
        review: ReviewId::from_hash([2; 16]),
        becomes: ReviewState::Discarded,
        pending: None,
        audit: AuditRecord::of_node(at, AuditEvent::ReviewDiscarded),
    };
    assert!(store.decide_review(discarded).await.unwrap());
    assert_eq!(store.finish_erasures().await.unwrap(), 1);
}
