//! Stable reasons as people say them. What a node adds in words (the field's allowed values, say) is in English and stands
//! behind them.

use verbund_model::Reason;
use verbund_wire::error::ErrorCode;

use super::Text;

/// Why a request as a whole was refused; `None` for what this release does not know.
pub(crate) fn request(reason: &str) -> Option<Text> {
    let code = ErrorCode::from_reason(reason)?;
    Some(match code {
        ErrorCode::ValidationFailed => Text::new(
            "Angaben fehlen oder sind nicht zulässig",
            "fields are missing or not allowed",
        ),
        ErrorCode::GuardRejected => Text::new(
            "der Text enthält etwas, das auf eine Person zeigen könnte",
            "the text holds something that may point at a person",
        ),
        ErrorCode::GuardReview => Text::new(
            "der Text muss von der Koordination durchgesehen und gesendet werden",
            "a coordinator must review the text and send it",
        ),
        ErrorCode::RequestIdReused => Text::new(
            "diese request_id wurde schon für einen anderen Inhalt verwendet",
            "this request_id was used for other content",
        ),
        ErrorCode::CursorInvalid => Text::new(
            "diese Stelle (cursor) stammt nicht von diesem Knoten",
            "this cursor is not one of this node's",
        ),
        ErrorCode::PageTokenInvalid => Text::new(
            "diese Seitenmarke gehört nicht zu dieser Abfrage",
            "this page token is not one of this query's",
        ),
        ErrorCode::MessageTooLarge => {
            Text::new("die Nachricht ist zu groß", "the message is too large")
        }
        ErrorCode::SituationNotFound => Text::new(
            "diese Meldung gibt es hier nicht",
            "there is no such update here",
        ),
        ErrorCode::StaleEtag => Text::new(
            "es gibt schon eine neuere Fassung; erst ansehen, dann entscheiden",
            "there is a newer version; look at it first",
        ),
        ErrorCode::NotOwnSituation => Text::new(
            "die Meldung stammt von einer anderen Stelle; nur diese ändert sie",
            "the update is another agency's, and only that one changes it",
        ),
        ErrorCode::SituationWithdrawn => Text::new(
            "die Meldung ist zurückgezogen, und das bleibt so",
            "the update is withdrawn and stays so",
        ),
        ErrorCode::TooManyVersions => Text::new(
            "öfter kann die Meldung nicht berichtigt werden",
            "the update can't be corrected more often",
        ),
        ErrorCode::SecondCoordinatorRequired => Text::new(
            "die Meldung wartet auf die zweite Koordination",
            "the update waits for its second coordinator",
        ),
        ErrorCode::SameCoordinator => Text::new(
            "wer die Meldung gesendet hat, kann sie nicht selbst bestätigen",
            "who sent the update can't confirm it",
        ),
        ErrorCode::NothingToConfirm => Text::new(
            "an dieser Meldung ist nichts zu bestätigen",
            "nothing of this update waits for a confirmation",
        ),
        ErrorCode::SubjectNotFound => Text::new(
            "diese Aufgabe, Besprechung oder dieses Protokoll gibt es hier nicht",
            "there is no such task, meeting or protocol here",
        ),
        ErrorCode::StepNotAllowed => Text::new(
            "der jetzige Stand lässt diesen Schritt nicht zu, oder nicht dieser Stelle",
            "its state does not allow this step, or not to this agency",
        ),
        ErrorCode::StaleRevision => Text::new(
            "es gilt schon eine andere Fassung des Protokolls; beide stehen dabei",
            "another revision of the protocol is in force by now; both are told",
        ),
        ErrorCode::TooEarly => Text::new(
            "die Frist der Charta ist noch nicht um",
            "the charter's time is not over yet",
        ),
        ErrorCode::TooManySteps => Text::new(
            "mehr Schritte nimmt dieser Vorgang nicht auf",
            "no more steps can be taken on this",
        ),
        ErrorCode::ProtocolLevel => Text::new(
            "die Charta lässt solche Einträge noch nicht zu (protocol_level)",
            "the charter does not allow such entries yet (protocol_level)",
        ),
        ErrorCode::ReviewNotFound => Text::new(
            "diesen Entwurf gibt es in der Durchsicht nicht",
            "there is no such draft in the review list",
        ),
        ErrorCode::ReviewClosed => Text::new(
            "über diesen Entwurf ist schon entschieden",
            "this draft was decided on already",
        ),
        ErrorCode::ReviewListFull => Text::new(
            "zu viele Entwürfe warten auf Durchsicht; erst entscheiden (verbund review list)",
            "too many drafts wait for review; decide on some first (verbund review list)",
        ),
        ErrorCode::CallerUnknown => Text::new(
            "der Knoten kennt dieses Zertifikat nicht ([[client]] in seiner Konfiguration)",
            "the node does not know this certificate ([[client]] in its configuration)",
        ),
        ErrorCode::CertificateRevoked => Text::new(
            "das eigene Zertifikat ist gesperrt",
            "the own certificate is revoked",
        ),
        ErrorCode::RoleMissing => Text::new(
            "dafür fehlt diesem System die Rolle ([[client]] roles)",
            "this system lacks the role for it ([[client]] roles)",
        ),
        ErrorCode::ActingNotAllowed => Text::new(
            "dieses System darf nicht für Personen handeln ([[client]] acts_for_people)",
            "this system may not act for people ([[client]] acts_for_people)",
        ),
        ErrorCode::AlarmNotFound => Text::new(
            "zu dieser Nummer gibt es keinen Alarm mit einem Beleg",
            "no alarm with a proof has this number",
        ),
        ErrorCode::WrongCaller => Text::new(
            "dieser Zugang ist für andere Aufrufer",
            "this is for another kind of caller",
        ),
        ErrorCode::ProtocolViolation => Text::new(
            "die Regeln des Austauschs sind verletzt",
            "the rules of the exchange are broken",
        ),
        ErrorCode::StreamReplaced => Text::new(
            "eine andere Verbindung hat diese ersetzt",
            "another stream has replaced this one",
        ),
        ErrorCode::DiskReserve => Text::new(
            "der Speicher des Knotens ist fast voll; er nimmt nichts Neues an",
            "the node's disk is nearly full; it takes nothing new",
        ),
        ErrorCode::Recovering => Text::new(
            "der Knoten wurde aus einer Sicherung hergestellt und wartet auf seine Partner; dieselbe Anfrage später noch einmal senden",
            "the node was restored from a backup and waits for its partners; send the same request again later",
        ),
        ErrorCode::StoreUnavailable => Text::new(
            "die Datenbank des Knotens antwortet nicht; dieselbe Anfrage später noch einmal senden",
            "the node's database does not answer; send the same request again later",
        ),
        ErrorCode::Stopping => Text::new("der Knoten wird gerade beendet", "the node is stopping"),
        ErrorCode::Overloaded => Text::new(
            "der Knoten hat zu viel zu tun",
            "the node has too much to do",
        ),
        ErrorCode::Internal => Text::new(
            "im Knoten ist etwas schiefgegangen; sein Protokoll sagt, was",
            "something went wrong in the node; its log says what",
        ),
    })
}

/// What is wrong with one field; `None` for what this release does not know.
pub(crate) fn field(reason: &str) -> Option<Text> {
    guard_class(reason).or_else(|| {
        let found = Reason::ALL
            .iter()
            .copied()
            .find(|it| it.as_str() == reason)?;
        Some(match found {
            Reason::UnknownPlace => Text::new("kein Ort der Charta", "not a place of the charter"),
            Reason::UnknownCategory => Text::new(
                "keine Kategorie der Charta",
                "not a category of the charter",
            ),
            Reason::UnknownIndicator => Text::new(
                "keine Messgröße der Charta",
                "not an indicator of the charter",
            ),
            Reason::UnknownMeasure => {
                Text::new("keine Maßnahme der Charta", "not a measure of the charter")
            }
            Reason::UnknownWindow => Text::new(
                "kein Zeitfenster der Charta",
                "not a time window of the charter",
            ),
            Reason::UnknownAgency => {
                Text::new("keine Stelle der Charta", "not an agency of the charter")
            }
            Reason::UnknownMeetingType => Text::new(
                "keine Art von Besprechung der Charta",
                "not a meeting type of the charter",
            ),
            Reason::MissingField => Text::new("fehlt", "is missing"),
            Reason::InvalidDay => Text::new(
                "kein Tag der Form JJJJ-MM-TT",
                "not a day of the form YYYY-MM-DD",
            ),
            Reason::DayInFuture => Text::new(
                "liegt in der Zukunft; das darf nur Geplantes",
                "lies ahead, which only a planned update may",
            ),
            Reason::WindowInFuture => Text::new(
                "hat noch nicht begonnen; das darf nur Geplantes",
                "has not begun, which only a planned update may",
            ),
            Reason::DayTooOld => Text::new("liegt zu lange zurück", "is too long ago"),
            Reason::PlannedTooFar => {
                Text::new("ist zu weit voraus geplant", "is planned too far ahead")
            }
            Reason::InvalidRange => {
                Text::new("außerhalb des zulässigen Bereichs", "outside its range")
            }
            Reason::NoteTooLong => Text::new("mehr als 280 Zeichen", "more than 280 characters"),
            Reason::ControlCharacter => Text::new(
                "Steuerzeichen oder Zeilenumbruch",
                "a control character or line break",
            ),
            Reason::HandlingNotAccepted => Text::new(
                "diese Einstufung ist hier nicht zulässig",
                "this handling is not accepted here",
            ),
            Reason::PeriodNotAllowed => Text::new(
                "für diesen Zeitraum wird die Messgröße nicht erhoben",
                "the indicator is not told for this period",
            ),
            Reason::PlaceNotAllowed => Text::new(
                "für diese Art von Ort gibt es die Messgröße nicht",
                "this indicator is not told of places of this kind",
            ),
            Reason::ValueClassMismatch => Text::new(
                "der Wert hat nicht die Form dieser Messgröße",
                "the value has not the form of this indicator",
            ),
            Reason::ShareBaseTooSmall => {
                Text::new("die Grundgesamtheit ist zu klein", "the base is too small")
            }
            Reason::ZeroNotTold => Text::new(
                "null Personen wird nur von öffentlichen Orten gesagt",
                "zero persons is told only of public places",
            ),
            Reason::DuplicateReading => {
                Text::new("dieselbe Messgröße zweimal", "the same indicator twice")
            }
            Reason::SmallCountShows => Text::new(
                "die Werte zusammen verraten eine kleine Zahl",
                "the figures together show a small count",
            ),
            Reason::TooManyReadings => Text::new("zu viele Messwerte", "too many readings"),
            Reason::ReadingOfPlanned => Text::new(
                "Geplantes kann noch nicht gezählt sein",
                "what is planned can't have been counted",
            ),
            Reason::AudienceTooSmall => {
                Text::new("niemand außer dem Absender", "nobody but the sender")
            }
            Reason::AudienceTooLarge => Text::new(
                "mehr Stellen, als es geben kann",
                "more agencies than there can be",
            ),
            Reason::NotGeneralised => Text::new("nicht verallgemeinert", "not generalised"),
            Reason::SourceRequired => {
                Text::new("die Art der Quelle fehlt", "the source kind is missing")
            }
            Reason::SubjectMismatch => Text::new(
                "gehört zu einer anderen Meldung",
                "belongs to another update",
            ),
            Reason::TooManyVersions => Text::new("zu viele Fassungen", "too many versions"),
            Reason::GeneralisedNoteNotAllowed => Text::new(
                "hier wird nichts verallgemeinert",
                "nothing is generalised here",
            ),
            Reason::InvalidId => Text::new("keine gültige Kennung", "not an id"),
            Reason::InvalidRequestId => Text::new("keine UUIDv7", "not a UUIDv7"),
        })
    })
}

/// The classes of the case-free policy.
fn guard_class(reason: &str) -> Option<Text> {
    Some(match reason.strip_prefix("GUARD_")? {
        "P1" => Text::new("Name einer Person", "a person's name"),
        "P2" => Text::new(
            "Kontaktdaten oder persönliche Nummer",
            "contact data or a personal number",
        ),
        "P3" => Text::new("Aktenzeichen", "a case's file reference"),
        "P4" => Text::new("private Anschrift", "a private address"),
        "P5" => Text::new(
            "Geburtsdatum oder Alter einer Person",
            "one person's birth date or age",
        ),
        "P6" => Text::new("Beschreibung einer Person", "one person described"),
        "P7" => Text::new("einzelne Tat oder einzelner Vorfall", "one act or incident"),
        "P8" => Text::new(
            "Gesundheit, Konsum oder Behandlung einer Person",
            "one person's health, use or treatment",
        ),
        "P9" => Text::new(
            "Zahl von Personen unter fünf",
            "a count of persons below five",
        ),
        "P10" => Text::new(
            "Uhrzeit, die zu einer Person oder Tat gehört",
            "a clock time tied to one person or act",
        ),
        "P11" => Text::new("etwas davon, verschleiert", "any of these, hidden"),
        "P12" => Text::new(
            "Herkunft, Religion, Sexualität oder politische Meinung",
            "origin, religion, sexuality or political opinion",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_the_policy_has_its_words_and_nothing_is_made_up() {
        for class in 1..=12 {
            assert!(field(&format!("GUARD_P{class}")).is_some(), "P{class}");
        }
        assert!(field("GUARD_P99").is_none() && field("NEW").is_none() && request("NEW").is_none());
    }
}
