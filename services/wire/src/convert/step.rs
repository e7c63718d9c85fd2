//! Steps as callers ask for them and read them: names of subjects and steps, receipts, records.

use verbund_guard::gate::Unguarded;
use verbund_ledger::{FrameHash, LaneId};
use verbund_model::{
    AgencyId, Audience, Handling, IdError, MeetingStatus, ProtocolStatus, Rhythm, Standing, StepId,
    SubjectId, SubjectRef, TaskDraft, TaskMove, TaskOrigin, TaskStatus, TaskTerms, UnixMillis,
};

use super::text::Text;
use super::vocabulary::{UnknownWord, Word};
use super::{ConversionError, etag, name, situation};
use crate::agency;
use crate::agency::terms_draft::Origin as DraftOrigin;
use crate::error::Error;

/// The name of a subject, as callers know it.
#[must_use]
pub fn key_to_wire(it: &SubjectRef) -> agency::SubjectKey {
    agency::SubjectKey {
        subject: it.subject.to_string(),
        owner: it.owner.as_str().to_owned(),
    }
}

/// The subject that a caller names; without an owner, one of its own agency.
///
/// # Errors
/// It names none.
pub fn key(
    it: Option<&agency::SubjectKey>,
    own: &AgencyId,
    path: &'static str,
) -> Result<SubjectRef, Error> {
    parse_key(it, own, path).map_err(Error::from)
}

pub(super) fn parse_key(
    it: Option<&agency::SubjectKey>,
    own: &AgencyId,
    path: &str,
) -> Result<SubjectRef, ConversionError> {
    let it = it.ok_or_else(|| ConversionError::missing(path))?;
    let subject = match SubjectId::parse(&it.subject) {
        Ok(subject) => subject,
        Err(IdError::Empty) => return Err(ConversionError::missing("subject").within(path)),
        Err(_) => {
            return Err(ConversionError::invalid("subject", "is not a UUID").within(path));
        }
    };
    let owner = if it.owner.is_empty() {
        own.clone()
    } else {
        let parsed = super::id(&it.owner, "owner", AgencyId::parse);
        parsed.map_err(|error| error.within(path))?
    };
    Ok(SubjectRef { subject, owner })
}

/// The name of a step, as callers know it.
#[must_use]
pub fn step_to_wire(it: &StepId) -> String {
    etag::to_wire(&name::frame_of(it))
}

/// The step that a caller names.
///
/// # Errors
/// It names none.
pub fn step(text: &str, path: &'static str) -> Result<StepId, Error> {
    optional_step(text, path)?.ok_or_else(|| ConversionError::missing(path).into())
}

/// The step that a caller may name.
///
/// # Errors
/// A text that names none.
pub fn optional_step(text: &str, path: &'static str) -> Result<Option<StepId>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let frame: FrameHash = text
        .parse()
        .map_err(|_| ConversionError::invalid(path, "is not a step that a node named"))?;
    Ok(Some(name::step_of(&frame)))
}

/// All that is told of a step that was stored.
#[must_use]
pub fn receipt(
    subject: &SubjectRef,
    audience: &Audience,
    position: (&LaneId, u64, &FrameHash),
    repeated: bool,
) -> agency::StepReceipt {
    let (lane, sequence, frame) = position;
    agency::StepReceipt {
        subject: Some(key_to_wire(subject)),
        step: etag::to_wire(frame),
        audience: agencies(audience),
        position: Some(situation::position(lane, sequence, frame)),
        repeated_request: repeated,
    }
}

/// Who has a subject, and how far it may travel.
#[must_use]
pub fn circle(audience: &Audience, handling: Handling) -> agency::Circle {
    agency::Circle {
        audience: agencies(audience),
        handling: handling.to_wire(),
    }
}

fn agencies(audience: &Audience) -> Vec<String> {
    audience.iter().map(|it| it.as_str().to_owned()).collect()
}

/// One step as it came.
#[derive(Debug)]
pub struct Record<'a> {
    /// Names it.
    pub step: StepId,
    /// Whose it is.
    pub by: &'a AgencyId,
    /// What it does, in a word.
    pub makes: &'static str,
    /// Whether it counts.
    pub standing: Standing,
    /// When its agency made it.
    pub created_at: UnixMillis,
    /// A coordinator of its agency confirmed what its guard wanted reviewed.
    pub reviewed: bool,
    /// What it says.
    pub text: &'a Text<Unguarded>,
    /// The steps that its maker knew.
    pub parents: &'a [StepId],
    /// Where it is.
    pub lane: &'a LaneId,
    /// Where in it.
    pub sequence: u64,
}

impl From<Record<'_>> for agency::StepRecord {
    fn from(it: Record<'_>) -> Self {
        use agency::StepStanding as Wire;
        let (standing, void_reason) = match it.standing {
            Standing::Effective => (Wire::Effective, ""),
            Standing::Waiting => (Wire::Waiting, ""),
            Standing::Void(why) => (Wire::Void, why.as_str()),
        };
        let texts = [&it.text.note, &it.text.description, &it.text.title];
        let said = texts.into_iter().find(|text| !text.is_empty());
        Self {
            step: step_to_wire(&it.step),
            agency: it.by.as_str().to_owned(),
            r#move: it.makes.to_owned(),
            standing: standing as i32,
            void_reason: void_reason.to_owned(),
            created_at_ms: it.created_at.0,
            reviewed: it.reviewed,
            text: said.map_or_else(String::new, |text| text.read().to_owned()),
            parents: it.parents.iter().map(step_to_wire).collect(),
            position: Some(situation::position(
                it.lane,
                it.sequence,
                &name::frame_of(&it.step),
            )),
        }
    }
}

/// What a caller wants to ask of another agency. What is not an id of the charter is told by [`TaskDraft::check`].
///
/// # Errors
/// What it comes from is named wrongly.
pub fn terms_draft(it: agency::TermsDraft, own: &AgencyId) -> Result<TaskDraft, Error> {
    let origin = match &it.origin {
        None => None,
        Some(DraftOrigin::Update(it)) => Some(TaskOrigin::Update(key(Some(it), own, "update")?)),
        Some(DraftOrigin::Decision(it)) => Some(TaskOrigin::Decision {
            meeting: key(it.meeting.as_ref(), own, "decision.meeting")?,
            decision: step(&it.decision, "decision.decision")?,
        }),
    };
    Ok(TaskDraft {
        assignee: it.assignee,
        measure: it.measure,
        category: it.category,
        place: it.place,
        due: it.due,
        origin,
        title: it.title,
        description: it.description,
    })
}

/// What is asked, with its texts, as callers read it.
#[must_use]
pub fn terms_to_wire(it: &TaskTerms, title: &str, description: &str) -> agency::Terms {
    use agency::terms::Origin;
    agency::Terms {
        assignee: it.assignee.as_str().to_owned(),
        measure: it.measure.as_str().to_owned(),
        category: it.category.as_str().to_owned(),
        place: it
            .place
            .as_ref()
            .map_or_else(String::new, |it| it.as_str().to_owned()),
        due: it.due.map_or_else(String::new, |it| it.to_string()),
        title: title.to_owned(),
        description: description.to_owned(),
        origin: it.origin.as_ref().map(|it| match it {
            TaskOrigin::Update(update) => Origin::Update(key_to_wire(update)),
            TaskOrigin::Decision { meeting, decision } => Origin::Decision(agency::DecisionKey {
                meeting: Some(key_to_wire(meeting)),
                decision: step_to_wire(decision),
            }),
        }),
    }
}

super::vocabulary::words! { agency:
    TaskStatus / TaskStatus {
        Proposed = Proposed,
        Assigned = Assigned,
        Accepted = Accepted,
        Declined = Declined,
        InProgress = InProgress,
        Done = Done,
        Verified = Verified,
        Withdrawn = Withdrawn,
    }
    MeetingStatus / MeetingStatus {
        Planned = Planned,
        Cancelled = Cancelled,
        Running = Running,
        Closed = Closed,
    }
    Rhythm / Rhythm {
        Weekly = Weekly,
        Fortnightly = Fortnightly,
        Monthly = Monthly,
        TwoMonthly = TwoMonthly,
    }
    TaskMove / TaskMove {
        Propose = Propose,
        Assign = Assign,
        Amend = Amend,
        Return = Return,
        Verify = Verify,
        Withdraw = Withdraw,
        Accept = Accept,
        Decline = Decline,
        Progress = Progress,
        Finish = Finish,
    }
    ProtocolStatus / ProtocolStatus {
        Draft = Draft,
        Circulating = Circulating,
        Objected = Objected,
        Released = Released,
        Reserved = Reserved,
        Approved = Approved,
    }
}

/// A word that a caller may leave out.
///
/// # Errors
/// One that this release does not know.
pub fn optional_word<T: Word>(number: i32, path: &'static str) -> Result<Option<T>, Error> {
    super::vocabulary::said(number, path).map_err(Error::from)
}

/// A word that a caller must give.
///
/// # Errors
/// It was not given, or is none that this release knows.
pub fn word<T: Word>(number: i32, path: &'static str) -> Result<T, Error> {
    super::vocabulary::required(number, path).map_err(Error::from)
}

/// Words to choose by; none chooses all.
///
/// # Errors
/// One that this release does not know.
pub fn words<T: Word>(numbers: &[i32], path: &'static str) -> Result<Vec<T>, Error> {
    numbers.iter().map(|it| word(*it, path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> AgencyId {
        AgencyId::parse("kod").expect("a slug")
    }

    fn key_of(subject: &str, owner: &str) -> agency::SubjectKey {
        agency::SubjectKey {
            subject: subject.to_owned(),
            owner: owner.to_owned(),
        }
    }

    #[test]
    fn a_subject_without_an_owner_is_the_own_agencys() {
        let id = "018f6b2a-7c00-4abc-8def-0123456789ab";
        let found = key(Some(&key_of(id, "")), &own(), "task").expect("names one");
        assert_eq!(found.owner, own());
        assert_eq!(key_to_wire(&found), key_of(id, "kod"));
        let other = key(Some(&key_of(id, "dhz")), &own(), "task").expect("names one");
        assert_eq!(other.owner.as_str(), "dhz");
    }

    #[test]
    fn what_names_no_subject_is_told_with_its_field() {
        let at = |it: Option<agency::SubjectKey>| {
            let error = key(it.as_ref(), &own(), "task").expect_err("names none");
            error.violations()[0].field.clone()
        };
        assert_eq!(at(None), "task");
        assert_eq!(at(Some(key_of("", ""))), "task.subject");
        assert_eq!(at(Some(key_of("7", ""))), "task.subject");
        let id = "018f6b2a-7c00-4abc-8def-0123456789ab";
        assert_eq!(at(Some(key_of(id, "KOD"))), "task.owner");
    }

    #[test]
    fn a_step_goes_both_ways_and_nothing_else_is_one() {
        let id = StepId([7; 32]);
        assert_eq!(step(&step_to_wire(&id), "answers"), Ok(id));
        assert_eq!(optional_step("", "answers"), Ok(None));
        assert!(step("", "answers").is_err());
        for text in ["7", "zz", &"7".repeat(63), &"7".repeat(65)] {
            assert!(step(text, "answers").is_err(), "{text}");
        }
    }

    #[test]
    fn every_word_has_a_number_of_its_own() {
        fn all<T: Word + PartialEq + std::fmt::Debug + Copy>(words: &[T]) {
            assert_eq!(T::from_wire(0), Ok(None));
            for word in words {
                assert_eq!(T::from_wire(word.to_wire()), Ok(Some(*word)));
            }
            let next = i32::try_from(words.len()).expect("few words") + 1;
            assert_eq!(T::from_wire(next), Err(UnknownWord));
        }
        all(TaskStatus::ALL);
        all(TaskMove::ALL);
        all(MeetingStatus::ALL);
        all(Rhythm::ALL);
    }
}
