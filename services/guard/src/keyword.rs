//! Numbers that a word beside them names: "Klientennummer 2204", "Fall 118", "Tel. 86 1234", "Kontonummer …".
//!
//! Words that can only mean a personal or case number ("Klientennummer") are strong: any number behind them is one.
//! Words that mean other things too ("Fall", "Vorgang") are weak: the number must follow at once, and where a noun
//! follows it ("auf jeden Fall 20 Personen") it is a count.

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::rule::{CASE, IBAN, IDENTITY, PHONE, Rule};
use crate::token::{Kind, Text};

/// What a keyword says.
#[derive(Clone, Copy)]
enum Names {
    /// A personal number of at least so many digits.
    Personal(&'static Rule, usize),
    /// A case, file or client number.
    Case,
    /// A case number, unless it is a count.
    WeakCase,
    /// A case number, with a mark or "number" behind the keyword, or more than plain digits.
    Abbreviation,
    /// A bank's code.
    Bank,
}

/// Endings that make a number of what stands before them; longer ones first.
const ENDINGS: &[&str] = &[
    "nummern", "nummer", "number", "kennung", "zeichen", "nrn", "nr", "no", "id",
];

/// What stands before an ending and makes it the number of a case, a file or a client; sorted.
const OF_CASES: &[&str] = &[
    "akte",
    "akten",
    "anzeige",
    "anzeigen",
    "asservaten",
    "aufnahme",
    "behandlungs",
    "betreuungs",
    "bewohner",
    "bg",
    "buch",
    "case",
    "client",
    "dossier",
    "einsatz",
    "ermittlungs",
    "fall",
    "file",
    "gefangenen",
    "gefangenenbuch",
    "geschaefts",
    "haftbuch",
    "hilfeplan",
    "klient",
    "klienten",
    "klientin",
    "klientinnen",
    "mandanten",
    "patient",
    "patienten",
    "patientin",
    "strafanzeige",
    "strafanzeigen",
    "tagebuch",
    "teilnehmenden",
    "teilnehmer",
    "verfahrens",
    "vorgang",
    "vorgangs",
];

/// What stands before an ending and makes it a personal number; sorted.
const OF_PERSONS: &[&str] = &[
    "ausweis",
    "azr",
    "fuehrerschein",
    "identifikations",
    "kd",
    "krankenversicherten",
    "krankenversicherungs",
    "kreditkarten",
    "kunden",
    "kv",
    "matrikel",
    "mitglieds",
    "pass",
    "passport",
    "personal",
    "personalausweis",
    "reisepass",
    "rentenversicherungs",
    "rv",
    "sozialversicherungs",
    "steuer",
    "steueridentifikations",
    "sv",
    "versicherten",
    "versicherungs",
];

/// What stands before an ending and makes it a phone number; sorted.
const OF_PHONES: &[&str] = &[
    "fax",
    "fon",
    "handy",
    "mobil",
    "mobile",
    "mobilfunk",
    "phone",
    "rueckruf",
    "ruf",
    "tel",
    "telefon",
];

/// Fewest digits of a personal number and of a phone number behind a word that says so. Emergency calls have three, the
/// public authorities' number has three.
const PERSONAL_DIGITS: usize = 5;

/// Words before "Fall" that make a manner of speaking of it.
const MANNERS: &[&str] = &[
    "alle", "diesem", "diesen", "jeden", "jedem", "keinen", "keinem", "solchem", "solchen",
];

/// Most tokens of one value, and most groups of it.
const VALUE_TOKENS: usize = 24;
const VALUE_GROUPS: usize = 6;

/// A number further away than this is not a keyword's: its last word, marks and a word between, and the number.
const REACH: u8 = 14;

pub(crate) fn scan(text: &Text<'_>, found: &mut Found) {
    for at in 0..text.len() {
        if !text.is_word(at) {
            continue;
        }
        let near = text.number_within(at, REACH);
        let bank = matches!(text.letter_count(at), 3 | 5)
            && text
                .slice(at)
                .as_bytes()
                .first()
                .is_some_and(|it| matches!(it, b'b' | b'B' | b's' | b'S'));
        if !(near || bank) {
            continue;
        }
        let Some((key, next)) = text.joined_key(at) else {
            continue;
        };
        // "Fall-Nr" is one keyword; of "Vorgang-Innenstadt" the first word alone is.
        let named = match names(key.as_str()) {
            Some(named) => Some((named, next)),
            None if next == at + 1 => None,
            None => text
                .key(at)
                .and_then(|key| names(key.as_str()))
                .map(|named| (named, at + 1)),
        };
        if let Some((named, next)) = named {
            number_of(text, named, at, next, found);
        }
    }
}

fn names(key: &str) -> Option<Names> {
    let named = match key {
        "fall" | "vorgang" | "akte" | "dossier" | "klient" | "klientin" | "patient"
        | "patientin" | "mandant" | "mandantin" | "proband" | "probandin" => Names::WeakCase,
        "aktenzeichen"
        | "behandlungsfall"
        | "hilfefall"
        | "betreuungsfall"
        | "krankenfall"
        | "hilfeplan"
        | "bewaehrungsheft"
        | "strafanzeige"
        | "bussgeldverfahren"
        | "bussgeldbescheid"
        | "strafbefehl"
        | "haftbefehl"
        | "ermittlungsverfahren"
        | "strafverfahren"
        | "betreuungsverfahren" => Names::Case,
        "az" | "gz" | "geschz" | "vgnr" | "bg" | "case" | "client" | "file" => Names::Abbreviation,
        "tel" | "telefon" | "fon" | "handy" | "mobil" | "fax" | "phone" | "whatsapp" => {
            Names::Personal(&PHONE, PERSONAL_DIGITS)
        }
        "personalausweis" | "reisepass" | "ausweis" | "fuehrerschein" | "kvnr" | "svnr"
        | "rvnr" | "idnr" => Names::Personal(&IDENTITY, PERSONAL_DIGITS),
        "kontonummer" | "kontonr" | "ktonr" | "bankkonto" => {
            Names::Personal(&IBAN, PERSONAL_DIGITS)
        }
        "bic" | "swift" => Names::Bank,
        // "Kontakte" is not one of them.
        _ if key.ends_with("nakte") || key.ends_with("sakte") || key.ends_with("fallakte") => {
            Names::Case
        }
        _ => return of_ending(key),
    };
    Some(named)
}

fn of_ending(key: &str) -> Option<Names> {
    // The last letters of those endings, which most words do not end in.
    if !key.ends_with(['n', 'r', 'g', 'o', 'd']) {
        return None;
    }
    let whose = ENDINGS.iter().find_map(|ending| key.strip_suffix(ending))?;
    let among = |list: &[&str]| list.binary_search(&whose).is_ok();
    if among(OF_CASES) {
        Some(Names::Case)
    } else if among(OF_PERSONS) {
        Some(Names::Personal(&IDENTITY, PERSONAL_DIGITS))
    } else if among(OF_PHONES) {
        Some(Names::Personal(&PHONE, PERSONAL_DIGITS))
    } else {
        None
    }
}

fn number_of(text: &Text<'_>, named: Names, at: usize, next: usize, found: &mut Found) {
    let start = text.start(at);
    let (first, marked) = after_filler(text, next);
    match named {
        Names::Personal(rule, digits) => {
            if let Some(value) = value_or_next(text, first, digits)
                && value.digits >= digits
                && !(rule.id == PHONE.id && is_doctor(text, value))
            {
                found.add(rule, Reject, start, text.end(value.last));
            }
        }
        Names::Case => {
            if let Some(value) = value_or_next(text, first, 1) {
                found.add(&CASE, Reject, start, text.end(value.last));
            }
        }
        Names::WeakCase => {
            let manner = at >= 2
                && text
                    .key(at - 2)
                    .is_some_and(|word| MANNERS.contains(&word.as_str()));
            if manner {
                return;
            }
            // "… eine Akte. 20 Jahre zuvor …": a sentence ended between.
            if text.is_mark(next, &['.']) && text.is_space(next + 1) {
                return;
            }
            if let Some(value) = value(text, first, false) {
                let severity = if value.bare && is_count(text, value) {
                    Review
                } else {
                    Reject
                };
                found.add(&CASE, severity, start, text.end(value.last));
            }
        }
        Names::Abbreviation => {
            if let Some(value) = value(text, first, true)
                && (marked || !value.bare)
            {
                found.add(&CASE, Reject, start, text.end(value.last));
            }
        }
        Names::Bank => {
            let mut last = first;
            let mut length = 0;
            while matches!(text.kind(last), Some(Kind::Word | Kind::Number)) && length <= 11 {
                length += text.letter_count(last) + text.digit_count(last);
                last += 1;
            }
            if matches!(length, 8 | 11) && text.is_upper(first) {
                found.add(&IBAN, Reject, start, text.end(last - 1));
            }
        }
    }
}

/// The first token behind marks, blanks and "Nr."; and whether a mark or "Nr." was among them.
fn after_filler(text: &Text<'_>, mut at: usize) -> (usize, bool) {
    let mut marked = false;
    for _ in 0..6 {
        let word = text.key(at).is_some_and(|key| {
            matches!(key.as_str(), "nr" | "no" | "nummer" | "number" | "lautet")
        });
        let mark = text.is_mark(at, &[':', '.', '#', '=', '(', '"', '„', '-', '–', '°']);
        if !word && !mark && !text.is_space(at) {
            break;
        }
        marked |= word || mark;
        at += 1;
    }
    (at, marked)
}

/// A reference as it is written: letters, digits and what joins them.
#[derive(Clone, Copy)]
struct Value {
    first: usize,
    last: usize,
    digits: usize,
    /// Nothing but one number.
    bare: bool,
}

/// The value that begins here. `grouped` also takes groups of digits behind blanks, as in "86 095 742 719".
fn value(text: &Text<'_>, first: usize, grouped: bool) -> Option<Value> {
    let mut last = None;
    let mut digits = 0;
    let mut next = first;
    let mut groups = 0;
    while next - first < VALUE_TOKENS {
        match text.kind(next) {
            Some(Kind::Word) => last = Some(next),
            Some(Kind::Number) => {
                last = Some(next);
                digits += text.digit_count(next);
            }
            Some(Kind::Mark('-' | '/' | '.' | '_' | ':' | '‑')) if next > first => {}
            Some(Kind::Space) if grouped && digits > 0 && groups < VALUE_GROUPS => {
                // A single letter may stand between groups, as in a pension insurance number.
                let letter = text.letter_count(next + 1) == 1
                    && text.is_space(next + 2)
                    && text.is_number(next + 3);
                if !(text.is_number(next + 1) || letter) {
                    break;
                }
                groups += 1;
            }
            _ => break,
        }
        next += 1;
    }
    let last = last?;
    (digits > 0).then_some(Value {
        first,
        last,
        digits,
        bare: last == first,
    })
}

/// The value that begins here; or behind one more word, as in "Kundennummer Jobcenter 345A678901" and "Hilfeplan HP 0317".
/// Behind an ordinary word it must have five digits, or it may be a year or a count.
fn value_or_next(text: &Text<'_>, first: usize, digits: usize) -> Option<Value> {
    if let Some(here) = value(text, first, true).filter(|it| it.digits >= digits) {
        return Some(here);
    }
    if !text.is_word(first) || !text.is_space(first + 1) {
        return None;
    }
    let sign = text.letter_count(first) <= 3 && text.is_upper(first);
    let least = if sign {
        digits.max(2)
    } else {
        digits.max(PERSONAL_DIGITS)
    };
    value(text, first + 2, true).filter(|it| it.digits >= least)
}

/// Whether what follows makes a count of the number: a noun, a unit, a clock time, or a range.
fn is_count(text: &Text<'_>, value: Value) -> bool {
    let next = value.last + 1;
    if text.is_mark(next, &['%', '€']) {
        return true;
    }
    let year = value.digits == 4
        && matches!(
            text.slice(value.first).as_bytes(),
            [b'1', b'9', ..] | [b'2', b'0', ..]
        );
    let unit = text.is_space(next)
        && (text.is_capitalised(next + 1)
            || text.is_mark(next + 1, &['%', '€'])
            || text
                .key(next + 1)
                .is_some_and(|key| matches!(key.as_str(), "von" | "bis" | "mal" | "uhr" | "oder")));
    year || unit
}

/// 116 117, the doctors on call.
fn is_doctor(text: &Text<'_>, value: Value) -> bool {
    let digits = (value.first..=value.last)
        .filter(|at| text.is_number(*at))
        .flat_map(|at| text.digits(at));
    digits.eq([1, 1, 6, 1, 1, 7])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        for list in [OF_CASES, OF_PERSONS, OF_PHONES] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }
    }
}
