//! The same entries in several real stores come to the same, in whatever order and however often they came.
//!
//! The figures come from a seed that is printed; `VERBUND_TEST_SEED` plays the same again.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use verbund_ledger::{
    Committed, Entry, EntryKey, Frame, LaneHead, LaneId, Outcome, Part, Suite, SystemEntropy,
};
use verbund_model::{
    AgencyId, CategoryId, DeclineReason, Entropy, FederationId, Handling, MeasureId, Remark,
    TaskTerms, UnixMillis,
};
use verbund_store::{FatalSignal, NewLane, OpenOptions, ReceivedBatch, ReceivedEntry, Store};
use verbund_wire::convert::codes::{self, Codes};
use verbund_wire::convert::{name, text};

use super::*;
use crate::lanes::Lanes;
use crate::steps::board::{Card, Shown};

const AGENCIES: [&str; 3] = ["kod", "polizei", "dhz"];
const HISTORIES: usize = 60;
const STEPS: usize = 14;
const STORES: usize = 3;
/// In days since 1970-01-01.
const ERASED_ON: i32 = 40_000;

/// SplitMix64.
#[derive(Debug)]
struct Chance(Mutex<u64>);

impl Chance {
    fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn one_in(&self, count: usize) -> bool {
        self.below(count) == 0
    }
}

impl Entropy for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes()[..part.len()]);
        }
    }
}

fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

/// One agency's lane, as it writes it.
struct Writer {
    agency: AgencyId,
    key: EntryKey,
    lane: NewLane,
    entries: Vec<ReceivedEntry>,
}

impl Writer {
    fn new(id: &str, chance: &Chance) -> Self {
        let mut lane = [0; 16];
        chance.fill(&mut lane);
        let lane = NewLane {
            id: LaneId(lane),
            origin: agency(id),
            epoch: 1,
            audience: Audience::new(AGENCIES.map(agency)).unwrap(),
        };
        let mut writer = Self {
            agency: agency(id),
            key: EntryKey::generate(chance),
            entries: Vec::new(),
            lane,
        };
        let opened = Kind::LaneOpened {
            audience: writer.lane.audience.clone(),
            predecessor: None,
        };
        let on = SubjectRef {
            subject: verbund_model::SubjectId::from_random([0; 16]),
            owner: agency(id),
        };
        writer.write(chance, &on, opened, &[]);
        writer
    }

    /// Writes an entry; gives the step's name.
    fn write(
        &mut self,
        chance: &Chance,
        on: &SubjectRef,
        kind: Kind,
        parents: &[StepId],
    ) -> StepId {
        let is_step = kind.is_step();
        let codes = codes::encode(&Codes {
            charter_version: 1,
            guard_version: String::new(),
            subject: on.subject,
            parents: parents.iter().map(name::frame_of).collect(),
            created_at: UnixMillis(0),
            reviewed: false,
            handling: Handling::Amber,
            owner: is_step.then(|| on.owner.clone()),
            kind,
        });
        let codes = Committed::new(codes, chance);
        let text = Committed::new(text::encode(Text::none()), chance);
        let head = self
            .entries
            .last()
            .map_or(LaneHead::ORIGIN, |last| LaneHead {
                sequence: last.sequence,
                hash: last.hash,
            });
        let frame = Frame {
            suite: Suite::Ed25519,
            federation: FederationId::parse("krefeld").unwrap(),
            origin: self.agency.clone(),
            epoch: 1,
            lane: self.lane.id,
            sequence: head.sequence + 1,
            previous: head.hash,
            key: self.key.id(),
            erasure_day: ERASED_ON,
            codes: codes.commitment(Part::Codes),
            text: text.commitment(Part::Text),
        };
        let sealed = frame.seal(&self.key);
        self.entries.push(ReceivedEntry {
            entry: Entry {
                frame: sealed.frame,
                signature: sealed.signature,
                codes: Some(codes),
                text: Some(text),
            },
            sequence: frame.sequence,
            hash: sealed.hash,
            outcome: Outcome::Stored,
            erasure_day: ERASED_ON,
            subject: is_step.then_some(on.subject),
            projection: None,
            step: is_step,
            erases: Vec::new(),
        });
        name::step_of(&sealed.hash)
    }
}

fn terms() -> TaskTerms {
    TaskTerms {
        assignee: agency("polizei"),
        measure: MeasureId::parse("m1").unwrap(),
        category: CategoryId::parse("sauberkeit").unwrap(),
        place: None,
        due: None,
        origin: None,
    }
}

/// Any step, legal or not.
fn any(chance: &Chance) -> TaskTransition {
    let erase_on = "2099-01-01".parse().unwrap();
    match chance.below(9) {
        0 => TaskTransition::Amended(terms()),
        1 => TaskTransition::Returned,
        2 => TaskTransition::Verified { erase_on },
        3 if chance.one_in(3) => TaskTransition::Withdrawn { erase_on },
        4 => TaskTransition::Declined(DeclineReason::NoCapacity),
        5 => TaskTransition::Progressed,
        6 => TaskTransition::Finished,
        _ => TaskTransition::Accepted,
    }
}

/// A step on a task that somebody has taken.
type Told = (usize, Step<TaskTransition>);

/// What an agency knows of a task: of each agency's steps, so many.
fn known(all: &[Told], knows: [usize; 3]) -> Vec<Step<TaskTransition>> {
    let mut left = knows;
    let known = all.iter().filter(|(by, _)| {
        let knows = left[*by] > 0;
        left[*by] = left[*by].saturating_sub(1);
        knows
    });
    known.map(|(_, step)| step.clone()).collect()
}

/// Lets the three take steps on a task as they hear of each other, and sometimes as no honest node does.
fn play(chance: &Chance, writers: &mut [Writer; 3]) -> SubjectRef {
    let mut id = [0; 16];
    chance.fill(&mut id);
    let on = SubjectRef {
        subject: verbund_model::SubjectId::from_random(id),
        owner: agency("kod"),
    };
    let opens = TaskTransition::Assigned(terms());
    let opening = writers[0].write(chance, &on, Kind::Task(opens.clone()), &[]);
    let first = Step {
        id: opening,
        by: agency("kod"),
        parents: Vec::new(),
        transition: opens,
    };
    let mut all: Vec<Told> = vec![(0, first)];
    let mut knows = [[1, 0, 0]; 3];
    for _ in 0..STEPS {
        let by = chance.below(3);
        if chance.one_in(3) {
            let from = chance.below(3);
            let other = knows[from];
            for (own, other) in knows[by].iter_mut().zip(other) {
                *own = other.max(*own);
            }
        }
        let history = History::<TaskMachine>::of(&on.owner, known(&all, knows[by]));
        let mut parents = history.parents();
        if chance.one_in(8) {
            parents = vec![all[chance.below(all.len())].1.id];
        }
        if chance.one_in(30) {
            parents.push(StepId([9; 32]));
        }
        let transition = (0..20)
            .map(|_| any(chance))
            .find(|it| history.may(&agency(AGENCIES[by]), it).is_ok() || chance.one_in(20))
            .unwrap_or(TaskTransition::Accepted);
        let kind = Kind::Task(transition.clone());
        let id = writers[by].write(chance, &on, kind, &parents);
        if chance.one_in(4) {
            let asked = Kind::Remark(SubjectKind::Task, Remark::Asked);
            writers[by].write(chance, &on, asked, &[]);
        }
        let step = Step {
            id,
            by: agency(AGENCIES[by]),
            parents,
            transition,
        };
        all.push((by, step));
        knows[by][by] += 1;
    }
    on
}

async fn open(folder: &Path) -> Arc<dyn Store> {
    let options = OpenOptions {
        erasure_keys: folder.join("keys"),
        entropy: Arc::new(SystemEntropy),
        fatal: FatalSignal::new(),
        replica: "one".to_owned(),
        migrate: true,
        accept_data_loss: false,
    };
    let url = format!("sqlite:{}", folder.join("verbund.db").display());
    verbund_store::open(&url, options).await.unwrap()
}

/// Hands all lanes to a store, in pieces, in any order that lanes allow, some pieces twice.
async fn deliver(chance: &Chance, store: &Arc<dyn Store>, writers: &[Writer; 3]) {
    let mut reached = [0; 3];
    while (0..3).any(|at| reached[at] < writers[at].entries.len()) {
        let at = chance.below(3);
        let writer = &writers[at];
        let again = chance.one_in(5);
        let from = if again {
            chance.below(reached[at] + 1)
        } else {
            reached[at]
        };
        let to = writer.entries.len().min(from + 1 + chance.below(40));
        if from == to {
            continue;
        }
        let batch = ReceivedBatch {
            lane: writer.lane.id,
            origin: writer.agency.clone(),
            opens: Some(writer.lane.clone()),
            entries: writer.entries[from..to].to_vec(),
            usage_day: 20_000,
            hold: None,
        };
        store.receive(batch).await.unwrap();
        reached[at] = reached[at].max(to);
    }
}

/// What a store's steps on a task come to.
#[derive(Debug, PartialEq)]
struct View {
    task: String,
    steps: Vec<StepRecord>,
    remarks: BTreeSet<StepId>,
}

async fn view(store: &Arc<dyn Store>, on: &SubjectRef) -> Option<View> {
    let lanes = Lanes::new(store.lanes().await.unwrap());
    let steps = store.steps(&on.subject).await.unwrap();
    let taken = steps
        .iter()
        .filter_map(|it| Taken::of(lanes.lane(&it.lane)?.as_ref(), it));
    let mut seen = by_audience(taken.collect()).into_iter();
    let (audience, taken) = seen.next()?;
    assert!(seen.next().is_none(), "they have one audience");
    let subject = Subject::<TaskMachine>::of(on, audience, taken)?;
    let Some(Card::Task(task)) = TaskMachine::card(&agency("kod"), &subject) else {
        panic!("a task has a card");
    };
    Some(View {
        task: format!("{task:?}"),
        steps: subject.records(),
        remarks: subject.beside.iter().map(|it| it.id).collect(),
    })
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::print_stderr,
    reason = "the seed is for whoever plays it again"
)]
async fn stores_that_heard_the_same_see_the_same() {
    let seed = std::env::var("VERBUND_TEST_SEED").ok();
    let seed = seed.map_or_else(
        || {
            let mut bytes = [0; 8];
            SystemEntropy.fill(&mut bytes);
            u64::from_le_bytes(bytes)
        },
        |it| it.parse().unwrap(),
    );
    eprintln!("VERBUND_TEST_SEED={seed}");
    let chance = Chance(Mutex::new(seed));
    let mut writers = AGENCIES.map(|id| Writer::new(id, &chance));
    let tasks: Vec<SubjectRef> = (0..HISTORIES)
        .map(|_| play(&chance, &mut writers))
        .collect();
    let mut views: Vec<Vec<Option<View>>> = Vec::new();
    for number in 0..STORES {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path()).await;
        deliver(&chance, &store, &writers).await;
        if number == 0 {
            store.close().await;
            store = open(folder.path()).await;
        }
        let mut seen = Vec::new();
        for on in &tasks {
            seen.push(view(&store, on).await);
        }
        views.push(seen);
        store.close().await;
    }
    let (first, others) = views.split_first().unwrap();
    for other in others {
        for (at, (one, other)) in first.iter().zip(other).enumerate() {
            assert_eq!(one, other, "task {at} under seed {seed}");
        }
    }
    // They were worth playing: every standing has come up.
    let standings: BTreeSet<i32> = first
        .iter()
        .flatten()
        .flat_map(|it| it.steps.iter().map(|step| step.standing))
        .collect();
    assert_eq!(standings.len(), 3, "effective, void and waiting");
    let shown = first.iter().flatten().count();
    assert_eq!(shown, HISTORIES, "each was opened");
}
