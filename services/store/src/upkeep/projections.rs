//! Where situations, readings and versions are not what the entries come to.
//!
//! The subjects are gone through in parts, each with all entries of its subjects in memory: which part a subject belongs to
//! hangs on a key of this process, so that nobody who chooses subjects can make one part large.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use verbund_ledger::Outcome;
use verbund_model::{AgencyId, SubjectId};

use super::entries::Lanes;
use super::replay::{Replayed, Spoken, order, replay};
use super::tables::{ENTRY, READING, Row, SITUATION, SPOKEN};
use super::whole::{Pages, Whole};
use super::{Progress, Projected, Projector, Stage, Tell};
use crate::error::Result;
use crate::limits;
use crate::row::Cells;
use crate::situation::{ReadingRow, Step};
use crate::statement::{Columns, Value};

/// Something that is not what the entries come to, and what it should be.
#[derive(Debug)]
pub(super) enum Difference {
    /// An entry's version, the subject that it hangs on, or whether it is a step of that.
    Version {
        position: i64,
        lane: i64,
        sequence: u64,
        is: i64,
        version: i64,
        subject: Option<SubjectId>,
        step: bool,
    },
    /// A subject has no row, or one that is wrong.
    Situation {
        /// The key of the row that is there.
        is: Option<i64>,
        row: Row,
        detail: String,
    },
    /// A row of a subject that nobody has spoken on.
    SituationOfNobody { changed: i64 },
    /// A subject's series.
    Readings { first: i64, rows: Vec<Row> },
    /// Series of a subject that is not there.
    ReadingsOfNobody { first: i64 },
    /// Readings that are kept for longer than the charter says; a running node forgets them.
    ReadingsOverdue { first: i64 },
}

/// A subject among those of its origin.
type Key = (SubjectId, AgencyId);

/// Goes through the subjects.
pub(super) struct Parts {
    hasher: RandomState,
    pub(super) parts: u64,
    total: u64,
    /// The first day whose readings are kept.
    readings_from: i32,
    /// The first entries of all subjects that have been gone through.
    firsts: HashSet<i64>,
}

/// The subjects of one part.
#[derive(Default)]
struct Part {
    subjects: HashMap<Key, Vec<Spoken>>,
    /// Erased ones that hang on a subject and are no version of it: perhaps they should be.
    doubtful: HashMap<Key, Vec<Spoken>>,
    found: Vec<Difference>,
}

impl Parts {
    /// `readings_from` is the first day whose readings are kept, in days since 1970-01-01.
    pub(super) async fn of(whole: &mut Whole, readings_from: i32) -> Result<Self> {
        let total = whole.count(&ENTRY).await?;
        Ok(Self {
            hasher: RandomState::new(),
            parts: total / limits::PROJECTED_ENTRIES + 1,
            total,
            readings_from,
            firsts: HashSet::new(),
        })
    }

    fn is_in(&self, part: u64, subject: &SubjectId) -> bool {
        self.parts == 1 || self.hasher.hash_one(subject.as_bytes()) % self.parts == part
    }

    /// What differs in one part, beginning with 0.
    pub(super) async fn differences(
        &mut self,
        part: u64,
        whole: &mut Whole,
        lanes: &Lanes,
        projector: &dyn Projector,
        progress: Tell<'_>,
    ) -> Result<Vec<Difference>> {
        let mut all = Part::default();
        let mut pages = Pages::of(whole, &SPOKEN).await?;
        loop {
            let rows = pages.next(whole).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                self.sort(part, row, lanes, projector, &mut all)?;
            }
            progress(Progress {
                stage: Stage::Projecting,
                table: "entry",
                done: part * self.total + pages.done,
                total: self.parts * self.total,
            });
        }
        // A subject of which nothing but that is left.
        let Part {
            subjects, doubtful, ..
        } = &mut all;
        subjects.extend(
            doubtful
                .extract_if(|key, _| !subjects.contains_key(key))
                .collect::<Vec<_>>(),
        );
        let situations = self.situations(part, whole, &mut all).await?;
        let mut series = HashMap::new();
        let Part {
            subjects,
            mut doubtful,
            mut found,
        } = all;
        for (key, mut entries) in subjects {
            if !order(&mut entries)
                && let Some(doubtful) = doubtful.remove(&key)
            {
                entries.extend(doubtful);
                order(&mut entries);
            }
            for (version, it) in (1..).zip(&entries) {
                if it.version != version {
                    found.push(Difference::Version {
                        position: it.position,
                        lane: it.lane,
                        sequence: it.sequence,
                        is: it.version,
                        version,
                        subject: Some(key.0),
                        step: false,
                    });
                }
            }
            let is = situations.get(&key);
            let Replayed {
                situation,
                first,
                readings,
            } = replay(&key.0, &key.1, &entries, is);
            self.firsts.insert(first);
            if is != Some(&situation) {
                found.push(Difference::Situation {
                    is: is.and_then(|row| row.int(0).ok().flatten()),
                    detail: difference(is, &situation),
                    row: situation,
                });
            }
            let rows = readings.map(|readings| reading_rows(first, &key.1, readings));
            series.insert(first, (rows, Vec::new()));
        }
        compare_readings(whole, series, self.readings_from, &mut found).await?;
        Ok(found)
    }

    /// Puts an entry to its subject, or finds that it should be no version.
    fn sort(
        &self,
        part: u64,
        row: &Row,
        lanes: &Lanes,
        projector: &dyn Projector,
        all: &mut Part,
    ) -> Result<()> {
        let cells = Cells::new(row, "entry");
        let (position, number) = (cells.int(0, "position")?, cells.int(1, "lane")?);
        let (sequence, version) = (cells.u64(2, "sequence")?, cells.int(4, "version")?);
        // What has no lane or no outcome is told by the check of entries.
        let (Some(lane), Ok(outcome)) = (lanes.get(&number), cells.outcome(3)) else {
            return Ok(());
        };
        let is_step = cells.int(7, "step")?;
        let hangs_on = cells
            .optional_bytes(5, "subject")?
            .map(SubjectId::from_bytes);
        let mut spoken = Spoken {
            position,
            lane: number,
            sequence,
            version,
            said: None,
        };
        let codes = match outcome {
            Outcome::Stored => row.blob(6).ok().flatten(),
            _ => None,
        };
        let projected = codes.and_then(|codes| projector.project(&lane.origin, codes));
        // Of what is gone or can't be read the mark is believed.
        let gone = projected.is_none() && matches!(outcome, Outcome::Stored | Outcome::Erased);
        let steps_on = match &projected {
            Some(it) => (it.projection.is_none() && it.step).then_some(Some(it.subject)),
            None => (gone && is_step != 0 && hangs_on.is_some()).then_some(hangs_on),
        };
        if let Some(subject) = steps_on {
            if (version, is_step, hangs_on) != (0, 1, subject) && part == 0 {
                all.found.push(Difference::Version {
                    position,
                    lane: number,
                    sequence,
                    is: version,
                    version: 0,
                    subject,
                    step: true,
                });
            }
            return Ok(());
        }
        let subject = match (projected, hangs_on) {
            (
                Some(Projected {
                    subject,
                    projection: Some(mut projection),
                    erases,
                    ..
                }),
                hangs_on,
            ) => {
                if !erases.is_empty() {
                    projection.kind = Step::Erased;
                }
                spoken.said = Some(Box::new(projection));
                if (hangs_on != Some(subject) || is_step != 0) && self.is_in(part, &subject) {
                    all.found.push(Difference::Version {
                        position,
                        lane: number,
                        sequence,
                        is: version,
                        version: version.max(1),
                        subject: Some(subject),
                        step: false,
                    });
                }
                subject
            }
            // Codes that can't be read, and those that are gone: what hangs on a subject as a version of it did so.
            (None, Some(subject))
                if version > 0 && matches!(outcome, Outcome::Stored | Outcome::Erased) =>
            {
                subject
            }
            (None, Some(subject)) if outcome == Outcome::Erased && sequence > 1 => {
                if self.is_in(part, &subject) {
                    let key = (subject, lane.origin.clone());
                    all.doubtful.entry(key).or_default().push(spoken);
                }
                return Ok(());
            }
            (_, subject) => {
                if (version, is_step) != (0, 0) && part == 0 {
                    all.found.push(Difference::Version {
                        position,
                        lane: number,
                        sequence,
                        is: version,
                        version: 0,
                        subject,
                        step: false,
                    });
                }
                return Ok(());
            }
        };
        if self.is_in(part, &subject) {
            let key = (subject, lane.origin.clone());
            all.subjects.entry(key).or_default().push(spoken);
        }
        Ok(())
    }

    /// The situations that are there, of this part; finds those of nobody.
    async fn situations(
        &self,
        part: u64,
        whole: &mut Whole,
        all: &mut Part,
    ) -> Result<HashMap<Key, Row>> {
        let mut there = HashMap::new();
        let mut pages = Pages::of(whole, &SITUATION).await?;
        loop {
            let rows = pages.next(whole).await?;
            if rows.is_empty() {
                return Ok(there);
            }
            for row in rows {
                let cells = Cells::new(&row, "situation");
                let changed = cells.int(0, "changed")?;
                let subject = cells.bytes(1, "subject").map(SubjectId::from_bytes);
                let key = match (subject, cells.agency(7, "agency")) {
                    (Ok(subject), Ok(agency)) => Some((subject, agency)),
                    _ => None,
                };
                match key {
                    Some(key) if !self.is_in(part, &key.0) => {}
                    Some(key) if all.subjects.contains_key(&key) => {
                        there.insert(key, row);
                    }
                    Some(_) => all.found.push(Difference::SituationOfNobody { changed }),
                    None if part == 0 => {
                        all.found.push(Difference::SituationOfNobody { changed });
                    }
                    None => {}
                }
            }
        }
    }

    /// Series of subjects that are in none of the parts; to be asked for after the last one.
    pub(super) async fn strays(&self, whole: &mut Whole) -> Result<Vec<Difference>> {
        let (mut found, mut last) = (Vec::new(), None);
        let mut pages = Pages::of(whole, &READING).await?;
        loop {
            let rows = pages.next(whole).await?;
            if rows.is_empty() {
                return Ok(found);
            }
            for row in &rows {
                let first = Cells::new(row, "reading").int(0, "first")?;
                if last.replace(first) != Some(first) && !self.firsts.contains(&first) {
                    found.push(Difference::ReadingsOfNobody { first });
                }
            }
        }
    }
}

/// Which columns of a row are wrong.
fn difference(is: Option<&Row>, should: &Row) -> String {
    let Some(is) = is else {
        return "there is none".to_owned();
    };
    let columns = SITUATION.columns.iter().zip(is.0.iter().zip(&should.0));
    let wrong: Vec<&str> = columns
        .filter(|(_, (is, should))| is != should)
        .map(|((name, _), _)| *name)
        .collect();
    format!("not what the entries come to: {}", wrong.join(", "))
}

/// The place of the day among the columns of a reading.
const DAY: usize = 6;

fn reading_rows(first: i64, agency: &AgencyId, readings: Vec<ReadingRow>) -> Vec<Row> {
    let row = |(ordinal, it): (i64, ReadingRow)| {
        Row(vec![
            first.into(),
            ordinal.into(),
            agency.into(),
            Value::from(it.indicator.as_str()),
            Value::from(it.place.as_str()),
            i64::from(it.period).into(),
            it.day.into(),
            it.value.into(),
        ])
    };
    (0..).zip(readings).map(row).collect()
}

/// What each subject's series should be, if that is known, and what they are.
type Series = HashMap<i64, (Option<Vec<Row>>, Vec<Row>)>;

async fn compare_readings(
    whole: &mut Whole,
    mut series: Series,
    from: i32,
    found: &mut Vec<Difference>,
) -> Result<()> {
    let mut pages = Pages::of(whole, &READING).await?;
    loop {
        let rows = pages.next(whole).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let first = Cells::new(&row, "reading").int(0, "first")?;
            if let Some((_, is)) = series.get_mut(&first) {
                is.push(row);
            }
        }
    }
    let is_kept = |row: &Row| row.int(DAY).is_ok_and(|day| day >= Some(from.into()));
    for (first, (should, is)) in series {
        if !is.iter().all(is_kept) {
            found.push(Difference::ReadingsOverdue { first });
        }
        if let Some(mut rows) = should {
            // Entries may still tell what has been forgotten: that does not come back.
            rows.retain(|row| is_kept(row) || is.contains(row));
            if rows != is {
                found.push(Difference::Readings { first, rows });
            }
        }
    }
    Ok(())
}
