//! What a meeting's steps may say: the sender's check and the receiver's.

use std::collections::BTreeSet;

use super::{AGENDA_MAX, AgendaItem, CUT_MAX, Cut, ItemNumber, MeetingTerms, MeetingTransition};
use crate::audience::Audience;
use crate::charter::Charter;
use crate::id::{AgencyId, SubjectId};
use crate::subject::SubjectRef;
use crate::task::{DESCRIPTION_CHARS, TITLE_CHARS};
use crate::texts::{Need, Texts, text};
use crate::time::{Day, UnixMillis, day_number, has_sense, parse_day};
use crate::violation::{Reason, Violation};

/// How many days a meeting may lie ahead.
pub const AHEAD_DAYS: i32 = 730;
/// Most characters of an item's title.
pub const ITEM_CHARS: usize = 120;
/// How long a meeting may be planned to last, in minutes.
const MINUTES: std::ops::RangeInclusive<u32> = 5..=1440;
/// Minutes of a day.
const DAY_MINUTES: u16 = 1440;

/// A meeting as a caller sent it: nothing in it is believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeetingDraft {
    /// A meeting type of the charter.
    pub meeting_type: String,
    /// Who chairs it if the chair can't.
    pub deputy: String,
    /// Agencies that are invited besides the chair; empty for all of the federation.
    pub invited: Vec<String>,
    /// The day, YYYY-MM-DD.
    pub day: String,
    /// When it begins in the charter's time zone, HH:MM.
    pub start: String,
    /// How long it is planned to last, in minutes.
    pub minutes: u32,
    /// A place of the charter; empty for another.
    pub place: String,
    /// What is to be talked about.
    pub agenda: Vec<AgendaDraft>,
    /// The series that it belongs to.
    pub series: Option<SubjectId>,
    /// What it is, in a line.
    pub title: String,
}

/// An item of an agenda as a caller sent it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgendaDraft {
    /// Names it, from 1 to 255. An item that is struck leaves its number to nobody.
    pub number: u32,
    /// A measure of the charter; empty for none.
    pub measure: String,
    /// The protocol that is to be approved.
    pub approves: Option<SubjectRef>,
    /// What it is about, in a line.
    pub title: String,
}

impl MeetingDraft {
    /// Checks everything at once.
    ///
    /// # Errors
    /// All violations that were found, at least one, with paths relative to the draft.
    pub fn check(
        &self,
        charter: &Charter,
        chair: &AgencyId,
        now: UnixMillis,
    ) -> Result<MeetingTerms, Vec<Violation>> {
        let mut found = Found::default();
        let meeting_type = found.take(
            "meeting_type",
            charter.find_meeting_type(&self.meeting_type),
        );
        let deputy = found.take("deputy", charter.find_agency(&self.deputy));
        let invited = self.invited(charter, chair, &mut found.0);
        if let Some(deputy) = deputy {
            deputises(&deputy.id, chair, &invited, &mut found.0);
        }
        let day = self.day(charter.today(now), &mut found.0);
        let start_minute = minute(&self.start);
        if start_minute.is_none() {
            found.note("start", Reason::InvalidRange, "a time of day, HH:MM");
        }
        if !MINUTES.contains(&self.minutes) {
            found.note("minutes", Reason::InvalidRange, LASTS);
        }
        let place = match self.place.is_empty() {
            true => None,
            false => found.take("place", charter.find_place(&self.place)),
        };
        let agenda = self.agenda(charter, &mut found);
        text(&mut found.0, "title", &self.title, TITLE_CHARS, Need::Given);
        let minutes = u16::try_from(self.minutes).ok();
        match (meeting_type, deputy, day, start_minute, minutes) {
            (Some(meeting_type), Some(deputy), Some(day), Some(start_minute), Some(minutes))
                if found.0.is_empty() =>
            {
                Ok(MeetingTerms {
                    meeting_type: meeting_type.clone(),
                    deputy: deputy.id.clone(),
                    invited,
                    day,
                    start_minute,
                    minutes,
                    place: place.map(|it| it.id.clone()),
                    agenda,
                    series: self.series,
                })
            }
            _ => Err(found.0),
        }
    }

    fn invited(
        &self,
        charter: &Charter,
        chair: &AgencyId,
        found: &mut Vec<Violation>,
    ) -> BTreeSet<AgencyId> {
        if self.invited.is_empty() {
            return charter.members().iter().cloned().collect();
        }
        let mut invited = BTreeSet::from([chair.clone()]);
        // An audience has at most 64 agencies; what is beyond is unknown or said twice.
        for (index, id) in self.invited.iter().enumerate() {
            match charter.find_agency(id) {
                Ok(agency) => {
                    invited.insert(agency.id.clone());
                }
                Err((reason, detail)) => {
                    found.push(Violation::new(format!("invited[{index}]"), reason, detail));
                    break;
                }
            }
        }
        if invited.len() < 2 && found.is_empty() {
            let detail = "invite somebody besides the chair";
            found.push(Violation::new("invited", Reason::AudienceTooSmall, detail));
        }
        invited
    }

    fn day(&self, today: Day, found: &mut Vec<Violation>) -> Option<Day> {
        let Some(day) = parse_day(&self.day) else {
            let detail = "a day of the form YYYY-MM-DD";
            found.push(Violation::new("day", Reason::InvalidDay, detail));
            return None;
        };
        let today = day_number(today);
        if !(today..=today + AHEAD_DAYS).contains(&day_number(day)) {
            let detail = "a meeting is today or later, and within two years";
            found.push(Violation::new("day", Reason::InvalidRange, detail));
        }
        Some(day)
    }

    fn agenda(&self, charter: &Charter, found: &mut Found) -> Vec<AgendaItem> {
        if self.agenda.len() > AGENDA_MAX {
            found.note("agenda", Reason::InvalidRange, AGENDA);
            return Vec::new();
        }
        let mut agenda: Vec<AgendaItem> = Vec::new();
        for (index, it) in self.agenda.iter().enumerate() {
            let path = |field: &str| format!("agenda[{index}].{field}");
            let number = ItemNumber(u8::try_from(it.number).unwrap_or(0));
            if number.0 == 0 || agenda.iter().any(|other| other.number == number) {
                found.note(&path("number"), Reason::InvalidRange, NUMBERS);
            }
            let measure = match it.measure.is_empty() {
                true => None,
                false => found.take(&path("measure"), charter.find_measure(&it.measure)),
            };
            if let Some(approves) = &it.approves {
                approved(approves, charter, &path("approves"), &mut found.0);
            }
            text(
                &mut found.0,
                &path("title"),
                &it.title,
                ITEM_CHARS,
                Need::Given,
            );
            agenda.push(AgendaItem {
                number,
                measure: measure.cloned(),
                approves: it.approves.clone(),
            });
        }
        agenda
    }
}

const LASTS: &str = "a meeting lasts 5 minutes to a day";
const AGENDA: &str = "an agenda has at most 24 items";
const NUMBERS: &str = "items have numbers from 1 to 255, each once";

#[derive(Default)]
struct Found(Vec<Violation>);

impl Found {
    fn note(&mut self, field: &str, reason: Reason, detail: &str) {
        self.0.push(Violation::new(field, reason, detail));
    }

    fn take<T>(&mut self, field: &str, looked_up: Result<T, (Reason, String)>) -> Option<T> {
        match looked_up {
            Ok(value) => Some(value),
            Err((reason, detail)) => {
                self.note(field, reason, &detail);
                None
            }
        }
    }
}

/// Hours and minutes of a day as minutes since midnight.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| -> Option<u16> {
        let fine = digits.len() == 2 && digits.bytes().all(|it| it.is_ascii_digit());
        fine.then(|| digits.parse().ok()).flatten()
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn deputises(
    deputy: &AgencyId,
    chair: &AgencyId,
    invited: &BTreeSet<AgencyId>,
    found: &mut Vec<Violation>,
) {
    if deputy == chair {
        let detail = "the deputy is another agency than the chair";
        found.push(Violation::new("deputy", Reason::SubjectMismatch, detail));
    } else if !invited.contains(deputy) {
        let detail = "the deputy is invited as well";
        found.push(Violation::new("deputy", Reason::SubjectMismatch, detail));
    }
}

fn approved(protocol: &SubjectRef, charter: &Charter, field: &str, found: &mut Vec<Violation>) {
    if charter.agency(&protocol.owner).is_none() {
        let detail = "a protocol belongs to an agency of the charter";
        found.push(Violation::new(field, Reason::UnknownAgency, detail));
    }
}

impl MeetingTerms {
    /// Checks decoded terms of a partner. It looks at no clock: a late receiver must judge as an early one did.
    ///
    /// # Errors
    /// All violations that were found, at least one.
    pub fn admit(&self, charter: &Charter, audience: &Audience) -> Result<(), Vec<Violation>> {
        let mut found = Found::default();
        if charter.meeting_type(&self.meeting_type).is_none() {
            let detail = "not a meeting type of the charter";
            found.note("meeting_type", Reason::UnknownMeetingType, detail);
        }
        if !self.invited.iter().eq(audience.iter()) {
            let detail = "the audience is who is invited";
            found.note("invited", Reason::SubjectMismatch, detail);
        }
        if !self.invited.contains(&self.deputy) {
            let detail = "the deputy is invited as well";
            found.note("deputy", Reason::SubjectMismatch, detail);
        }
        if !has_sense(self.day) {
            found.note("day", Reason::InvalidDay, YEARS);
        }
        if self.start_minute >= DAY_MINUTES {
            found.note("start_minute", Reason::InvalidRange, "a minute of a day");
        }
        if !MINUTES.contains(&u32::from(self.minutes)) {
            found.note("minutes", Reason::InvalidRange, LASTS);
        }
        if self
            .place
            .as_ref()
            .is_some_and(|it| charter.place(it).is_none())
        {
            found.note("place", Reason::UnknownPlace, "not a place of the charter");
        }
        if self.agenda.len() > AGENDA_MAX {
            found.note("agenda", Reason::InvalidRange, AGENDA);
            return Err(found.0);
        }
        for (index, it) in self.agenda.iter().enumerate() {
            let path = |field: &str| format!("agenda[{index}].{field}");
            let mut before = self.agenda[..index].iter();
            if it.number.0 == 0 || before.any(|other| other.number == it.number) {
                found.note(&path("number"), Reason::InvalidRange, NUMBERS);
            }
            if it
                .measure
                .as_ref()
                .is_some_and(|it| charter.measure(it).is_none())
            {
                let detail = "not a measure of the charter";
                found.note(&path("measure"), Reason::UnknownMeasure, detail);
            }
            if let Some(approves) = &it.approves {
                approved(approves, charter, &path("approves"), &mut found.0);
            }
        }
        if found.0.is_empty() {
            Ok(())
        } else {
            Err(found.0)
        }
    }
}

const YEARS: &str = "a day lies in the years 2000 to 2199";

impl Cut {
    fn admit(&self, found: &mut Found) {
        if self.lanes.len() > CUT_MAX {
            let detail = "a cut has at most 256 lanes";
            found.note("cut", Reason::InvalidRange, detail);
        }
        if !self.lanes.windows(2).all(|two| two[0].lane < two[1].lane) {
            let detail = "lanes in ascending order, each once";
            found.note("cut", Reason::InvalidRange, detail);
        }
    }
}

impl MeetingTransition {
    /// Checks a partner's decoded step: what it says in codes. It looks at no clock, and not at the state either: that is the
    /// history's matter.
    ///
    /// # Errors
    /// All violations that were found, at least one.
    pub fn admit(&self, charter: &Charter, audience: &Audience) -> Result<(), Vec<Violation>> {
        let mut found = Found::default();
        let mut among = |field: &str, agencies: &BTreeSet<AgencyId>| {
            if agencies.is_empty() || !agencies.iter().all(|it| audience.contains(it)) {
                let detail = "some of the audience";
                found.note(field, Reason::SubjectMismatch, detail);
            }
        };
        match self {
            Self::Planned(terms) | Self::Amended(terms) => return terms.admit(charter, audience),
            Self::Opened { participants, cut } => {
                among("participants", participants);
                cut.admit(&mut found);
            }
            Self::TookOver { participants } => among("participants", participants),
            Self::Dissented { agencies, .. } => among("agencies", agencies),
            Self::ProposedTask { terms, .. } => {
                if let Err(violations) = terms.admit(charter, audience) {
                    found.0 = violations;
                }
            }
            Self::Cancelled { erase_on } | Self::Closed { erase_on } if !has_sense(*erase_on) => {
                found.note("erase_on", Reason::InvalidDay, YEARS);
            }
            _ => {}
        }
        if self.item().is_some_and(|item| item.0 == 0) {
            found.note("item", Reason::InvalidRange, NUMBERS);
        }
        if found.0.is_empty() {
            Ok(())
        } else {
            Err(found.0)
        }
    }

    /// Checks the texts that came with a step: how many, their length and their characters. What they say is the guard's matter.
    ///
    /// A plan has a title, and a title for each item; a finding, a proposed decision and a decision have a description; so has a
    /// dissent, where it may be empty; a proposed task has a title and a description. Nothing else has a text.
    pub fn admit_texts(&self, texts: &Texts<'_>) -> Vec<Violation> {
        let mut found = Vec::new();
        let describes = |found: &mut Vec<Violation>, need: Need| {
            let description = texts.description;
            text(found, "description", description, DESCRIPTION_CHARS, need);
        };
        match self {
            Self::Planned(terms) | Self::Amended(terms) => {
                texts.has_only(&mut found, &["title", "items"]);
                text(&mut found, "title", texts.title, TITLE_CHARS, Need::Given);
                titles(terms, texts, &mut found);
            }
            Self::Found { .. } | Self::ProposedDecision { .. } | Self::Decided { .. } => {
                texts.has_only(&mut found, &["description"]);
                describes(&mut found, Need::Given);
            }
            Self::Dissented { .. } => {
                texts.has_only(&mut found, &["description"]);
                describes(&mut found, Need::Maybe);
            }
            Self::ProposedTask { .. } => {
                texts.has_only(&mut found, &["title", "description"]);
                text(&mut found, "title", texts.title, TITLE_CHARS, Need::Given);
                describes(&mut found, Need::Maybe);
            }
            _ => texts.has_only(&mut found, &[]),
        }
        found
    }

    /// The item that it speaks on, if it speaks on one.
    pub fn item(&self) -> Option<ItemNumber> {
        match self {
            Self::Pinned { item, .. }
            | Self::Found { item }
            | Self::ProposedDecision { item }
            | Self::ProposedTask { item, .. }
            | Self::Decided { item, .. } => Some(*item),
            _ => None,
        }
    }
}

fn titles(terms: &MeetingTerms, texts: &Texts<'_>, found: &mut Vec<Violation>) {
    if texts.items.len() != terms.agenda.len() {
        let detail = "a title for each item of the agenda";
        found.push(Violation::new("items", Reason::SubjectMismatch, detail));
        return;
    }
    for (index, item) in texts.items.iter().enumerate() {
        let path = format!("items[{index}]");
        text(
            found,
            &format!("{path}.title"),
            item.title,
            ITEM_CHARS,
            Need::Given,
        );
        let bare = item.affairs.is_empty()
            && item.assessments.is_empty()
            && item.decisions.is_empty()
            && item.notes.is_empty();
        if !bare {
            let detail = "an item of an agenda has a title and nothing else";
            found.push(Violation::new(path, Reason::SubjectMismatch, detail));
        }
    }
}
