//! What a protocol's steps may say. It looks at no clock, but for [`may_reserve`]: a late receiver must judge as an early one did.

use std::collections::BTreeSet;

use super::{
    Attendance, COPIES_MAX, ProtocolContent, ProtocolItem, ProtocolNumber, ProtocolTransition,
};
use crate::audience::Audience;
use crate::charter::{Charter, ProtocolRules};
use crate::history::STEPS_MAX;
use crate::id::AgencyId;
use crate::meeting::{AGENDA_MAX, ITEM_CHARS};
use crate::situation::NOTE_CHARS;
use crate::task::{DESCRIPTION_CHARS, TITLE_CHARS};
use crate::texts::{ItemTexts, Need, Texts, text, texts};
use crate::time::Day;
use crate::violation::{Reason, Violation};

/// Most characters of a state of affairs.
pub const AFFAIRS_CHARS: usize = 2000;
/// Most assessments of one protocol, and as many decisions, updates and tasks: a meeting has no more steps that they could come
/// from.
pub const PARTS_MAX: usize = STEPS_MAX;

impl ProtocolContent {
    /// Checks a decoded revision. `owner` is the agency that the protocol is named by.
    ///
    /// # Errors
    /// All violations that were found, at least one.
    pub fn admit(
        &self,
        charter: &Charter,
        owner: &AgencyId,
        audience: &Audience,
    ) -> Result<(), Vec<Violation>> {
        let mut found = Found::default();
        self.number.admit(charter, owner, &mut found);
        if charter.agency(&self.meeting.owner).is_none() {
            let detail = "a meeting belongs to an agency of the charter";
            found.note("meeting", Reason::UnknownAgency, detail);
        }
        self.admit_attendance(owner, audience, &mut found);
        let total =
            |count: fn(&ProtocolItem) -> usize| -> usize { self.items.iter().map(count).sum() };
        if self.items.len() > AGENDA_MAX {
            let detail = "a protocol has at most 24 items";
            found.note("items", Reason::InvalidRange, detail);
        } else if total(|it| it.copies.len()) > COPIES_MAX {
            let detail = "a protocol copies at most 64 updates";
            found.note("items", Reason::InvalidRange, detail);
        } else if total(|it| it.assessments.len()) > PARTS_MAX
            || total(|it| it.decisions.len()) > PARTS_MAX
            || total(|it| it.updates.len()) > PARTS_MAX
            || total(|it| it.tasks.len()) > PARTS_MAX
        {
            let detail = "a protocol has at most 512 of each";
            found.note("items", Reason::InvalidRange, detail);
        } else {
            for (index, item) in self.items.iter().enumerate() {
                let mut before = self.items[..index].iter();
                if item.number.0 == 0 || before.any(|other| other.number == item.number) {
                    let detail = "items have numbers from 1 to 255, each once";
                    found.note(
                        &format!("items[{index}].number"),
                        Reason::InvalidRange,
                        detail,
                    );
                }
                self.admit_item(index, item, charter, audience, &mut found);
            }
        }
        found.answer()
    }

    /// Who was there, in what capacity: of the audience; one chair, the owner; and the deputy, if it attended as such.
    fn admit_attendance(&self, owner: &AgencyId, audience: &Audience, found: &mut Found) {
        let mut unfit = |detail: &str| found.note("attendance", Reason::SubjectMismatch, detail);
        if !self.attendance.keys().all(|it| audience.contains(it)) {
            unfit("who was invited is in the audience");
        }
        let alone = |capacity: Attendance, agency: &AgencyId| {
            let mut others = self.attendance.iter().filter(|(id, _)| *id != agency);
            others.all(|(_, it)| *it != capacity)
        };
        if self.attendance.get(owner) != Some(&Attendance::Chair)
            || !alone(Attendance::Chair, owner)
        {
            unfit("the owner has chaired, and nobody else");
        }
        if !alone(Attendance::Deputy, &self.deputy) {
            unfit("only the deputy attends as deputy");
        }
        if self.deputy == *owner || !self.attendance.contains_key(&self.deputy) {
            let detail = "the deputy was invited, and is not the owner";
            found.note("deputy", Reason::SubjectMismatch, detail);
        }
    }

    fn admit_item(
        &self,
        index: usize,
        item: &ProtocolItem,
        charter: &Charter,
        audience: &Audience,
        found: &mut Found,
    ) {
        let path = |field: &str| format!("items[{index}].{field}");
        if item
            .measure
            .as_ref()
            .is_some_and(|it| charter.measure(it).is_none())
        {
            let detail = "not a measure of the charter";
            found.note(&path("measure"), Reason::UnknownMeasure, detail);
        }
        if !item
            .assessments
            .iter()
            .all(|it| self.attendance.contains_key(it))
        {
            let detail = "an assessment is of an agency that was invited";
            found.note(&path("assessments"), Reason::SubjectMismatch, detail);
        }
        let mut dissent = item.decisions.iter().flat_map(|it| &it.dissent);
        if !dissent.all(|it| self.is_attending(it)) {
            let detail = "only who attended can have disagreed";
            found.note(&path("decisions"), Reason::SubjectMismatch, detail);
        }
        let updates: BTreeSet<_> = item.updates.iter().collect();
        if updates.len() < item.updates.len() {
            let detail = "each update once";
            found.note(&path("updates"), Reason::SubjectMismatch, detail);
        }
        let mut copied = BTreeSet::new();
        for (place, copy) in item.copies.iter().enumerate() {
            let path = path(&format!("copies[{place}]"));
            if !updates.contains(&copy.update) || !copied.insert(&copy.update) {
                let detail = "a copy is of an update of the item, one for each";
                found.note(&path, Reason::SubjectMismatch, detail);
            }
            let origin = &copy.update.owner;
            if let Err(violations) = copy.observation.admit(charter, origin, audience) {
                found.0.extend(violations.into_iter().map(|it| Violation {
                    field: format!("{path}.{}", it.field),
                    ..it
                }));
            }
        }
    }
}

impl ProtocolNumber {
    fn admit(&self, charter: &Charter, owner: &AgencyId, found: &mut Found) {
        if charter.meeting_type(&self.meeting_type).is_none() {
            let detail = "not a meeting type of the charter";
            found.note("number.meeting_type", Reason::UnknownMeetingType, detail);
        }
        if !(2000..=2199).contains(&self.year) {
            let detail = "a year from 2000 to 2199";
            found.note("number.year", Reason::InvalidRange, detail);
        }
        if self.chair != *owner {
            let detail = "a number names the protocol's owner";
            found.note("number.chair", Reason::SubjectMismatch, detail);
        }
        if self.count == 0 {
            found.note("number.count", Reason::InvalidRange, "counted from 1");
        }
    }
}

#[derive(Default)]
struct Found(Vec<Violation>);

impl Found {
    fn note(&mut self, field: &str, reason: Reason, detail: &str) {
        self.0.push(Violation::new(field, reason, detail));
    }

    fn answer(self) -> Result<(), Vec<Violation>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}

impl ProtocolTransition {
    /// Checks a partner's decoded step: what it says in codes. It looks at no clock, and not at the state either: that is the
    /// history's matter. `owner` is the agency that the protocol is named by.
    ///
    /// # Errors
    /// All violations that were found, at least one.
    pub fn admit(
        &self,
        charter: &Charter,
        owner: &AgencyId,
        audience: &Audience,
    ) -> Result<(), Vec<Violation>> {
        let mut found = Found::default();
        match self {
            Self::Drafted(content) | Self::Revised(content) | Self::Circulated(content) => {
                return content.admit(charter, owner, audience);
            }
            Self::Objected {
                item: Some(item), ..
            }
            | Self::Proposed { item, .. }
            | Self::Corrected { item: Some(item) }
                if item.0 == 0 =>
            {
                let detail = "items have numbers from 1 to 255";
                found.note("item", Reason::InvalidRange, detail);
            }
            Self::Reserved {
                silent, objecting, ..
            } => {
                for (field, agencies) in [("silent", silent), ("objecting", objecting)] {
                    if !agencies.iter().all(|it| audience.contains(it)) {
                        found.note(field, Reason::SubjectMismatch, "some of the audience");
                    }
                }
            }
            Self::Approved { meeting } if charter.agency(&meeting.owner).is_none() => {
                let detail = "a meeting belongs to an agency of the charter";
                found.note("meeting", Reason::UnknownAgency, detail);
            }
            _ => {}
        }
        found.answer()
    }

    /// Checks the texts that came with a step: how many, their length and their characters. What they say is the guard's matter.
    ///
    /// A revision has a title, and for each item a title, a state of affairs, which may be empty, and as many assessments,
    /// decisions and notes as the codes tell of. An objection, a proposal and a correction have a description. Nothing else has a
    /// text.
    pub fn admit_texts(&self, texts: &Texts<'_>) -> Vec<Violation> {
        let mut found = Vec::new();
        match self {
            Self::Drafted(content) | Self::Revised(content) | Self::Circulated(content) => {
                texts.has_only(&mut found, &["title", "items"]);
                text(&mut found, "title", texts.title, TITLE_CHARS, Need::Given);
                if texts.items.len() == content.items.len() {
                    for (index, (item, of)) in content.items.iter().zip(texts.items).enumerate() {
                        item.admit_texts(&format!("items[{index}]"), of, &mut found);
                    }
                } else {
                    let detail = "as many texts as the codes tell of";
                    found.push(Violation::new("items", Reason::SubjectMismatch, detail));
                }
            }
            Self::Objected { .. } | Self::Proposed { .. } | Self::Corrected { .. } => {
                texts.has_only(&mut found, &["description"]);
                text(
                    &mut found,
                    "description",
                    texts.description,
                    DESCRIPTION_CHARS,
                    Need::Given,
                );
            }
            _ => texts.has_only(&mut found, &[]),
        }
        found
    }
}

impl ProtocolItem {
    fn admit_texts(&self, path: &str, of: &ItemTexts<'_>, found: &mut Vec<Violation>) {
        let at = |field: &str| format!("{path}.{field}");
        text(found, &at("title"), of.title, ITEM_CHARS, Need::Given);
        text(
            found,
            &at("affairs"),
            of.affairs,
            AFFAIRS_CHARS,
            Need::Maybe,
        );
        let lists = [
            ("assessments", &of.assessments, self.assessments.len()),
            ("decisions", &of.decisions, self.decisions.len()),
        ];
        for (field, list, count) in lists {
            texts(
                found,
                &at(field),
                list,
                count,
                DESCRIPTION_CHARS,
                Need::Given,
            );
        }
        let (notes, copies) = (&of.notes, self.copies.len());
        texts(found, &at("notes"), notes, copies, NOTE_CHARS, Need::Maybe);
    }
}

/// Whether a protocol that circulates since a day may be released with reservation today. Only the sender asks: a receiver looks at
/// no clock.
///
/// # Errors
/// The first day on which it may.
pub fn may_reserve(circulated_on: Day, today: Day, rules: &ProtocolRules) -> Result<(), Day> {
    let days = rules.release_with_reservation_after_days;
    let first = circulated_on.saturating_add(jiff::Span::new().days(days));
    if today < first { Err(first) } else { Ok(()) }
}
