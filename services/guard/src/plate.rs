//! Licence plates: district, letters, number, as in "KR-QX 4711"; and the plates of mopeds, as in "471 KBX".
//!
//! Hyphen and capitals make a plate by themselves. Written otherwise, the same shape is also found in plain language
//! ("ab mo 8"), so there the first letters must be a district's, and a vehicle must be spoken of.

mod district;

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::rule::PLATE;
use crate::token::{Kind, Text};
use district::is_district;

/// Words that speak of a vehicle; sorted.
const VEHICLES: &[&str] = &[
    "anhaenger",
    "audi",
    "auto",
    "autos",
    "bmw",
    "car",
    "escooter",
    "fahrzeug",
    "fahrzeuge",
    "fiat",
    "ford",
    "golf",
    "halter",
    "kastenwagen",
    "kennzeichen",
    "kfz",
    "kleinbus",
    "kombi",
    "lieferwagen",
    "lkw",
    "mercedes",
    "mofa",
    "moped",
    "motorrad",
    "nummernschild",
    "opel",
    "pkw",
    "plate",
    "quad",
    "roller",
    "scooter",
    "skoda",
    "sprinter",
    "taxi",
    "transporter",
    "van",
    "versicherungskennzeichen",
    "vw",
    "wagen",
    "wohnmobil",
    "wohnwagen",
];

/// Vehicles whose plates have three digits and three letters; sorted.
const SMALL_VEHICLES: &[&str] = &[
    "escooter",
    "kennzeichen",
    "mofa",
    "moped",
    "roller",
    "scooter",
    "versicherungskennzeichen",
];

const WEEKDAYS: &[&str] = &["mo", "di", "mi", "do", "fr", "sa", "so"];

/// Short words of the language, some of which are districts too.
const SHORT_WORDS: &[&str] = &[
    "ab", "am", "an", "auf", "aus", "bei", "bis", "ca", "da", "das", "dem", "den", "der", "des",
    "die", "du", "ein", "er", "es", "fuer", "ging", "hat", "her", "hin", "ich", "ihr", "im", "in",
    "ist", "ja", "je", "kam", "km", "kw", "mal", "mit", "nie", "nr", "nun", "nur", "ob", "pro",
    "seit", "sie", "sind", "st", "tag", "um", "und", "uns", "vom", "von", "vor", "wer", "wir",
    "wo", "zu", "zum", "zur",
];

/// Roman numerals of two letters at most, as in "SGB II 7".
const ROMAN: &[&str] = &["i", "ii", "iv", "v", "vi", "ix", "x", "xi", "xv", "xx"];

pub(crate) fn scan(text: &Text<'_>, found: &mut Found) {
    // Read once for the whole text, and only if there is a shape that asks for it.
    let mut vehicle: Option<bool> = None;
    for at in 0..text.len() {
        if !text.number_within(at, 4) {
            continue;
        }
        match text.kind(at) {
            Some(Kind::Word) => car(text, at, &mut vehicle, found),
            Some(Kind::Number) => moped(text, at, found),
            _ => {}
        }
    }
}

fn speaks_of(text: &Text<'_>, words: &[&str]) -> bool {
    (0..text.len()).any(|at| {
        text.joined_key(at)
            .is_some_and(|(key, _)| words.binary_search(&key.as_str()).is_ok())
            || text
                .key(at)
                .is_some_and(|key| words.binary_search(&key.as_str()).is_ok())
    })
}

fn car(text: &Text<'_>, at: usize, vehicle: &mut Option<bool>, found: &mut Found) {
    if !(1..=3).contains(&text.letter_count(at)) {
        return;
    }
    let joined = matches!(
        text.before(at),
        Some(Kind::Number | Kind::Mark('-' | '/' | '.' | '_' | '§'))
    );
    let hyphen = text.is_mark(at + 1, &['-', '‑', '–']);
    if joined || !(hyphen || text.is_space(at + 1)) || !(1..=2).contains(&text.letter_count(at + 2))
    {
        return;
    }
    let number = match text.is_space(at + 3) || text.is_mark(at + 3, &['-']) {
        true => at + 4,
        false => at + 3,
    };
    let digits = text.digit_count(number);
    if !(1..=4).contains(&digits) || text.digits(number).next() == Some(0) {
        return;
    }
    let Some(last) = ends(text, number) else {
        return;
    };
    let (Some(first), Some(letters)) = (text.key(at), text.key(at + 2)) else {
        return;
    };
    let (first, letters) = (first.as_str(), letters.as_str());
    if WEEKDAYS.contains(&first) && WEEKDAYS.contains(&letters) {
        return;
    }
    let capitals = text.is_upper(at) && text.is_upper(at + 2);
    if !capitals && (SHORT_WORDS.contains(&first) || SHORT_WORDS.contains(&letters)) {
        return;
    }
    let severity = if hyphen && capitals {
        Reject
    } else {
        if !is_district(text.slice(at)) {
            return;
        }
        let vehicle = *vehicle.get_or_insert_with(|| speaks_of(text, VEHICLES));
        match (vehicle, capitals || hyphen) {
            (true, true) => Reject,
            (true, false) if digits >= 2 && !WEEKDAYS.contains(&letters) => Reject,
            (false, true) if !ROMAN.contains(&letters) => Review,
            _ => return,
        }
    };
    found.add(&PLATE, severity, text.start(at), text.end(last));
}

/// The plate's last token, or none where the number goes on as a clock time, a decimal, a reference or a percentage.
fn ends(text: &Text<'_>, number: usize) -> Option<usize> {
    let next = number + 1;
    // E for electric, H for historic.
    let suffix = |at: usize| matches!(text.slice(at), "E" | "H" | "e" | "h");
    if suffix(next) {
        return Some(next);
    }
    if text.is_space(next) && suffix(next + 1) && !text.is_mark(next + 2, &['-', '.']) {
        return Some(next + 1);
    }
    let goes_on = text.is_word(next)
        || text.is_mark(next, &['%'])
        || (text.is_mark(next, &[':', '.', ',', '/', '-', '–']) && text.is_number(next + 1))
        || (text.is_space(next)
            && (text.is_mark(next + 1, &['%'])
                || text.key(next + 1).is_some_and(|key| key.as_str() == "uhr")));
    (!goes_on).then_some(number)
}

fn moped(text: &Text<'_>, at: usize, found: &mut Found) {
    let joined = matches!(
        text.before(at),
        Some(Kind::Word | Kind::Mark('-' | '/' | '.' | ',' | ':'))
    );
    if joined || text.digit_count(at) != 3 {
        return;
    }
    let letters = match text.is_space(at + 1) || text.is_mark(at + 1, &['-']) {
        true => at + 2,
        false => at + 1,
    };
    let shape = text.letter_count(letters) == 3
        && text.is_upper(letters)
        && !matches!(text.kind(letters + 1), Some(Kind::Number | Kind::Mark('-')));
    if shape && speaks_of_near(text, at) {
        found.add(&PLATE, Reject, text.start(at), text.end(letters));
    }
}

/// Whether one of the few words before speaks of a small vehicle: "200 KOD" somewhere behind a roller is none.
fn speaks_of_near(text: &Text<'_>, at: usize) -> bool {
    (at.saturating_sub(8)..at).any(|at| {
        text.key(at)
            .is_some_and(|key| SMALL_VEHICLES.binary_search(&key.as_str()).is_ok())
    })
}
