//! How fast the store is on this machine: `cargo run --release -p verbund-store --example rate [WHERE [ROUNDS [PARTS]]]`,
//! where `WHERE` is a folder, or the address of an empty PostgreSQL database, and `PARTS` are some of `batch,four,callers,lone,paced,receive,pages,steps`.
//!
//! Prints rates, the process's CPU time for each entry, and the time that a lone publish takes above the disk's own flush.
//! Frames are encoded and hashed but not signed, so that the store's own share is seen.

#![expect(clippy::print_stdout, reason = "the output is what it is for")]

use std::collections::VecDeque;
use std::fs::{File, read_to_string};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use verbund_ledger::{
    Committed, Entry, Frame, KeyId, LaneHead, LaneId, Outcome, Part, SealedFrame, Suite,
    SystemEntropy, frame,
};
use verbund_model::{
    AgencyId, Audience, CategoryId, Entropy, FederationId, IndicatorId, PlaceId, RequestId,
    SubjectId,
};
use verbund_store::{
    Condition, FatalSignal, Filter, Limit, NewLane, OpenOptions, PublishItem, PublishOutcome,
    ReadingRow, ReceivedBatch, ReceivedEntry, RequestKey, Seal, SealedEntry, SituationProjection,
    Step, Store, Unsealed, limits, open,
};

const CODES_BYTES: usize = 180;
const TEXT_BYTES: usize = 160;
const ERASED_ON: i32 = 20_900;
const TODAY: i32 = 20_780;
/// On each subject.
const STEPS: usize = 5;

#[derive(Clone)]
struct Unsigned {
    federation: FederationId,
    origin: AgencyId,
}

impl Unsigned {
    fn frame(&self, lane: &LaneId, head: LaneHead, item: &Unsealed<'_>) -> SealedFrame {
        let frame = Frame {
            suite: Suite::Ed25519,
            federation: self.federation.clone(),
            origin: self.origin.clone(),
            epoch: 1,
            lane: *lane,
            sequence: head.sequence + 1,
            previous: head.hash,
            key: KeyId([1; 8]),
            erasure_day: item.erasure_day,
            codes: *item.codes_commitment,
            text: *item.text_commitment,
        };
        let bytes = frame.encode();
        SealedFrame {
            hash: frame::hash(&bytes),
            frame: bytes,
            signature: [2; 64],
        }
    }
}

impl Seal for Unsigned {
    fn seal(&self, lane: &LaneId, mut head: LaneHead, items: &[Unsealed<'_>]) -> Vec<SealedFrame> {
        let frames = items.iter().map(|item| {
            let sealed = self.frame(lane, head, item);
            head = LaneHead {
                sequence: head.sequence + 1,
                hash: sealed.hash,
            };
            sealed
        });
        frames.collect()
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemEntropy.fill(&mut bytes);
    bytes
}

fn committed(bytes: usize) -> Committed {
    let mut content = vec![0; bytes];
    SystemEntropy.fill(&mut content);
    Committed::new(content, &SystemEntropy)
}

fn slug<T>(parse: impl Fn(&str) -> Result<T, verbund_model::IdError>, kind: &str, of: usize) -> T {
    let at = usize::from(random::<1>()[0]) % of;
    parse(&format!("{kind}-{at}")).expect("a slug")
}

fn projection(agency: &AgencyId) -> SituationProjection {
    let place = slug(PlaceId::parse, "platz", 30);
    let readings = usize::from(random::<1>()[0]) % 3;
    SituationProjection {
        kind: Step::Issued,
        agency: agency.clone(),
        category: Some(slug(CategoryId::parse, "kategorie", 12)),
        day: Some(TODAY),
        window: None,
        readings: (0..readings)
            .map(|_| ReadingRow {
                indicator: slug(IndicatorId::parse, "merkmal", 20),
                place: place.clone(),
                period: 0,
                day: TODAY,
                value: "5-9".to_owned(),
            })
            .collect(),
        place: Some(place),
    }
}

fn item(lane: LaneId, agency: &AgencyId) -> PublishItem {
    let mut id = random::<16>();
    id[6] = 0x70 | id[6] & 0x0f;
    id[8] = 0x80 | id[8] & 0x3f;
    id[..6].copy_from_slice(&now_ms().to_be_bytes()[2..]);
    PublishItem {
        request: Some(RequestKey {
            caller: "duty-log".to_owned(),
            method: "PublishSituation".to_owned(),
            id: RequestId::from_bytes(id).expect("made to be of version 7"),
        }),
        fingerprint: [1; 32],
        lane,
        subject: SubjectId::from_random(random()),
        condition: Condition::New,
        codes: committed(CODES_BYTES),
        text: committed(TEXT_BYTES),
        erasure_day: ERASED_ON,
        projection: Some(projection(agency)),
        erases: Vec::new(),
        pending: None,
        generalised: None,
        consumes_pending: None,
        confirms: None,
        dequeues: false,
        audit: Vec::new(),
    }
}

/// Ids are made before they are used: each of its own millisecond, as systems at work would draw them.
fn now_ms() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(1_700_000_000_000);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// Wall clock and CPU time of the process.
struct Measured {
    begun: Instant,
    cpu: Duration,
}

impl Measured {
    fn begin() -> Self {
        Self {
            begun: Instant::now(),
            cpu: cpu(),
        }
    }

    fn end(&self, what: &str, entries: usize) {
        let seconds = self.begun.elapsed().as_secs_f64();
        let cpu = (cpu() - self.cpu).as_secs_f64();
        let entries = entries as f64;
        println!(
            "{what:<44} {:>8.0}/s  {:>6.1} µs CPU each",
            entries / seconds,
            cpu * 1e6 / entries
        );
    }
}

/// User and system time so far, in steps of 10 ms.
fn cpu() -> Duration {
    let stat = read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').expect("a name in brackets").1;
    let ticks = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum();
    Duration::from_millis(ticks * 10)
}

fn percentiles(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what:<44} p50 {:.3} ms  p90 {:.3}  p99 {:.3}  max {:.3}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
}

/// Memory that the process has.
fn resident() {
    let status = read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a resident set");
    println!("{:<44} {}", "resident", line.trim());
}

/// What the disk takes to append and flush a few pages.
fn flushes(folder: &Path) {
    let mut file = File::create(folder.join("flush")).expect("a file");
    file.write_all(&vec![0; 4 << 20]).expect("room");
    file.sync_all().expect("a flush");
    let mut file = File::options()
        .write(true)
        .open(folder.join("flush"))
        .expect("a file");
    let page = vec![1; 48 << 10];
    let times = (0..80).map(|_| {
        let begun = Instant::now();
        file.write_all(&page).expect("room");
        file.sync_data().expect("a flush");
        begun.elapsed()
    });
    percentiles("the disk: overwrite 48 KiB, fdatasync", times.collect());
}

fn wanted(part: &str) -> bool {
    std::env::args()
        .nth(3)
        .is_none_or(|parts| parts.split(',').any(|wanted| wanted == part))
}

async fn publish(store: &Arc<dyn Store>, lane: LaneId, seal: &Unsigned, rounds: usize) {
    let seal: Arc<dyn Seal> = Arc::new(seal.clone());
    let agency = AgencyId::parse("dhz").expect("a slug");
    if wanted("batch") {
        let mut batches: VecDeque<Vec<_>> = items(lane, &agency, rounds);
        let measured = Measured::begin();
        while let Some(batch) = batches.pop_front() {
            store
                .publish(batch, Arc::clone(&seal))
                .await
                .expect("stored");
        }
        measured.end("publish, one batch of 256 at a time", rounds * 256);
    }
    if wanted("four") {
        let mut batches = items(lane, &agency, rounds);
        let measured = Measured::begin();
        while !batches.is_empty() {
            let some = batches.drain(..batches.len().min(4));
            join_all(some.map(|batch| store.publish(batch, Arc::clone(&seal)))).await;
        }
        measured.end("publish, four batches of 256 at once", rounds * 256);
    }
    if wanted("callers") {
        let items: Vec<_> = items(lane, &agency, rounds).into_iter().flatten().collect();
        let items = Arc::new(std::sync::Mutex::new(items));
        let measured = Measured::begin();
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..256 {
            let (store, seal, items) = (Arc::clone(store), Arc::clone(&seal), Arc::clone(&items));
            callers.spawn(async move {
                let next = || items.lock().expect("no panic").pop();
                while let Some(item) = next() {
                    store
                        .publish(vec![item], Arc::clone(&seal))
                        .await
                        .expect("stored");
                }
            });
        }
        callers.join_all().await;
        measured.end("publish, 256 callers of one item each", rounds * 256);
    }
    if wanted("lone") {
        let items: Vec<_> = (0..20 * rounds).map(|_| item(lane, &agency)).collect();
        let mut times = Vec::new();
        let measured = Measured::begin();
        for item in items {
            let begun = Instant::now();
            store
                .publish(vec![item], Arc::clone(&seal))
                .await
                .expect("stored");
            times.push(begun.elapsed());
        }
        measured.end("publish, one item in flight", times.len());
        percentiles("", times);
    }
    if wanted("paced") {
        let items: Vec<_> = (0..2000).map(|_| item(lane, &agency)).collect();
        let mut pace = tokio::time::interval(Duration::from_millis(2));
        let mut times = Vec::new();
        for item in items {
            pace.tick().await;
            let begun = Instant::now();
            store
                .publish(vec![item], Arc::clone(&seal))
                .await
                .expect("stored");
            times.push(begun.elapsed());
        }
        percentiles("publish, 500 a second", times);
    }
}

fn items(lane: LaneId, agency: &AgencyId, rounds: usize) -> VecDeque<Vec<PublishItem>> {
    (0..rounds)
        .map(|_| (0..256).map(|_| item(lane, agency)).collect())
        .collect()
}

fn received(lane: &NewLane, seal: &Unsigned, entries: usize) -> Vec<ReceivedEntry> {
    let mut head = LaneHead::ORIGIN;
    let entries = (0..entries).map(|_| {
        let (codes, text) = (committed(CODES_BYTES), committed(TEXT_BYTES));
        let unsealed = Unsealed {
            codes_commitment: &codes.commitment(Part::Codes),
            text_commitment: &text.commitment(Part::Text),
            erasure_day: ERASED_ON,
        };
        let sealed = seal.frame(&lane.id, head, &unsealed);
        head = LaneHead {
            sequence: head.sequence + 1,
            hash: sealed.hash,
        };
        ReceivedEntry {
            entry: Entry {
                frame: sealed.frame,
                signature: sealed.signature,
                codes: Some(codes),
                text: Some(text),
            },
            sequence: head.sequence,
            hash: head.hash,
            outcome: Outcome::Stored,
            erasure_day: ERASED_ON,
            subject: Some(SubjectId::from_random(random())),
            projection: Some(projection(&seal.origin)),
            step: false,
            erases: Vec::new(),
        }
    });
    entries.collect()
}

async fn receive(store: &Arc<dyn Store>, rounds: usize) {
    let seal = Unsigned {
        federation: FederationId::parse("krefeld").expect("a slug"),
        origin: AgencyId::parse("kod").expect("a slug"),
    };
    let lane = new_lane(&seal.origin);
    let mut entries = received(&lane, &seal, rounds * 512).into_iter();
    let measured = Measured::begin();
    for _ in 0..rounds {
        let batch = ReceivedBatch {
            lane: lane.id,
            origin: seal.origin.clone(),
            opens: Some(lane.clone()),
            entries: entries.by_ref().take(512).collect(),
            usage_day: TODAY,
            hold: None,
        };
        store.receive(batch).await.expect("stored");
    }
    measured.end("receive, one batch of 512 at a time", rounds * 512);

    let measured = Measured::begin();
    let limit = Limit {
        count: 512,
        bytes: 4 << 20,
    };
    let mut after = 0;
    loop {
        let read = store.entries(&lane.id, after, limit).await.expect("read");
        match read.last() {
            Some(last) => after = last.sequence,
            None => break,
        }
    }
    measured.end("entries, pages of 512", rounds * 512);
}

async fn pages(store: &Arc<dyn Store>) {
    let filters = [
        ("page of 50, no filter", Filter::default()),
        (
            "page of 50, agency and place",
            Filter {
                agency: AgencyId::parse("dhz").ok(),
                place: PlaceId::parse("platz-3").ok(),
                ..Filter::default()
            },
        ),
        (
            "page of 50, category, place and days, none",
            Filter {
                category: CategoryId::parse("kategorie-3").ok(),
                place: PlaceId::parse("platz-3").ok(),
                from_day: Some(0),
                to_day: Some(10_000),
                ..Filter::default()
            },
        ),
        (
            "page of 50, days",
            Filter {
                from_day: Some(TODAY),
                to_day: Some(TODAY),
                ..Filter::default()
            },
        ),
    ];
    for (what, filter) in filters {
        let mut times = Vec::new();
        for _ in 0..50 {
            let begun = Instant::now();
            store.situations(&filter, None, 50).await.expect("read");
            times.push(begun.elapsed());
        }
        percentiles(what, times);
    }
}

/// Five steps on each of so many subjects, one after the other on all of them; then all of them read as a node does that starts.
async fn steps(store: &Arc<dyn Store>, lane: LaneId, seal: &Unsigned, subjects: usize) {
    let signer: Arc<dyn Seal> = Arc::new(seal.clone());
    let mut latest: Vec<_> = (0..subjects)
        .map(|_| (SubjectId::from_random(random()), None))
        .collect();
    let measured = Measured::begin();
    for round in 0..STEPS {
        for (at, some) in latest.chunks_mut(1000).enumerate() {
            let items = some.iter().map(|(subject, follows)| PublishItem {
                request: None,
                subject: *subject,
                condition: Condition::Follows(*follows),
                projection: None,
                erasure_day: ERASED_ON + i32::try_from((at + round) % 90).expect("few days"),
                ..item(lane, &seal.origin)
            });
            let outcomes = store.publish(items.collect(), Arc::clone(&signer));
            for ((_, latest), outcome) in some.iter_mut().zip(outcomes.await.expect("stored")) {
                let PublishOutcome::Stored { position, .. } = outcome else {
                    panic!("{outcome:?}");
                };
                *latest = Some(position.hash);
            }
        }
    }
    measured.end("publish steps, 1000 at a time", subjects * STEPS);
    let (measured, begun) = (Measured::begin(), Instant::now());
    let (mut read, mut after) = (0, None);
    loop {
        let page = store.steps_after(after, limits::PAGE_ROWS).await;
        let page = page.expect("read");
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        read += page.len();
    }
    measured.end("read all steps", read);
    println!("{:<44} {:.3} s", "", begun.elapsed().as_secs_f64());
    let mut times = Vec::new();
    for (subject, _) in latest.iter().take(1000) {
        let begun = Instant::now();
        store.steps(subject).await.expect("read");
        times.push(begun.elapsed());
    }
    percentiles("read one subject's steps", times);
}

fn new_lane(origin: &AgencyId) -> NewLane {
    let audience = ["dhz", "kod", "polizei"].map(|id| AgencyId::parse(id).expect("a slug"));
    NewLane {
        id: LaneId(random()),
        origin: origin.clone(),
        epoch: 1,
        audience: Audience::new(audience).expect("three agencies"),
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let place = std::env::args().nth(1);
    let server = place.clone().filter(|place| place.starts_with("postgres"));
    let folder = place
        .filter(|_| server.is_none())
        .map_or_else(|| std::env::temp_dir().join("verbund-rate"), PathBuf::from);
    let rounds = std::env::args()
        .nth(2)
        .map_or(100, |rounds| rounds.parse().expect("a number of rounds"));
    // What an earlier run left would be measured along.
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).expect("a folder");
    flushes(&folder);
    let options = OpenOptions {
        erasure_keys: folder.join("keys"),
        entropy: Arc::new(SystemEntropy),
        fatal: FatalSignal::new(),
        replica: "one".to_owned(),
        migrate: true,
        accept_data_loss: false,
    };
    let url = server.unwrap_or_else(|| format!("sqlite:{}", folder.join("rate.db").display()));
    let store = open(&url, options).await.expect("opened");
    let seal = Unsigned {
        federation: FederationId::parse("krefeld").expect("a slug"),
        origin: AgencyId::parse("dhz").expect("a slug"),
    };
    let lane = new_lane(&seal.origin);
    let (codes, text) = (committed(CODES_BYTES), committed(0));
    let unsealed = Unsealed {
        codes_commitment: &codes.commitment(Part::Codes),
        text_commitment: &text.commitment(Part::Text),
        erasure_day: ERASED_ON,
    };
    let opening = SealedEntry {
        frame: seal.frame(&lane.id, LaneHead::ORIGIN, &unsealed),
        codes,
        text,
        erasure_day: ERASED_ON,
    };
    let lane = store.open_lane(lane, opening).await.expect("opened").id;
    resident();
    publish(&store, lane, &seal, rounds).await;
    if wanted("receive") {
        receive(&store, rounds).await;
    }
    if wanted("pages") {
        pages(&store).await;
    }
    if wanted("steps") {
        steps(&store, lane, &seal, rounds * 1000).await;
    }
    resident();
    let begun = Instant::now();
    store.close().await;
    println!(
        "{:<44} {:.3} ms",
        "close",
        begun.elapsed().as_secs_f64() * 1e3
    );
}
