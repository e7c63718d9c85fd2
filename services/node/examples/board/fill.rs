//! Fills a node's store with tasks and protocols, as if they had been taken in over months: signed entries in the lanes of six
//! agencies, put into the store without a node.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use verbund_ledger::{
    Committed, Entry, Frame, LaneHead, LaneId, Outcome, Part, Suite, SystemEntropy,
};
use verbund_model::{
    AgencyId, Attendance, Audience, CategoryId, Clock as _, Day, Decision, DeclineReason,
    Entropy as _, Handling, ItemNumber, MeasureId, MeetingTypeId, PlaceId, ProtocolContent,
    ProtocolItem, ProtocolNumber, ProtocolTransition, StepId, SubjectId, SubjectRef, SystemClock,
    TaskTerms, TaskTransition, UnixMillis, day_from_number, day_number,
};
use verbund_store::{FatalSignal, NewLane, OpenOptions, ReceivedBatch, ReceivedEntry, Store, open};
use verbund_wire::convert::codes::{self, Codes, Kind};
use verbund_wire::convert::name;

use crate::federation::{self, Member, OWN, PARTNER, agency};
use crate::texts::{ASSESSMENTS, DECISIONS, Texts};

/// Steps on each task, but for those that are declined.
const TASK_STEPS: usize = 5;
/// One task in so many is declined: the few that a filter is to find.
pub(crate) const DECLINED: usize = 5000;
/// Steps on each protocol: draft, revision, circulation, five words, release.
const PROTOCOL_STEPS: usize = 9;
/// Items of each protocol.
const ITEMS: usize = 5;
/// Subjects that go on side by side, so that a subject's steps lie apart in the order of arrival.
const BLOCK: usize = 1000;
/// Entries of one batch, as replication takes them.
const BATCH: usize = 512;
/// Days over which all erasure days are spread.
const ERASURE_DAYS: usize = 365;
const CATEGORIES: [&str; 5] = [
    "sauberkeit",
    "ordnung",
    "infrastruktur",
    "kontrolle",
    "quartier",
];
const PLACES: [&str; 6] = [
    "theaterplatz",
    "lutherplatz",
    "hauptbahnhof",
    "stadtgarten",
    "neumarkt",
    "ostwall",
];
const MEASURES: [&str; 6] = ["m1", "m2", "m3", "m4", "m5", "m6"];

/// One agency's lane for one audience, as it grows.
struct Lane {
    own: NewLane,
    key: Arc<verbund_ledger::EntryKey>,
    head: LaneHead,
    waiting: Vec<ReceivedEntry>,
}

/// What a step is to say.
struct Said {
    subject: SubjectRef,
    parents: Vec<StepId>,
    kind: Kind,
    text: Vec<u8>,
    erasure_day: i32,
}

impl Lane {
    fn new(member: &Member, key: Arc<verbund_ledger::EntryKey>, audience: &Audience) -> Self {
        let mut id = [0; 16];
        SystemEntropy.fill(&mut id);
        let mut lane = Self {
            own: NewLane {
                id: LaneId(id),
                origin: member.agency.clone(),
                epoch: 1,
                audience: audience.clone(),
            },
            key,
            head: LaneHead::ORIGIN,
            waiting: Vec::new(),
        };
        let kind = Kind::LaneOpened {
            audience: audience.clone(),
            predecessor: None,
        };
        let day = day_number(today());
        let codes = codes(SubjectId::from_random(id), None, Vec::new(), kind);
        lane.put(&codes, Vec::new(), day + 3650, false);
        lane
    }

    /// Appends a step; gives its name.
    fn say(&mut self, said: Said) -> StepId {
        let parents = said.parents.iter().map(name::frame_of).collect();
        let SubjectRef { subject, owner } = said.subject;
        let codes = codes(subject, Some(owner), parents, said.kind);
        self.put(&codes, said.text, said.erasure_day, true)
    }

    fn put(&mut self, said: &Codes, text: Vec<u8>, erasure_day: i32, step: bool) -> StepId {
        let codes = Committed::new(codes::encode(said), &SystemEntropy);
        let text = Committed::new(text, &SystemEntropy);
        let sealed = Frame {
            suite: Suite::Ed25519,
            federation: federation::federation(),
            origin: self.own.origin.clone(),
            epoch: self.own.epoch,
            lane: self.own.id,
            sequence: self.head.sequence + 1,
            previous: self.head.hash,
            key: self.key.id(),
            erasure_day,
            codes: codes.commitment(Part::Codes),
            text: text.commitment(Part::Text),
        }
        .seal(&self.key);
        self.head = LaneHead {
            sequence: self.head.sequence + 1,
            hash: sealed.hash,
        };
        self.waiting.push(ReceivedEntry {
            entry: Entry {
                frame: sealed.frame,
                signature: sealed.signature,
                codes: Some(codes),
                text: Some(text),
            },
            sequence: self.head.sequence,
            hash: self.head.hash,
            outcome: Outcome::Stored,
            erasure_day,
            subject: step.then_some(said.subject),
            projection: None,
            step,
            erases: Vec::new(),
        });
        name::step_of(&self.head.hash)
    }

    /// Stores what was said.
    async fn flush(&mut self, store: &dyn Store) {
        let mut waiting = std::mem::take(&mut self.waiting).into_iter();
        loop {
            let entries: Vec<_> = waiting.by_ref().take(BATCH).collect();
            if entries.is_empty() {
                return;
            }
            let batch = ReceivedBatch {
                lane: self.own.id,
                origin: self.own.origin.clone(),
                opens: Some(self.own.clone()),
                entries,
                usage_day: day_number(today()),
                hold: None,
            };
            store.receive(batch).await.expect("stored");
        }
    }
}

fn today() -> Day {
    let days = SystemClock.now().0.div_euclid(24 * 3600 * 1000);
    day_from_number(i32::try_from(days).expect("this age")).expect("a day")
}

fn codes(
    subject: SubjectId,
    owner: Option<AgencyId>,
    parents: Vec<verbund_ledger::FrameHash>,
    kind: Kind,
) -> Codes {
    Codes {
        charter_version: 1,
        guard_version: verbund_guard::VERSION.to_owned(),
        subject,
        parents,
        created_at: UnixMillis(SystemClock.now().0),
        reviewed: false,
        handling: Handling::Amber,
        owner,
        kind,
    }
}

fn subject(owner: &AgencyId) -> SubjectRef {
    let mut id = [0; 16];
    SystemEntropy.fill(&mut id);
    SubjectRef {
        subject: SubjectId::from_random(id),
        owner: owner.clone(),
    }
}

/// Makes the store with so many tasks and protocols; gives the number of steps.
pub(crate) async fn fill(
    folder: &Path,
    members: Vec<Member>,
    tasks: usize,
    protocols: usize,
) -> usize {
    let options = OpenOptions {
        erasure_keys: federation::erasure_keys(folder),
        entropy: Arc::new(SystemEntropy),
        fatal: FatalSignal::new(),
        replica: "fill".to_owned(),
        migrate: true,
        accept_data_loss: false,
    };
    let store = open(&federation::url(folder), options)
        .await
        .expect("a new store");
    let all: Vec<AgencyId> = members.iter().map(|it| it.agency.clone()).collect();
    let two = Audience::new([agency(OWN), agency(PARTNER)]).expect("two agencies");
    let six = Audience::new(all.clone()).expect("six agencies");
    let mut pair = Vec::new();
    let mut every = Vec::new();
    for member in members {
        let key = Arc::new(clone_key(&member.key));
        if two.contains(&member.agency) {
            pair.push(Lane::new(&member, key.clone(), &two));
        }
        every.push(Lane::new(&member, key, &six));
    }
    let texts = Texts::new(ITEMS);
    let mut steps = 0;
    for begin in (0..tasks).step_by(BLOCK) {
        let range = begin..(begin + BLOCK).min(tasks);
        let mut block: Vec<Task> = range.map(|at| Task::new(at, &pair)).collect();
        for round in 0..TASK_STEPS {
            steps += block
                .iter_mut()
                .map(|it| it.step(round, &mut pair, &texts))
                .sum::<usize>();
            for lane in &mut pair {
                lane.flush(store.as_ref()).await;
            }
        }
    }
    for begin in (0..protocols).step_by(BLOCK) {
        let range = begin..(begin + BLOCK).min(protocols);
        let mut block: Vec<Written> = range.map(|at| Written::new(at, &all)).collect();
        for round in 0..PROTOCOL_STEPS {
            for it in &mut block {
                it.step(round, &mut every, &texts);
                steps += 1;
            }
            for lane in &mut every {
                lane.flush(store.as_ref()).await;
            }
        }
    }
    store.close().await;
    steps
}

/// Keys are not cloned by accident; here one agency has two lanes.
fn clone_key(key: &verbund_ledger::EntryKey) -> verbund_ledger::EntryKey {
    verbund_ledger::EntryKey::from_seed(&key.seed()).expect("the seed of a key")
}

/// A task on its way.
struct Task {
    at: usize,
    subject: SubjectRef,
    /// The place of its assigner's lane among the two.
    assigner: usize,
    terms: TaskTerms,
    last: Option<StepId>,
}

impl Task {
    fn new(at: usize, lanes: &[Lane]) -> Self {
        let assigner = at % 2;
        let days = i32::try_from(at % 300).expect("few days") - 200;
        Self {
            at,
            subject: subject(&lanes[assigner].own.origin),
            assigner,
            terms: TaskTerms {
                assignee: lanes[1 - assigner].own.origin.clone(),
                measure: MeasureId::parse(MEASURES[at % MEASURES.len()]).expect("a slug"),
                category: CategoryId::parse(CATEGORIES[at % CATEGORIES.len()]).expect("a slug"),
                place: PlaceId::parse(PLACES[at % PLACES.len()]).ok(),
                due: day_from_number(day_number(today()) + days),
                origin: None,
            },
            last: None,
        }
    }

    /// Takes the next step, if there is one; gives how many that were.
    fn step(&mut self, round: usize, lanes: &mut [Lane], texts: &Texts) -> usize {
        let terms = || self.terms.clone();
        let declined = self.at % DECLINED == DECLINED / 2;
        let erase_on = day_from_number(day_number(today()) + 180).expect("a day");
        let (by_assigner, transition) = match (round, self.at % 10) {
            (0, _) => (true, TaskTransition::Assigned(terms())),
            (1, _) if declined => (false, TaskTransition::Declined(DeclineReason::NoCapacity)),
            _ if declined => return 0,
            (1, _) => (false, TaskTransition::Accepted),
            (2, _) | (3, 0) => (false, TaskTransition::Progressed),
            (3, _) => (false, TaskTransition::Finished),
            (_, 0) => (false, TaskTransition::Progressed),
            (_, 1) => (true, TaskTransition::Returned),
            (_, _) => (true, TaskTransition::Verified { erase_on }),
        };
        let text = match round {
            0 => texts.opening(self.at),
            1 => texts.none(),
            _ => texts.note(self.at + round),
        };
        let lane = if by_assigner {
            self.assigner
        } else {
            1 - self.assigner
        };
        self.last = Some(lanes[lane].say(Said {
            subject: self.subject.clone(),
            parents: self.last.into_iter().collect(),
            kind: Kind::Task(transition),
            text,
            erasure_day: erasure_day(self.at),
        }));
        1
    }
}

fn erasure_day(at: usize) -> i32 {
    day_number(today()) + 2 + i32::try_from(at % ERASURE_DAYS).expect("few days")
}

/// A protocol on its way.
struct Written {
    at: usize,
    subject: SubjectRef,
    content: Box<ProtocolContent>,
    revision: Option<StepId>,
    /// What the next step builds on.
    ends: Vec<StepId>,
}

impl Written {
    fn new(at: usize, all: &[AgencyId]) -> Self {
        let owner = if at.is_multiple_of(2) { OWN } else { PARTNER };
        let (owner, other) = match owner {
            OWN => (agency(OWN), agency(PARTNER)),
            _ => (agency(PARTNER), agency(OWN)),
        };
        // All but one: the last of the others.
        let absent = all.iter().rfind(|it| **it != owner && **it != other);
        let attendance: BTreeMap<AgencyId, Attendance> = all
            .iter()
            .map(|it| {
                let how = match it {
                    it if *it == owner => Attendance::Chair,
                    it if *it == other => Attendance::Deputy,
                    it if Some(it) == absent => Attendance::Absent,
                    _ => Attendance::Participant,
                };
                (it.clone(), how)
            })
            .collect();
        let item = |number: usize| ProtocolItem {
            number: ItemNumber(u8::try_from(number).expect("few items")),
            measure: MeasureId::parse(MEASURES[number % MEASURES.len()]).ok(),
            updates: (0..3).map(|_| subject(&owner)).collect(),
            copies: Vec::new(),
            assessments: all.iter().take(ASSESSMENTS).cloned().collect(),
            decisions: (0..DECISIONS)
                .map(|_| Decision {
                    step: None,
                    dissent: BTreeSet::new(),
                })
                .collect(),
            tasks: vec![subject(&owner)],
        };
        Self {
            at,
            content: Box::new(ProtocolContent {
                number: ProtocolNumber {
                    meeting_type: MeetingTypeId::parse("abstimmung").expect("a slug"),
                    year: 2026,
                    chair: owner.clone(),
                    count: u32::try_from(at + 1).expect("few protocols"),
                },
                meeting: subject(&owner),
                deputy: other,
                attendance,
                items: (1..=ITEMS).map(item).collect(),
            }),
            subject: subject(&owner),
            revision: None,
            ends: Vec::new(),
        }
    }

    fn step(&mut self, round: usize, lanes: &mut [Lane], texts: &Texts) {
        let content = || self.content.clone();
        let attending: Vec<&AgencyId> = self.content.attending().collect();
        let owner = &self.subject.owner;
        let (by, transition, text) = match (round, self.revision) {
            (0, _) => (
                owner,
                ProtocolTransition::Drafted(content()),
                texts.protocol(self.at),
            ),
            (1, _) => (
                owner,
                ProtocolTransition::Revised(content()),
                texts.protocol(self.at + 1),
            ),
            (_, None) => (
                owner,
                ProtocolTransition::Circulated(content()),
                texts.protocol(self.at + 1),
            ),
            (_, Some(revision)) => match attending.get(round - 3) {
                Some(by) => (
                    *by,
                    ProtocolTransition::SignedOff { revision },
                    texts.none(),
                ),
                None => (
                    owner,
                    ProtocolTransition::Released { revision },
                    texts.none(),
                ),
            },
        };
        let lane = lanes.iter_mut().find(|it| it.own.origin == *by);
        let word = matches!(transition, ProtocolTransition::SignedOff { .. });
        let step = lane.expect("an agency of the federation").say(Said {
            subject: self.subject.clone(),
            // Words are given beside each other; the release knows them all.
            parents: match self.revision {
                Some(revision) if word => vec![revision],
                _ => std::mem::take(&mut self.ends),
            },
            kind: Kind::Protocol(transition),
            text,
            erasure_day: erasure_day(self.at),
        });
        if round == 2 {
            self.revision = Some(step);
        } else {
            self.ends.push(step);
        }
    }
}
