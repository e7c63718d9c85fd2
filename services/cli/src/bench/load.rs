//! The updates that are published: notes as agencies write them, with places, categories and figures of the charter.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use jiff::ToSpan as _;
use uuid::Uuid;
use verbund_guard::gate::{Path, Unguarded};
use verbund_guard::{Guard, GuardSettings};
use verbund_ledger::Part;
use verbund_ledger::{Committed, Entry, EntryKey, Frame, FrameHash, LaneId, Suite, SystemEntropy};
use verbund_model::{
    AgencyId, Charter, Clock as _, SubjectId, SystemClock, Transition, day_number,
};
use verbund_wire::agency::{
    PublishSituationRequest, PublishSituationsRequest, ReadingDraft, SituationDraft, reading_draft,
};
use verbund_wire::convert::codes::{self, Codes, Kind};
use verbund_wire::convert::draft;
use verbund_wire::convert::text::{self, Text};
use verbund_wire::federation::{Handling, Period, SourceKind, Trend, Urgency};

/// One note a line, 40 to 280 characters each.
const NOTES: &str = include_str!("notes.txt");
const CATEGORIES: [&str; 7] = [
    "aufenthalt",
    "konsumabfall",
    "ordnung",
    "kontrolle",
    "beschwerde",
    "sauberkeit",
    "infrastruktur",
];
const PLACES: [&str; 8] = [
    "theaterplatz",
    "lutherplatz",
    "hauptbahnhof",
    "stadtgarten",
    "suedwall-westwall",
    "neumarkt",
    "luisenplatz",
    "ostwall",
];
const WINDOWS: [&str; 5] = ["06-10", "10-14", "14-18", "18-22", "22-06"];
const MEASURES: [&str; 3] = ["m1", "m3", "m5"];
const TRENDS: [Trend; 3] = [Trend::Falling, Trend::Steady, Trend::Rising];
/// Two updates of so many tell of two things in their note, as far as it has room.
const WITH_ONE_THING: usize = 3;
/// Characters that a note has room for.
const NOTE_CHARS: usize = 280;
/// One update in so many carries figures.
const WITH_READINGS: usize = 2;
/// Different drafts: a multiple of no list's length, so that they mix.
const DRAFTS: usize = 1009;

/// A supply of requests that never ends.
#[derive(Clone, Debug)]
pub(super) struct Load {
    drafts: Vec<SituationDraft>,
    /// Tells the requests of this supply from those of every other.
    run: [u8; 10],
    next: u32,
}

impl Load {
    /// Updates for these partners; none means all of the federation.
    pub(super) fn new(audience: &[&str]) -> Self {
        static RUN: AtomicU32 = AtomicU32::new(0);
        let mut run = [0; 10];
        verbund_model::Entropy::fill(&SystemEntropy, &mut run[..2]);
        run[2..6].copy_from_slice(&RUN.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        Self {
            drafts: drafts(audience),
            run,
            next: 0,
        }
    }

    /// The next request and its number, from 0 on.
    pub(super) fn next(&mut self) -> (u32, PublishSituationRequest) {
        let number = self.next;
        self.next += 1;
        let mut random = self.run;
        random[6..].copy_from_slice(&number.to_be_bytes());
        let now_ms = u64::try_from(SystemClock.now().0).unwrap_or(0);
        let id = uuid::Builder::from_unix_timestamp_millis(now_ms, &random).into_uuid();
        let request = PublishSituationRequest {
            request_id: id.to_string(),
            situation: Some(self.drafts[number as usize % self.drafts.len()].clone()),
            confirm_review: false,
        };
        (number, request)
    }

    /// The next request as an item of a publish stream, and its number.
    pub(super) fn next_item(&mut self) -> (u32, PublishSituationsRequest) {
        let (number, request) = self.next();
        let request = Some(request);
        (number, PublishSituationsRequest { request })
    }

    /// Bytes of an entry that is made of these, on average: frame, codes and text. Signature and salts are 128 more.
    ///
    /// # Errors
    /// When a draft isn't valid under the charter.
    pub(super) fn entry_bytes(&self, charter: &Charter) -> anyhow::Result<usize> {
        let own = charter.agencies().next().context("a charter has members")?;
        let mut bytes = 0;
        for it in &self.drafts {
            bytes += entry(it, charter, &own.id)?.bytes();
        }
        Ok(bytes / self.drafts.len())
    }
}

/// The number of a request by its id.
pub(super) fn number(request_id: &str) -> Option<u32> {
    let id = Uuid::try_parse(request_id).ok()?;
    let last = id.as_bytes().last_chunk::<4>()?;
    Some(u32::from_be_bytes(*last))
}

fn drafts(audience: &[&str]) -> Vec<SituationDraft> {
    let today = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let notes: Vec<&str> = NOTES.lines().collect();
    let draft = |index: usize| {
        let reading = |indicator: &str, period: Period, count: usize| ReadingDraft {
            indicator: indicator.to_owned(),
            period: period.into(),
            value: Some(reading_draft::Value::Count(count as u32)),
        };
        let readings = [
            reading("spritzenfunde", Period::Window, index % 40),
            reading("reinigungen", Period::Day, index % 4),
        ];
        SituationDraft {
            category: CATEGORIES[index % CATEGORIES.len()].to_owned(),
            place: PLACES[index % PLACES.len()].to_owned(),
            // Two days and three days ago: over everywhere, whatever the charter's time zone.
            day: (today - (2 + index as i64 % 2).days()).to_string(),
            window: WINDOWS[index % WINDOWS.len()].to_owned(),
            trend: TRENDS[index % TRENDS.len()].into(),
            source: SourceKind::OwnObservation.into(),
            measure: MEASURES[index / 2 % MEASURES.len()].to_owned(),
            urgency: Urgency::Routine.into(),
            handling: Handling::Amber.into(),
            audience: audience.iter().map(|it| (*it).to_owned()).collect(),
            note: note(&notes, index),
            readings: match index.is_multiple_of(WITH_READINGS) {
                true => readings.into(),
                false => Vec::new(),
            },
            exercise: false,
            generalised_note: String::new(),
        }
    };
    (0..DRAFTS).map(draft).collect()
}

fn note(notes: &[&str], index: usize) -> String {
    let first = notes[index % notes.len()];
    let room = NOTE_CHARS - first.chars().count();
    let fits = |next: &&&str| **next != first && next.chars().count() < room;
    // From another place each time, so that all pairs turn up.
    let others = notes
        .iter()
        .cycle()
        .skip((index / notes.len() * 5 + index) % notes.len());
    match others.take(notes.len()).find(fits) {
        Some(next) if !index.is_multiple_of(WITH_ONE_THING) => format!("{first} {next}"),
        _ => first.to_owned(),
    }
}

/// The entry that a node makes of a draft, but for what is random in it.
fn entry(it: &SituationDraft, charter: &Charter, own: &AgencyId) -> anyhow::Result<Entry> {
    let checked = draft::from_wire(it.clone()).check(charter, own, SystemClock.now());
    let checked = checked
        .map_err(|violations| anyhow::anyhow!("{violations:?}"))
        .context("a draft of the measurement is not valid")?;
    let (observation, day) = (checked.observation.clone(), checked.observation.day);
    let codes = Codes {
        charter_version: charter.version(),
        guard_version: "verbund-guard/0.1.0".to_owned(),
        subject: SubjectId::from_random([7; 16]),
        parents: Vec::new(),
        created_at: SystemClock.now(),
        reviewed: false,
        handling: checked.handling,
        owner: None,
        kind: Kind::Situation(Transition::Issued(observation)),
    };
    let key = EntryKey::generate(&SystemEntropy);
    let codes = Committed::new(codes::encode(&codes), &SystemEntropy);
    let texts = Text::of_note(Unguarded::new(checked.note));
    let gated = Guard::new(GuardSettings::default()).gate(&Path::root("situation"), texts);
    // What wants review in a guard that does not know the charter's words is long enough to be measured.
    let texts = gated.admitted();
    let texts =
        texts.map_err(|_| anyhow::anyhow!("the guard rejects a note of the measurement"))?;
    let text = Committed::new(text::encode(texts), &SystemEntropy);
    let frame = Frame {
        suite: Suite::Ed25519,
        federation: charter.federation().clone(),
        origin: own.clone(),
        epoch: 1,
        lane: LaneId([7; 16]),
        sequence: 10_000,
        previous: FrameHash([7; 32]),
        key: key.id(),
        erasure_day: day_number(day),
        codes: codes.commitment(Part::Codes),
        text: text.commitment(Part::Text),
    };
    let sealed = frame.seal(&key);
    Ok(Entry {
        frame: sealed.frame,
        signature: sealed.signature,
        codes: Some(codes),
        text: Some(text),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use verbund_guard::Guard;

    use super::*;
    use crate::commands::guard::settings;
    use crate::federation::tests::VOCABULARY;

    #[test]
    fn notes_are_within_their_bounds_and_many() {
        let notes: BTreeSet<_> = NOTES.lines().collect();
        assert!(notes.len() >= 60, "{} different notes", notes.len());
        let drafts: BTreeSet<_> = drafts(&[]).into_iter().map(|it| it.note).collect();
        assert!(drafts.len() > 500, "{} different texts", drafts.len());
        for note in notes.into_iter().map(str::to_owned).chain(drafts) {
            assert!((40..=280).contains(&note.chars().count()), "{note}");
        }
    }

    #[test]
    fn the_guard_lets_every_text_through() {
        let guard = Guard::new(settings(VOCABULARY).unwrap());
        for it in drafts(&[]) {
            let verdict = guard.check(&it.note);
            assert_eq!(verdict.outcome.as_str(), "pass", "{}", it.note);
        }
    }

    #[test]
    fn every_request_has_its_own_id_and_tells_its_number() {
        let (mut one, mut other) = (Load::new(&[]), Load::new(&[]));
        let mut ids = BTreeSet::new();
        for expected in 0..2000 {
            for load in [&mut one, &mut other] {
                let (given, request) = load.next();
                assert_eq!(
                    (given, number(&request.request_id)),
                    (expected, Some(expected))
                );
                assert!(ids.insert(request.request_id));
            }
        }
    }
}
