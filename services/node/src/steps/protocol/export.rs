//! A protocol as a file that leaves the node.
//!
//! What an agency's objection blocks, and what may not leave the node, is left out and said so. A JSON file carries the signed entries
//! that it is made of, and a PDF file carries that JSON file: see [`crate::protocol_file`].

use std::collections::BTreeMap;
use std::sync::Arc;

use verbund_document::{Attachment, DocumentError, Language};
use verbund_ledger::Entry;
use verbund_model::{
    AgencyId, Audience, Handling, Protocol, ProtocolMachine, ProtocolMove, ProtocolRole,
    ProtocolStatus, ProtocolTransition, StepId, SubjectId, SubjectKind, SubjectRef, TaskStatus,
    Use, Verdict,
};
use verbund_wire::agency::{ExportProtocolRequest, ExportedFile, FileFormat, FileLanguage};
use verbund_wire::convert::vocabulary::Word as _;
use verbund_wire::convert::{name, step};
use verbund_wire::error::Error;

use super::{load, said, standing};
use crate::context::Context;
use crate::protocol_file::document::{Beside, TaskRow, document};
use crate::protocol_file::proof::Signed;
use crate::protocol_file::stated::{Name, Source, Spoken};
use crate::protocol_file::{FORMAT, ProtocolFile};
use crate::publish::unavailable;
use crate::steps::board::Card;
use crate::steps::subject::Subject;

/// Exports a protocol.
///
/// # Errors
/// There is none with this name here, it may not leave the node, or there is no such format of it.
pub(crate) async fn export(
    ctx: &Arc<Context>,
    request: &ExportProtocolRequest,
) -> Result<ExportedFile, Error> {
    let key = step::key(request.protocol.as_ref(), &ctx.agency, "protocol")?;
    let format = format(request.format)?;
    let language = language(request.language)?;
    let subject = load(ctx, &key).await?;
    let protocol = standing(&subject)?;
    if !subject.opening().handling.allows(Use::Export) {
        let message = "its handling does not let it leave the node as a file";
        return Err(Error::field("protocol", "HANDLING_NOT_ACCEPTED", message));
    }
    let text = subject.text(&protocol.revision);
    let source = source(&subject, &protocol, &text);
    let stated = source.stated();
    let proof = proof(ctx, &subject, &protocol, source.is_whole()).await?;
    let federation = ctx.charter.in_force().charter.federation().to_string();
    let file = ProtocolFile {
        format: FORMAT.to_owned(),
        federation,
        protocol: stated,
        proof,
    };
    let json = file.to_json().map_err(|_| Error::internal())?;
    let (ending, media_type, content) = match format {
        FileFormat::Json => ("json", "application/json", json),
        format => {
            let beside = beside(ctx, &subject.audience, &file);
            let charter = &ctx.charter.in_force().charter;
            let document = document(&file.protocol, charter, language, &beside);
            match format {
                FileFormat::Markdown => {
                    let text = verbund_document::markdown(&document);
                    ("md", "text/markdown; charset=utf-8", text.into_bytes())
                }
                _ => {
                    let attachment = Attachment {
                        name: format!("{}.json", file.protocol.number),
                        media_type: "application/json".to_owned(),
                        description: attached(language).to_owned(),
                        content: json,
                    };
                    let created = created(&subject);
                    // It takes all cores for a moment.
                    let setting = tokio::task::spawn_blocking(move || {
                        verbund_document::pdf_with(&document, created, &[attachment])
                    });
                    let pdf = setting.await.map_err(|_| Error::internal())?;
                    ("pdf", "application/pdf", pdf.map_err(unset)?)
                }
            }
        }
    };
    Ok(ExportedFile {
        name: format!("{}.{ending}", file.protocol.number),
        media_type: media_type.to_owned(),
        content: content.into(),
    })
}

fn format(number: i32) -> Result<FileFormat, Error> {
    let told = |reason, message| Err(Error::field("format", reason, message));
    match FileFormat::try_from(number) {
        Ok(it @ (FileFormat::Markdown | FileFormat::Json | FileFormat::Pdf)) => Ok(it),
        Ok(FileFormat::Unspecified) => told("MISSING_FIELD", "is required"),
        Ok(_) => told("INVALID_VALUE", "a protocol is Markdown, JSON or PDF"),
        Err(_) => told("UNKNOWN_VALUE", "is not known to this release"),
    }
}

fn language(number: i32) -> Result<Language, Error> {
    match FileLanguage::try_from(number) {
        Ok(FileLanguage::Unspecified | FileLanguage::German) => Ok(Language::German),
        Ok(FileLanguage::English) => Ok(Language::English),
        Err(_) => {
            let message = "is not known to this release";
            Err(Error::field("language", "UNKNOWN_VALUE", message))
        }
    }
}

fn attached(language: Language) -> &'static str {
    match language {
        Language::German => "Das Protokoll mit seinen Signaturen, zu prüfen mit `verbund verify`",
        Language::English => "The protocol with its signatures, to be checked by `verbund verify`",
    }
}

/// The same protocol gives the same file: its date is that of its latest step.
fn created(subject: &Subject<ProtocolMachine>) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(subject.changed_at_ms())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

fn unset(error: DocumentError) -> Error {
    match error {
        DocumentError::TooMany { .. } => {
            Error::field("protocol", "INVALID_RANGE", error.to_string())
        }
        _ => {
            tracing::error!(%error, "a protocol could not be typeset");
            Error::internal()
        }
    }
}

/// What the history comes to, in a file's words.
fn source<'a>(
    subject: &'a Subject<ProtocolMachine>,
    protocol: &'a Protocol,
    text: &'a verbund_wire::convert::text::Text<verbund_guard::gate::Unguarded>,
) -> Source<'a> {
    let known = protocol
        .released
        .and_then(|it| subject.history.step(&it))
        .map(|it| match &it.transition {
            ProtocolTransition::Reserved { objecting, .. } => objecting.clone(),
            _ => Default::default(),
        });
    let words = protocol.words.iter().filter(|(_, word)| word.counts);
    let words = words.map(|(agency, word)| {
        let spoken = match word.verdict {
            Verdict::SignedOff => Spoken::SignedOff,
            Verdict::Objected { item } => Spoken::Objected {
                item,
                why: said(subject, &word.step),
                late: known.as_ref().is_some_and(|it| !it.contains(agency)),
            },
        };
        (agency.clone(), spoken)
    });
    let written_by = subject.history.step(&protocol.revision);
    let corrections = protocol.corrections.iter();
    Source {
        key: &subject.key,
        status: protocol.status,
        fingerprint: protocol.circulated,
        written_by: written_by.map_or(&protocol.writer, |it| &it.by),
        handling: subject.opening().handling,
        content: &protocol.content,
        text,
        words: words.collect(),
        bound: protocol.bound.clone(),
        corrections: corrections
            .map(|it| (it.item, said(subject, &it.step)))
            .collect(),
        approved_by: protocol.approved_by.clone(),
    }
}

/// The steps that a file rests on: the revision, each word on it, the release, the approval, the corrections.
fn rests_on(subject: &Subject<ProtocolMachine>, protocol: &Protocol) -> Vec<StepId> {
    let Some(revision) = protocol.circulated else {
        return Vec::new();
    };
    let history = &subject.history;
    let mut steps = vec![revision];
    for (agency, word) in protocol.words.iter().filter(|(_, word)| word.counts) {
        if word.verdict != Verdict::SignedOff && protocol.released.is_some() {
            // It may have been released by a sign-off that a late objection has replaced since.
            let signed = history.latest(&ProtocolRole::Word(agency.clone()), |it| {
                *it == ProtocolTransition::SignedOff { revision }
            });
            steps.extend(signed.map(|it| it.id));
        }
        steps.push(word.step);
    }
    steps.extend(protocol.released);
    let writer = match protocol.taken_over {
        true => ProtocolRole::Deputy,
        false => ProtocolRole::Owner,
    };
    if protocol.status == ProtocolStatus::Approved {
        let approved = history.latest(&writer, |it| it.approved_by().is_some());
        steps.extend(approved.map(|it| it.id));
    }
    steps.extend(protocol.corrections.iter().map(|it| it.step));
    steps
}

async fn proof(
    ctx: &Arc<Context>,
    subject: &Subject<ProtocolMachine>,
    protocol: &Protocol,
    whole: bool,
) -> Result<Vec<Signed>, Error> {
    let steps = rests_on(subject, protocol);
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let stored = ctx.store.steps(&subject.key.subject).await;
    let stored = stored.map_err(unavailable)?;
    let entries: BTreeMap<StepId, Entry> = stored
        .into_iter()
        .map(|it| (name::step_of(&it.hash), it.entry))
        .collect();
    let signed = steps.iter().filter_map(|id| {
        let step = subject.history.step(id)?;
        let makes = ProtocolMove::of(&step.transition).as_str();
        let whole = whole || Some(*id) != protocol.circulated;
        Some(Signed::of(makes, &step.by, entries.get(id)?, whole))
    });
    Ok(signed.collect())
}

/// What the board knows of the meeting and of the tasks, as far as all who have the protocol may know it and it may leave the node.
fn beside(ctx: &Context, audience: &Audience, file: &ProtocolFile) -> Beside {
    let names = file.protocol.items.iter().flat_map(|it| &it.tasks);
    let tasks = names.filter_map(|it| Some((it.clone(), task(ctx, audience, it)?)));
    let meeting =
        key(&file.protocol.meeting).and_then(|it| ctx.board.find(SubjectKind::Meeting, &it));
    let day = meeting.and_then(|it| match &it.card {
        Card::Meeting(it) => Some(it.day.clone()),
        _ => None,
    });
    Beside {
        meeting_day: day.unwrap_or_default(),
        tasks: tasks.collect(),
    }
}

fn task(ctx: &Context, audience: &Audience, name: &Name) -> Option<TaskRow> {
    let record = ctx.board.find(SubjectKind::Task, &key(name)?)?;
    let Card::Task(task) = &record.card else {
        return None;
    };
    let circle = task.circle.as_ref()?;
    let handling = Handling::from_wire(circle.handling).ok()??;
    let known_to_all = audience
        .iter()
        .all(|it| circle.audience.iter().any(|other| other == it.as_str()));
    if !known_to_all || !handling.allows(Use::Export) {
        return None;
    }
    let terms = task.terms.as_ref()?;
    let status = TaskStatus::from_wire(task.status).ok()??;
    Some(TaskRow {
        title: terms.title.clone(),
        assignee: terms.assignee.clone(),
        status: status.to_string(),
    })
}

fn key(name: &Name) -> Option<SubjectRef> {
    Some(SubjectRef {
        subject: SubjectId::parse(&name.subject).ok()?,
        owner: AgencyId::parse(&name.owner).ok()?,
    })
}
