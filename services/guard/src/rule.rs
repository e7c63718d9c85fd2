//! The rules' names, classes and advice, in one place so that they read as one voice.

use crate::Class;

/// What a finding says of itself.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) class: Class,
    pub(crate) advice_de: &'static str,
    pub(crate) advice_en: &'static str,
}

macro_rules! rules {
    ($($name:ident = $id:literal $class:ident $de:literal $en:literal)+) => {
        $(pub(crate) static $name: Rule =
            Rule { id: $id, class: Class::$class, advice_de: $de, advice_en: $en };)+

        /// Every rule there is.
        pub(crate) static ALL: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    EMAIL = "email" P2
        "E-Mail-Adresse weglassen; nennen Sie die Stelle, nicht den Anschluss."
        "Leave the e-mail address out; name the office, not the mailbox."
    PROFILE = "profile" P2
        "Profil oder Nutzernamen weglassen; beschreiben Sie, was am Ort geschieht."
        "Leave the profile or user name out; describe what happens at the place."
    PHONE = "phone" P2
        "Telefonnummer weglassen; nennen Sie die Stelle, nicht den Anschluss."
        "Leave the phone number out; name the office, not the line."
    IBAN = "iban" P2
        "Bankverbindung weglassen; Zahlungen laufen nicht über den Verbund."
        "Leave the bank details out; payments do not go through this hub."
    IDENTITY = "identity-number" P2
        "Ausweis-, Versicherungs- oder Kundennummer weglassen; sie gehört in den Einzelvorgang."
        "Leave the identity, insurance or customer number out; it belongs in the individual file."
    PLATE = "licence-plate" P2
        "Kennzeichen weglassen; schreiben Sie etwa „ein Fahrzeug in der Zufahrt“."
        "Leave the licence plate out; write, say, \"a vehicle in the driveway\"."
    COURT = "court-reference" P3
        "Aktenzeichen weglassen; Einzelverfahren laufen über den Dienstweg außerhalb des Verbunds."
        "Leave the court reference out; individual proceedings go through the official channel outside this hub."
    CASE = "case-number" P3
        "Vorgangs-, Fall- oder Klientennummer weglassen; der Einzelfall gehört nicht in den Verbund."
        "Leave the case, file or client number out; individual cases do not belong in this hub."
    NAME = "name" P1
        "Namen weglassen; nennen Sie die Stelle oder die Funktion."
        "Leave the name out; write the office or the function."
    FIRST_NAME = "first-name" P1
        "Vornamen und Rufnamen weglassen; beschreiben Sie, was am Ort geschieht."
        "Leave first names and nicknames out; describe what happens at the place."
    INITIALS = "initials" P1
        "Auch Anfangsbuchstaben können auf jemanden zeigen; lassen Sie sie weg."
        "Initials may point at somebody too; leave them out."
    UNKNOWN_WORD = "unknown-word" P1
        "Dieses Wort kennt die Prüfung nicht; es könnte ein Name sein. Anders schreiben oder bestätigen lassen."
        "The check does not know this word; it could be a name. Write it otherwise or have it confirmed."
    NAME_OR_WORD = "name-or-word" P1
        "Dieses Wort ist auch ein Name. Schreiben Sie so, dass keine Person gemeint sein kann."
        "This word is a name too. Write so that no person can be meant."
    ADDRESS = "address" P4
        "Hausnummer weglassen; nennen Sie den Ort aus dem Ortsregister."
        "Leave the house number out; name the place from the register of places."
    DWELLING = "dwelling" P4
        "Wohnung, Zimmer oder Stellplatz weglassen; nennen Sie den Ort aus dem Ortsregister."
        "Leave the flat, room or plot out; name the place from the register of places."
    COORDINATES = "coordinates" P4
        "Koordinaten weglassen; nennen Sie den Ort aus dem Ortsregister."
        "Leave the coordinates out; name the place from the register of places."
    BIRTH = "birth-date" P5
        "Geburtsdaten und Jahrgänge weglassen."
        "Leave birth dates and years of birth out."
    AGE = "age" P5
        "Das Alter einer einzelnen Person weglassen; Altersgruppen mit mindestens fünf Personen sind erlaubt."
        "Leave the age of a single person out; age groups of at least five persons are allowed."
    ONE_PERSON = "one-person" P6
        "Schreiben Sie über Orte und Gruppen, nicht über eine einzelne Person."
        "Write about places and groups, not about a single person."
    DESCRIPTION = "description" P6
        "Aussehen, Rolle und Begleitung einer Person weglassen; schreiben Sie über Orte und Gruppen."
        "Leave one person's appearance, role and company out; write about places and groups."
    LIKE_A_PERSON = "like-a-person" P6
        "Dieser Satz klingt nach einer einzelnen Person. Schreiben Sie über Orte und Gruppen, oder lassen Sie ihn bestätigen."
        "This sentence sounds like one about a single person. Write about places and groups, or have it confirmed."
    ACT = "single-act" P7
        "Einzelne Taten und Beteiligte gehören auf den Dienstweg; hier nur Häufungen ohne Personen."
        "Single acts and those involved go through the official channel; write here about trends without persons."
    HEALTH = "health" P8
        "Gesundheit, Konsum und Behandlung einer Person weglassen; Warnungen ohne Person sind erlaubt."
        "Leave one person's health, use and treatment out; warnings without a person are allowed."
    SMALL_COUNT = "small-count" P9
        "Weniger als fünf Personen: schreiben Sie „unter 5“."
        "Fewer than five persons: write \"under 5\"."
    DIFFERENCE = "difference" P9
        "Aus diesen Zahlen lässt sich eine kleine Zahl errechnen; nennen Sie nur die Gesamtzahl."
        "A small number can be computed from these figures; give the total only."
    CLOCK = "clock-time" P10
        "Genaue Uhrzeit weglassen; nennen Sie das Zeitfenster."
        "Leave the exact time out; name the time window."
    HIDDEN = "hidden" P11
        "Text in Klarschrift und ohne Verschlüsselung schreiben."
        "Write the text in plain letters and without encoding."
    DISGUISED = "disguised" P11
        "Buchstaben oder Zeichen sind verfremdet; schreiben Sie in gewöhnlichen Buchstaben."
        "Letters or characters are disguised; write in ordinary letters."
    UNREADABLE = "unreadable" P11
        "Diese Stelle kann die Prüfung nicht lesen; schreiben Sie Deutsch in lateinischer Schrift."
        "The check can't read this part; write German in Latin letters."
    SPELLED_DIGITS = "spelled-digits" P11
        "Ausgeschriebene Ziffernfolge weglassen."
        "Leave the spelled-out digits out."
    ORIGIN_OF_ONE = "origin" P12
        "Herkunft, Religion, Sexualität und politische Meinung weglassen."
        "Leave origin, religion, sexuality and political opinion out."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_advice_in_both_languages() {
        let mut ids: Vec<_> = ALL.iter().map(|it| it.id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
        for rule in ALL {
            assert!(
                rule.advice_de.ends_with('.') && rule.advice_en.ends_with('.'),
                "{}",
                rule.id
            );
            assert_ne!(rule.advice_de, rule.advice_en, "{}", rule.id);
        }
    }
}
