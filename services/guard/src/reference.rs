//! References of courts and prosecutors: a register sign with number and year, as in "12 Js 3456/21".

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::rule::{CASE, COURT};
use crate::token::{Kind, Text};

/// Register signs that stand for a case even without the chamber's number before them; sorted.
const REGISTERS: &[&str] = &[
    "brs", "bwr", "cs", "ds", "ermrs", "gs", "kls", "ks", "ls", "nbs", "ns", "ojs", "owi", "qs",
    "stvk", "ujs", "vas", "vrjs", "vrs", "ws",
];

/// Signs that are words, places or roman numerals too: in their own spelling, and with the chamber's number.
const WITH_NUMBER: &[&str] = &[
    "AR", "AK", "Bs", "BGs", "FH", "IK", "IN", "IV", "Jug", "Js", "OH", "OLG", "OWi", "PLs", "Rs",
    "Ss", "StR", "SO", "UF", "VI", "VII", "VIII", "VG", "WF", "X", "XIV", "XVII",
];

/// Signs of a single letter, which an office's room or form may have as well.
const LETTERS: &str = "BCFGHKLMNOSTUW";

pub(crate) fn scan(text: &Text<'_>, found: &mut Found) {
    for at in 0..text.len() {
        if !text.number_within(at, 2) {
            continue;
        }
        if text.is_word(at) {
            court(text, at, found);
            register(text, at, found);
            endings(text, at, found);
        } else if text.is_number(at) {
            numbered(text, at, found);
        }
    }
}

/// Papers of councils and courts of law whose numbers may be named.
const PAPERS: &[&str] = &[
    "vorlage",
    "vorlagen",
    "drucksache",
    "drucksachen",
    "ds",
    "drs",
    "antrag",
    "antraege",
    "anfrage",
    "beschluss",
    "richtlinie",
    "verordnung",
    "haushalt",
    "saison",
    "spielzeit",
    "schuljahr",
    "wintersemester",
    "semester",
    "winter",
    "jahreswechsel",
    "nr",
    "niederschrift",
    "protokoll",
    "amtsblatt",
    "ausgabe",
    "eu",
    "din",
    "iso",
    "bauantrag",
    "satzung",
    "leitlinie",
    "heft",
    "und",
];

/// Words of things that have numbers too.
const THINGS: &[&str] = &[
    "seriennummer",
    "inventar",
    "inventarnummer",
    "artikel",
    "modell",
    "typ",
    "laterne",
    "laternen",
    "leuchte",
    "mast",
    "geraet",
    "defibrillator",
    "isbn",
    "din",
    "norm",
    "zaehler",
    "zaehlerstand",
    "nummern",
];

/// "601000-012345-24/1", "32.11.04-1234", "KOD-2291": groups of digits as files have them, with a hyphen among them.
fn grouped(text: &Text<'_>, at: usize, found: &mut Found) {
    if matches!(
        text.before(at),
        Some(Kind::Mark('-' | '/' | '.' | ',' | ':' | '+'))
    ) && at >= 2
        && matches!(text.kind(at - 2), Some(Kind::Number))
    {
        return;
    }
    let (mut last, mut groups, mut digits, mut hyphens) = (at, 1, text.digit_count(at), 0);
    while text.is_mark(last + 1, &['-', '/', '.']) && text.is_number(last + 2) && groups < 8 {
        hyphens += usize::from(text.is_mark(last + 1, &['-']));
        last += 2;
        groups += 1;
        digits += text.digit_count(last);
    }
    let prefix = text.is_mark(at.wrapping_sub(1), &['-'])
        && at >= 2
        && text.is_upper(at - 2)
        && (2..=5).contains(&text.letter_count(at - 2))
        && !matches!(text.before(at - 2), Some(Kind::Mark('-')));
    let dialled = text.slice(at).starts_with(['0', '+']) && !prefix;
    let file = groups >= 3 && digits >= 8 && hyphens >= 1 && !dialled || prefix && digits >= 4;
    let thing = || {
        (at.saturating_sub(10)..at).any(|it| {
            text.key(it).is_some_and(|key| {
                THINGS.contains(&key.as_str()) || key.as_str().ends_with("seriennummer")
            })
        })
    };
    // "2024-05-17" is a day.
    let day = groups == 3 && text.digit_count(at) == 4 && digits == 8;
    if file && !day && !thing() {
        found.add(
            &CASE,
            Review,
            text.start(if prefix { at - 2 } else { at }),
            text.end(last),
        );
    }
}

/// "1187/24/2": a number with a year as offices give them, where no council paper is spoken of.
fn numbered(text: &Text<'_>, at: usize, found: &mut Found) {
    let digits = text.digit_count(at);
    grouped(text, at, found);
    if !(3..=7).contains(&digits)
        || !text.is_mark(at + 1, &['/'])
        || !matches!(text.digit_count(at + 2), 2 | 4)
    {
        return;
    }
    let joined = matches!(
        text.before(at),
        Some(Kind::Mark('/' | '.' | ',' | '-' | ':'))
    );
    let year: u32 = text
        .digits(at + 2)
        .fold(0, |sum, it| sum * 10 + u32::from(it));
    let itself = digits == 4
        && text.slice(at).starts_with(['1', '2'])
        && text
            .slice(at)
            .as_bytes()
            .get(1)
            .is_some_and(|it| matches!(it, b'9' | b'0'));
    if joined || itself || !(matches!(year, 10..=40) || (1990..=2040).contains(&year)) {
        return;
    }
    let paper = (at.saturating_sub(8)..at).any(|it| {
        text.key(it).is_some_and(|key| {
            let key = key.as_str();
            PAPERS
                .iter()
                .any(|paper| key == *paper || paper.len() >= 6 && key.ends_with(paper))
        })
    });
    if !paper {
        let more = text.is_mark(at + 3, &['/']) && text.is_number(at + 4);
        found.add(
            &CASE,
            Review,
            text.start(at),
            text.end(if more { at + 4 } else { at + 2 }),
        );
    }
}

/// "F/2025/061", "KL-2024-17": letters, a year and a number, as registers of cases have them.
fn register(text: &Text<'_>, at: usize, found: &mut Found) {
    let joined = |at: usize| text.is_mark(at, &['/', '-']);
    let year = || -> u32 {
        text.digits(at + 2)
            .fold(0, |sum, it| sum * 10 + u32::from(it))
    };
    if text.is_upper(at)
        && text.letter_count(at) <= 4
        && joined(at + 1)
        && text.digit_count(at + 2) == 4
        && (1990..=2040).contains(&year())
        && joined(at + 3)
        && (2..=6).contains(&text.digit_count(at + 4))
        && !text.key(at).is_some_and(|it| PAPERS.contains(&it.as_str()))
    {
        found.add(&CASE, Review, text.start(at), text.end(at + 4));
    }
}

/// "mit den Endziffern 906", "endet auf 4471": a part of a number still points at it.
fn endings(text: &Text<'_>, at: usize, found: &mut Found) {
    let Some(key) = text.key(at) else { return };
    let told = matches!(key.as_str(), "endziffer" | "endziffern" | "endnummer")
        || key.as_str() == "auf"
            && at >= 2
            && text
                .key(at - 2)
                .is_some_and(|it| matches!(it.as_str(), "endet" | "endend" | "endete"));
    if told
        && let Some(number) = (at + 1..at + 4).find(|it| text.is_number(*it))
        && text.digit_count(number) >= 2
    {
        found.add(&CASE, Review, text.start(at), text.end(number));
    }
}

fn court(text: &Text<'_>, at: usize, found: &mut Found) {
    let sign = text.slice(at);
    let next = match text.is_space(at + 1) || text.is_mark(at + 1, &['-', '–', '.', '/']) {
        true => at + 2,
        false => at + 1,
    };
    let Some(last) = number_and_year(text, next) else {
        return;
    };
    let Some(key) = text.key(at) else { return };
    let chamber = chamber(text, at);
    let severity = match chamber {
        _ if REGISTERS.binary_search(&key.as_str()).is_ok() => Reject,
        _ if key.as_str() == "js" => Reject,
        Some(_) if WITH_NUMBER.contains(&sign) => Reject,
        Some(_) if sign.len() == 1 && LETTERS.contains(sign) => Review,
        _ => return,
    };
    found.add(
        &COURT,
        severity,
        text.start(chamber.unwrap_or(at)),
        text.end(last),
    );
}

/// "3456/21", "3456/2021", "2024-00781" or "77 aus 23"; gives its last token.
fn number_and_year(text: &Text<'_>, at: usize) -> Option<usize> {
    let between = text.key(at + 2);
    if (1..=6).contains(&text.digit_count(at))
        && between.is_some_and(|it| matches!(it.as_str(), "aus" | "von" | "strich"))
        && matches!(text.digit_count(at + 4), 2 | 4)
    {
        return Some(at + 4);
    }
    if !(1..=6).contains(&text.digit_count(at)) || !text.is_mark(at + 1, &['/', '-']) {
        return None;
    }
    let digits = text.digit_count(at + 2);
    let fits = match text.is_mark(at + 1, &['/']) {
        true => matches!(digits, 2 | 4),
        false => (3..=6).contains(&digits) && text.digit_count(at) == 4,
    };
    (fits && !text.is_word(at + 3)).then_some(at + 2)
}

/// The number of the chamber or department before the sign, as in "60 Js" or "32-OWi".
fn chamber(text: &Text<'_>, at: usize) -> Option<usize> {
    let before = match text.before(at)? {
        Kind::Space | Kind::Mark('-' | '–') => at.checked_sub(2)?,
        Kind::Number => at - 1,
        _ => return None,
    };
    (1..=4)
        .contains(&text.digit_count(before))
        .then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registers_are_sorted() {
        assert!(REGISTERS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
