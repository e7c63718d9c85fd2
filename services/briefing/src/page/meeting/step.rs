//! Steps on a meeting: what a form says becomes a step of the own agency. What the node does not take comes back with all that
//! was typed, and with the meeting as it stands now.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use verbund_wire::agency::take_meeting_step_request::Step;
use verbund_wire::agency::{
    ItemNote, OpenBriefing, PinUpdate, ProposeTask, RecordDecision, RecordDissent, SubjectKey,
    TakeMeetingStepRequest, TermsDraft,
};
use verbund_wire::federation::{MeetingAnswer, Plain};

use super::show::{self, Asked};
use super::{key, path};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::Acting;
use crate::page::trouble::{Field, Trouble, one_line};
use crate::page::{done, html, own_path};
use crate::refusal::Refusal;
use crate::session::Visitor;

/// What somebody sent that the node did not take.
#[derive(Debug)]
pub(super) struct Typed {
    fields: Fields,
    /// Why it was not taken.
    pub(super) trouble: Trouble,
}

impl Typed {
    /// The form that it was typed in.
    pub(super) fn form(&self) -> &str {
        self.fields.one("form")
    }

    /// The item that it was typed to.
    pub(super) fn item(&self) -> &str {
        self.fields.one("item")
    }

    /// What stands in a field.
    pub(super) fn value(&self, field: &str) -> &str {
        self.fields.one(field)
    }

    /// Whether one of several boxes of a name is ticked.
    pub(super) fn has(&self, field: &str, value: &str) -> bool {
        self.fields.all(field).any(|it| it == value)
    }
}

/// The fields of the forms, by their paths in the contract: the name that each has in the form, and what it is called.
const FIELDS: [(&str, &str, &str); 9] = [
    ("description", "text", "meeting-text"),
    ("title", "title", "meeting-task-title"),
    ("description", "description", "meeting-task-description"),
    ("assignee", "assignee", "meeting-task-assignee"),
    ("measure", "measure", "meeting-task-measure"),
    ("category", "category", "meeting-task-category"),
    ("place", "place", "meeting-task-place"),
    ("due", "due", "meeting-task-due"),
    ("participants", "participant", "meeting-who-is-there"),
];

/// The fields of the form that was sent. A page has several forms, so that a field's id begins with its form's.
fn form_fields(frame: &Frame, fields: &Fields) -> Vec<Field> {
    let form = fields.one("form");
    let sent = FIELDS.iter().filter(|(_, name, _)| fields.has(name));
    sent.map(|(path, name, label)| Field {
        path: (*path).to_owned(),
        name: format!("{form}-{name}"),
        label: frame.t(label),
        text: one_line(fields.one(name)),
    })
    .collect()
}

/// The step that a form's address and fields say; `None` for an address that is none.
fn step(word: &str, fields: &Fields) -> Option<Step> {
    let number = |field: &str| fields.one(field).parse().unwrap_or(0);
    let text = |field: &str| one_line(fields.one(field));
    let named = |field: &str| fields.all(field).map(str::to_owned).collect();
    let note = || ItemNote {
        item: number("item"),
        text: text("text"),
    };
    Some(match word {
        "antwort" => Step::Answer(fields.word::<MeetingAnswer>("answer")),
        "absagen" => Step::Cancel(Plain {}),
        "beginnen" => Step::Open(OpenBriefing {
            participants: named("participant"),
        }),
        "feststellen" => Step::Find(note()),
        "vorschlagen" => Step::ProposeDecision(note()),
        "aufgabe" => Step::ProposeTask(ProposeTask {
            item: number("item"),
            terms: Some(TermsDraft {
                assignee: fields.one("assignee").to_owned(),
                measure: fields.one("measure").to_owned(),
                category: fields.one("category").to_owned(),
                place: fields.one("place").to_owned(),
                due: fields.one("due").to_owned(),
                title: text("title"),
                description: text("description"),
                origin: None,
            }),
        }),
        "beschliessen" => Step::Decide(RecordDecision {
            item: number("item"),
            text: text("text"),
            proposal: fields.one("proposal").to_owned(),
        }),
        "abweichen" => Step::Dissent(RecordDissent {
            decision: fields.one("decision").to_owned(),
            agencies: named("agency"),
            text: text("text"),
        }),
        "unterstuetzen" => Step::Support(Plain {}),
        "uebernehmen" => Step::TakeOver(Plain {}),
        "schliessen" => Step::Close(Plain {}),
        _ => return None,
    })
}

/// What is said when it is done: `notice-meeting-<word>`.
fn notice(step: &Step) -> &'static str {
    match step {
        Step::Amend(_) => "meeting-amended",
        Step::Cancel(_) => "meeting-cancelled",
        Step::Answer(_) => "meeting-answered",
        Step::Open(_) => "meeting-opened",
        Step::Pin(_) => "meeting-pinned",
        Step::Find(_) => "meeting-found",
        Step::ProposeDecision(_) => "meeting-proposed",
        Step::ProposeTask(_) => "meeting-task-proposed",
        Step::Decide(_) => "meeting-decided",
        Step::Dissent(_) => "meeting-dissented",
        Step::Support(_) => "meeting-supported",
        Step::TakeOver(_) => "meeting-taken-over",
        Step::Close(_) => "meeting-closed",
    }
}

/// Where a step was not taken the browser shows the address of that step: whoever loads it anew is shown the meeting.
pub(super) async fn back(
    State(app): State<App>,
    visitor: Visitor,
    Path(address): Path<Address>,
) -> Result<Redirect, Failure> {
    visitor.reading(&app)?;
    let key = key(address.owner, address.subject);
    Ok(Redirect::to(&path(Some(&key))))
}

/// The meeting in the address of a step.
#[derive(Debug, Deserialize)]
pub(super) struct Address {
    owner: String,
    subject: String,
}

/// Takes the step of an address.
pub(super) async fn take(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject, word)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let step = step(&word, &fields).ok_or(Failure::NotFound)?;
    let frame = Frame::new(&app, &visitor, Nav::Meetings);
    send(&node, frame, key(owner, subject), step, fields).await
}

/// Lays an update on the table; its own page does so, too.
pub(super) async fn pin(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let step = Step::Pin(PinUpdate {
        item: fields.one("item").parse().unwrap_or(0),
        update: Some(SubjectKey {
            subject: fields.one("subject").to_owned(),
            owner: fields.one("origin").to_owned(),
        }),
    });
    let frame = Frame::new(&app, &visitor, Nav::Meetings);
    send(&node, frame, key(owner, subject), step, fields).await
}

async fn send(
    node: &Acting,
    frame: Frame,
    key: SubjectKey,
    step: Step,
    fields: Fields,
) -> Result<Response, Failure> {
    let notice = notice(&step);
    let request = TakeMeetingStepRequest {
        request_id: fields.one("request").to_owned(),
        meeting: Some(key.clone()),
        etag: String::new(),
        step: Some(step),
        confirm_review: fields.has("confirm"),
    };
    match node.meetings().take_meeting_step(request).await {
        Ok(answer) => {
            let protocol = answer.into_inner().protocol;
            Ok(done(&after(&key, protocol, &fields), notice))
        }
        Err(status) => {
            let refusal = Refusal::of(&status);
            let of_form = form_fields(&frame, &fields);
            let trouble = Trouble::of(node, &frame, &refusal, &of_form).await?;
            let typed = Typed { fields, trouble };
            let status = refusal.status();
            let asked = Asked::item(typed.item());
            let page = show::page(node, frame, key, asked, Some(typed)).await?;
            Ok((status, html(&page)?).into_response())
        }
    }
}

/// Where to go on: to the protocol that was made, back to where the form was, or to the item.
fn after(key: &SubjectKey, protocol: Option<SubjectKey>, fields: &Fields) -> String {
    if let Some(protocol) = protocol {
        return format!("/protokolle/{}/{}", protocol.owner, protocol.subject);
    }
    let then = fields.one("then");
    if !then.is_empty() {
        return own_path(then).to_owned();
    }
    let href = path(Some(key));
    match fields.one("item").parse::<u32>() {
        Ok(item) => format!("{href}?item={item}#item-{item}"),
        Err(_) => href,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn read(word: &str, typed: &str) -> Step {
        step(word, &Fields::parse(typed.as_bytes())).expect("an address of a step")
    }

    #[test]
    fn a_form_says_its_step() {
        let Step::Find(found) = read("feststellen", "item=3&text=Zwei%0D%0AZeilen") else {
            panic!("a finding");
        };
        assert_eq!((found.item, found.text.as_str()), (3, "Zwei Zeilen"));
        let Step::Dissent(dissent) = read("abweichen", "decision=d1&agency=kod&agency=dhz") else {
            panic!("a dissent");
        };
        assert_eq!(dissent.agencies, ["kod", "dhz"]);
        let Step::Decide(decided) = read("beschliessen", "item=1&proposal=p1") else {
            panic!("a decision");
        };
        assert_eq!(
            (decided.proposal.as_str(), decided.text.as_str()),
            ("p1", "")
        );
        assert!(step("unsinn", &Fields::default()).is_none());
    }

    #[test]
    fn every_step_says_what_was_done() {
        for word in [
            "antwort",
            "absagen",
            "beginnen",
            "feststellen",
            "vorschlagen",
            "aufgabe",
            "beschliessen",
            "abweichen",
            "unterstuetzen",
            "uebernehmen",
            "schliessen",
        ] {
            let key = format!("notice-{}", notice(&read(word, "")));
            assert!(Lang::ALL.into_iter().all(|lang| lang.has(&key)), "no {key}");
        }
        for other in [
            "notice-meeting-pinned",
            "notice-meeting-amended",
            "notice-meeting-planned",
            "notice-meeting-series",
        ] {
            assert!(
                Lang::ALL.into_iter().all(|lang| lang.has(other)),
                "no {other}"
            );
        }
    }

    #[test]
    fn the_way_goes_on_to_the_item_the_protocol_or_back() {
        let key = SubjectKey {
            subject: "s".to_owned(),
            owner: "kod".to_owned(),
        };
        let after = |protocol: Option<SubjectKey>, typed: &str| {
            after(&key, protocol, &Fields::parse(typed.as_bytes()))
        };
        assert_eq!(after(None, "item=2"), "/besprechung/kod/s?item=2#item-2");
        assert_eq!(after(None, "then=%2Fbesprechung"), "/besprechung");
        assert_eq!(after(None, "then=%2F%2Fevil.example"), "/");
        assert_eq!(after(None, "item=2#x"), "/besprechung/kod/s");
        assert_eq!(after(Some(key.clone()), ""), "/protokolle/kod/s");
    }

    #[test]
    fn a_form_knows_its_own_fields() {
        let sent = Fields::parse(b"form=note&item=2&text=Zwei%0D%0AZeilen");
        let fields = form_fields(&Frame::sample(Lang::De), &sent);
        assert_eq!(fields.len(), 1);
        assert_eq!(
            (fields[0].path.as_str(), fields[0].name.as_str()),
            ("description", "note-text")
        );
        assert_eq!(fields[0].text, "Zwei Zeilen");
    }
}
