//! What a protocol says, in the words of files: ids of the charter, closed words, texts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use verbund_guard::gate::Unguarded;
use verbund_model::{
    AgencyId, Handling, ItemNumber, Observation, Piece, ProtocolContent, ProtocolStatus, StepId,
    SubjectRef, UpdateCopy, Use,
};
use verbund_wire::convert::step::step_to_wire;
use verbund_wire::convert::text::{ItemText, Text};

/// A subject by its id and the agency that opened it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// A UUID.
    pub subject: String,
    /// The agency.
    pub owner: String,
}

impl From<&SubjectRef> for Name {
    fn from(it: &SubjectRef) -> Self {
        Self {
            subject: it.subject.to_string(),
            owner: it.owner.to_string(),
        }
    }
}

/// What a protocol says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// Names it.
    pub key: Name,
    /// Its number, such as `lagebesprechung-2026-kod-3`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Where it stands: `draft`, `circulating`, `objected`, `released`, `released-with-reservation` or `approved`.
    pub state: String,
    /// The hash of the frame that circulated it; none of a draft.
    pub fingerprint: Option<String>,
    /// The agency that wrote this revision: the owner, or its deputy.
    pub written_by: String,
    /// The meeting.
    pub meeting: Name,
    /// The type of the meeting.
    pub meeting_type: String,
    /// The year of the meeting.
    pub year: i16,
    /// How far it may travel, in the words of TLP 2.0.
    pub handling: String,
    /// Who takes over if the owner is gone.
    pub deputy: String,
    /// All who were invited, in ascending order.
    pub attendance: Vec<Attending>,
    /// The items, in their order.
    pub items: Vec<Item>,
    /// Corrections that were appended after its approval.
    pub corrections: Vec<Corrected>,
    /// The later meeting that has approved it.
    pub approved_by: Option<Name>,
}

/// How an agency attended, and its word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attending {
    /// The agency.
    pub agency: String,
    /// `chair`, `deputy`, `participant` or `absent`.
    #[serde(rename = "as")]
    pub capacity: String,
    /// `signed-off`, `objected`, `objected-late` or `none`.
    pub word: String,
    /// Why it objects.
    pub objection: String,
    /// To which item; none for all of it.
    pub objection_item: Option<u8>,
    /// The protocol binds it.
    pub bound: bool,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its number on the agenda.
    pub number: u8,
    /// The measure of the concept.
    pub measure: Option<String>,
    /// Its title.
    pub title: String,
    /// The state of affairs.
    pub affairs: String,
    /// The updates that it rests on.
    pub updates: Vec<Name>,
    /// What they said when it circulated.
    pub copies: Vec<Copied>,
    /// Assessments.
    pub assessments: Vec<Assessment>,
    /// Decisions.
    pub decisions: Vec<Decided>,
    /// The tasks that came of it.
    pub tasks: Vec<Name>,
    /// What is not in this file.
    pub left_out: Vec<LeftOut>,
}

/// What an update said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copied {
    /// The update.
    pub update: Name,
    /// The hash of the frame that told it.
    pub version: String,
    /// How far it may travel.
    pub handling: String,
    /// A category of the charter.
    pub category: String,
    /// A place of the charter.
    pub place: String,
    /// YYYY-MM-DD.
    pub day: String,
    /// A window of the charter; none for the whole day.
    pub window: Option<String>,
    /// `falling`, `steady`, `rising` or `unknown`.
    pub trend: String,
    /// How its agency knows.
    pub source: Option<String>,
    /// A measure of the charter.
    pub measure: String,
    /// `routine`, `soon` or `immediate`.
    pub urgency: String,
    /// A drill.
    pub exercise: bool,
    /// Generalised for police and prosecutor.
    pub generalised: bool,
    /// Figures.
    pub readings: Vec<Figure>,
    /// Its note.
    pub note: String,
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// An indicator of the charter.
    pub indicator: String,
    /// The period, as charters write it.
    pub period: String,
    /// As it is shown, such as `5–9`.
    pub value: String,
}

/// What an agency thinks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Whose it is.
    pub agency: String,
    /// What it says.
    pub text: String,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// What was decided.
    pub text: String,
    /// The hash of the frame that recorded it in the meeting; none for one that was added in writing.
    pub step: Option<String>,
    /// Who did not agree.
    pub dissent: Vec<String>,
}

/// Something that is not passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Whose it is.
    pub agency: String,
    /// `update` or `assessment`.
    pub what: String,
    /// `objection`: its agency objects; `handling`: it may not leave the node.
    pub why: String,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corrected {
    /// To which item; none for all of it.
    pub item: Option<u8>,
    /// What it says.
    pub text: String,
}

/// A word that counts.
#[derive(Debug, Clone)]
pub(crate) enum Spoken {
    SignedOff,
    Objected {
        item: Option<ItemNumber>,
        why: String,
        late: bool,
    },
}

/// Why a piece is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    Objection,
    Handling,
}

/// Where what is said comes from: the node's own history, or the entries in a file.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) key: &'a SubjectRef,
    pub(crate) status: ProtocolStatus,
    pub(crate) fingerprint: Option<StepId>,
    pub(crate) written_by: &'a AgencyId,
    pub(crate) handling: Handling,
    pub(crate) content: &'a ProtocolContent,
    pub(crate) text: &'a Text<Unguarded>,
    pub(crate) words: BTreeMap<AgencyId, Spoken>,
    pub(crate) bound: BTreeSet<AgencyId>,
    pub(crate) corrections: Vec<(Option<ItemNumber>, String)>,
    pub(crate) approved_by: Option<SubjectRef>,
}

impl Source<'_> {
    /// Why a piece of an item may not leave the node; `None` where it may.
    fn kept_back(&self, owner: &AgencyId, handling: Option<Handling>) -> Option<Why> {
        if matches!(self.words.get(owner), Some(Spoken::Objected { .. })) {
            return Some(Why::Objection);
        }
        let strict = handling.is_some_and(|it| !it.allows(Use::Export));
        strict.then_some(Why::Handling)
    }

    fn left_out(&self, item: usize) -> Vec<(Piece, &AgencyId, Why)> {
        let item = &self.content.items[item];
        let copies = item.copies.iter().enumerate().filter_map(|(at, it)| {
            let owner = &it.update.owner;
            let why = self.kept_back(owner, Some(it.handling))?;
            Some((Piece::Copy(at), owner, why))
        });
        let assessments = item.assessments.iter().enumerate();
        let assessments = assessments.filter_map(|(at, owner)| {
            Some((Piece::Assessment(at), owner, self.kept_back(owner, None)?))
        });
        copies.chain(assessments).collect()
    }

    /// Whether nothing is left out.
    pub(crate) fn is_whole(&self) -> bool {
        (0..self.content.items.len()).all(|at| self.left_out(at).is_empty())
    }

    /// What is said, without what may not leave the node.
    pub(crate) fn stated(&self) -> Stated {
        let content = self.content;
        let attendance = content.attendance.iter().map(|(agency, capacity)| {
            let (word, objection, item) = match self.words.get(agency) {
                None => ("none", "", None),
                Some(Spoken::SignedOff) => ("signed-off", "", None),
                Some(Spoken::Objected { item, why, late }) => {
                    let word = if *late { "objected-late" } else { "objected" };
                    (word, why.as_str(), *item)
                }
            };
            Attending {
                agency: agency.to_string(),
                capacity: capacity.to_string(),
                word: word.to_owned(),
                objection: objection.to_owned(),
                objection_item: item.map(|it| it.0),
                bound: self.bound.contains(agency),
            }
        });
        let corrections = self.corrections.iter().map(|(item, text)| Corrected {
            item: item.map(|it| it.0),
            text: text.clone(),
        });
        Stated {
            key: self.key.into(),
            number: content.number.to_string(),
            title: self.text.title.read().to_owned(),
            state: self.status.to_string(),
            fingerprint: self.fingerprint.as_ref().map(step_to_wire),
            written_by: self.written_by.to_string(),
            meeting: (&content.meeting).into(),
            meeting_type: content.number.meeting_type.to_string(),
            year: content.number.year,
            handling: self.handling.to_string(),
            deputy: content.deputy.to_string(),
            attendance: attendance.collect(),
            items: (0..content.items.len()).map(|at| self.item(at)).collect(),
            corrections: corrections.collect(),
            approved_by: self.approved_by.as_ref().map(Name::from),
        }
    }

    fn item(&self, at: usize) -> Item {
        let item = &self.content.items[at];
        let none = ItemText::default();
        let text = self.text.items.get(at).unwrap_or(&none);
        let left_out = self.left_out(at);
        let is_in = |piece: Piece| left_out.iter().all(|(out, ..)| *out != piece);
        let copies = item.copies.iter().enumerate();
        let copies = copies
            .filter(|(at, _)| is_in(Piece::Copy(*at)))
            .map(|(at, it)| copied(it, said(&text.notes, at)));
        let assessments = item.assessments.iter().enumerate();
        let assessments = assessments
            .filter(|(at, _)| is_in(Piece::Assessment(*at)))
            .map(|(at, agency)| Assessment {
                agency: agency.to_string(),
                text: said(&text.assessments, at),
            });
        let decisions = item.decisions.iter().enumerate();
        let decisions = decisions.map(|(at, it)| Decided {
            text: said(&text.decisions, at),
            step: it.step.as_ref().map(step_to_wire),
            dissent: it.dissent.iter().map(ToString::to_string).collect(),
        });
        let told = left_out.iter().map(|(piece, agency, why)| LeftOut {
            agency: agency.to_string(),
            what: match piece {
                Piece::Copy(_) => "update",
                Piece::Assessment(_) => "assessment",
            }
            .to_owned(),
            why: match why {
                Why::Objection => "objection",
                Why::Handling => "handling",
            }
            .to_owned(),
        });
        Item {
            number: item.number.0,
            measure: item.measure.as_ref().map(ToString::to_string),
            title: text.title.read().to_owned(),
            affairs: text.affairs.read().to_owned(),
            updates: item.updates.iter().map(Name::from).collect(),
            copies: copies.collect(),
            assessments: assessments.collect(),
            decisions: decisions.collect(),
            tasks: item.tasks.iter().map(Name::from).collect(),
            left_out: told.collect(),
        }
    }
}

fn said(all: &[Unguarded], at: usize) -> String {
    all.get(at)
        .map_or_else(String::new, |it| it.read().to_owned())
}

fn copied(it: &UpdateCopy, note: String) -> Copied {
    let Observation {
        category,
        place,
        day,
        window,
        trend,
        source,
        measure,
        urgency,
        exercise,
        generalised,
        readings,
    } = &it.observation;
    let readings = readings.iter().map(|it| Figure {
        indicator: it.indicator.to_string(),
        period: it.period.to_string(),
        value: it.value.to_string(),
    });
    Copied {
        update: (&it.update).into(),
        version: step_to_wire(&it.version),
        handling: it.handling.to_string(),
        category: category.to_string(),
        place: place.to_string(),
        day: day.to_string(),
        window: window.as_ref().map(ToString::to_string),
        trend: trend.to_string(),
        source: source.as_ref().map(ToString::to_string),
        measure: measure.to_string(),
        urgency: urgency.to_string(),
        exercise: *exercise,
        generalised: *generalised,
        readings: readings.collect(),
        note,
    }
}
