//! The contract's enums as people say them.

use verbund_wire::agency::{
    DeliveryState, Link, MeetingStatus, ProtocolStatus, ProtocolWord, Rhythm, StepStanding,
    TaskMove, TaskStatus, Verdict,
};
use verbund_wire::federation::{
    Attendance, Band, DeclineReason, Handling, MeetingAnswer, ProposedPart, SubjectKind, Trend,
    Urgency, WithdrawalReason,
};

use super::Text;

const UNSAID: Text = Text::new("–", "–");

pub(crate) fn trend(word: Trend) -> Text {
    match word {
        Trend::Unspecified => UNSAID,
        Trend::Falling => Text::new("↘ sinkend", "↘ falling"),
        Trend::Steady => Text::new("→ gleich", "→ steady"),
        Trend::Rising => Text::new("↗ steigend", "↗ rising"),
        Trend::Unknown => Text::new("? unklar", "? unknown"),
    }
}

pub(crate) fn urgency(word: Urgency) -> Text {
    match word {
        Urgency::Unspecified => UNSAID,
        Urgency::Routine => Text::new("Routine", "routine"),
        Urgency::Soon => Text::new("heute noch", "today"),
        Urgency::Immediate => Text::new("SOFORT", "NOW"),
    }
}

/// The colours of TLP have one name in all languages.
pub(crate) fn handling(word: Handling) -> &'static str {
    match word {
        Handling::Unspecified => "–",
        Handling::Clear => "TLP:CLEAR",
        Handling::Green => "TLP:GREEN",
        Handling::Amber => "TLP:AMBER",
        Handling::AmberStrict => "TLP:AMBER+STRICT",
    }
}

pub(crate) fn band(word: Band) -> &'static str {
    match word {
        Band::Unspecified => "?",
        Band::Zero => "0",
        Band::Under5 => "<5",
        Band::Band5To9 => "5–9",
        Band::Band10To19 => "10–19",
        Band::Band20To49 => "20–49",
        Band::Band50To99 => "50–99",
        Band::Band100AndMore => "100+",
    }
}

pub(crate) fn withdrawal(word: WithdrawalReason) -> Text {
    match word {
        WithdrawalReason::Unspecified => UNSAID,
        WithdrawalReason::Error => Text::new("Irrtum", "error"),
        WithdrawalReason::Obsolete => Text::new("überholt", "obsolete"),
        WithdrawalReason::Duplicate => Text::new("doppelt", "duplicate"),
        WithdrawalReason::PersonalData => Text::new("Personenbezug", "personal data"),
    }
}

pub(crate) fn delivery(word: DeliveryState) -> Text {
    match word {
        DeliveryState::Unspecified => UNSAID,
        DeliveryState::Pending => Text::new("noch keine Quittung", "no receipt yet"),
        DeliveryState::Stored => Text::new("gespeichert", "stored"),
        DeliveryState::Held => Text::new("zurückgestellt", "held"),
        DeliveryState::Refused => Text::new("abgelehnt", "refused"),
        DeliveryState::NotUnderstood => Text::new("nicht verstanden", "not understood"),
        DeliveryState::Erased => Text::new("gelöscht", "erased"),
    }
}

pub(crate) fn link(word: Link) -> Text {
    match word {
        Link::Unspecified => UNSAID,
        Link::Connected => Text::new("verbunden", "connected"),
        Link::Away => Text::new("nicht erreichbar", "away"),
        Link::Relayed => Text::new("über Dritte", "relayed"),
        Link::Elsewhere => Text::new("anderswo", "elsewhere"),
    }
}

pub(crate) fn verdict(word: Verdict) -> Text {
    match word {
        Verdict::Unspecified => UNSAID,
        Verdict::Pass => Text::new("nichts gefunden", "nothing found"),
        Verdict::Review => Text::new(
            "von der Koordination zu bestätigen",
            "needs a coordinator's confirmation",
        ),
        Verdict::Reject => Text::new("abzulehnen", "to be rejected"),
    }
}

pub(crate) fn subject(word: SubjectKind) -> Text {
    match word {
        SubjectKind::Unspecified => UNSAID,
        SubjectKind::Update => Text::new("Meldung", "update"),
        SubjectKind::Task => Text::new("Aufgabe", "task"),
        SubjectKind::Meeting => Text::new("Besprechung", "meeting"),
        SubjectKind::Protocol => Text::new("Protokoll", "protocol"),
    }
}

pub(crate) fn standing(word: StepStanding) -> Text {
    match word {
        StepStanding::Unspecified => UNSAID,
        StepStanding::Effective => Text::new("gilt", "counts"),
        StepStanding::Void => Text::new("zählt nicht", "counts for nothing"),
        StepStanding::Waiting => {
            Text::new("wartet auf frühere Schritte", "waits for what it builds on")
        }
    }
}

/// Why a step counts for nothing; `None` for what this release does not know.
pub(crate) fn void(reason: &str) -> Option<Text> {
    Some(match reason {
        "not-opened" => Text::new("nichts geht ihm voraus", "it builds on nothing"),
        "not-yours" => Text::new("nicht Sache dieser Stelle", "not this agency's to do"),
        "not-now" => Text::new(
            "der damalige Stand ließ es nicht zu",
            "what its maker knew did not allow it",
        ),
        "fixed" => Text::new(
            "ändert, was von Anfang an feststeht",
            "it changes what was fixed at the beginning",
        ),
        _ => return None,
    })
}

/// What a step did; `None` for what this release does not know.
pub(crate) fn made(step: &str) -> Option<Text> {
    Some(match step {
        "propose" => Text::new("vorgeschlagen", "proposed"),
        "assign" => Text::new("angefragt", "asked"),
        "amend" => Text::new("geändert", "changed"),
        "return" => Text::new("zurückgegeben", "returned"),
        "verify" => Text::new("abgenommen", "verified"),
        "withdraw" => Text::new("zurückgezogen", "withdrawn"),
        "accept" => Text::new("angenommen", "accepted"),
        "decline" => Text::new("abgelehnt", "declined"),
        "progress" => Text::new("in Arbeit", "in progress"),
        "finish" => Text::new("erledigt", "done"),
        "plan" => Text::new("geplant", "planned"),
        "cancel" => Text::new("abgesagt", "cancelled"),
        "answer" => Text::new("auf die Einladung geantwortet", "answered the invitation"),
        "open" => Text::new("eröffnet", "opened"),
        "pin" => Text::new("Meldung vorgelegt", "pinned an update"),
        "find" => Text::new("festgestellt", "found"),
        "propose-decision" => Text::new("Beschluss vorgeschlagen", "proposed a decision"),
        "propose-task" => Text::new("Aufgabe vorgeschlagen", "proposed a task"),
        "decide" => Text::new("Beschluss festgehalten", "recorded a decision"),
        "dissent" => Text::new("Gegenstimme festgehalten", "recorded dissent"),
        "support" => Text::new("für die Vertretung", "supports the deputy"),
        "take-over" => Text::new("Vorsitz übernommen", "took over"),
        "close" => Text::new("geschlossen", "closed"),
        "draft" => Text::new("entworfen", "drafted"),
        "revise" => Text::new("überarbeitet", "revised"),
        "circulate" => Text::new("in Umlauf gegeben", "circulated"),
        "sign-off" => Text::new("gezeichnet", "signed off"),
        "object" => Text::new("Einwand erhoben", "objected"),
        "release" => Text::new("freigegeben", "released"),
        "reserve" => Text::new("mit Vorbehalt freigegeben", "released with reservation"),
        "approve" => Text::new("genehmigt", "approved"),
        "correct" => Text::new("Berichtigung angefügt", "appended a correction"),
        "ask" => Text::new("gefragt", "asked"),
        "retract" => Text::new("zurückgenommen", "taken back"),
        "acknowledge" => Text::new("zur Kenntnis genommen", "acknowledged"),
        _ => return None,
    })
}

pub(crate) fn task_status(word: TaskStatus) -> Text {
    match word {
        TaskStatus::Unspecified => UNSAID,
        TaskStatus::Proposed => Text::new("vorgeschlagen", "proposed"),
        TaskStatus::Assigned => Text::new("angefragt", "asked"),
        TaskStatus::Accepted => Text::new("angenommen", "accepted"),
        TaskStatus::Declined => Text::new("abgelehnt", "declined"),
        TaskStatus::InProgress => Text::new("in Arbeit", "in progress"),
        TaskStatus::Done => Text::new("erledigt", "done"),
        TaskStatus::Verified => Text::new("abgenommen", "verified"),
        TaskStatus::Withdrawn => Text::new("zurückgezogen", "withdrawn"),
    }
}

/// What may be done, with the command that does it.
pub(crate) fn task_move(word: TaskMove) -> Text {
    match word {
        TaskMove::Unspecified => UNSAID,
        TaskMove::Propose => Text::new(
            "vorschlagen (create --propose)",
            "propose (create --propose)",
        ),
        TaskMove::Assign => Text::new("anfragen (assign)", "ask (assign)"),
        TaskMove::Amend => Text::new("ändern (amend)", "change (amend)"),
        TaskMove::Return => Text::new("zurückgeben (return)", "give back (return)"),
        TaskMove::Verify => Text::new("abnehmen (verify)", "agree that it is done (verify)"),
        TaskMove::Withdraw => Text::new("zurückziehen (withdraw)", "take back (withdraw)"),
        TaskMove::Accept => Text::new("annehmen (accept)", "take on (accept)"),
        TaskMove::Decline => Text::new("ablehnen (decline)", "decline (decline)"),
        TaskMove::Progress => Text::new("bearbeiten (progress)", "work on (progress)"),
        TaskMove::Finish => Text::new("erledigt melden (finish)", "say that it is done (finish)"),
    }
}

pub(crate) fn decline(word: DeclineReason) -> Text {
    match word {
        DeclineReason::Unspecified => UNSAID,
        DeclineReason::NotOurs => Text::new("nicht zuständig", "not ours"),
        DeclineReason::NoCapacity => Text::new("keine Kräfte", "no capacity"),
        DeclineReason::NotPermitted => {
            Text::new("rechtlich nicht zulässig", "legally not permitted")
        }
    }
}

pub(crate) fn meeting_status(word: MeetingStatus) -> Text {
    match word {
        MeetingStatus::Unspecified => UNSAID,
        MeetingStatus::Planned => Text::new("geplant", "planned"),
        MeetingStatus::Cancelled => Text::new("abgesagt", "cancelled"),
        MeetingStatus::Running => Text::new("läuft", "running"),
        MeetingStatus::Closed => Text::new("beendet", "over"),
    }
}

pub(crate) fn rhythm(word: Rhythm) -> Text {
    match word {
        Rhythm::Unspecified => UNSAID,
        Rhythm::Weekly => Text::new("jede Woche", "every week"),
        Rhythm::Fortnightly => Text::new("alle zwei Wochen", "every second week"),
        Rhythm::Monthly => Text::new("jeden Monat", "every month"),
        Rhythm::TwoMonthly => Text::new("alle zwei Monate", "every second month"),
    }
}

pub(crate) fn meeting_answer(word: MeetingAnswer) -> Text {
    match word {
        MeetingAnswer::Unspecified => Text::new("noch keine Antwort", "no answer yet"),
        MeetingAnswer::Coming => Text::new("kommt", "is coming"),
        MeetingAnswer::Declining => Text::new("kommt nicht", "is not coming"),
        MeetingAnswer::Undecided => Text::new("noch offen", "can't tell yet"),
    }
}

pub(crate) fn protocol_status(word: ProtocolStatus) -> Text {
    match word {
        ProtocolStatus::Unspecified => UNSAID,
        ProtocolStatus::Draft => Text::new("Entwurf", "draft"),
        ProtocolStatus::Circulating => Text::new("im Umlauf", "circulating"),
        ProtocolStatus::Objected => Text::new("mit Einwand", "objected to"),
        ProtocolStatus::Released => Text::new("freigegeben", "released"),
        ProtocolStatus::Reserved => {
            Text::new("mit Vorbehalt freigegeben", "released with reservation")
        }
        ProtocolStatus::Approved => Text::new("genehmigt", "approved"),
    }
}

pub(crate) fn attendance(word: Attendance) -> Text {
    match word {
        Attendance::Unspecified => UNSAID,
        Attendance::Chair => Text::new("Vorsitz", "chair"),
        Attendance::Deputy => Text::new("Vertretung", "deputy"),
        Attendance::Participant => Text::new("dabei", "took part"),
        Attendance::Absent => Text::new("nicht dabei", "absent"),
    }
}

pub(crate) fn protocol_word(word: ProtocolWord) -> Text {
    match word {
        ProtocolWord::Unspecified => Text::new("noch nichts", "nothing yet"),
        ProtocolWord::SignedOff => Text::new("gezeichnet", "signed off"),
        ProtocolWord::Objected => Text::new("Einwand", "objects"),
        ProtocolWord::ObjectedLate => {
            Text::new("Einwand nach der Freigabe", "objects, after the release")
        }
    }
}

pub(crate) fn proposed_part(word: ProposedPart) -> Text {
    match word {
        ProposedPart::Unspecified => UNSAID,
        ProposedPart::Title => Text::new("Überschrift", "title"),
        ProposedPart::Affairs => Text::new("Sachstand", "state of affairs"),
        ProposedPart::Assessment => Text::new("Bewertung", "assessment"),
        ProposedPart::Decision => Text::new("Beschluss", "decision"),
    }
}
