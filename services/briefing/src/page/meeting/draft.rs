//! The form of a planned meeting: what was typed, how its agenda is edited without script, and what is wrong with which field.

use verbund_model::{AGENDA_MAX, DESCRIPTION_CHARS, SERIES_MAX, TITLE_CHARS};
use verbund_wire::agency::{AgendaDraft, Meeting, MeetingDraft, Rhythm, SubjectKey};

use crate::form::Fields;
use crate::frame::Frame;
use crate::page::guard::Findings;
use crate::page::trouble::{Field, Problem, one_line};

/// Empty items that a new form begins with.
const BLANK_ITEMS: usize = 3;
/// How long a meeting is planned to last when nobody says.
const MINUTES: u32 = 60;

/// The most characters of a title.
pub(super) const TITLE_MAX: usize = TITLE_CHARS;
/// The most characters of what is said to an item.
pub(super) const TEXT_MAX: usize = DESCRIPTION_CHARS;

/// What stands in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) meeting_type: String,
    pub(super) deputy: String,
    pub(super) invited: Vec<String>,
    pub(super) day: String,
    pub(super) start: String,
    pub(super) minutes: String,
    pub(super) place: String,
    pub(super) title: String,
    pub(super) rhythm: i32,
    pub(super) count: String,
    pub(super) items: Vec<Item>,
    /// The place in the agenda to which the focus goes after it was edited.
    pub(super) focus: Option<usize>,
}

/// One item of the agenda.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    /// The number that it has already; 0 for a new one.
    pub(super) number: u32,
    pub(super) title: String,
    pub(super) measure: String,
    /// `owner/subject` of the protocol that is to be approved; empty for none.
    pub(super) approves: String,
}

impl Item {
    fn is_blank(&self) -> bool {
        self.title.is_empty() && self.approves.is_empty()
    }
}

impl Draft {
    /// A form that nobody has typed in.
    pub(super) fn blank(frame: &Frame) -> Self {
        let all = frame.concept.as_ref();
        let invited = all.map_or_else(Vec::new, |it| it.agency_ids().map(str::to_owned).collect());
        Self {
            invited,
            minutes: MINUTES.to_string(),
            items: vec![Item::default(); BLANK_ITEMS],
            ..Self::default()
        }
    }

    /// The form of a meeting that is to be changed.
    pub(super) fn of(meeting: &Meeting) -> Self {
        let items = meeting.agenda.iter().map(|it| Item {
            number: it.number,
            title: it.title.clone(),
            measure: it.measure.clone(),
            approves: it.approves.as_ref().map_or_else(String::new, named),
        });
        Self {
            meeting_type: meeting.meeting_type.clone(),
            deputy: meeting.deputy.clone(),
            invited: meeting.invited.iter().map(|it| it.agency.clone()).collect(),
            day: meeting.day.clone(),
            start: meeting.start.clone(),
            minutes: meeting.minutes.to_string(),
            place: meeting.place.clone(),
            title: meeting.title.clone(),
            items: items.collect(),
            ..Self::default()
        }
    }

    /// What was typed.
    pub(super) fn read(fields: &Fields) -> Self {
        let count = fields.one("items").parse().unwrap_or(0).min(AGENDA_MAX);
        let items = (0..count).map(|index| {
            let field = |name: &str| fields.one(&format!("item-{index}-{name}"));
            Item {
                number: field("number").parse().unwrap_or(0),
                title: one_line(fields.one(&format!("item-{index}"))),
                measure: field("measure").to_owned(),
                approves: field("approves").to_owned(),
            }
        });
        Self {
            meeting_type: fields.one("type").to_owned(),
            deputy: fields.one("deputy").to_owned(),
            invited: fields.all("invited").map(str::to_owned).collect(),
            day: fields.one("day").to_owned(),
            start: fields.one("start").to_owned(),
            minutes: fields.one("minutes").to_owned(),
            place: fields.one("place").to_owned(),
            title: one_line(fields.one("title")),
            rhythm: fields.word::<Rhythm>("rhythm"),
            count: fields.one("count").to_owned(),
            items: items.collect(),
            ..Self::default()
        }
    }

    /// Edits the agenda: `add`, `up-2`, `down-2`, `remove-2`. What is none of them leaves it as it is.
    pub(super) fn edit(&mut self, edit: &str) {
        let last = self.items.len().saturating_sub(1);
        let (what, at) = edit.rsplit_once('-').unwrap_or((edit, ""));
        let at = at.parse().ok().filter(|at| *at <= last);
        self.focus = match (what, at) {
            ("add", _) if self.has_room() => {
                self.items.push(Item::default());
                Some(self.items.len() - 1)
            }
            ("up", Some(at)) if at > 0 => {
                self.items.swap(at, at - 1);
                Some(at - 1)
            }
            ("down", Some(at)) if at < last => {
                self.items.swap(at, at + 1);
                Some(at + 1)
            }
            ("remove", Some(at)) if !self.items.is_empty() => {
                self.items.remove(at);
                self.items.len().checked_sub(1).map(|last| at.min(last))
            }
            _ => None,
        };
    }

    /// The focus goes to this place in the agenda.
    pub(super) fn has_focus(&self, index: &usize) -> bool {
        self.focus.as_ref() == Some(index)
    }

    /// One more item may be added.
    pub(super) fn has_room(&self) -> bool {
        self.items.len() < AGENDA_MAX
    }

    /// Leaves out items that nobody filled in, and names those that approve a protocol where nobody did.
    pub(super) fn tidy(&mut self, approval: &str) {
        self.items.retain(|it| !it.is_blank());
        for item in &mut self.items {
            if item.title.is_empty() {
                item.title = approval.to_owned();
            }
        }
    }

    /// What the browser should have asked for, so that the node need not be asked.
    pub(super) fn missing(&self, frame: &Frame) -> Vec<Problem> {
        let is_alone = self.invited.iter().all(|it| *it == frame.own);
        let needs = [
            ("type", self.meeting_type.is_empty()),
            ("day", self.day.is_empty()),
            ("start", self.start.is_empty()),
            ("minutes", self.minutes.parse::<u32>().is_err()),
            ("invited", is_alone),
            ("deputy", self.deputy.is_empty()),
            ("count", self.rhythm != 0 && !self.has_count()),
            ("agenda", self.items.is_empty()),
        ];
        let missing = needs.into_iter().filter(|(_, is_missing)| *is_missing);
        missing
            .map(|(name, _)| Problem {
                name: name.to_owned(),
                label: frame.t(&format!("meeting-{name}")),
                text: frame.t(&format!("meeting-wrong-{name}")),
                findings: Findings::default(),
            })
            .collect()
    }

    /// The fields, as far as the node may find something wrong with them.
    pub(super) fn fields(&self, frame: &Frame) -> Vec<Field> {
        let field = |path: &str, name: &str, text: &str| Field {
            path: path.to_owned(),
            name: name.to_owned(),
            label: frame.t(&format!("meeting-{name}")),
            text: text.to_owned(),
        };
        let mut fields = Vec::new();
        // Before the meeting's own title: the path of an item's ends like that one's.
        for (index, item) in self.items.iter().enumerate() {
            // A plan calls them an agenda; as texts of a step, which the guard reads, they are items.
            for path in [
                format!("agenda[{index}].title"),
                format!("items[{index}].title"),
            ] {
                fields.push(Field {
                    path,
                    name: format!("item-{index}"),
                    label: frame.t1("meeting-item", "place", index + 1),
                    text: item.title.clone(),
                });
            }
        }
        fields.extend([
            field("meeting_type", "type", ""),
            field("day", "day", ""),
            field("start", "start", ""),
            field("minutes", "minutes", ""),
            field("place", "place", ""),
            field("invited", "invited", ""),
            field("deputy", "deputy", ""),
            field("count", "count", ""),
            field("rhythm", "rhythm", ""),
            field("title", "title", &self.title),
            field("agenda", "agenda", ""),
        ]);
        fields
    }

    fn has_count(&self) -> bool {
        let count = self.count.parse::<usize>();
        count.is_ok_and(|it| (2..=SERIES_MAX).contains(&it))
    }

    /// As the node takes it. What is asked of a meeting that is planned already (`amends`) leaves out what is fixed.
    pub(super) fn to_wire(&self, amends: bool) -> MeetingDraft {
        let fixed = |value: &str| {
            if amends {
                String::new()
            } else {
                value.to_owned()
            }
        };
        MeetingDraft {
            meeting_type: fixed(&self.meeting_type),
            deputy: fixed(&self.deputy),
            invited: if amends {
                Vec::new()
            } else {
                self.invited.clone()
            },
            day: self.day.clone(),
            start: self.start.clone(),
            minutes: self.minutes.parse().unwrap_or(0),
            place: self.place.clone(),
            title: self.title.clone(),
            agenda: self.items.iter().map(Item::to_wire).collect(),
        }
    }

    /// How many meetings a series has; 0 for none.
    pub(super) fn meetings(&self) -> u32 {
        if self.rhythm == 0 {
            return 0;
        }
        self.count.parse().unwrap_or(0)
    }

    /// An agency is invited.
    pub(super) fn invites(&self, agency: &str) -> bool {
        self.invited.iter().any(|it| it == agency)
    }
}

impl Item {
    fn to_wire(&self) -> AgendaDraft {
        let approves = self
            .approves
            .split_once('/')
            .map(|(owner, subject)| SubjectKey {
                subject: subject.to_owned(),
                owner: owner.to_owned(),
            });
        AgendaDraft {
            title: self.title.clone(),
            measure: self.measure.clone(),
            approves,
            number: self.number,
        }
    }
}

/// A subject as a form names it.
pub(super) fn named(key: &SubjectKey) -> String {
    format!("{}/{}", key.owner, key.subject)
}

/// What is wrong with a field in words of that field, where it has such; a guard's finding and a text's length have their own.
pub(super) fn in_words_of_the_field(frame: &Frame, problem: &mut Problem, reason: &str) {
    let key = format!("meeting-wrong-{}", problem.name);
    let is_of_text =
        reason.starts_with("GUARD_") || matches!(reason, "NOTE_TOO_LONG" | "CONTROL_CHARACTER");
    if !is_of_text && frame.lang.has(&key) {
        problem.text = frame.t(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn titles(draft: &Draft) -> Vec<&str> {
        draft.items.iter().map(|it| it.title.as_str()).collect()
    }

    fn draft(titles: &[&str]) -> Draft {
        let item = |title: &&str| Item {
            title: (*title).to_owned(),
            ..Item::default()
        };
        Draft {
            items: titles.iter().map(item).collect(),
            ..Draft::default()
        }
    }

    #[test]
    fn an_agenda_is_edited_button_by_button() {
        let mut it = draft(&["a", "b", "c"]);
        it.edit("up-2");
        assert_eq!((titles(&it), it.focus), (vec!["a", "c", "b"], Some(1)));
        it.edit("down-0");
        assert_eq!((titles(&it), it.focus), (vec!["c", "a", "b"], Some(1)));
        it.edit("remove-2");
        assert_eq!((titles(&it), it.focus), (vec!["c", "a"], Some(1)));
        it.edit("add");
        assert_eq!((titles(&it), it.focus), (vec!["c", "a", ""], Some(2)));
        for nothing in [
            "up-0",
            "down-2",
            "up-9",
            "remove-9",
            "up-x",
            "",
            "shuffle-1",
        ] {
            it.edit(nothing);
            assert_eq!(
                (titles(&it), it.focus),
                (vec!["c", "a", ""], None),
                "{nothing}"
            );
        }
    }

    #[test]
    fn an_agenda_has_an_end() {
        let mut it = draft(&["a"; AGENDA_MAX]);
        it.edit("add");
        assert_eq!(it.items.len(), AGENDA_MAX);
        let many = Fields::parse(b"items=99999999");
        assert_eq!(Draft::read(&many).items.len(), AGENDA_MAX);
    }

    #[test]
    fn what_was_typed_is_read_back() {
        let typed = "type=lagebesprechung&deputy=dhz&invited=kod&invited=dhz&day=2026-12-01&start=16%3A00&minutes=90\
            &title=+Lage%0D%0Aam+Platz+&rhythm=weekly&count=4&items=2&item-0=Eins&item-0-number=3\
            &item-1-approves=kod%2F0b9f";
        let mut it = Draft::read(&Fields::parse(typed.as_bytes()));
        assert_eq!(it.title, "Lage am Platz");
        assert_eq!(it.invited, ["kod", "dhz"]);
        assert_eq!(it.meetings(), 4);
        it.tidy("Genehmigung");
        let wire = it.to_wire(false);
        assert_eq!(wire.agenda[0].number, 3);
        assert_eq!(wire.agenda[1].title, "Genehmigung");
        let approves = wire.agenda[1].approves.clone().unwrap();
        assert_eq!(
            (approves.owner.as_str(), approves.subject.as_str()),
            ("kod", "0b9f")
        );
        let amended = it.to_wire(true);
        assert!(
            amended.deputy.is_empty()
                && amended.invited.is_empty()
                && amended.meeting_type.is_empty()
        );
    }

    #[test]
    fn each_field_has_a_name_and_words_for_what_is_wrong() {
        let draft = draft(&["a"]);
        for lang in Lang::ALL {
            let frame = Frame::sample(lang);
            for field in draft.fields(&frame) {
                assert!(!field.label.is_empty(), "{}", field.name);
            }
            for problem in Draft::read(&Fields::parse(b"rhythm=weekly")).missing(&frame) {
                assert!(!problem.text.is_empty(), "{}", problem.name);
            }
        }
    }

    #[test]
    fn the_title_of_an_item_is_not_that_of_the_meeting() {
        let fields = draft(&["a"]).fields(&Frame::sample(Lang::De));
        let at = |name: &str| fields.iter().position(|it| it.name == name).unwrap();
        assert!(at("item-0") < at("title"));
    }

    #[test]
    fn a_field_says_itself_what_is_wrong_unless_it_is_its_text() {
        let frame = Frame::sample(Lang::De);
        let told = |reason: &str| {
            let mut problem = Problem {
                name: "day".to_owned(),
                label: "".into(),
                text: "as it was".into(),
                findings: Findings::default(),
            };
            in_words_of_the_field(&frame, &mut problem, reason);
            problem.text
        };
        assert_eq!(told("INVALID_RANGE"), frame.t("meeting-wrong-day"));
        assert_eq!(told("GUARD_P1"), "as it was");
    }

    #[test]
    fn what_is_missing_is_told_at_once() {
        let frame = Frame::sample(Lang::De);
        let missing = Draft::read(&Fields::parse(b"rhythm=weekly")).missing(&frame);
        let names: Vec<_> = missing.iter().map(|it| it.name.as_str()).collect();
        let all = [
            "type", "day", "start", "minutes", "invited", "deputy", "count", "agenda",
        ];
        assert_eq!(names, all);
    }
}
