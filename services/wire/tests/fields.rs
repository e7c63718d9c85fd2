//! Every text of the contract is either a word that is checked against something closed, or goes through the guard. A field that
//! is added to the contract and not to this table fails here, by its name.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FileDescriptorSet};
use verbund_guard::gate::{Path, Texts};
use verbund_model::NOTE_CHARS;
use verbund_wire::convert::draft::{self, DraftTexts};
use verbund_wire::convert::text::{ItemText, Text};

/// What keeps a field from saying anything of a person.
enum Kept {
    /// Free text, at most so many characters, that goes through the gate under this path before it is stored or sent.
    Guarded(&'static str, usize),
    /// Free text of at most so many characters that becomes this text of an entry, and goes through the gate as such.
    InText(&'static str, usize),
    /// Free text that is read by the guard and neither stored nor sent.
    OnlyChecked,
    /// An id of the charter, which knows no other.
    Charter,
    /// A UUID.
    Uuid,
    /// A hash in hex: it names a step.
    Hash,
    /// A time of the form HH:MM.
    Time,
    /// A day of the form YYYY-MM-DD.
    Day,
    /// An opaque token of this node's own making: whatever else comes is refused.
    Token,
    /// Nobody looks at it.
    Unread,
    /// A word of a partner's node, printable, short, shown to operators and never to others; with the place of the check.
    Bounded(&'static str),
}

use Kept::{Bounded, Charter, Day, Guarded, Hash, InText, OnlyChecked, Time, Token, Unread, Uuid};

const TITLE: usize = 120;
const DESCRIPTION: usize = 1000;
const AFFAIRS: usize = 2000;

/// Every text of what comes in: of what callers send, of what partners send, and of what an entry says.
const FIELDS: &[(&str, Kept)] = &[
    // What an entry says to those who may read it.
    ("federation.v1.Text.note", Guarded("text.note", NOTE_CHARS)),
    ("federation.v1.Text.title", Guarded("text.title", TITLE)),
    (
        "federation.v1.Text.description",
        Guarded("text.description", DESCRIPTION),
    ),
    (
        "federation.v1.ItemText.title",
        Guarded("text.items[0].title", TITLE),
    ),
    (
        "federation.v1.ItemText.affairs",
        Guarded("text.items[0].affairs", AFFAIRS),
    ),
    (
        "federation.v1.ItemText.assessments",
        Guarded("text.items[0].assessments[0]", DESCRIPTION),
    ),
    (
        "federation.v1.ItemText.decisions",
        Guarded("text.items[0].decisions[0]", DESCRIPTION),
    ),
    (
        "federation.v1.ItemText.notes",
        Guarded("text.items[0].notes[0]", NOTE_CHARS),
    ),
    ("federation.v1.Codes.owner", Charter),
    ("federation.v1.SubjectName.owner", Charter),
    ("federation.v1.Ending.erase_on", Day),
    ("federation.v1.TaskTerms.assignee", Charter),
    ("federation.v1.TaskTerms.measure", Charter),
    ("federation.v1.TaskTerms.category", Charter),
    ("federation.v1.TaskTerms.place", Charter),
    ("federation.v1.TaskTerms.due", Day),
    ("federation.v1.MeetingTerms.meeting_type", Charter),
    ("federation.v1.MeetingTerms.deputy", Charter),
    ("federation.v1.MeetingTerms.invited", Charter),
    ("federation.v1.MeetingTerms.day", Day),
    ("federation.v1.MeetingTerms.place", Charter),
    ("federation.v1.AgendaItem.measure", Charter),
    ("federation.v1.MeetingOpened.participants", Charter),
    ("federation.v1.CutLane.origin", Charter),
    ("federation.v1.MeetingDissented.agencies", Charter),
    ("federation.v1.MeetingTakenOver.participants", Charter),
    ("federation.v1.ProtocolContent.meeting_type", Charter),
    ("federation.v1.ProtocolContent.chair", Charter),
    ("federation.v1.ProtocolContent.deputy", Charter),
    ("federation.v1.Attending.agency", Charter),
    ("federation.v1.ProtocolItem.measure", Charter),
    ("federation.v1.ProtocolItem.assessments", Charter),
    ("federation.v1.ProtocolDecision.dissent", Charter),
    ("federation.v1.ProtocolReserved.silent", Charter),
    ("federation.v1.ProtocolReserved.objecting", Charter),
    (
        "federation.v1.Codes.guard_version",
        Bounded("codes::decode"),
    ),
    ("federation.v1.LaneOpened.agencies", Charter),
    ("federation.v1.Observation.category", Charter),
    ("federation.v1.Observation.place", Charter),
    ("federation.v1.Observation.day", Day),
    ("federation.v1.Observation.window", Charter),
    ("federation.v1.Observation.measure", Charter),
    ("federation.v1.Reading.indicator", Charter),
    // What partners' nodes say beside that.
    ("federation.v1.Hello.federation", Charter),
    ("federation.v1.Hello.agency", Charter),
    (
        "federation.v1.Hello.software",
        Bounded("peer::Hello::from_wire"),
    ),
    (
        "federation.v1.Certificate.serial",
        Bounded("peer::Certificate::from_wire"),
    ),
    (
        "federation.v1.DialBack.endpoint",
        Bounded("peer::DialBack::from_wire"),
    ),
    (
        "federation.v1.DialBack.reason",
        Bounded("peer::DialBack::from_wire"),
    ),
    (
        "federation.v1.DialBack.description",
        Bounded("peer::DialBack::from_wire"),
    ),
    ("federation.v1.Subscribe.origin", Charter),
    ("federation.v1.Unsubscribe.origin", Charter),
    (
        "federation.v1.Entries.traceparent",
        Bounded("telemetry, as a span's id or not at all"),
    ),
    (
        "federation.v1.LaneStopped.reason",
        Bounded("incidents::own_lane_stopped"),
    ),
    ("federation.v1.CharterSignature.agency", Charter),
    ("federation.v1.Exhausted.origin", Charter),
    ("federation.v1.Exhausted.reason", Unread),
    ("federation.v1.Showing.day", Day),
    ("federation.v1.Showing.window", Charter),
    // What the agency's own systems and people send.
    ("agency.v1.CheckTextRequest.text", OnlyChecked),
    (
        "agency.v1.SituationDraft.note",
        Guarded("situation.note", NOTE_CHARS),
    ),
    (
        "agency.v1.SituationDraft.generalised_note",
        Guarded("situation.generalised_note", NOTE_CHARS),
    ),
    ("agency.v1.SituationDraft.category", Charter),
    ("agency.v1.SituationDraft.place", Charter),
    ("agency.v1.SituationDraft.day", Day),
    ("agency.v1.SituationDraft.window", Charter),
    ("agency.v1.SituationDraft.measure", Charter),
    ("agency.v1.SituationDraft.audience", Charter),
    ("agency.v1.ReadingDraft.indicator", Charter),
    ("agency.v1.PublishSituationRequest.request_id", Uuid),
    ("agency.v1.CorrectSituationRequest.request_id", Uuid),
    ("agency.v1.CorrectSituationRequest.subject", Uuid),
    ("agency.v1.CorrectSituationRequest.etag", Token),
    ("agency.v1.WithdrawSituationRequest.request_id", Uuid),
    ("agency.v1.WithdrawSituationRequest.subject", Uuid),
    ("agency.v1.WithdrawSituationRequest.etag", Token),
    ("agency.v1.ConfirmSituationRequest.subject", Uuid),
    ("agency.v1.GetSituationRequest.subject", Uuid),
    ("agency.v1.GetSituationRequest.origin", Charter),
    ("agency.v1.SituationFilter.agencies", Charter),
    ("agency.v1.SituationFilter.categories", Charter),
    ("agency.v1.SituationFilter.places", Charter),
    ("agency.v1.SituationFilter.from_day", Day),
    ("agency.v1.SituationFilter.to_day", Day),
    ("agency.v1.SituationFilter.measures", Charter),
    ("agency.v1.ListSituationsRequest.page_token", Token),
    ("agency.v1.ListFeedRequest.cursor", Token),
    ("agency.v1.WatchFeedRequest.cursor", Token),
    ("agency.v1.GetDeliveryRequest.subject", Uuid),
    ("agency.v1.GetDeliveryRequest.origin", Charter),
    ("agency.v1.GetReviewRequest.review", Uuid),
    ("agency.v1.ConfirmReviewRequest.review", Uuid),
    ("agency.v1.DiscardReviewRequest.review", Uuid),
    ("agency.v1.ListAuditRecordsRequest.page_token", Token),
    // Steps.
    ("agency.v1.SubjectKey.subject", Uuid),
    ("agency.v1.SubjectKey.owner", Charter),
    ("agency.v1.DecisionKey.decision", Hash),
    ("agency.v1.TermsDraft.assignee", Charter),
    ("agency.v1.TermsDraft.measure", Charter),
    ("agency.v1.TermsDraft.category", Charter),
    ("agency.v1.TermsDraft.place", Charter),
    ("agency.v1.TermsDraft.due", Day),
    ("agency.v1.TermsDraft.title", InText("text.title", TITLE)),
    (
        "agency.v1.TermsDraft.description",
        InText("text.description", DESCRIPTION),
    ),
    ("agency.v1.CreateTaskRequest.request_id", Uuid),
    ("agency.v1.CreateTaskRequest.audience", Charter),
    ("agency.v1.TakeTaskStepRequest.request_id", Uuid),
    ("agency.v1.TakeTaskStepRequest.etag", Token),
    (
        "agency.v1.TakeTaskStepRequest.note",
        InText("text.note", NOTE_CHARS),
    ),
    ("agency.v1.TaskFilter.assigners", Charter),
    ("agency.v1.TaskFilter.assignees", Charter),
    ("agency.v1.TaskFilter.measures", Charter),
    ("agency.v1.TaskFilter.due_by", Day),
    ("agency.v1.ListTasksRequest.page_token", Token),
    ("agency.v1.SuggestAssigneeRequest.category", Charter),
    ("agency.v1.AddRemarkRequest.request_id", Uuid),
    ("agency.v1.AddRemarkRequest.answers", Hash),
    (
        "agency.v1.AddRemarkRequest.text",
        InText("text.note", NOTE_CHARS),
    ),
    ("agency.v1.RetractRemarkRequest.request_id", Uuid),
    ("agency.v1.RetractRemarkRequest.remark", Hash),
    ("agency.v1.AcknowledgeRequest.request_id", Uuid),
    ("agency.v1.AcknowledgeRequest.version", Hash),
    ("agency.v1.ShownUpdate.version", Hash),
    ("agency.v1.MeetingDraft.meeting_type", Charter),
    ("agency.v1.MeetingDraft.deputy", Charter),
    ("agency.v1.MeetingDraft.invited", Charter),
    ("agency.v1.MeetingDraft.day", Day),
    ("agency.v1.MeetingDraft.start", Time),
    ("agency.v1.MeetingDraft.place", Charter),
    ("agency.v1.MeetingDraft.title", InText("text.title", TITLE)),
    (
        "agency.v1.AgendaDraft.title",
        InText("text.items[0].title", TITLE),
    ),
    ("agency.v1.AgendaDraft.measure", Charter),
    ("agency.v1.PlanMeetingRequest.request_id", Uuid),
    ("agency.v1.TakeMeetingStepRequest.request_id", Uuid),
    ("agency.v1.TakeMeetingStepRequest.etag", Token),
    ("agency.v1.OpenBriefing.participants", Charter),
    (
        "agency.v1.ItemNote.text",
        InText("text.description", DESCRIPTION),
    ),
    (
        "agency.v1.RecordDecision.text",
        InText("text.description", DESCRIPTION),
    ),
    ("agency.v1.RecordDecision.proposal", Hash),
    ("agency.v1.RecordDissent.decision", Hash),
    ("agency.v1.RecordDissent.agencies", Charter),
    (
        "agency.v1.RecordDissent.text",
        InText("text.description", DESCRIPTION),
    ),
    ("agency.v1.MeetingFilter.from_day", Day),
    ("agency.v1.MeetingFilter.to_day", Day),
    ("agency.v1.MeetingFilter.series", Uuid),
    ("agency.v1.ListMeetingsRequest.page_token", Token),
    ("agency.v1.TakeProtocolStepRequest.request_id", Uuid),
    ("agency.v1.TakeProtocolStepRequest.etag", Token),
    ("agency.v1.TakeProtocolStepRequest.sign_off", Hash),
    ("agency.v1.ProtocolDraft.title", InText("text.title", TITLE)),
    ("agency.v1.ProtocolItemDraft.measure", Charter),
    (
        "agency.v1.ProtocolItemDraft.title",
        InText("text.items[0].title", TITLE),
    ),
    (
        "agency.v1.ProtocolItemDraft.affairs",
        InText("text.items[0].affairs", AFFAIRS),
    ),
    ("agency.v1.Assessment.agency", Charter),
    (
        "agency.v1.Assessment.text",
        InText("text.items[0].assessments[0]", DESCRIPTION),
    ),
    (
        "agency.v1.DecisionDraft.text",
        InText("text.items[0].decisions[0]", DESCRIPTION),
    ),
    ("agency.v1.DecisionDraft.step", Hash),
    ("agency.v1.DecisionDraft.dissent", Charter),
    ("agency.v1.ObjectToProtocol.revision", Hash),
    (
        "agency.v1.ObjectToProtocol.text",
        InText("text.description", DESCRIPTION),
    ),
    ("agency.v1.ProposeText.revision", Hash),
    (
        "agency.v1.ProposeText.text",
        InText("text.description", DESCRIPTION),
    ),
    (
        "agency.v1.ItemNoteOrAll.text",
        InText("text.description", DESCRIPTION),
    ),
    ("agency.v1.GetProtocolRequest.revision", Hash),
    ("agency.v1.ProtocolFilter.meeting_types", Charter),
    ("agency.v1.ListProtocolsRequest.page_token", Token),
    ("agency.v1.GetReportRequest.from_day", Day),
    ("agency.v1.GetReportRequest.to_day", Day),
    ("agency.v1.GetPictureRequest.from_day", Day),
    ("agency.v1.GetPictureRequest.to_day", Day),
    ("agency.v1.GetPictureRequest.agencies", Charter),
    ("agency.v1.GetPictureRequest.measures", Charter),
    ("agency.v1.ExportReportRequest.from_day", Day),
    ("agency.v1.ExportReportRequest.to_day", Day),
];

/// The contract's messages by their full name, such as `.verbund.agency.v1.Situation`.
struct Contract(BTreeMap<String, DescriptorProto>);

impl Contract {
    fn of(set: &FileDescriptorSet) -> Self {
        fn add(
            all: &mut BTreeMap<String, DescriptorProto>,
            outer: &str,
            message: &DescriptorProto,
        ) {
            let name = format!("{outer}.{}", message.name());
            for nested in &message.nested_type {
                add(all, &name, nested);
            }
            all.insert(name, message.clone());
        }
        let mut all = BTreeMap::new();
        for file in &set.file {
            for message in &file.message_type {
                add(&mut all, &format!(".{}", file.package()), message);
            }
        }
        Self(all)
    }

    /// The texts of a message and of all that it holds, as `federation.v1.Text.note`.
    fn texts(&self, message: &str, found: &mut BTreeSet<String>, seen: &mut BTreeSet<String>) {
        if !seen.insert(message.to_owned()) {
            return;
        }
        let short = message.strip_prefix(".verbund.");
        let short = short.unwrap_or_else(|| {
            panic!("{message} is of somebody else's making: what does it hold?")
        });
        for field in &self.0[message].field {
            match field.r#type() {
                Type::String => {
                    found.insert(format!("{short}.{}", field.name()));
                }
                Type::Message => self.texts(field.type_name(), found, seen),
                _ => {}
            }
        }
    }
}

fn texts_that_come_in() -> BTreeSet<String> {
    let set = FileDescriptorSet::decode(verbund_wire::FILE_DESCRIPTOR_SET);
    let set = set.expect("the build wrote it");
    let contract = Contract::of(&set);
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    // Entries carry their content as bytes, so no request leads to the first two. What partners' nodes answer comes in as well.
    for message in [
        ".verbund.federation.v1.Text",
        ".verbund.federation.v1.Codes",
        ".verbund.federation.v1.ExchangeResponse",
        ".verbund.federation.v1.ProbeResponse",
    ] {
        contract.texts(message, &mut found, &mut seen);
    }
    let methods = set.file.iter().flat_map(|file| &file.service);
    for method in methods.flat_map(|service| &service.method) {
        contract.texts(method.input_type(), &mut found, &mut seen);
    }
    found
}

#[test]
fn every_text_that_comes_in_is_kept_closed_or_guarded() {
    let found = texts_that_come_in();
    let listed: BTreeSet<String> = FIELDS
        .iter()
        .map(|(field, _)| (*field).to_owned())
        .collect();
    assert_eq!(
        listed.len(),
        FIELDS.len(),
        "a field stands in the table twice"
    );
    let missing: Vec<_> = found.difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "{missing:?}: say in the table of this test what keeps these fields from naming anybody. Free text goes through the gate \
         (verbund_guard::gate) on both sides"
    );
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(gone.is_empty(), "{gone:?} are no fields of the contract");
}

/// The paths under which the gate sees the texts of a message.
fn guarded(at: &Path<'_>, texts: impl Texts<()>) -> Vec<String> {
    let mut paths = Vec::new();
    texts.map(at, &mut |path, ()| paths.push(path.to_string()));
    paths
}

#[test]
fn what_the_table_calls_guarded_is_what_the_gate_sees() {
    let of = |messages: &[&str]| -> BTreeSet<String> {
        let all = FIELDS
            .iter()
            .filter(|(field, _)| messages.iter().any(|it| field.starts_with(it)));
        all.filter_map(|(_, kept)| match kept {
            Guarded(path, chars) => {
                assert!((1..=AFFAIRS).contains(chars), "{path} has no bound");
                Some((*path).to_owned())
            }
            _ => None,
        })
        .collect()
    };
    let item = ItemText {
        title: (),
        affairs: (),
        assessments: vec![()],
        decisions: vec![()],
        notes: vec![()],
    };
    let text = Text {
        note: (),
        title: (),
        description: (),
        items: vec![item],
    };
    let text: BTreeSet<_> = guarded(&Path::root("text"), text).into_iter().collect();
    assert_eq!(
        text,
        of(&["federation.v1.Text.", "federation.v1.ItemText."])
    );
    let draft = DraftTexts {
        note: (),
        generalised_note: (),
    };
    let draft: BTreeSet<_> = guarded(&draft::PATH, draft).into_iter().collect();
    assert_eq!(draft, of(&["agency.v1.SituationDraft."]));
    let all = FIELDS
        .iter()
        .filter(|(_, kept)| matches!(kept, Guarded(..)));
    assert_eq!(
        all.count(),
        text.len() + draft.len(),
        "the gate of each has to be compared here"
    );
    for (field, kept) in FIELDS {
        if let InText(path, chars) = kept {
            let same =
                |other: &Kept| matches!(other, Guarded(at, most) if at == path && most == chars);
            assert!(
                FIELDS.iter().any(|(_, other)| same(other)),
                "{field} becomes no text of an entry, or one with another bound"
            );
        }
    }
}

#[test]
fn what_is_bounded_says_by_whom() {
    for (field, kept) in FIELDS {
        if let Bounded(by) = kept {
            assert!(!by.is_empty(), "{field}");
        }
    }
}
