//! What is kept of each update, and how it is gone through.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use verbund_model::{
    AgencyId, CategoryId, Charter, Day, Drawing, MeasureId, Observation, Picture, PictureUpdate,
    PlaceId, SubjectId, Trend, Urgency, WindowId, Words, day_number,
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
    /// Of its observation.
    erasure_day: i32,
    observation: std::borrow::Cow<'a, Observation>,
}

impl<'a> Row<'a> {
    /// An update that has one version.
    pub(super) fn first(stored: &StoredEntry, observation: &'a Observation) -> Self {
        Self {
            changed: stored.position,
            current: true,
            erasure_day: stored.erasure_day,
            observation: std::borrow::Cow::Borrowed(observation),
        }
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
            observation: std::borrow::Cow::Owned(observation),
        })
    }
}

/// Sixty bytes for each update: with five hundred thousand of them thirty megabytes, and as much for finding them by subject.
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
    exercise: bool,
    generalised: bool,
    current: bool,
}

/// The updates, in the order of their last change.
#[derive(Debug, Default)]
pub(super) struct Rows {
    by_change: BTreeMap<i64, Kept>,
    by_subject: HashMap<(u32, SubjectId), i64>,
    agencies: Numbered<AgencyId>,
    categories: Numbered<CategoryId>,
    places: Numbered<PlaceId>,
    measures: Numbered<MeasureId>,
    windows: Numbered<WindowId>,
}

/// Ids with a number each. There are no more of them than the charters had.
#[derive(Debug)]
struct Numbered<Id> {
    ids: Vec<Id>,
    numbers: HashMap<Id, u32>,
}

impl<Id> Default for Numbered<Id> {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            numbers: HashMap::new(),
        }
    }
}

impl<Id: Clone + Ord + Hash> Numbered<Id> {
    fn number(&mut self, id: &Id) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.ids.len()).expect("a vocabulary is small");
        self.ids.push(id.clone());
        self.numbers.insert(id.clone(), number);
        number
    }

    /// Which numbers are chosen; none chosen are all.
    fn chosen(&self, ids: &BTreeSet<Id>) -> Chosen {
        let chosen = self.ids.iter().map(|id| ids.contains(id));
        Chosen((!ids.is_empty()).then(|| chosen.collect()))
    }
}

struct Chosen(Option<Vec<bool>>);

impl Chosen {
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
        let key = (self.agencies.number(agency), subject);
        if let Some(known) = self.by_subject.get(&key) {
            if *known > row.changed {
                return;
            }
            self.by_change.remove(known);
        }
        let it = &*row.observation;
        let kept = Kept {
            subject,
            agency: key.0,
            category: self.categories.number(&it.category),
            place: self.places.number(&it.place),
            measure: self.measures.number(&it.measure),
            window: it.window.as_ref().map(|it| self.windows.number(it)),
            day: day_number(it.day),
            erasure_day: row.erasure_day,
            trend: it.trend,
            urgency: it.urgency,
            exercise: it.exercise,
            generalised: it.generalised,
            current: row.current,
        };
        self.by_subject.insert(key, row.changed);
        self.by_change.insert(row.changed, kept);
    }

    /// Forgets an update.
    pub(super) fn remove(&mut self, agency: &AgencyId, subject: &SubjectId) {
        let key = (self.agencies.number(agency), *subject);
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
        let agency = self.agencies.numbers.get(agency)?;
        let changed = self.by_subject.get(&(*agency, *subject));
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
        let agencies = self.agencies.chosen(&filter.agencies);
        let categories = self.categories.chosen(&filter.categories);
        let places = self.places.chosen(&filter.places);
        let measures = self.measures.chosen(&filter.measures);
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
        let agencies = self.agencies.chosen(&asked.agencies);
        let measures = self.measures.chosen(&asked.measures);
        let own = self.agencies.numbers.get(own).copied();
        let words = Words {
            places: &self.places.ids,
            categories: &self.categories.ids,
            windows: &self.windows.ids,
        };
        let mut drawing = Drawing::new(charter, words, asked.period, today);
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
}

#[cfg(test)]
mod tests {
    use verbund_model::SourceKind;

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
            observation: std::borrow::Cow::Owned(observation("neumarkt", measure)),
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
