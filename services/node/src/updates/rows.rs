//! What is kept of each update, and how it is gone through.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use verbund_model::{
    AgencyId, Charter, Day, Drawing, Handling, Numbered, Numbering, Observation, Picture,
    PictureUpdate, Report, ReportPeriod, ReportUpdate, SubjectId, Tally, ToldFigures,
    TooManyFigures, Trend, UnixMillis, Urgency, day_number,
};
use verbund_store::{PageKey, SituationRecord, State, StoredEntry};
use verbund_wire::convert::filter::Filter;
use verbund_wire::convert::picture::Asked;

use crate::views::Content;

/// An update before its words have become numbers.
#[derive(Debug)]
pub(super) struct Row<'a> {
    changed: i64,
    current: bool,
    /// Of its observation, as what follows.
    erasure_day: i32,
    handling: Handling,
    created_at: UnixMillis,
    version: [u8; 32],
    observation: Cow<'a, Observation>,
}

impl<'a> Row<'a> {
    /// An update that has one version.
    pub(super) fn first(stored: &StoredEntry, content: &'a Content) -> Option<Self> {
        Some(Self {
            changed: stored.position,
            current: true,
            erasure_day: stored.erasure_day,
            handling: content.codes.handling,
            created_at: content.codes.created_at,
            version: *stored.hash.as_bytes(),
            observation: Cow::Borrowed(content.observation()?),
        })
    }
}

impl Row<'static> {
    /// An update as the store gives it; `None` for one that it lists no more.
    pub(super) fn of_record(record: &SituationRecord) -> Option<Self> {
        let content = Content::of(&record.observed)?;
        let observation = content.observation()?.clone();
        (record.state != State::Erased).then(|| Self {
            changed: record.changed,
            current: record.state == State::Current,
            erasure_day: record.observed.erasure_day,
            handling: content.codes.handling,
            created_at: content.codes.created_at,
            version: *record.observed.hash.as_bytes(),
            observation: Cow::Owned(observation),
        })
    }
}

/// Seventy bytes for each update, and with figures a hundred more: with five hundred thousand of them, every second one with figures, sixty
/// megabytes, and thirty for finding them by subject.
#[derive(Debug)]
struct Kept {
    subject: SubjectId,
    agency: u32,
    category: u32,
    place: u32,
    measure: u32,
    window: Option<u32>,
    day: i32,
    erasure_day: i32,
    trend: Trend,
    urgency: Urgency,
    handling: Handling,
    exercise: bool,
    generalised: bool,
    current: bool,
    figures: Option<Box<ToldFigures>>,
}

/// The updates, in the order of their last change.
#[derive(Debug, Default)]
pub(super) struct Rows {
    by_change: BTreeMap<i64, Kept>,
    by_subject: HashMap<(u32, SubjectId), i64>,
    words: Numbering,
}

/// Which numbers are chosen; `None` for all.
struct Chosen(Option<Vec<bool>>);

impl Chosen {
    /// The numbers of these ids; none are all.
    fn of<Id: Clone + Ord + Hash>(words: &Numbered<Id>, ids: &BTreeSet<Id>) -> Self {
        let chosen = words.ids().iter().map(|id| ids.contains(id));
        Self((!ids.is_empty()).then(|| chosen.collect()))
    }

    fn has(&self, number: u32) -> bool {
        let chosen = self.0.as_ref();
        chosen.is_none_or(|it| it[number as usize])
    }
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.by_change.len()
    }

    /// Puts an update in place of what was known of it, unless that is newer.
    pub(super) fn put(&mut self, agency: &AgencyId, subject: SubjectId, row: &Row<'_>) {
        let key = (self.words.agencies.number(agency), subject);
        if let Some(known) = self.by_subject.get(&key) {
            if *known > row.changed {
                return;
            }
            self.by_change.remove(known);
        }
        let (it, words) = (&*row.observation, &mut self.words);
        let kept = Kept {
            subject,
            agency: key.0,
            category: words.categories.number(&it.category),
            place: words.places.number(&it.place),
            measure: words.measures.number(&it.measure),
            window: it.window.as_ref().map(|it| words.windows.number(it)),
            day: day_number(it.day),
            erasure_day: row.erasure_day,
            trend: it.trend,
            urgency: it.urgency,
            handling: row.handling,
            exercise: it.exercise,
            generalised: it.generalised,
            current: row.current,
            figures: words
                .figures(&it.readings, row.created_at, row.version)
                .map(Box::new),
        };
        self.by_subject.insert(key, row.changed);
        self.by_change.insert(row.changed, kept);
    }

    /// Forgets an update.
    pub(super) fn remove(&mut self, agency: &AgencyId, subject: &SubjectId) {
        let key = (self.words.agencies.number(agency), *subject);
        if let Some(changed) = self.by_subject.remove(&key) {
            self.by_change.remove(&changed);
        }
    }

    /// Forgets what was to be erased before this day, in days since 1970-01-01.
    pub(super) fn forget_before(&mut self, today: i32) {
        let (by_change, by_subject) = (&mut self.by_change, &mut self.by_subject);
        by_change.retain(|_, it| {
            let stays = it.erasure_day >= today;
            if !stays {
                by_subject.remove(&(it.agency, it.subject));
            }
            stays
        });
    }

    /// The key of an update's latest version.
    pub(super) fn key(&self, agency: &AgencyId, subject: &SubjectId) -> Option<PageKey> {
        let agency = self.words.agencies.known(agency)?;
        let changed = self.by_subject.get(&(agency, *subject));
        changed.map(|it| PageKey(*it))
    }

    /// The keys of what a filter chooses, the last changed first, before a key; at most `count`.
    pub(super) fn chosen(
        &self,
        filter: &Filter,
        before: Option<PageKey>,
        count: usize,
        today: i32,
    ) -> Vec<PageKey> {
        let agencies = Chosen::of(&self.words.agencies, &filter.agencies);
        let categories = Chosen::of(&self.words.categories, &filter.categories);
        let places = Chosen::of(&self.words.places, &filter.places);
        let measures = Chosen::of(&self.words.measures, &filter.measures);
        let from = filter.from.map_or(i32::MIN, day_number);
        let to = filter.to.map_or(i32::MAX, day_number);
        let chosen = |it: &Kept| {
            agencies.has(it.agency)
                && categories.has(it.category)
                && places.has(it.place)
                && measures.has(it.measure)
                && (from..=to).contains(&it.day)
                && (filter.urgencies.is_empty() || filter.urgencies.contains(&it.urgency))
                && filter.exercise.is_none_or(|wanted| wanted == it.exercise)
                && it.erasure_day >= today
        };
        let before = before.map_or(i64::MAX, |key| key.0);
        let rows = self.by_change.range(..before).rev();
        let found = rows.filter(|(_, it)| chosen(it));
        found.map(|(key, _)| PageKey(*key)).take(count).collect()
    }

    /// The picture of a period at `own`'s node on a day.
    pub(super) fn picture(
        &self,
        charter: &Charter,
        own: &AgencyId,
        asked: &Asked,
        today: Day,
    ) -> Picture {
        let agencies = Chosen::of(&self.words.agencies, &asked.agencies);
        let measures = Chosen::of(&self.words.measures, &asked.measures);
        let own = self.words.agencies.known(own);
        let mut drawing = Drawing::new(charter, &self.words, asked.period, today);
        let (from, to) = drawing.wanted();
        let days = day_number(from)..=day_number(to);
        let today = day_number(today);
        for it in self.by_change.values() {
            if days.contains(&it.day)
                && it.current
                && it.erasure_day >= today
                && agencies.has(it.agency)
                && measures.has(it.measure)
            {
                drawing.add(&PictureUpdate {
                    own: Some(it.agency) == own,
                    category: it.category,
                    place: it.place,
                    day: it.day,
                    window: it.window,
                    trend: it.trend,
                    exercise: it.exercise,
                    generalised: it.generalised,
                });
            }
        }
        drawing.picture()
    }

    /// The report of a period at `own`'s node, `today` the day that the window running now belongs to. What was to be erased before
    /// `day` is gone.
    pub(super) fn report(
        &self,
        charter: &Charter,
        own: &AgencyId,
        period: ReportPeriod,
        today: Day,
        day: Day,
    ) -> Result<Report, TooManyFigures> {
        let mut tally = Tally::new(charter, &self.words, own, period, today);
        let (from, to) = tally.wanted();
        let days = day_number(from)..=day_number(to);
        let day = day_number(day);
        for it in self.by_change.values() {
            if days.contains(&it.day) && it.erasure_day >= day {
                tally.add(&ReportUpdate {
                    agency: it.agency,
                    category: it.category,
                    place: it.place,
                    measure: it.measure,
                    window: it.window,
                    day: it.day,
                    handling: it.handling,
                    current: it.current,
                    exercise: it.exercise,
                    generalised: it.generalised,
                    figures: it.figures.as_deref(),
                })?;
            }
        }
        Ok(tally.report())
    }
}

#[cfg(test)]
mod tests {
    use verbund_model::{CategoryId, MeasureId, PlaceId, SourceKind};

    use super::*;

    fn observation(place: &str, measure: &str) -> Observation {
        Observation {
            category: CategoryId::parse("laerm").unwrap(),
            place: PlaceId::parse(place).unwrap(),
            day: "2026-11-20".parse().unwrap(),
            window: None,
            trend: Trend::Steady,
            source: Some(SourceKind::OwnObservation),
            measure: MeasureId::parse(measure).unwrap(),
            urgency: Urgency::Soon,
            exercise: false,
            generalised: false,
            readings: Vec::new(),
        }
    }

    fn row(changed: i64, measure: &str) -> Row<'static> {
        Row {
            changed,
            current: true,
            erasure_day: 20_900,
            handling: Handling::Green,
            created_at: UnixMillis(0),
            version: [0; 32],
            observation: Cow::Owned(observation("neumarkt", measure)),
        }
    }

    fn subject(number: u8) -> SubjectId {
        SubjectId::from_random([number; 16])
    }

    fn kod() -> AgencyId {
        AgencyId::parse("kod").unwrap()
    }

    fn keys(rows: &Rows, filter: &Filter) -> Vec<i64> {
        let found = rows.chosen(filter, None, 9, 20_800);
        found.iter().map(|key| key.0).collect()
    }

    #[test]
    fn a_change_moves_an_update_to_the_top_and_an_older_word_counts_for_nothing() {
        let mut rows = Rows::default();
        rows.put(&kod(), subject(1), &row(1, "m1"));
        rows.put(&kod(), subject(2), &row(2, "m1"));
        rows.put(&kod(), subject(1), &row(5, "m2"));
        rows.put(&kod(), subject(1), &row(1, "m1"));
        assert_eq!(keys(&rows, &Filter::default()), [5, 2]);
        let of_m2 = Filter {
            measures: [MeasureId::parse("m2").unwrap()].into(),
            ..Filter::default()
        };
        assert_eq!(keys(&rows, &of_m2), [5]);
        assert_eq!(rows.key(&kod(), &subject(1)), Some(PageKey(5)));
        rows.remove(&kod(), &subject(1));
        assert_eq!(keys(&rows, &Filter::default()), [2]);
        assert_eq!(rows.key(&kod(), &subject(1)), None);
    }

    #[test]
    fn pages_follow_each_other() {
        let mut rows = Rows::default();
        for number in 1..=5 {
            rows.put(&kod(), subject(number), &row(number.into(), "m1"));
        }
        let none = Filter::default();
        let page = rows.chosen(&none, None, 2, 0);
        assert_eq!(page, [PageKey(5), PageKey(4)]);
        let page = rows.chosen(&none, Some(PageKey(4)), 9, 0);
        assert_eq!(page, [PageKey(3), PageKey(2), PageKey(1)]);
    }

    #[test]
    fn what_is_due_is_not_told_and_then_forgotten() {
        let mut rows = Rows::default();
        rows.put(&kod(), subject(1), &row(1, "m1"));
        assert_eq!(rows.chosen(&Filter::default(), None, 9, 20_900).len(), 1);
        assert_eq!(rows.chosen(&Filter::default(), None, 9, 20_901), []);
        rows.forget_before(20_901);
        assert_eq!((rows.len(), rows.by_subject.len()), (0, 0));
    }
}
