//! The form of a protocol: what stands in it, how it grows and shrinks without script, and as a draft for the node.

use verbund_model::{AFFAIRS_CHARS, AGENDA_MAX, DESCRIPTION_CHARS, ITEM_CHARS, TITLE_CHARS};
use verbund_wire::agency::{
    Assessment, DecisionDraft, Protocol, ProtocolDraft, ProtocolItem, ProtocolItemDraft,
    SubjectKey, TextProposal,
};
use verbund_wire::federation::ProposedPart;

use crate::form::Fields;
use crate::frame::Frame;
use crate::page::trouble::{Field, one_line};

/// The most characters of a protocol's title.
pub(super) const TITLE_MAX: usize = TITLE_CHARS;
/// The most characters of an item's title.
pub(super) const ITEM_MAX: usize = ITEM_CHARS;
/// The most characters of a state of affairs.
pub(super) const AFFAIRS_MAX: usize = AFFAIRS_CHARS;
/// The most characters of an assessment, a decision, an objection, a proposal and a correction.
pub(super) const TEXT_MAX: usize = DESCRIPTION_CHARS;
/// Assessments of one item that are read from a form, and as many decisions: who has more writes another item.
const PARTS_MAX: usize = 64;

/// What stands in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) title: String,
    pub(super) items: Vec<Item>,
}

/// An item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    /// The agenda's number of it.
    pub(super) number: u32,
    pub(super) measure: String,
    pub(super) title: String,
    pub(super) affairs: String,
    pub(super) updates: Vec<SubjectKey>,
    pub(super) assessments: Vec<Assessment>,
    pub(super) decisions: Vec<DecisionDraft>,
    pub(super) tasks: Vec<SubjectKey>,
}

impl Draft {
    /// What stands in a revision.
    pub(super) fn of(protocol: &Protocol) -> Self {
        Self {
            title: protocol.title.clone(),
            items: protocol.items.iter().map(Item::of).collect(),
        }
    }

    /// What was typed. Empty assessments and decisions are left out.
    pub(super) fn read(fields: &Fields) -> Self {
        let count = fields.one("items").parse().unwrap_or(0).min(AGENDA_MAX);
        Self {
            title: one_line(fields.one("title")),
            items: (0..count).map(|at| Item::read(fields, at)).collect(),
        }
    }

    /// Does what the button `edit` asks for; false where it asks for nothing.
    pub(super) fn edit(&mut self, button: &str) -> bool {
        let (what, at) = button.split_once('-').unwrap_or((button, ""));
        let at = at.parse::<usize>().ok().filter(|at| *at < self.items.len());
        match (what, at) {
            ("add", _) if self.items.len() < AGENDA_MAX => {
                let number = self.items.iter().map(|it| it.number).max().unwrap_or(0) + 1;
                self.items.push(Item {
                    number,
                    ..Item::default()
                });
            }
            ("remove", Some(at)) => {
                self.items.remove(at);
            }
            ("up", Some(at)) if at > 0 => self.items.swap(at, at - 1),
            ("down", Some(at)) if at + 1 < self.items.len() => self.items.swap(at, at + 1),
            // A form that is shown anew has an empty place for one more of each.
            ("more", _) => {}
            _ => return false,
        }
        true
    }

    /// Puts a proposed text where it belongs. A decision is added: which one it is to replace only people can tell.
    pub(super) fn take_over(&mut self, proposal: &TextProposal) {
        let Some(item) = self.items.iter_mut().find(|it| it.number == proposal.item) else {
            return;
        };
        let text = proposal.text.clone();
        match proposal.part() {
            ProposedPart::Title => item.title = text,
            ProposedPart::Affairs => item.affairs = text,
            ProposedPart::Assessment => {
                let agency = proposal.agency.clone();
                match item.assessments.iter_mut().find(|it| it.agency == agency) {
                    Some(own) => own.text = text,
                    None => item.assessments.push(Assessment { agency, text }),
                }
            }
            ProposedPart::Decision => item.decisions.push(DecisionDraft {
                text,
                ..DecisionDraft::default()
            }),
            ProposedPart::Unspecified => {}
        }
    }

    /// As the node takes it.
    pub(super) fn draft(&self) -> ProtocolDraft {
        ProtocolDraft {
            title: self.title.clone(),
            items: self.items.iter().map(Item::draft).collect(),
        }
    }

    /// The protocol as it would be, to be compared.
    pub(super) fn as_protocol(&self) -> Protocol {
        let item = |it: &Item| ProtocolItem {
            number: it.number,
            measure: it.measure.clone(),
            title: it.title.clone(),
            affairs: it.affairs.clone(),
            assessments: it.assessments.clone(),
            decisions: it.decisions.clone(),
            ..ProtocolItem::default()
        };
        Protocol {
            title: self.title.clone(),
            items: self.items.iter().map(item).collect(),
            ..Protocol::default()
        }
    }

    /// Its fields, for what a refusal is about.
    pub(super) fn fields(&self, frame: &Frame) -> Vec<Field> {
        let mut fields = vec![Field::new("title", frame.t("protocol-title"), &self.title)];
        for (at, item) in self.items.iter().enumerate() {
            let name = frame.t1("item-number", "number", item.number);
            let mut field = |path: String, id: String, key: &str, text: &str| {
                fields.push(Field {
                    path: format!("items[{at}].{path}"),
                    name: format!("item-{at}-{id}"),
                    label: format!("{name}, {}", frame.t(key)).into(),
                    text: text.to_owned(),
                });
            };
            field(
                "title".into(),
                "title".into(),
                "protocol-item-title",
                &item.title,
            );
            field(
                "affairs".into(),
                "affairs".into(),
                "protocol-affairs",
                &item.affairs,
            );
            field("measure".into(), "measure".into(), "task-measure", "");
            for (k, it) in item.assessments.iter().enumerate() {
                let (path, id) = (format!("assessments[{k}]"), format!("assessment-{k}-text"));
                field(path, id, "protocol-assessment", &it.text);
            }
            for (k, it) in item.decisions.iter().enumerate() {
                let (path, id) = (format!("decisions[{k}]"), format!("decision-{k}-text"));
                field(path, id, "protocol-decision", &it.text);
            }
        }
        fields
    }
}

impl Item {
    fn of(it: &ProtocolItem) -> Self {
        Self {
            number: it.number,
            measure: it.measure.clone(),
            title: it.title.clone(),
            affairs: it.affairs.clone(),
            updates: it.updates.clone(),
            assessments: it.assessments.clone(),
            decisions: it.decisions.clone(),
            tasks: it.tasks.clone(),
        }
    }

    fn read(fields: &Fields, at: usize) -> Self {
        let name = |part: &str| format!("item-{at}-{part}");
        let text = |part: &str| one_line(fields.one(&name(part)));
        let keys = |part: &str| fields.all(&name(part)).filter_map(key_of).collect();
        let assessments = (0..PARTS_MAX).map(|k| Assessment {
            agency: text(&format!("assessment-{k}-agency")),
            text: text(&format!("assessment-{k}-text")),
        });
        let decisions = (0..PARTS_MAX).map(|k| DecisionDraft {
            text: text(&format!("decision-{k}-text")),
            step: text(&format!("decision-{k}-step")),
            dissent: fields
                .all(&name(&format!("decision-{k}-dissent")))
                .map(str::to_owned)
                .collect(),
        });
        Self {
            number: fields.one(&name("number")).parse().unwrap_or(0),
            measure: text("measure"),
            title: text("title"),
            affairs: text("affairs"),
            updates: keys("update"),
            assessments: assessments.filter(|it| !it.text.is_empty()).collect(),
            decisions: decisions.filter(|it| !it.text.is_empty()).collect(),
            tasks: keys("task"),
        }
    }

    fn draft(&self) -> ProtocolItemDraft {
        ProtocolItemDraft {
            number: self.number,
            measure: self.measure.clone(),
            title: self.title.clone(),
            affairs: self.affairs.clone(),
            updates: self.updates.clone(),
            assessments: self.assessments.clone(),
            decisions: self.decisions.clone(),
            tasks: self.tasks.clone(),
        }
    }
}

/// A subject as a form's field has it: `<owner>/<id>`.
pub(super) fn key_text(key: &SubjectKey) -> String {
    format!("{}/{}", key.owner, key.subject)
}

fn key_of(text: &str) -> Option<SubjectKey> {
    let (owner, subject) = text.split_once('/')?;
    Some(SubjectKey {
        subject: subject.to_owned(),
        owner: owner.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Draft {
        Draft::read(&Fields::parse(text.as_bytes()))
    }

    #[test]
    fn what_was_typed_is_read_item_by_item_and_empty_places_are_left_out() {
        let draft = typed(
            "title=Lage&items=2&item-0-number=1&item-0-title=Ostwall&item-0-assessment-0-agency=kod&item-0-assessment-0-text=\
             &item-0-assessment-1-agency=dhz&item-0-assessment-1-text=stabil&item-1-number=4&item-1-decision-0-text=mehr\
             &item-1-decision-0-dissent=kod&item-1-decision-0-dissent=dhz&item-1-task=kod/7a",
        );
        assert_eq!(draft.items.len(), 2);
        let [first, second] = &draft.items[..] else {
            panic!("two items")
        };
        assert_eq!(first.assessments.len(), 1);
        assert_eq!(first.assessments[0].agency, "dhz");
        assert_eq!((second.number, second.decisions[0].dissent.len()), (4, 2));
        assert_eq!(key_text(&second.tasks[0]), "kod/7a");
    }

    #[test]
    fn items_come_go_and_move_without_script() {
        let mut draft = typed("items=2&item-0-number=1&item-1-number=4");
        assert!(draft.edit("add"));
        let numbers = |draft: &Draft| draft.items.iter().map(|it| it.number).collect::<Vec<_>>();
        assert_eq!(numbers(&draft), [1, 4, 5]);
        assert!(draft.edit("up-2"));
        assert_eq!(numbers(&draft), [1, 5, 4]);
        assert!(draft.edit("remove-0"));
        assert_eq!(numbers(&draft), [5, 4]);
        assert!(!draft.edit("up-0") && !draft.edit("down-1") && !draft.edit("remove-9"));
        assert!(!draft.edit(""));
    }

    #[test]
    fn a_form_has_no_more_items_than_a_protocol() {
        assert_eq!(typed("items=4000").items.len(), AGENDA_MAX);
    }

    #[test]
    fn a_proposal_is_put_where_it_belongs() {
        let mut draft = typed("items=1&item-0-number=3&item-0-affairs=ruhig");
        let propose = |part: ProposedPart, agency: &str| TextProposal {
            item: 3,
            part: part as i32,
            agency: agency.to_owned(),
            text: "neu".to_owned(),
            ..TextProposal::default()
        };
        draft.take_over(&propose(ProposedPart::Affairs, "dhz"));
        draft.take_over(&propose(ProposedPart::Assessment, "dhz"));
        draft.take_over(&propose(ProposedPart::Assessment, "dhz"));
        draft.take_over(&propose(ProposedPart::Decision, "dhz"));
        let item = &draft.items[0];
        assert_eq!(
            (
                item.affairs.as_str(),
                item.assessments.len(),
                item.decisions.len()
            ),
            ("neu", 1, 1)
        );
        let mut other = draft.clone();
        other.take_over(&TextProposal {
            item: 9,
            ..propose(ProposedPart::Title, "dhz")
        });
        assert_eq!(other, draft);
    }

    #[test]
    fn what_a_revision_says_stands_in_the_form_and_goes_back_as_it_was() {
        let item = ProtocolItem {
            number: 2,
            title: "Ostwall".to_owned(),
            updates: vec![SubjectKey {
                subject: "u".to_owned(),
                owner: "dhz".to_owned(),
            }],
            ..ProtocolItem::default()
        };
        let protocol = Protocol {
            title: "Lage".to_owned(),
            items: vec![item],
            ..Protocol::default()
        };
        let draft = Draft::of(&protocol).draft();
        assert_eq!(
            (draft.title.as_str(), draft.items[0].updates.len()),
            ("Lage", 1)
        );
    }
}
