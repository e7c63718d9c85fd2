//! Protocols on real nodes: from a closed meeting to a release, and out as a file that proves itself.

use tonic::transport::Channel;
use tonic::{Code, Status};
use verbund_node::protocol_file::document::{Language, markdown};
use verbund_node::protocol_file::{NotVerified, ProtocolFile, Proven, verify};
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::meeting_service_client::MeetingServiceClient;
use verbund_wire::agency::protocol_service_client::ProtocolServiceClient;
use verbund_wire::agency::take_meeting_step_request::Step as Meet;
use verbund_wire::agency::take_protocol_step_request::Step;
use verbund_wire::agency::{
    AcknowledgeRequest, AgendaDraft, Assessment, CirculateProtocol, DecisionDraft, DeliveryState,
    ExportProtocolRequest, ExportedFile, FileFormat, FileLanguage, GetDeliveryRequest,
    GetMeetingRequest, GetProtocolRequest, ItemNote, ItemNoteOrAll, ListProtocolsRequest,
    MeetingDraft, MeetingStatus, ObjectToProtocol, OpenBriefing, PinUpdate, PlanMeetingRequest,
    ProposeText, Protocol, ProtocolDraft, ProtocolFilter, ProtocolItemDraft, ProtocolStatus,
    ProtocolWord, RecordDecision, SubjectKey, TakeMeetingStepRequest, TakeProtocolStepRequest,
    WatchProtocolsRequest,
};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::{Handling, Plain, ProposedPart, SubjectKind};

use crate::kit::{Federation, draft, eventually, now_in_krefeld, request_id};

const NOTE: &str = "Vermehrt Utensilien an der Nordseite";
const FINDING: &str = "Der Platz ist am Nachmittag stärker belebt";
const DECISION: &str = "Die Reinigung wird am Nachmittag verstärkt";

/// One of an agency's coordinators.
struct Desk {
    meetings: MeetingServiceClient<Channel>,
    protocols: ProtocolServiceClient<Channel>,
    feed: FeedServiceClient<Channel>,
}

impl Desk {
    async fn of(federation: &Federation, node: &str) -> Self {
        let channel = federation.system(node, "duty-log").await;
        Self {
            meetings: MeetingServiceClient::new(channel.clone()),
            protocols: ProtocolServiceClient::new(channel.clone()),
            feed: FeedServiceClient::new(channel),
        }
    }

    async fn meet(&self, meeting: &SubjectKey, step: Meet) -> Option<SubjectKey> {
        let request = TakeMeetingStepRequest {
            request_id: request_id(),
            meeting: Some(meeting.clone()),
            etag: String::new(),
            confirm_review: true,
            step: Some(step),
        };
        let mut client = self.meetings.clone();
        let first = client.take_meeting_step(request.clone()).await.unwrap();
        // The same once more comes to the same.
        let again = client.take_meeting_step(request).await.unwrap();
        let (first, again) = (first.into_inner(), again.into_inner());
        assert_eq!(first.protocol, again.protocol);
        first.protocol
    }

    async fn step(&self, protocol: &SubjectKey, step: Step) -> Result<Protocol, Status> {
        let request = TakeProtocolStepRequest {
            request_id: request_id(),
            protocol: Some(protocol.clone()),
            etag: String::new(),
            confirm_review: true,
            step: Some(step),
        };
        let answer = self.protocols.clone().take_protocol_step(request).await?;
        Ok(answer.into_inner().protocol.unwrap())
    }

    async fn get(&self, protocol: &SubjectKey, revision: &str) -> Option<Protocol> {
        let request = GetProtocolRequest {
            protocol: Some(protocol.clone()),
            revision: revision.to_owned(),
        };
        let answer = self.protocols.clone().get_protocol(request).await;
        answer.ok()?.into_inner().protocol
    }

    async fn until(
        &self,
        protocol: &SubjectKey,
        what: &str,
        is: impl Fn(&Protocol) -> bool,
    ) -> Protocol {
        eventually(what, async || {
            self.get(protocol, "").await.is_some_and(|it| is(&it))
        })
        .await;
        self.get(protocol, "").await.unwrap()
    }

    async fn export(&self, protocol: &SubjectKey, format: FileFormat) -> ExportedFile {
        let request = ExportProtocolRequest {
            protocol: Some(protocol.clone()),
            format: format.into(),
            language: FileLanguage::German.into(),
        };
        let answer = self.protocols.clone().export_protocol(request).await;
        answer.unwrap().into_inner().file.unwrap()
    }
}

fn is(status: ProtocolStatus) -> impl Fn(&Protocol) -> bool {
    move |it| it.status() == status
}

fn word(of: &Protocol, agency: &str) -> ProtocolWord {
    let mut attendance = of.attendance.iter();
    attendance.find(|it| it.agency == agency).unwrap().word()
}

fn bound(of: &Protocol) -> Vec<&str> {
    let bound = of.attendance.iter().filter(|it| it.bound);
    bound.map(|it| it.agency.as_str()).collect()
}

/// A meeting of three agencies that the municipal order service has chaired and closed.
struct Held {
    federation: Federation,
    kod: Desk,
    polizei: Desk,
    quartier: Desk,
    meeting: SubjectKey,
    protocol: SubjectKey,
}

impl Held {
    async fn new() -> Self {
        let mut federation = Federation::new();
        for agency in ["kod", "polizei", "quartiersbuero"] {
            federation.start(agency).await;
        }
        let kod = Desk::of(&federation, "kod").await;
        let polizei = Desk::of(&federation, "polizei").await;
        let quartier = Desk::of(&federation, "quartiersbuero").await;
        let (meeting, protocol) = hold(&federation, &kod, &polizei).await;
        for desk in [&polizei, &quartier] {
            desk.until(&protocol, "the draft is here", |_| true).await;
        }
        Self {
            federation,
            kod,
            polizei,
            quartier,
            meeting,
            protocol,
        }
    }

    /// Circulates the revision in force, and waits until all have it.
    async fn circulate(&self) -> String {
        let step = Step::Circulate(CirculateProtocol { protocol: None });
        let circulating = self.kod.step(&self.protocol, step).await.unwrap();
        for desk in [&self.polizei, &self.quartier] {
            let same = |it: &Protocol| it.circulated == circulating.circulated;
            desk.until(&self.protocol, "it circulates", same).await;
        }
        circulating.circulated
    }

    /// All three sign a revision off, and the writer knows.
    async fn sign_off(&self, revision: &str) {
        for desk in [&self.kod, &self.polizei, &self.quartier] {
            let step = Step::SignOff(revision.to_owned());
            desk.step(&self.protocol, step).await.unwrap();
        }
        let signed = |it: &Protocol| {
            let words = it
                .attendance
                .iter()
                .filter(|it| it.word() == ProtocolWord::SignedOff);
            words.count() == 3
        };
        self.kod
            .until(&self.protocol, "all have signed", signed)
            .await;
    }

    async fn released(&self) -> Protocol {
        let revision = self.circulate().await;
        self.sign_off(&revision).await;
        let step = Step::Release(Plain {});
        self.kod.step(&self.protocol, step).await.unwrap()
    }

    async fn object(&self, revision: &str) {
        let object = ObjectToProtocol {
            revision: revision.to_owned(),
            item: 1,
            text: "Die Einschätzung ist zu streichen".to_owned(),
        };
        let step = Step::Object(object);
        self.polizei.step(&self.protocol, step).await.unwrap();
        let status = is(ProtocolStatus::Objected);
        self.kod
            .until(&self.protocol, "the objection is here", status)
            .await;
    }
}

async fn hold(federation: &Federation, kod: &Desk, polizei: &Desk) -> (SubjectKey, SubjectKey) {
    let update = federation.publish("kod", draft()).await;
    let item = |title: &str| AgendaDraft {
        title: title.to_owned(),
        measure: "m1".to_owned(),
        ..AgendaDraft::default()
    };
    let request = PlanMeetingRequest {
        request_id: request_id(),
        meeting: Some(MeetingDraft {
            meeting_type: "lagebesprechung".to_owned(),
            deputy: "polizei".to_owned(),
            invited: vec!["polizei".to_owned(), "quartiersbuero".to_owned()],
            day: now_in_krefeld().date().to_string(),
            start: "09:00".to_owned(),
            agenda: vec![item("Lage am Theaterplatz"), item("Reinigung")],
            ..MeetingDraft::default()
        }),
        confirm_review: true,
        ..PlanMeetingRequest::default()
    };
    let planned = kod.meetings.clone().plan_meeting(request).await.unwrap();
    let meeting = planned.into_inner().receipts[0].subject.clone().unwrap();
    let participants = vec!["polizei".to_owned(), "quartiersbuero".to_owned()];
    kod.meet(&meeting, Meet::Open(OpenBriefing { participants }))
        .await;
    let pin = PinUpdate {
        item: 1,
        update: Some(SubjectKey {
            subject: update.subject,
            owner: "kod".to_owned(),
        }),
    };
    kod.meet(&meeting, Meet::Pin(pin)).await;
    let running = |desk: &Desk, status: MeetingStatus, findings: usize| {
        let mut client = desk.meetings.clone();
        let request = GetMeetingRequest {
            meeting: Some(meeting.clone()),
        };
        async move {
            let answer = client.get_meeting(request).await.ok()?.into_inner();
            let found = answer.steps.iter().filter(|it| it.r#move == "find");
            let it = answer.meeting?;
            (it.status() == status && found.count() == findings).then_some(())
        }
    };
    eventually("the meeting runs at the partner's", async || {
        running(polizei, MeetingStatus::Running, 0).await.is_some()
    })
    .await;
    let note = ItemNote {
        item: 1,
        text: FINDING.to_owned(),
    };
    polizei.meet(&meeting, Meet::Find(note)).await;
    eventually("the finding is at the chair's", async || {
        running(kod, MeetingStatus::Running, 1).await.is_some()
    })
    .await;
    let decision = RecordDecision {
        item: 2,
        text: DECISION.to_owned(),
        ..RecordDecision::default()
    };
    kod.meet(&meeting, Meet::Decide(decision)).await;
    let protocol = kod.meet(&meeting, Meet::Close(Plain {})).await.unwrap();
    (meeting, protocol)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_closed_meeting_to_a_release() {
    let held = Held::new().await;
    let protocol = &held.protocol;
    let drafted = held.kod.get(protocol, "").await.unwrap();
    let year = now_in_krefeld().year();
    assert_eq!(drafted.number, format!("lagebesprechung-{year}-kod-1"));
    assert_eq!(drafted.status(), ProtocolStatus::Draft);
    assert_eq!(drafted.meeting.as_ref(), Some(&held.meeting));
    assert_eq!(drafted.items[0].assessments[0].text, FINDING);
    assert_eq!(drafted.items[0].assessments[0].agency, "polizei");
    assert_eq!(drafted.items[1].decisions[0].text, DECISION);
    assert!(drafted.items[0].copies.is_empty() && drafted.circulated_on.is_empty());
    let mut watched = held.polizei.protocols.clone();
    let watching = watched.watch_protocols(WatchProtocolsRequest::default());
    let mut watching = watching.await.unwrap().into_inner();
    assert_eq!(watching.message().await.unwrap().unwrap().protocol, None);

    let revision = held.circulate().await;
    // What changed before may still be told.
    let circulates = |it: &Protocol| it.circulated == revision;
    while !watching
        .message()
        .await
        .unwrap()
        .unwrap()
        .protocol
        .is_some_and(|it| circulates(&it))
    {}
    let circulating = held.polizei.get(protocol, "").await.unwrap();
    assert_eq!(circulating.items[0].copies[0].note, NOTE);
    assert_eq!(
        circulating.circulated_on,
        now_in_krefeld().date().to_string()
    );
    let awaiting = async || {
        let filter = ProtocolFilter {
            awaiting_word: true,
            meeting_types: vec!["lagebesprechung".to_owned()],
            ..ProtocolFilter::default()
        };
        let request = ListProtocolsRequest {
            filter: Some(filter),
            ..ListProtocolsRequest::default()
        };
        let list = held.polizei.protocols.clone().list_protocols(request).await;
        list.unwrap().into_inner().protocols.len()
    };
    eventually("a word is awaited", async || awaiting().await == 1).await;
    let early = held.kod.step(protocol, Step::Release(Plain {})).await;
    assert_eq!(reason(early), ErrorCode::StepNotAllowed);

    let noted = AcknowledgeRequest {
        request_id: request_id(),
        kind: SubjectKind::Protocol.into(),
        key: Some(protocol.clone()),
        version: revision.clone(),
    };
    held.polizei.feed.clone().acknowledge(noted).await.unwrap();
    held.sign_off(&revision).await;
    eventually("no word is awaited", async || awaiting().await == 0).await;
    let released = held
        .kod
        .step(protocol, Step::Release(Plain {}))
        .await
        .unwrap();
    assert_eq!(released.status(), ProtocolStatus::Released);
    assert_eq!(bound(&released), ["kod", "polizei", "quartiersbuero"]);
    let everywhere = |it: &Protocol| {
        let mut attendance = it.attendance.iter();
        it.status() == ProtocolStatus::Released
            && attendance.any(|it| it.agency == "polizei" && it.acknowledged)
    };
    let what = "it is released, and noted";
    held.quartier.until(protocol, what, everywhere).await;
    // Stored and noted are two things: both have the draft and what circulates, one has taken note of the latter.
    let request = GetDeliveryRequest {
        subject: protocol.subject.clone(),
        origin: protocol.owner.clone(),
        kind: SubjectKind::Protocol.into(),
    };
    let told = held.kod.feed.clone().get_delivery(request).await;
    let versions = told.unwrap().into_inner().versions;
    assert_eq!(versions.len(), 2);
    for (version, noted) in versions.iter().zip([false, true]) {
        for (agency, acknowledged) in [("polizei", noted), ("quartiersbuero", false)] {
            let told = version.agencies.iter().find(|it| it.agency == agency);
            let told = told.unwrap();
            assert_eq!(told.state(), DeliveryState::Stored, "{agency}");
            assert_eq!(told.acknowledged, acknowledged, "{agency}");
        }
    }

    // Its own meeting does not approve it; another one does, and then corrections are appended.
    let own = held
        .kod
        .step(protocol, Step::Approve(held.meeting.clone()))
        .await;
    assert_eq!(reason(own), ErrorCode::ValidationFailed);
    let (later, second) = hold(&held.federation, &held.kod, &held.polizei).await;
    let second = held.kod.get(&second, "").await.unwrap();
    assert_eq!(second.number, format!("lagebesprechung-{year}-kod-2"));
    held.kod.step(protocol, Step::Approve(later)).await.unwrap();
    let correct = ItemNoteOrAll {
        item: 2,
        text: "Die Reinigung wird am Vormittag verstärkt".to_owned(),
    };
    let corrected = held
        .kod
        .step(protocol, Step::Correct(correct))
        .await
        .unwrap();
    assert_eq!(corrected.status(), ProtocolStatus::Approved);
    let json = held.kod.export(protocol, FileFormat::Json).await;
    let verified = verify(&json.content, &[held.federation.charter()]).unwrap();
    assert_eq!(verified.proven, Proven::Whole);
    assert_eq!(verified.stated.corrections.len(), 1);
    held.federation.end().await;
}

fn reason(answer: Result<Protocol, Status>) -> ErrorCode {
    explain(&answer.unwrap_err()).code.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_leads_to_another_revision_and_a_stale_proposal_gets_both() {
    let held = Held::new().await;
    let (protocol, kod) = (&held.protocol, &held.kod);
    let first = held.circulate().await;
    held.object(&first).await;
    let objected = kod.get(protocol, "").await.unwrap();
    assert_eq!(word(&objected, "polizei"), ProtocolWord::Objected);
    let item = |it: &verbund_wire::agency::ProtocolItem| ProtocolItemDraft {
        number: it.number,
        title: it.title.clone(),
        updates: it.updates.clone(),
        decisions: it.decisions.clone(),
        ..ProtocolItemDraft::default()
    };
    let mut draft = ProtocolDraft {
        title: objected.title.clone(),
        items: objected.items.iter().map(item).collect(),
    };
    draft.items[1].assessments = vec![Assessment {
        agency: "nobody at all".to_owned(),
        text: FINDING.to_owned(),
    }];
    let circulate = |draft: &ProtocolDraft| {
        Step::Circulate(CirculateProtocol {
            protocol: Some(draft.clone()),
        })
    };
    let wrong = kod.step(protocol, circulate(&draft)).await.unwrap_err();
    let wrong = explain(&wrong);
    assert_eq!(wrong.code, Some(ErrorCode::ValidationFailed));
    let path = "circulate.protocol.items[1].assessments[0].agency";
    assert_eq!(wrong.violations[0].field, path);
    draft.items[1].assessments.clear();
    draft.items[1].decisions.push(DecisionDraft {
        text: "Der Stand wird am Vormittag besprochen".to_owned(),
        dissent: vec!["polizei".to_owned()],
        ..DecisionDraft::default()
    });
    let second = kod.step(protocol, circulate(&draft)).await.unwrap();
    assert_ne!(second.circulated, first);
    assert_eq!(word(&second, "polizei"), ProtocolWord::Unspecified);
    for desk in [&held.polizei, &held.quartier] {
        let there = |it: &Protocol| it.circulated == second.circulated;
        desk.until(protocol, "the new revision is here", there)
            .await;
    }

    let propose = |revision: &str| {
        Step::Propose(ProposeText {
            revision: revision.to_owned(),
            item: 2,
            part: ProposedPart::Decision.into(),
            text: "Die Reinigung wird am Vormittag verstärkt".to_owned(),
        })
    };
    for step in [propose(&first), Step::SignOff(first.clone())] {
        let stale = held.polizei.step(protocol, step).await.unwrap_err();
        assert_eq!(stale.code(), Code::Aborted);
        let stale = explain(&stale);
        assert_eq!(stale.code, Some(ErrorCode::StaleRevision));
        assert_eq!(stale.metadata["seen"], first);
        assert_eq!(stale.metadata["in_force"], second.revision);
    }
    let earlier = held.polizei.get(protocol, &first).await.unwrap();
    assert_eq!(earlier.items[0].assessments.len(), 1);
    assert_eq!(earlier.revision, first);
    held.polizei
        .step(protocol, propose(&second.circulated))
        .await
        .unwrap();
    let proposed = |it: &Protocol| it.proposals.len() == 1 && !it.proposals[0].stale;
    kod.until(protocol, "the proposal is here", proposed).await;
    held.sign_off(&second.circulated).await;
    let released = kod.step(protocol, Step::Release(Plain {})).await.unwrap();
    assert_eq!(released.status(), ProtocolStatus::Released);
    held.federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_time_is_over_it_is_released_with_reservation() {
    let mut held = Held::new().await;
    let protocol = held.protocol.clone();
    let revision = held.circulate().await;
    for desk in [&held.kod, &held.quartier] {
        let step = Step::SignOff(revision.clone());
        desk.step(&protocol, step).await.unwrap();
    }
    held.object(&revision).await;
    let signed = |it: &Protocol| word(it, "quartiersbuero") == ProtocolWord::SignedOff;
    held.kod
        .until(&protocol, "the sign-off is here", signed)
        .await;
    let early = held.kod.step(&protocol, Step::Reserve(Plain {})).await;
    let early = explain(&early.unwrap_err());
    assert_eq!(early.code, Some(ErrorCode::TooEarly));
    assert_eq!(early.metadata["days_left"], "14");

    held.federation.stop("kod").await;
    held.federation.start_ahead("kod", 15).await;
    held.kod = Desk::of(&held.federation, "kod").await;
    let reserved = held
        .kod
        .step(&protocol, Step::Reserve(Plain {}))
        .await
        .unwrap();
    assert_eq!(reserved.status(), ProtocolStatus::Reserved);
    assert_eq!(bound(&reserved), ["kod", "quartiersbuero"]);
    assert!(
        !reserved.items[0].copies[0].blocked,
        "the update is not the objector's"
    );

    // What the objection blocks is nowhere in a file, and the file says so.
    let charter = held.federation.charter();
    let json = held.kod.export(&protocol, FileFormat::Json).await.content;
    let verified = verify(&json, std::slice::from_ref(&charter)).unwrap();
    assert_eq!(verified.proven, Proven::Signatures);
    assert_eq!(verified.signed.len(), 2);
    assert_eq!(verified.objecting[0].as_str(), "polizei");
    assert_eq!(verified.stated.items[0].left_out[0].what, "assessment");
    let file = held.kod.export(&protocol, FileFormat::Markdown).await;
    let text = String::from_utf8(file.content.to_vec()).unwrap();
    assert!(text.contains("Mit Vorbehalt freigegeben") && text.contains("nicht enthalten"));
    let pdf = held.kod.export(&protocol, FileFormat::Pdf).await.content;
    for file in [&json[..], text.as_bytes(), &pdf[..]] {
        let has = |it: &str| file.windows(it.len()).any(|window| window == it.as_bytes());
        assert!(!has(FINDING));
    }
    held.federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deputy_takes_over_from_a_chair_that_is_gone() {
    let mut held = Held::new().await;
    let protocol = held.protocol.clone();
    held.federation.stop("kod").await;
    let alone = held.polizei.step(&protocol, Step::TakeOver(Plain {})).await;
    assert_eq!(reason(alone), ErrorCode::StepNotAllowed);
    for desk in [&held.polizei, &held.quartier] {
        desk.step(&protocol, Step::Support(Plain {})).await.unwrap();
    }
    eventually("the support is here", async || {
        let step = Step::TakeOver(Plain {});
        held.polizei.step(&protocol, step).await.is_ok()
    })
    .await;
    let step = Step::Circulate(CirculateProtocol { protocol: None });
    let circulating = held.polizei.step(&protocol, step).await.unwrap();
    assert_eq!(circulating.writer, "polizei");
    let there = |it: &Protocol| it.circulated == circulating.circulated;
    held.quartier.until(&protocol, "it circulates", there).await;
    let json = held.quartier.export(&protocol, FileFormat::Json).await;
    let verified = verify(&json.content, &[held.federation.charter()]).unwrap();
    assert_eq!(verified.stated.written_by, "polizei");
    assert_eq!(verified.proven, Proven::Whole);
    held.federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_proves_what_it_says_and_no_byte_can_be_changed() {
    let held = Held::new().await;
    let protocol = &held.protocol;
    let charter = [held.federation.charter()];
    let json = held.kod.export(protocol, FileFormat::Json).await.content;
    assert_eq!(verify(&json, &charter), Err(NotVerified::Draft));
    let text = held
        .kod
        .export(protocol, FileFormat::Markdown)
        .await
        .content;
    assert!(
        String::from_utf8(text.to_vec())
            .unwrap()
            .contains("Entwurf")
    );

    let released = held.released().await;
    let file = held.kod.export(protocol, FileFormat::Json).await;
    assert_eq!(file.media_type, "application/json");
    assert_eq!(file.name, format!("{}.json", released.number));
    let json = file.content;
    let verified = verify(&json, &charter).unwrap();
    assert_eq!(verified.proven, Proven::Whole);
    assert_eq!(verified.signed.len(), 3);
    assert_eq!(
        verified.stated.fingerprint,
        Some(released.circulated.clone())
    );
    assert_eq!(verified.stated.state, "released");
    assert_eq!(verified.stated.items[0].copies[0].note, NOTE);
    for place in (0..json.len()).step_by(11) {
        let mut changed = json.to_vec();
        changed[place] ^= 1;
        assert!(verify(&changed, &charter).is_err(), "byte {place}");
    }
    let parsed: ProtocolFile = serde_json::from_slice(&json).unwrap();
    // Without one sign-off, it is not released, whatever it says.
    for place in 0..parsed.proof.len() {
        let mut file = parsed.clone();
        file.proof.remove(place);
        let bytes = file.to_json().unwrap();
        assert!(verify(&bytes, &charter).is_err(), "without entry {place}");
    }
    let other = Federation::new();
    let unknown = verify(&json, &[other.charter()]);
    assert!(matches!(unknown, Err(NotVerified::Entry { place: 1, .. })));

    let pdf = held.kod.export(protocol, FileFormat::Pdf).await.content;
    let attached = verbund_node::protocol_file::attached_to(&pdf).unwrap();
    assert_eq!(attached, json);
    let text = held
        .kod
        .export(protocol, FileFormat::Markdown)
        .await
        .content;
    let text = String::from_utf8(text.to_vec()).unwrap();
    for wanted in [
        released.number.as_str(),
        released.circulated.as_str(),
        "Freigegeben",
        "Kommunaler Ordnungsdienst",
        "gezeichnet",
        "Theaterplatz",
        NOTE,
        FINDING,
        DECISION,
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    let english = markdown(&verified.stated, &charter[0], Language::English);
    assert!(english.contains("Municipal order service") && english.contains("signed off"));
    let csv = ExportProtocolRequest {
        protocol: Some(protocol.clone()),
        format: FileFormat::Csv.into(),
        language: 0,
    };
    let refused = held.kod.protocols.clone().export_protocol(csv).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
    held.federation.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_not_all_may_read_is_not_copied() {
    let held = Held::new().await;
    let (protocol, kod) = (&held.protocol, &held.kod);
    let drafted = kod.get(protocol, "").await.unwrap();
    let mut narrow = draft();
    narrow.audience = vec!["polizei".to_owned()];
    let mut strict = draft();
    strict.handling = Handling::AmberStrict.into();
    let withdrawn = held.federation.publish("kod", draft()).await;
    let mut updates = drafted.items[0].updates.clone();
    for situation in [narrow, strict] {
        updates.push(SubjectKey {
            subject: held.federation.publish("kod", situation).await.subject,
            owner: "kod".to_owned(),
        });
    }
    let request = verbund_wire::agency::WithdrawSituationRequest {
        request_id: request_id(),
        subject: withdrawn.subject.clone(),
        etag: withdrawn.etag,
        reason: verbund_wire::federation::WithdrawalReason::Error.into(),
    };
    let mut situations = held.federation.situations("kod").await;
    situations.withdraw_situation(request).await.unwrap();
    updates.push(SubjectKey {
        subject: withdrawn.subject,
        owner: "kod".to_owned(),
    });
    let draft = ProtocolDraft {
        title: drafted.title,
        items: vec![ProtocolItemDraft {
            number: 1,
            title: drafted.items[0].title.clone(),
            updates,
            ..ProtocolItemDraft::default()
        }],
    };
    let circulating = kod
        .step(
            protocol,
            Step::Circulate(CirculateProtocol {
                protocol: Some(draft),
            }),
        )
        .await
        .unwrap();
    assert_eq!(circulating.items[0].updates.len(), 4);
    assert_eq!(circulating.items[0].copies.len(), 1);
    held.federation.end().await;
}
