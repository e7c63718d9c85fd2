//! One protocol as people read it: what stands in it, who has given which word, what may be done now, its revisions and files, where it
//! has arrived, and what was asked about it.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use jiff::ToSpan as _;
use jiff::civil::Date;
use verbund_model::{Handling, Use};
use verbund_wire::agency::{
    AcknowledgeRequest, AttendingAgency, ExportProtocolRequest, FileFormat, FileLanguage,
    GetDeliveryRequest, GetMeetingRequest, ListTasksRequest, Meeting, Protocol, ProtocolStatus,
    ProtocolWord, StepRecord, StepStanding, SubjectKey, Task, TextProposal, VersionDelivery,
};
use verbund_wire::convert::vocabulary::Word as _;
use verbund_wire::federation::{Attendance, ProposedPart, SubjectKind};
use verbund_wire::words::number;

use super::may::{May, attending};
use super::{Address, path, read, short_hash};
use crate::app::App;
use crate::diff::{Piece, diff};
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::lang::Lang;
use crate::node::{Acting, request_id};
use crate::page::download::download;
use crate::page::history::{self, Step};
use crate::page::remarks::{self, Conversation, Typed};
use crate::page::update::delivery::Chip;
use crate::page::{done, html};
use crate::session::Visitor;

/// Revisions whose way is shown: the last ones.
const VERSIONS_MAX: usize = 2;
/// Tasks among which those that came of a protocol are looked for.
pub(super) const TASKS_MAX: i32 = 500;

/// A revision of a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Revision {
    /// The step that wrote it; it names it.
    pub(super) step: String,
    /// What the step did: `überarbeitet`.
    pub(super) made: String,
    /// Whose it is.
    pub(super) agency: String,
    /// When, by its agency's clock.
    pub(super) at: String,
}

impl Revision {
    /// All that count, the latest first.
    pub(super) fn all(frame: &Frame, steps: &[StepRecord]) -> Vec<Self> {
        let counts = |it: &&StepRecord| {
            it.standing() == StepStanding::Effective
                && matches!(it.r#move.as_str(), "draft" | "revise" | "circulate")
        };
        let written = steps.iter().rev().filter(counts);
        written
            .map(|it| Self {
                step: it.step.clone(),
                made: history::made(frame, &it.r#move).into_owned(),
                agency: frame.agency(&it.agency),
                at: frame.moment(it.created_at_ms),
            })
            .collect()
    }

    /// In one line.
    pub(super) fn name(&self) -> String {
        format!(
            "{}, {} ({}), {}",
            self.made,
            self.at,
            short_hash(&self.step),
            self.agency
        )
    }
}

/// Whose word it is, and which.
struct Word {
    agency: String,
    attendance: i32,
    /// `good`, `bad` or nothing.
    class: &'static str,
    /// Says at a glance what the colour says.
    symbol: &'static str,
    text: String,
    objection: String,
    /// To which item; 0 for all of it.
    item: u32,
    acknowledged: bool,
    bound: bool,
}

impl Word {
    fn new(frame: &Frame, protocol: &Protocol, it: &AttendingAgency) -> Self {
        let attended = it.attendance() != Attendance::Absent;
        let asked = !matches!(
            protocol.status(),
            ProtocolStatus::Draft | ProtocolStatus::Unspecified
        );
        let (class, symbol, text) = match it.word() {
            ProtocolWord::SignedOff => ("good", "✓", frame.protocol_word(it.word)),
            ProtocolWord::Objected | ProtocolWord::ObjectedLate => {
                ("bad", "✕", frame.protocol_word(it.word))
            }
            ProtocolWord::Unspecified if !attended => ("", "–", frame.t("word-not-asked")),
            ProtocolWord::Unspecified if asked => ("", "…", frame.t("word-silent")),
            ProtocolWord::Unspecified => ("", "–", frame.t("word-not-asked-yet")),
        };
        Self {
            agency: it.agency.clone(),
            attendance: it.attendance,
            class,
            symbol,
            text: text.into_owned(),
            objection: it.objection.clone(),
            item: it.objection_item,
            acknowledged: it.acknowledged,
            bound: it.bound,
        }
    }
}

/// A proposed text beside what it is to replace.
pub(super) struct Proposed {
    pub(super) step: String,
    pub(super) agency: String,
    pub(super) item: u32,
    pub(super) part: i32,
    /// What would be taken out and put in.
    pub(super) pieces: Vec<Piece>,
    pub(super) is_stale: bool,
}

impl Proposed {
    fn new(protocol: &Protocol, it: &TextProposal) -> Self {
        let item = protocol.items.iter().find(|item| item.number == it.item);
        let now = item.map_or("", |item| match it.part() {
            ProposedPart::Title => item.title.as_str(),
            ProposedPart::Affairs => item.affairs.as_str(),
            ProposedPart::Assessment => {
                let own = item.assessments.iter().find(|own| own.agency == it.agency);
                own.map_or("", |it| it.text.as_str())
            }
            // Which of them is meant only people can tell.
            ProposedPart::Decision | ProposedPart::Unspecified => "",
        });
        Self {
            step: it.step.clone(),
            agency: it.agency.clone(),
            item: it.item,
            part: it.part,
            pieces: diff(now, &it.text),
            is_stale: it.stale,
        }
    }
}

/// Where one revision has arrived.
struct Delivered {
    /// The revision in one line.
    name: String,
    agencies: Vec<Chip>,
}

fn delivered(frame: &Frame, steps: &[StepRecord], versions: &[VersionDelivery]) -> Vec<Delivered> {
    let latest = versions.iter().rev().take(VERSIONS_MAX);
    latest
        .map(|version| {
            let step = steps.iter().find(|it| it.position == version.position);
            let name = step.map_or_else(
                || frame.t("steps-title").into_owned(),
                |it| {
                    format!(
                        "{}, {}",
                        history::made(frame, &it.r#move),
                        frame.moment(it.created_at_ms)
                    )
                },
            );
            Delivered {
                name,
                agencies: Chip::row(frame, Some(version)),
            }
        })
        .collect()
}

/// Asks what the meeting was; nothing where it is erased already.
pub(super) async fn meeting(node: &Acting, key: Option<&SubjectKey>) -> Option<Meeting> {
    let request = GetMeetingRequest {
        meeting: Some(key?.clone()),
    };
    let answer = node.meetings().get_meeting(request).await.ok()?;
    answer.into_inner().meeting
}

/// Tasks that are here, to name those that came of it.
pub(super) async fn tasks(node: &Acting) -> Vec<Task> {
    let request = ListTasksRequest {
        page_size: TASKS_MAX,
        ..ListTasksRequest::default()
    };
    let answer = node.tasks().list_tasks(request).await;
    answer.map_or_else(|_| Vec::new(), |it| it.into_inner().tasks)
}

#[derive(Template)]
#[template(path = "protocol/show.html")]
struct ShowPage {
    frame: Frame,
    path: String,
    protocol: Protocol,
    /// The revision that is shown is not the one in force.
    is_earlier: bool,
    may: May,
    meeting: Option<Meeting>,
    tasks: Vec<Task>,
    words: Vec<Word>,
    proposals: Vec<Proposed>,
    revisions: Vec<Revision>,
    delivered: Vec<Delivered>,
    history: Vec<Step>,
    remarks: Conversation,
    request: String,
}

impl ShowPage {
    /// The day from which it may be released without those who are silent.
    fn deadline(&self) -> Option<Date> {
        deadline(&self.frame, &self.protocol)
    }

    fn deadline_text(&self) -> String {
        self.deadline()
            .map_or_else(String::new, |it| self.frame.lang.day(it))
    }

    fn is_time_over(&self) -> bool {
        self.deadline().is_some_and(|it| it <= self.frame.today())
    }

    fn is_draft(&self) -> bool {
        self.protocol.status() == ProtocolStatus::Draft
    }

    fn is_circulating(&self) -> bool {
        is_circulating(&self.protocol)
    }

    fn waits_for_us(&self) -> bool {
        waits_for(&self.protocol, &self.frame.own)
    }

    fn signed(&self) -> usize {
        signed(&self.protocol)
    }

    fn attending(&self) -> usize {
        attending(&self.protocol).count()
    }

    fn handling(&self) -> i32 {
        self.protocol.circle.as_ref().map_or(0, |it| it.handling)
    }

    /// Whether a file of it may leave the node.
    fn may_export(&self) -> bool {
        let handling = Handling::from_wire(self.handling()).ok().flatten();
        handling.is_some_and(|it| it.allows(Use::Export))
    }

    /// The own agency may say that it has taken note.
    fn may_acknowledge(&self) -> bool {
        let own = self
            .protocol
            .attendance
            .iter()
            .find(|it| it.agency == self.frame.own);
        !self.is_draft() && self.frame.roles.coordinates() && own.is_none_or(|it| !it.acknowledged)
    }

    fn is_blocked(&self, agency: &str, item: &u32) -> bool {
        self.protocol.attendance.iter().any(|it| {
            it.agency == agency
                && matches!(
                    it.word(),
                    ProtocolWord::Objected | ProtocolWord::ObjectedLate
                )
                && (it.objection_item == 0 || it.objection_item == *item)
        })
    }

    /// A task's title and where it stands, as far as it is here.
    fn task(&self, key: &SubjectKey) -> Option<&Task> {
        self.tasks.iter().find(|it| it.key.as_ref() == Some(key))
    }

    fn task_href(&self, key: &SubjectKey) -> String {
        crate::page::task::path(key)
    }

    fn meeting_href(&self) -> String {
        let key = self.protocol.meeting.clone().unwrap_or_default();
        format!("/besprechung/{}/{}", key.owner, key.subject)
    }
}

/// The day from which a circulating protocol may be released without those who are silent.
pub(super) fn deadline(frame: &Frame, protocol: &Protocol) -> Option<Date> {
    if !is_circulating(protocol) {
        return None;
    }
    let days = frame.concept.as_ref()?.told.silent_sign_off_days;
    let since: Date = protocol.circulated_on.parse().ok()?;
    since.checked_add(i64::from(days).days()).ok()
}

pub(super) fn is_circulating(protocol: &Protocol) -> bool {
    matches!(
        protocol.status(),
        ProtocolStatus::Circulating | ProtocolStatus::Objected
    )
}

/// An agency is asked for its word and has given none.
pub(super) fn waits_for(protocol: &Protocol, agency: &str) -> bool {
    let silent =
        |it: &AttendingAgency| it.agency == agency && it.word() == ProtocolWord::Unspecified;
    is_circulating(protocol) && attending(protocol).any(silent)
}

/// How many have signed it off.
pub(super) fn signed(protocol: &Protocol) -> usize {
    attending(protocol)
        .filter(|it| it.word() == ProtocolWord::SignedOff)
        .count()
}

/// `?fassung=<revision>` shows an earlier one.
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let given = Fields::parse(query.unwrap_or_default().as_bytes());
    let key = SubjectKey { subject, owner };
    page(&app, &visitor, key, given.one("fassung"), Typed::default()).await
}

async fn page(
    app: &App,
    visitor: &Visitor,
    key: SubjectKey,
    revision: &str,
    typed: Typed,
) -> Result<Response, Failure> {
    let node = visitor.reading(app)?;
    let frame = Frame::new(app, visitor, Nav::Protocols);
    let status = if typed.trouble.is_any() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let on = remarks::on(SubjectKind::Protocol, &key);
    let (mut feed, delivery) = (
        node.feed(),
        GetDeliveryRequest {
            subject: key.subject.clone(),
            origin: key.owner.clone(),
            kind: SubjectKind::Protocol as i32,
        },
    );
    let (told, remarks, delivery, tasks) = tokio::join!(
        read(&node, &key, revision),
        Conversation::load(&node, &frame, on, path(&key), typed),
        feed.get_delivery(delivery),
        tasks(&node)
    );
    let (protocol, steps) = told?;
    let revisions = Revision::all(&frame, &steps);
    let is_earlier = revisions
        .first()
        .is_some_and(|it| it.step != protocol.revision);
    let words = protocol.attendance.iter();
    let proposals = protocol.proposals.iter();
    let delivery = delivery?.into_inner();
    let page = ShowPage {
        path: path(&key),
        meeting: meeting(&node, protocol.meeting.as_ref()).await,
        words: words.map(|it| Word::new(&frame, &protocol, it)).collect(),
        proposals: proposals.map(|it| Proposed::new(&protocol, it)).collect(),
        delivered: delivered(&frame, &steps, &delivery.versions),
        history: Step::all(&frame, &steps),
        may: May::new(&frame, &protocol),
        remarks: remarks?,
        request: request_id(),
        is_earlier,
        revisions,
        tasks,
        protocol,
        frame,
    };
    Ok((status, html(&page)?).into_response())
}

/// The protocol as a file.
pub(super) async fn file(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject, format)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let language = match visitor.lang() {
        Lang::De => FileLanguage::German,
        Lang::En => FileLanguage::English,
    };
    let request = ExportProtocolRequest {
        protocol: Some(SubjectKey { subject, owner }),
        format: number::<FileFormat>(&format).ok_or(Failure::NotFound)?,
        language: language as i32,
    };
    let answer = node.protocols().export_protocol(request).await?;
    let file = answer.into_inner().file.ok_or(Failure::NotFound)?;
    Ok(download(file))
}

/// Says that the own agency has taken note of the revision that was read.
pub(super) async fn acknowledge(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let key = SubjectKey { subject, owner };
    let request = AcknowledgeRequest {
        request_id: fields.one("request").to_owned(),
        kind: SubjectKind::Protocol as i32,
        key: Some(key.clone()),
        version: fields.one("revision").to_owned(),
    };
    node.feed().acknowledge(request).await?;
    Ok(done(&path(&key), "protocol-acknowledged"))
}

/// Asks something about it, or answers.
pub(super) async fn ask(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Protocols);
    let key = SubjectKey { subject, owner };
    let on = remarks::on(SubjectKind::Protocol, &key);
    match remarks::add(&node, &frame, on, &fields).await? {
        Ok(()) => Ok(done(&format!("{}#fragen", path(&key)), "talk-added")),
        Err(typed) => page(&app, &visitor, key, "", typed).await,
    }
}

/// Takes an own remark back.
pub(super) async fn retract(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject, remark)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let key = SubjectKey { subject, owner };
    let on = remarks::on(SubjectKind::Protocol, &key);
    remarks::retract(&node, on, remark, &fields).await?;
    Ok(done(&format!("{}#fragen", path(&key)), "talk-retracted"))
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{
        Assessment, Circle, CopiedUpdate, Correction, DecisionDraft, ProtocolItem,
    };

    use super::*;

    const HOSTILE: &str = "<script>alert(1)</script>";

    /// A circulating protocol of `dhz` whose every text is hostile.
    fn protocol() -> Protocol {
        let key = |owner: &str| SubjectKey {
            subject: "s".to_owned(),
            owner: owner.to_owned(),
        };
        let attending = |agency: &str, word: ProtocolWord| AttendingAgency {
            agency: agency.to_owned(),
            attendance: Attendance::Participant as i32,
            word: word as i32,
            objection: HOSTILE.to_owned(),
            ..AttendingAgency::default()
        };
        let text = || HOSTILE.to_owned();
        Protocol {
            key: Some(key("dhz")),
            meeting: Some(key("dhz")),
            number: text(),
            title: text(),
            writer: text(),
            status: ProtocolStatus::Circulating as i32,
            circulated_on: "2026-11-20".to_owned(),
            circulated: "ab".repeat(32),
            revision: "ab".repeat(32),
            attendance: vec![
                attending("kod", ProtocolWord::Unspecified),
                attending("dhz", ProtocolWord::Objected),
            ],
            items: vec![ProtocolItem {
                number: 1,
                measure: text(),
                title: text(),
                affairs: text(),
                copies: vec![CopiedUpdate {
                    observation: Some(Default::default()),
                    note: text(),
                    ..CopiedUpdate::default()
                }],
                assessments: vec![Assessment {
                    agency: "kod".to_owned(),
                    text: text(),
                }],
                decisions: vec![DecisionDraft {
                    text: text(),
                    step: text(),
                    dissent: vec![text()],
                }],
                ..ProtocolItem::default()
            }],
            proposals: vec![TextProposal {
                item: 1,
                part: ProposedPart::Affairs as i32,
                text: format!("{HOSTILE} neu"),
                ..TextProposal::default()
            }],
            corrections: vec![Correction {
                text: text(),
                ..Correction::default()
            }],
            circle: Some(Circle {
                audience: Vec::new(),
                handling: verbund_wire::federation::Handling::Amber as i32,
            }),
            ..Protocol::default()
        }
    }

    fn shown(lang: Lang, protocol: Protocol) -> ShowPage {
        let frame = Frame::sample(lang);
        let words = protocol.attendance.iter();
        let proposals = protocol.proposals.iter();
        ShowPage {
            path: "/protokolle/dhz/s".to_owned(),
            words: words.map(|it| Word::new(&frame, &protocol, it)).collect(),
            proposals: proposals.map(|it| Proposed::new(&protocol, it)).collect(),
            may: May::new(&frame, &protocol),
            is_earlier: false,
            meeting: None,
            tasks: Vec::new(),
            revisions: Vec::new(),
            delivered: Vec::new(),
            history: Vec::new(),
            remarks: Conversation::default(),
            request: String::new(),
            protocol,
            frame,
        }
    }

    #[test]
    fn what_an_agency_wrote_stays_text() {
        for lang in Lang::ALL {
            let page = shown(lang, protocol()).render().unwrap();
            assert!(!page.contains("<script>alert"));
            assert!(page.contains("alert(1)"));
        }
    }

    #[test]
    fn who_attended_and_is_silent_is_asked_for_its_word() {
        let page = shown(Lang::De, protocol());
        assert!(page.waits_for_us() && page.may_export() && page.may_acknowledge());
        let text = page.render().unwrap();
        assert!(text.contains("/schritt/sign-off") && text.contains("/schritt/object"));
        assert!(!text.contains("/bearbeiten") && !text.contains("/schritt/release"));
    }

    #[test]
    fn what_may_not_leave_the_agencies_has_no_files() {
        let mut strict = protocol();
        strict.circle = Some(Circle {
            audience: Vec::new(),
            handling: verbund_wire::federation::Handling::AmberStrict as i32,
        });
        let text = shown(Lang::De, strict).render().unwrap();
        assert!(!text.contains("/datei/"));
    }

    #[test]
    fn an_objection_blocks_what_its_agency_contributed() {
        let page = shown(Lang::De, protocol());
        assert!(page.is_blocked("dhz", &1) && !page.is_blocked("kod", &1));
    }

    #[test]
    fn a_proposal_shows_what_it_changes() {
        let proposed = Proposed::new(&protocol(), &protocol().proposals[0]);
        assert_eq!(proposed.pieces.iter().filter(|it| it.is_new()).count(), 1);
    }
}
