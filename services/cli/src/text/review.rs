//! What is said of reviews and of the audit log.

use verbund_wire::agency::AuditEvent;

use super::{Text, texts};

texts! { REVIEWS:
    ABOUT_REVIEW = "Texte, die die Prüfung durchgesehen haben will: ansehen, freigeben, verwerfen", "Texts that the guard wants reviewed: look, confirm, discard";
    ABOUT_REVIEW_LIST = "Was auf Durchsicht wartet, das Älteste zuerst", "What waits for review, the oldest first";
    ABOUT_REVIEW_SHOW = "Einen Entwurf mit allen Befunden zeigen", "Show a draft with all findings";
    ABOUT_REVIEW_CONFIRM = "Einen Entwurf freigeben; er wird noch einmal geprüft und gesendet", "Confirm a draft; it is checked once more and sent";
    ABOUT_REVIEW_DISCARD = "Einen Entwurf verwerfen; sein Text wird vernichtet", "Discard a draft; its text is destroyed";
    ABOUT_AUDIT = "Was über Texte entschieden wurde: wann und in welcher Rolle, ohne Text und ohne Namen", "What was decided on texts: when and in which role, without text and without names";
    ARG_REVIEW = "Kennung des Entwurfs", "The draft's id";

    ANSWER_REVIEW = "{0} wartet bis {1} auf Durchsicht; noch nichts gesendet\n  ansehen: verbund review show {2}\n  freigeben: verbund review confirm {2}", "{0} waits for review until {1}; nothing was sent yet\n  look: verbund review show {2}\n  confirm: verbund review confirm {2}";
    REVIEW_FINDING = "  [{0}] {1}: {2} ({3}, {4}), Bytes {5} bis {6}. {7}", "  [{0}] {1}: {2} ({3}, {4}), bytes {5} to {6}. {7}";
    REVIEW_DISCARDED = "{0} ist verworfen, der Text wird vernichtet", "{0} is discarded, its text is being destroyed";
    REVIEW_HEAD = "Entwurf {0} zu Meldung {1}", "Draft {0} of update {1}";
    REVIEW_CORRECTS = "  berichtigt die Fassung {0}", "  corrects version {0}";
    REVIEW_SINCE = "  gehalten seit {0}, freizugeben bis {1}", "  held since {0}, to be confirmed until {1}";
    REVIEW_FOR = "  für {0}", "  for {0}";
    REVIEW_FOR_GENERALISED = "  verallgemeinert am Folgetag für {0}", "  generalised the day after for {0}";
    REVIEW_SECOND = "  danach wartet die Meldung auf die zweite Koordination (CLEAR)", "  then the update waits for a second coordinator (CLEAR)";
    REVIEW_FIELD = "{0}: {1}", "{0}: {1}";
    REVIEW_VERDICT = "Prüfung {0}: {1}", "Guard {0}: {1}";
    NO_REVIEWS = "Nichts wartet auf Durchsicht.", "Nothing waits for review.";
    NO_AUDIT = "Noch nichts entschieden.", "Nothing was decided yet.";
    STATUS_REVIEWS = "{0} Entwürfe warten auf Durchsicht: siehe verbund review list", "{0} drafts wait for review: see verbund review list";
    COLUMN_REVIEW = "Entwurf", "Draft";
    COLUMN_UNTIL = "Bis", "Until";
    COLUMN_FINDINGS = "Befunde", "Findings";
    COLUMN_NUMBER = "Nr.", "No.";
    COLUMN_EVENT = "Was", "What";
    COLUMN_ROLE = "Rolle", "Role";
    COLUMN_PSEUDONYM = "Pseudonym", "Pseudonym";
    COLUMN_SUBJECT = "Meldung", "Update";
}

/// What a record is about.
pub(crate) fn audit_event(word: AuditEvent) -> Text {
    match word {
        AuditEvent::Unspecified => Text::new("–", "–"),
        AuditEvent::ReviewHeld => Text::new("zur Durchsicht gehalten", "held for review"),
        AuditEvent::ReviewConfirmed => Text::new("Durchsicht freigegeben", "review confirmed"),
        AuditEvent::ReviewDiscarded => Text::new("Entwurf verworfen", "draft discarded"),
        AuditEvent::ReviewExpired => Text::new("Frist abgelaufen", "time over"),
        AuditEvent::ReviewRefused => Text::new(
            "freigegeben, aber abgelehnt",
            "confirmed, but refused by the guard",
        ),
        AuditEvent::ClearConfirmed => Text::new("CLEAR bestätigt", "CLEAR confirmed"),
        AuditEvent::PersonalDataWithdrawn => Text::new(
            "wegen Personenbezugs zurückgezogen",
            "withdrawn for personal data",
        ),
    }
}
