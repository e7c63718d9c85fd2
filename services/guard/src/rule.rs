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
}
