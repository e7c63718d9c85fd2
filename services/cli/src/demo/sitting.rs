//! What the coordinators do when the day is told: they ask, take note, give each other tasks, meet, and sign a protocol.
//!
//! Everything goes over the public API of each agency's own node, so each step waits until that node has what it builds on.
//! Request ids are made of the day, as those of the day's updates are: a second run of the same day does nothing twice.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic::{Response, Status};
use verbund_model::{Day, TaskMove};
use verbund_wire::agency::take_meeting_step_request::Step as MeetingStep;
use verbund_wire::agency::take_protocol_step_request::Step as ProtocolStep;
use verbund_wire::agency::{
    AcknowledgeRequest, AddRemarkRequest, AgendaDraft, CirculateProtocol, CreateTaskRequest,
    DecisionKey, ExportProtocolRequest, ExportReportRequest, ExportedFile, FileFormat,
    FileLanguage, GetProtocolRequest, ItemNote, ListMeetingsRequest, ListProtocolsRequest,
    ListTasksRequest, MeetingDraft, ObjectToProtocol, OpenBriefing, PinUpdate, PlanMeetingRequest,
    ProposeTask, Protocol, ProtocolDraft, ProtocolItemDraft, RecordDecision, RecordDissent,
    RemarkSubject, StepReceipt, SubjectKey, TakeMeetingStepRequest, TakeMeetingStepResponse,
    TakeProtocolStepRequest, TakeTaskStepRequest, TermsDraft, terms_draft,
};
use verbund_wire::convert::vocabulary::Word as _;
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::{DeclineReason, Handling, MeetingAnswer, Plain, SubjectKind};

use super::board::Board;
use super::play::request_id;
use super::system::Systems;
use crate::client::{Node, ask, failed};
use crate::exit::failure;
use crate::names::Names;
use crate::publish::may_pass;
use crate::text;

/// How long to wait before a node is asked again whether it has what a step builds on.
const PAUSE: Duration = Duration::from_millis(50);
/// Who chairs.
const CHAIR: &str = "kod";
/// Who would take over.
const DEPUTY: &str = "quartiersbuero";

/// How it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) tasks: usize,
    pub(crate) meetings: usize,
    pub(crate) protocols: usize,
    /// Agencies at which all of that is in the same state.
    pub(crate) agreeing: usize,
}

/// The coordinators, and what they talk about.
pub(crate) struct Sitting<'a> {
    pub(crate) day: Day,
    /// The day on which they meet.
    pub(crate) today: Day,
    pub(crate) patience: Duration,
    pub(crate) systems: &'a Systems,
    pub(crate) names: &'a Names,
    pub(crate) board: &'a RefCell<Board>,
    /// The update that they talk about.
    pub(crate) update: SubjectKey,
    /// Where files are written.
    pub(crate) folder: &'a Path,
}

impl Sitting<'_> {
    /// Plays it.
    ///
    /// # Errors
    /// When a node refuses what is right, or does not get in time what others said.
    pub(crate) async fn play(&self) -> anyhow::Result<()> {
        self.say(text::SITTING_BEGINS.to_string());
        self.remarks().await?;
        self.tasks().await?;
        let meeting = self.plan().await?;
        let protocol = self.briefing(&meeting).await?;
        self.protocol(&protocol).await
    }

    async fn remarks(&self) -> anyhow::Result<()> {
        let question = "Lagen die Spritzen auch am Spielplatz?";
        let asked = self.remark("polizei", question, "").await?;
        self.say(text::SITTING_ASKED.fill(&[&self.names.agency("polizei"), &question]));
        let answer = "Nein, nur an den Bänken.";
        self.remark(CHAIR, answer, &asked.step).await?;
        self.say(text::SITTING_ANSWERED.fill(&[&self.names.agency(CHAIR), &answer]));
        let request = AcknowledgeRequest {
            request_id: self.request("note"),
            kind: SubjectKind::Update.into(),
            key: Some(self.update.clone()),
            version: String::new(),
        };
        let node = self.node(DEPUTY)?;
        self.until(async || node.feed().acknowledge(ask(request.clone())).await)
            .await?;
        self.say(text::SITTING_NOTED.fill(&[&self.names.agency(DEPUTY)]));
        Ok(())
    }

    async fn remark(&self, by: &str, said: &str, answers: &str) -> anyhow::Result<StepReceipt> {
        let request = AddRemarkRequest {
            request_id: self.request(&format!("remark {by}")),
            on: Some(RemarkSubject {
                kind: SubjectKind::Update.into(),
                key: Some(self.update.clone()),
            }),
            answers: answers.to_owned(),
            text: said.to_owned(),
            confirm_review: false,
        };
        let node = self.node(by)?;
        let added = self
            .until(async || node.remarks().add_remark(ask(request.clone())).await)
            .await?;
        Ok(added.receipt.unwrap_or_default())
    }

    async fn tasks(&self) -> anyhow::Result<()> {
        let round = TermsDraft {
            assignee: "streetwork".to_owned(),
            measure: "m1".to_owned(),
            category: "verlagerung".to_owned(),
            place: "lutherplatz".to_owned(),
            due: self.due(7),
            title: "Abendrunde am Lutherplatz".to_owned(),
            description: "Bitte in dieser Woche am Abend einmal vorbeigehen.".to_owned(),
            origin: Some(terms_draft::Origin::Update(self.update.clone())),
        };
        let key = self.task(CHAIR, round).await?;
        self.task_step("streetwork", &key, TaskMove::Accept, "")
            .await?;
        self.task_step("streetwork", &key, TaskMove::Progress, "")
            .await?;
        let done = "Die Runde ist gegangen, es war ruhig.";
        self.task_step("streetwork", &key, TaskMove::Finish, done)
            .await?;
        self.task_step(CHAIR, &key, TaskMove::Verify, "").await?;
        let figures = TermsDraft {
            assignee: "dhz".to_owned(),
            measure: "m2".to_owned(),
            category: "angebot".to_owned(),
            place: "dhz-schwertstrasse".to_owned(),
            due: self.due(14),
            title: "Auslastung nach Wochentagen".to_owned(),
            description: "Bitte die Auslastung nach Wochentagen mitteilen.".to_owned(),
            origin: None,
        };
        let key = self.task("staatsanwaltschaft", figures).await?;
        let why = "Das lässt die Schweigepflicht nicht zu.";
        self.task_step("dhz", &key, TaskMove::Decline, why).await
    }

    async fn task(&self, by: &str, terms: TermsDraft) -> anyhow::Result<SubjectKey> {
        let told = text::SITTING_TASK.fill(&[
            &self.names.agency(by),
            &self.names.agency(&terms.assignee),
            &terms.title,
        ]);
        let request = CreateTaskRequest {
            request_id: self.request(&format!("task {by}")),
            terms: Some(terms),
            propose: false,
            audience: Vec::new(),
            handling: Handling::Amber.into(),
            confirm_review: false,
        };
        let node = self.node(by)?;
        let created = self
            .until(async || node.tasks().create_task(ask(request.clone())).await)
            .await?;
        self.say(told);
        subject(created.receipt)
    }

    async fn task_step(
        &self,
        by: &str,
        task: &SubjectKey,
        makes: TaskMove,
        note: &str,
    ) -> anyhow::Result<()> {
        let decline_reason = match makes {
            TaskMove::Decline => DeclineReason::NotPermitted,
            _ => DeclineReason::Unspecified,
        };
        let request = TakeTaskStepRequest {
            request_id: self.request(&format!("{} {makes:?}", task.subject)),
            task: Some(task.clone()),
            r#move: makes.to_wire(),
            decline_reason: decline_reason.into(),
            note: note.to_owned(),
            ..TakeTaskStepRequest::default()
        };
        let node = self.node(by)?;
        self.until(async || node.tasks().take_task_step(ask(request.clone())).await)
            .await?;
        let done = text::words::made(makes.as_str());
        let mut line = done.map_or_else(String::new, |it| it.to_string());
        if !note.is_empty() {
            line = format!("{line} – {note}");
        }
        self.say(text::SITTING_TASK_STEP.fill(&[&self.names.agency(by), &line]));
        Ok(())
    }

    async fn plan(&self) -> anyhow::Result<SubjectKey> {
        let item = |title: &str| AgendaDraft {
            title: title.to_owned(),
            measure: "m3".to_owned(),
            ..AgendaDraft::default()
        };
        let request = PlanMeetingRequest {
            request_id: self.request("plan"),
            meeting: Some(MeetingDraft {
                meeting_type: "lagebesprechung".to_owned(),
                deputy: DEPUTY.to_owned(),
                day: self.today.to_string(),
                start: "16:00".to_owned(),
                place: "dhz-schwertstrasse".to_owned(),
                agenda: vec![
                    item("Lage am Lutherplatz"),
                    item("Spielplatz Albrechtplatz"),
                ],
                ..MeetingDraft::default()
            }),
            ..PlanMeetingRequest::default()
        };
        let chair = self.node(CHAIR)?;
        let planned = self
            .until(async || chair.meetings().plan_meeting(ask(request.clone())).await)
            .await?;
        let meeting = subject(planned.receipts.into_iter().next())?;
        self.say(text::SITTING_PLANNED.fill(&[
            &self.names.agency(CHAIR),
            &"Lagebesprechung",
            &self.today,
            &"16:00",
        ]));
        let coming = MeetingStep::Answer(MeetingAnswer::Coming.into());
        for system in self.systems.iter() {
            self.meeting_step(system.agency.as_str(), &meeting, "answer", coming.clone())
                .await?;
        }
        self.say(text::SITTING_ANSWERS.to_string());
        Ok(meeting)
    }

    async fn briefing(&self, meeting: &SubjectKey) -> anyhow::Result<SubjectKey> {
        let all = self.systems.iter().map(|it| it.agency.to_string());
        let open = MeetingStep::Open(OpenBriefing {
            participants: all.collect(),
        });
        let opened = self.meeting_step(CHAIR, meeting, "open", open).await?;
        let lanes = opened.meeting.map_or(0, |it| it.cut.len());
        self.say(text::SITTING_OPENED.fill(&[&lanes]));
        let pin = MeetingStep::Pin(PinUpdate {
            item: 1,
            update: Some(self.update.clone()),
        });
        self.meeting_step(DEPUTY, meeting, "pin", pin).await?;
        let said = |item: u32, text: &str| ItemNote {
            item,
            text: text.to_owned(),
        };
        let finding = "Rund um das Drogenhilfezentrum ist es ruhig geblieben.";
        self.meeting_step("dhz", meeting, "find", MeetingStep::Find(said(1, finding)))
            .await?;
        self.say(text::SITTING_SAID.fill(&[&self.names.agency("dhz"), &finding]));
        let proposal = "Die Streifen am Abend gehen auch am Spielplatz vorbei.";
        let proposed = MeetingStep::ProposeDecision(said(2, proposal));
        let proposed = self
            .meeting_step("polizei", meeting, "propose", proposed)
            .await?;
        self.say(text::SITTING_SAID.fill(&[&self.names.agency("polizei"), &proposal]));
        let terms = TermsDraft {
            assignee: CHAIR.to_owned(),
            measure: "m3".to_owned(),
            category: "spielplatz".to_owned(),
            place: "albrechtplatz".to_owned(),
            due: self.due(14),
            title: "Beleuchtung am Spielplatz prüfen".to_owned(),
            ..TermsDraft::default()
        };
        let task = MeetingStep::ProposeTask(ProposeTask {
            item: 2,
            terms: Some(terms.clone()),
        });
        self.meeting_step(DEPUTY, meeting, "task", task).await?;
        let decision = MeetingStep::Decide(RecordDecision {
            item: 2,
            text: String::new(),
            proposal: proposed.receipt.unwrap_or_default().step,
        });
        let decided = self
            .meeting_step(CHAIR, meeting, "decide", decision)
            .await?;
        self.say(text::SITTING_DECIDED.fill(&[&proposal]));
        let decision = decided.receipt.unwrap_or_default().step;
        let dissent = MeetingStep::Dissent(RecordDissent {
            decision: decision.clone(),
            agencies: Vec::new(),
            text: "Das schreckt vom Angebot ab.".to_owned(),
        });
        self.meeting_step("dhz", meeting, "dissent", dissent)
            .await?;
        self.say(text::SITTING_DISSENT.fill(&[&self.names.agency("dhz")]));
        // The chair ends it when its node knows of all that was said.
        self.level_at(CHAIR, meeting, "dhz").await?;
        let close = MeetingStep::Close(Plain {});
        let closed = self.meeting_step(CHAIR, meeting, "close", close).await?;
        let protocol = closed
            .protocol
            .ok_or_else(|| failure(text::NO_ANSWER.to_string()))?;
        self.say(text::SITTING_CLOSED.fill(&[&protocol.subject]));
        // What was proposed is asked now.
        let origin = terms_draft::Origin::Decision(DecisionKey {
            meeting: Some(meeting.clone()),
            decision,
        });
        let asked = TermsDraft {
            origin: Some(origin),
            ..terms
        };
        let task = self.task(DEPUTY, asked).await?;
        self.task_step(CHAIR, &task, TaskMove::Accept, "").await?;
        Ok(protocol)
    }

    /// Waits until a node has a meeting in the state that another node has it in.
    async fn level_at(&self, at: &str, meeting: &SubjectKey, like: &str) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let here = meetings(self.node(at)?).await?;
            let there = meetings(self.node(like)?).await?;
            let key = name(meeting);
            if here.contains_key(&key) && here.get(&key) == there.get(&key) {
                return Ok(());
            }
            if began.elapsed() > self.patience {
                return Err(failure(text::SITTING_DIFFERS.to_string()));
            }
            sleep(PAUSE).await;
        }
    }

    async fn meeting_step(
        &self,
        by: &str,
        meeting: &SubjectKey,
        part: &str,
        step: MeetingStep,
    ) -> anyhow::Result<TakeMeetingStepResponse> {
        let request = TakeMeetingStepRequest {
            request_id: self.request(&format!("{} {by} {part}", meeting.subject)),
            meeting: Some(meeting.clone()),
            step: Some(step),
            ..TakeMeetingStepRequest::default()
        };
        let node = self.node(by)?;
        self.until(async || {
            node.meetings()
                .take_meeting_step(ask(request.clone()))
                .await
        })
        .await
    }

    async fn protocol(&self, key: &SubjectKey) -> anyhow::Result<()> {
        let circulate = |protocol| ProtocolStep::Circulate(CirculateProtocol { protocol });
        let first = self
            .protocol_step(CHAIR, key, "circulate", circulate(None))
            .await?;
        let why = "Die Lage vor dem Eingang ist nicht vollständig beschrieben.";
        let object = ProtocolStep::Object(ObjectToProtocol {
            revision: first.clone(),
            item: 1,
            text: why.to_owned(),
        });
        self.protocol_step("streetwork", key, "object", object)
            .await?;
        self.say(text::SITTING_OBJECTED.fill(&[&self.names.agency("streetwork"), &why]));
        // The revision that was objected to: when the day is played again, another one is in force.
        let mut draft = draft_of(&self.get(CHAIR, key, &first).await?);
        if let Some(item) = draft.items.first_mut() {
            item.affairs = "Am Lutherplatz lagen mehr Spritzen als sonst; vor dem Eingang des Drogenhilfezentrums war es ruhig.".to_owned();
        }
        let second = self
            .protocol_step(CHAIR, key, "again", circulate(Some(draft)))
            .await?;
        self.say(text::SITTING_REVISED.fill(&[&self.names.agency(CHAIR)]));
        for system in self.systems.iter() {
            let sign = ProtocolStep::SignOff(second.clone());
            self.protocol_step(system.agency.as_str(), key, "sign", sign)
                .await?;
        }
        self.say(text::SITTING_SIGNED.to_string());
        let release = ProtocolStep::Release(Plain {});
        self.protocol_step(CHAIR, key, "release", release).await?;
        let released = self.get(CHAIR, key, "").await?;
        self.say(text::SITTING_RELEASED.fill(&[&released.number]));
        self.files(key).await
    }

    /// Takes a step on a protocol; gives the step's name.
    async fn protocol_step(
        &self,
        by: &str,
        key: &SubjectKey,
        part: &str,
        step: ProtocolStep,
    ) -> anyhow::Result<String> {
        let request = TakeProtocolStepRequest {
            request_id: self.request(&format!("{} {by} {part}", key.subject)),
            protocol: Some(key.clone()),
            step: Some(step),
            ..TakeProtocolStepRequest::default()
        };
        let node = self.node(by)?;
        let took = self
            .until(async || {
                node.protocols()
                    .take_protocol_step(ask(request.clone()))
                    .await
            })
            .await?;
        Ok(took.receipt.unwrap_or_default().step)
    }

    async fn get(&self, by: &str, key: &SubjectKey, revision: &str) -> anyhow::Result<Protocol> {
        let request = GetProtocolRequest {
            protocol: Some(key.clone()),
            revision: revision.to_owned(),
        };
        let got = self.node(by)?.protocols().get_protocol(ask(request)).await;
        let got = got.map_err(|status| failed(&status))?.into_inner();
        got.protocol
            .ok_or_else(|| failure(text::NO_ANSWER.to_string()))
    }

    /// The protocol and the report as one hands them on.
    async fn files(&self, key: &SubjectKey) -> anyhow::Result<()> {
        let node = self.node(CHAIR)?;
        let protocol = ExportProtocolRequest {
            protocol: Some(key.clone()),
            format: FileFormat::Pdf.into(),
            language: FileLanguage::German.into(),
        };
        let exported = node.protocols().export_protocol(ask(protocol)).await;
        let exported = exported.map_err(|status| failed(&status))?.into_inner();
        self.write(exported.file)?;
        let report = ExportReportRequest {
            from_day: self.day.to_string(),
            to_day: self.today.to_string(),
            format: FileFormat::Pdf.into(),
            language: FileLanguage::German.into(),
        };
        let exported = node.reports().export_report(ask(report)).await;
        let exported = exported.map_err(|status| failed(&status))?.into_inner();
        self.write(exported.file)
    }

    fn write(&self, file: Option<ExportedFile>) -> anyhow::Result<()> {
        let file = file.ok_or_else(|| failure(text::NO_ANSWER.to_string()))?;
        // The name is a node's word: nothing of it leaves the folder.
        let name = Path::new(&file.name).file_name().unwrap_or_default();
        let path = self.folder.join(name);
        std::fs::write(&path, &file.content)
            .map_err(|error| failure(text::CANT_WRITE.fill(&[&path.display(), &error])))?;
        self.say(text::SITTING_FILE.fill(&[&path.display()]));
        Ok(())
    }

    fn say(&self, line: String) {
        self.board.borrow_mut().say(&line);
    }

    fn node(&self, agency: &str) -> anyhow::Result<&Node> {
        self.systems.coordinator(agency)
    }

    fn request(&self, part: &str) -> String {
        request_id(self.day, 0, &format!("sitting {part}"))
    }

    fn due(&self, days: i64) -> String {
        let due = self.today.saturating_add(jiff::Span::new().days(days));
        due.to_string()
    }

    /// Calls until the node has what the call builds on.
    async fn until<T>(
        &self,
        call: impl AsyncFn() -> Result<Response<T>, Status>,
    ) -> anyhow::Result<T> {
        let began = Instant::now();
        loop {
            let status = match call().await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) => status,
            };
            let explained = explain(&status);
            let code = ErrorCode::from_reason(&explained.reason);
            let not_yet = may_pass(&status, &explained)
                || matches!(
                    code,
                    Some(
                        ErrorCode::SubjectNotFound
                            | ErrorCode::StepNotAllowed
                            | ErrorCode::StaleRevision
                            | ErrorCode::ValidationFailed
                    )
                );
            if !not_yet || began.elapsed() > self.patience {
                return Err(failed(&status));
            }
            sleep(PAUSE).await;
        }
    }
}

/// What the protocol says, as its writer sends it.
fn draft_of(it: &Protocol) -> ProtocolDraft {
    let items = it.items.iter().map(|it| ProtocolItemDraft {
        number: it.number,
        measure: it.measure.clone(),
        title: it.title.clone(),
        affairs: it.affairs.clone(),
        updates: it.updates.clone(),
        assessments: it.assessments.clone(),
        decisions: it.decisions.clone(),
        tasks: it.tasks.clone(),
    });
    ProtocolDraft {
        title: it.title.clone(),
        items: items.collect(),
    }
}

fn subject(receipt: Option<StepReceipt>) -> anyhow::Result<SubjectKey> {
    let subject = receipt.and_then(|it| it.subject);
    subject.ok_or_else(|| failure(text::NO_ANSWER.to_string()))
}

fn name(key: &SubjectKey) -> String {
    format!("{}/{}", key.owner, key.subject)
}

/// The states of all of one kind at a node.
type States = BTreeMap<String, String>;

async fn tasks(node: &Node) -> anyhow::Result<States> {
    let request = ListTasksRequest {
        page_size: 500,
        ..ListTasksRequest::default()
    };
    let listed = node.tasks().list_tasks(ask(request)).await;
    let listed = listed.map_err(|status| failed(&status))?.into_inner();
    let state = |it: verbund_wire::agency::Task| Some((name(&it.key?), it.etag));
    Ok(listed.tasks.into_iter().filter_map(state).collect())
}

async fn meetings(node: &Node) -> anyhow::Result<States> {
    let request = ListMeetingsRequest {
        page_size: 500,
        ..ListMeetingsRequest::default()
    };
    let listed = node.meetings().list_meetings(ask(request)).await;
    let listed = listed.map_err(|status| failed(&status))?.into_inner();
    let state = |it: verbund_wire::agency::Meeting| Some((name(&it.key?), it.etag));
    Ok(listed.meetings.into_iter().filter_map(state).collect())
}

async fn protocols(node: &Node) -> anyhow::Result<States> {
    let request = ListProtocolsRequest {
        page_size: 500,
        ..ListProtocolsRequest::default()
    };
    let listed = node.protocols().list_protocols(ask(request)).await;
    let listed = listed.map_err(|status| failed(&status))?.into_inner();
    let state = |it: Protocol| Some((name(&it.key?), it.etag));
    Ok(listed.protocols.into_iter().filter_map(state).collect())
}

/// At how many agencies all is in the state in which the chair's node has it; asked until it is so at all, or patience ends.
///
/// # Errors
/// When a node doesn't answer.
pub(crate) async fn compare(systems: &Systems, patience: Duration) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    loop {
        let chair = systems.coordinator(CHAIR)?;
        let told = (
            tasks(chair).await?,
            meetings(chair).await?,
            protocols(chair).await?,
        );
        let mut outcome = Outcome {
            tasks: told.0.len(),
            meetings: told.1.len(),
            protocols: told.2.len(),
            agreeing: 0,
        };
        for system in systems.iter() {
            let node = &system.coordinator;
            let here = (
                tasks(node).await?,
                meetings(node).await?,
                protocols(node).await?,
            );
            outcome.agreeing += usize::from(here == told);
        }
        if outcome.agreeing == systems.iter().count() || began.elapsed() > patience {
            return Ok(outcome);
        }
        sleep(PAUSE).await;
    }
}
