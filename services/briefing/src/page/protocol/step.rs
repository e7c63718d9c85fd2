//! A step on a protocol: the page that says what it does and asks for what it needs, and the step itself. Each is confirmed on a page
//! of its own, since none can be taken back; a sign-off also wants to know who is there.

use std::borrow::Cow;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use verbund_model::ProtocolMove;
use verbund_wire::agency::take_protocol_step_request::Step as Makes;
use verbund_wire::agency::{
    CirculateProtocol, ItemNoteOrAll, ListMeetingsRequest, Meeting, MeetingFilter, MeetingStatus,
    ObjectToProtocol, ProposeText, Protocol, ProtocolWord, SubjectKey, TakeProtocolStepRequest,
};
use verbund_wire::error::ErrorCode;
use verbund_wire::federation::{Plain, ProposedPart};

use super::compare::{Change, changes};
use super::draft::TEXT_MAX;
use super::may::{May, attending};
use super::{path, read, short_hash};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::page::choices::{self, Choice};
use crate::page::trouble::{Field, Trouble, one_line};
use crate::page::{done, html};
use crate::refusal::Refusal;
use crate::session::{Visitor, proven};

/// Meetings among which the one is chosen that has approved a protocol.
const MEETINGS_MAX: i32 = 50;

/// The steps that have a page here. A draft is made by closing a meeting, and revised in its own form.
fn of_word(word: &str) -> Option<ProtocolMove> {
    let all = ProtocolMove::ALL.iter().copied();
    let makes = all.filter(|it| !matches!(it, ProtocolMove::Draft | ProtocolMove::Revise));
    makes.into_iter().find(|it| it.as_str() == word)
}

/// What stands in the form.
#[derive(Clone, Debug, Default)]
struct Typed {
    /// The revision that was read.
    revision: String,
    item: u32,
    part: String,
    text: String,
    /// The meeting that has approved it, `<owner>/<id>`.
    meeting: String,
    request: String,
}

impl Typed {
    fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.one(name).to_owned();
        Self {
            revision: text("revision"),
            item: fields.one("item").parse().unwrap_or(0),
            part: text("part"),
            text: one_line(fields.one("text")),
            meeting: text("meeting"),
            request: text("request"),
        }
    }

    fn step(&self, makes: ProtocolMove) -> Option<Makes> {
        let note = || ItemNoteOrAll {
            item: self.item,
            text: self.text.clone(),
        };
        Some(match makes {
            ProtocolMove::Circulate => Makes::Circulate(CirculateProtocol { protocol: None }),
            ProtocolMove::SignOff => Makes::SignOff(self.revision.clone()),
            ProtocolMove::Object => Makes::Object(ObjectToProtocol {
                revision: self.revision.clone(),
                item: self.item,
                text: self.text.clone(),
            }),
            ProtocolMove::Propose => Makes::Propose(ProposeText {
                revision: self.revision.clone(),
                item: self.item,
                part: verbund_wire::words::number::<ProposedPart>(&self.part).unwrap_or(0),
                text: self.text.clone(),
            }),
            ProtocolMove::Release => Makes::Release(Plain {}),
            ProtocolMove::Reserve => Makes::Reserve(Plain {}),
            ProtocolMove::Approve => {
                let (owner, subject) = self.meeting.split_once('/').unwrap_or_default();
                Makes::Approve(SubjectKey {
                    subject: subject.to_owned(),
                    owner: owner.to_owned(),
                })
            }
            ProtocolMove::Correct => Makes::Correct(note()),
            ProtocolMove::Support => Makes::Support(Plain {}),
            ProtocolMove::TakeOver => Makes::TakeOver(Plain {}),
            ProtocolMove::Draft | ProtocolMove::Revise => return None,
        })
    }
}

#[derive(Template)]
#[template(path = "protocol/step.html")]
struct StepPage {
    frame: Frame,
    path: String,
    protocol: Protocol,
    makes: ProtocolMove,
    is_offered: bool,
    typed: Typed,
    items: Vec<Choice>,
    parts: Vec<Choice>,
    meetings: Vec<Choice>,
    /// What another revision says by now than the one that was read.
    changes: Vec<Change>,
    request: String,
    trouble: Trouble,
}

impl StepPage {
    fn word(&self) -> &'static str {
        self.makes.as_str()
    }

    fn title(&self) -> Cow<'static, str> {
        self.frame.t(&format!("step-{}", self.word()))
    }

    fn lead(&self) -> Cow<'static, str> {
        self.frame.t(&format!("step-{}-lead", self.word()))
    }

    /// The revision that the step is on.
    fn revision(&self) -> &str {
        on(&self.protocol, self.makes)
    }

    fn revision_short(&self) -> &str {
        short_hash(self.revision())
    }

    /// Who has given no word, or another one than a sign-off.
    fn without_sign_off(&self) -> String {
        let all = attending(&self.protocol);
        let others = all.filter(|it| it.word() != ProtocolWord::SignedOff);
        let others: Vec<String> = others.map(|it| it.agency.clone()).collect();
        self.frame.agencies(&others)
    }

    /// Something is written.
    fn has_text(&self) -> bool {
        matches!(
            self.makes,
            ProtocolMove::Object | ProtocolMove::Propose | ProtocolMove::Correct
        )
    }

    fn is_proposal(&self) -> bool {
        self.makes == ProtocolMove::Propose
    }

    fn part_name(&self) -> String {
        let chosen = self.parts.iter().find(|it| it.is_chosen);
        chosen.map_or_else(String::new, |it| it.text.clone())
    }

    fn is_approval(&self) -> bool {
        self.makes == ProtocolMove::Approve
    }

    fn is_reservation(&self) -> bool {
        self.makes == ProtocolMove::Reserve
    }

    fn is_danger(&self) -> bool {
        matches!(
            self.makes,
            ProtocolMove::Object | ProtocolMove::Reserve | ProtocolMove::TakeOver
        )
    }

    /// It is the agency's word on exactly this revision.
    fn names_revision(&self) -> bool {
        matches!(
            self.makes,
            ProtocolMove::SignOff
                | ProtocolMove::Object
                | ProtocolMove::Release
                | ProtocolMove::Reserve
        )
    }
}

/// A word is on what circulates, a proposal on what is in force.
fn on(protocol: &Protocol, makes: ProtocolMove) -> &str {
    if makes == ProtocolMove::Propose || protocol.circulated.is_empty() {
        &protocol.revision
    } else {
        &protocol.circulated
    }
}

type Address = Path<(String, String, String)>;

/// `?punkt=<number>&teil=<part>` chooses what a proposal is about.
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject, word)): Address,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let makes = of_word(&word).ok_or(Failure::NotFound)?;
    if makes == ProtocolMove::SignOff {
        proven(&visitor, visitor.asked())?;
    }
    let frame = Frame::new(&app, &visitor, Nav::Protocols);
    let given = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut typed = Typed {
        item: given.one("punkt").parse().unwrap_or(0),
        part: given.one("teil").to_owned(),
        ..Typed::default()
    };
    let (protocol, _) = read(&node, &SubjectKey { subject, owner }, "").await?;
    if makes == ProtocolMove::Propose {
        begin(&mut typed, &protocol);
    }
    html(
        &page(
            &node,
            frame,
            protocol,
            makes,
            typed,
            Vec::new(),
            Trouble::default(),
        )
        .await?,
    )
}

/// A proposal begins with what is there.
fn begin(typed: &mut Typed, protocol: &Protocol) {
    let item = protocol.items.iter().find(|it| it.number == typed.item);
    let Some(item) = item.or(protocol.items.first()) else {
        return;
    };
    typed.item = item.number;
    if typed.part == "title" {
        typed.text.clone_from(&item.title);
    } else if typed.part.is_empty() || typed.part == "affairs" {
        "affairs".clone_into(&mut typed.part);
        // A proposal is shorter than a state of affairs may be.
        if item.affairs.chars().count() <= TEXT_MAX {
            typed.text.clone_from(&item.affairs);
        }
    }
}

async fn page(
    node: &Acting,
    frame: Frame,
    protocol: Protocol,
    makes: ProtocolMove,
    typed: Typed,
    changes: Vec<Change>,
    trouble: Trouble,
) -> Result<StepPage, Failure> {
    let mut items = Vec::new();
    if makes != ProtocolMove::Propose {
        items.push(Choice {
            value: "0".to_owned(),
            text: frame.t("item-all").into_owned(),
            is_chosen: typed.item == 0,
        });
    }
    items.extend(protocol.items.iter().map(|it| Choice {
        value: it.number.to_string(),
        text: format!(
            "{}: {}",
            frame.t1("item-number", "number", it.number),
            it.title
        ),
        is_chosen: typed.item == it.number,
    }));
    let part = |it: i32| frame.proposed_part(it).into_owned();
    let meetings = if makes == ProtocolMove::Approve {
        meetings(node, &frame, &protocol, &typed.meeting).await?
    } else {
        Vec::new()
    };
    Ok(StepPage {
        path: path(&protocol.key.clone().unwrap_or_default()),
        is_offered: May::new(&frame, &protocol).has(makes.as_str()),
        parts: choices::words::<ProposedPart>(part, &typed.part),
        request: if typed.request.is_empty() {
            request_id()
        } else {
            typed.request.clone()
        },
        meetings,
        items,
        makes,
        changes,
        typed,
        trouble,
        protocol,
        frame,
    })
}

/// Later meetings; those whose agenda has this protocol come first.
async fn meetings(
    node: &Acting,
    frame: &Frame,
    protocol: &Protocol,
    chosen: &str,
) -> Result<Vec<Choice>, Failure> {
    let request = ListMeetingsRequest {
        filter: Some(MeetingFilter {
            statuses: vec![MeetingStatus::Running as i32, MeetingStatus::Closed as i32],
            ..MeetingFilter::default()
        }),
        page_size: MEETINGS_MAX,
        ..ListMeetingsRequest::default()
    };
    let answer = node.meetings().list_meetings(request).await?;
    let mut meetings = answer.into_inner().meetings;
    meetings.retain(|it| it.key != protocol.meeting);
    let approves = |it: &Meeting| it.agenda.iter().any(|item| item.approves == protocol.key);
    meetings.sort_by_key(|it| !approves(it));
    let choice = |it: &Meeting| {
        let key = it.key.clone().unwrap_or_default();
        let value = format!("{}/{}", key.owner, key.subject);
        Choice {
            is_chosen: value == chosen,
            text: format!("{}, {}", frame.day(&it.day), it.title),
            value,
        }
    };
    Ok(meetings.iter().map(choice).collect())
}

pub(super) async fn take(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject, word)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let makes = of_word(&word).ok_or(Failure::NotFound)?;
    let key = SubjectKey { subject, owner };
    if makes == ProtocolMove::SignOff {
        proven(&visitor, &format!("{}/schritt/{word}", path(&key)))?;
    }
    let frame = Frame::new(&app, &visitor, Nav::Protocols);
    let mut typed = Typed::read(&fields);
    let request = TakeProtocolStepRequest {
        request_id: typed.request.clone(),
        protocol: Some(key.clone()),
        // What a step is on is named by its revision; a word of another agency is no reason to ask again.
        etag: String::new(),
        step: typed.step(makes),
        confirm_review: fields.has("confirm"),
    };
    let status = match node.protocols().take_protocol_step(request).await {
        Ok(_) => return Ok(done(&path(&key), notice(makes))),
        Err(status) => status,
    };
    let refusal = Refusal::of(&status);
    if refusal.is_not_found() && makes != ProtocolMove::Approve {
        return Err(Failure::NotFound);
    }
    let fields = [
        Field::new("text", frame.t("protocol-step-text"), &typed.text),
        Field {
            path: "description".to_owned(),
            ..Field::new("text", frame.t("protocol-step-text"), &typed.text)
        },
        Field::new("item", frame.t("protocol-step-item"), ""),
        Field::new("part", frame.t("protocol-step-part"), ""),
        Field {
            path: "approve".to_owned(),
            ..Field::new("meeting", frame.t("protocol-step-meeting"), "")
        },
    ];
    let mut trouble = Trouble::of(&node, &frame, &refusal, &fields).await?;
    let (protocol, _) = read(&node, &key, "").await?;
    let mut changes = Vec::new();
    if refusal.code == Some(ErrorCode::StaleRevision) {
        let (seen, _) = read(&node, &key, &typed.revision).await?;
        changes = self::changes(&frame, &seen, &protocol);
        trouble.text = frame.t("protocol-step-stale");
        typed.request.clear();
    }
    let page = page(&node, frame, protocol, makes, typed, changes, trouble).await?;
    Ok((refusal.status(), html(&page)?).into_response())
}

/// What is said when it is done: `notice-<word>`.
fn notice(makes: ProtocolMove) -> &'static str {
    match makes {
        ProtocolMove::Draft | ProtocolMove::Revise => "protocol-revised",
        ProtocolMove::Circulate => "protocol-circulated",
        ProtocolMove::SignOff => "protocol-signed-off",
        ProtocolMove::Object => "protocol-objected",
        ProtocolMove::Propose => "protocol-proposed",
        ProtocolMove::Release => "protocol-released",
        ProtocolMove::Reserve => "protocol-reserved",
        ProtocolMove::Approve => "protocol-approved",
        ProtocolMove::Correct => "protocol-corrected",
        ProtocolMove::Support => "protocol-supported",
        ProtocolMove::TakeOver => "protocol-taken-over",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn each_step_has_its_words() {
        for makes in ProtocolMove::ALL {
            let mut keys = vec![format!("notice-{}", notice(*makes))];
            if of_word(makes.as_str()).is_some() {
                keys.push(format!("step-{makes}"));
                keys.push(format!("step-{makes}-lead"));
            }
            for key in keys {
                assert!(Lang::ALL.into_iter().all(|it| it.has(&key)), "no {key}");
            }
        }
    }

    #[test]
    fn a_word_is_on_the_revision_that_was_read() {
        let typed = Typed::read(&Fields::parse(b"revision=ab12&item=3&text=so+nicht"));
        assert_eq!(
            typed.step(ProtocolMove::SignOff),
            Some(Makes::SignOff("ab12".to_owned()))
        );
        let Some(Makes::Object(objection)) = typed.step(ProtocolMove::Object) else {
            panic!("an objection");
        };
        assert_eq!((objection.revision.as_str(), objection.item), ("ab12", 3));
        assert_eq!(typed.step(ProtocolMove::Draft), None);
    }

    #[test]
    fn a_proposal_begins_with_what_is_there() {
        let item = |number: u32, affairs: &str| verbund_wire::agency::ProtocolItem {
            number,
            title: "Ostwall".to_owned(),
            affairs: affairs.to_owned(),
            ..Default::default()
        };
        let protocol = Protocol {
            items: vec![item(1, "ruhig"), item(4, "laut")],
            ..Protocol::default()
        };
        let begun = |item: u32, part: &str| {
            let mut typed = Typed {
                item,
                part: part.to_owned(),
                ..Typed::default()
            };
            begin(&mut typed, &protocol);
            (typed.item, typed.text)
        };
        assert_eq!(begun(4, "affairs"), (4, "laut".to_owned()));
        assert_eq!(begun(0, ""), (1, "ruhig".to_owned()));
        assert_eq!(begun(4, "title"), (4, "Ostwall".to_owned()));
        assert_eq!(begun(4, "decision"), (4, String::new()));
    }
}
