//! Birth dates and the age of one person (P5).

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::rule::{AGE, BIRTH};
use crate::view::{Case, Sort, View, numeral};
use crate::words::*;

/// Nouns that have years without being persons.
const THINGS: &[&str] = &[
    "jubilaeum",
    "bestehen",
    "laufzeit",
    "vertrag",
    "geburtstagsfeier",
    "frist",
];

pub(crate) fn scan(view: &View<'_>, found: &mut Found) {
    for at in 0..view.len() {
        let Some(unit) = view.get(at) else { continue };
        match unit.sort {
            Sort::Word => {
                birth(view, at, found);
                years_old(view, at, found);
                spoken_age(view, at, found);
            }
            Sort::Number => {
                // "w/19", "m, 34".
                if at >= 2
                    && view.key_in(at - 2, &["m", "w", "d", "f"])
                    && view.is_mark(at - 1, &['/', ',', '-', '('])
                    && age(view, at).is_some_and(|it| it >= 5)
                    && (at == 2 || !view.get(at - 2).is_some_and(|it| it.glued))
                    && !view.is_mark(at + 1, &['%', ':'])
                {
                    found.add(&AGE, Review, view.start(at - 2), view.end(at));
                }
                years(view, at, found);
                abbreviated(view, at, found);
            }
            Sort::Mark('*') => born(view, at, found),
            Sort::Mark('(') => in_brackets(view, at, found),
            Sort::Mark(_) => {}
        }
    }
}

fn is_number(view: &View<'_>, at: usize) -> bool {
    view.get(at).is_some_and(|it| it.sort == Sort::Number)
}

fn age(view: &View<'_>, at: usize) -> Option<u32> {
    view.count(at)
        .or_else(|| view.is_word(at).then(|| numeral(view.key(at))).flatten())
        .filter(|it| (1..=105).contains(it))
}

fn is_year(view: &View<'_>, at: usize) -> bool {
    view.get(at)
        .is_some_and(|it| it.sort == Sort::Number && (1915..=2030).contains(&it.number))
}

/// The date or year that begins within a few words.
fn date_near(view: &View<'_>, at: usize, reach: usize) -> Option<usize> {
    (at..view.len().min(at + reach))
        .find(|it| is_number(view, *it) || view.key(*it).starts_with("neunzehnhundert"))
}

fn last_of_date(view: &View<'_>, at: usize) -> usize {
    let mut last = at;
    while (view.is_mark(last + 1, &['.', '/', '-']) && is_number(view, last + 2)) && last < at + 4 {
        last += 2;
    }
    last
}

/// "geb. 14.09.1991", "Geburtsdatum 3/7/85", "ist 1999 geboren", "Jahrgang 2006", "DOB 1988-12-24", "18. Geburtstag".
fn birth(view: &View<'_>, at: usize, found: &mut Found) {
    let key = view.key(at);
    match key {
        "geb" | "geboren" | "gebuertig" | "geborene" | "geborener" | "geborenen"
        | "geburtsdatum" | "geburtstag" | "geburtsjahr" | "geburtsdaten" | "dob" | "jahrgang"
        | "jg" | "gebdat" | "geburt" => {}
        _ => return,
    }
    let sentence = view.get(at).map(|it| it.sentence);
    if let Some(number) = date_near(view, at + 1, 6)
        && key != "gebuertig"
        && (key != "geburt" || is_year(view, last_of_date(view, number)))
    {
        let last = last_of_date(view, number);
        // "Jahrgang 5 bis 7" is a school's; "Jahrgang 73" is not.
        let short = || {
            last == number
                && view.end(number) - view.start(number) == 2
                && view.get(number).is_some_and(|it| it.number >= 14)
                && number == at + 1
        };
        if !matches!(key, "jahrgang" | "jg") || is_year(view, last) || short() {
            found.add(&BIRTH, Reject, view.start(at), view.end(last));
        }
        return;
    }
    if matches!(key, "geboren" | "geborene" | "geborener" | "geborenen") {
        let year = (at.saturating_sub(5)..at)
            .find(|it| is_year(view, *it) && view.get(*it).map(|it| it.sentence) == sentence);
        if let Some(year) = year {
            found.add(&BIRTH, Reject, view.start(year), view.end(at));
        } else if view.before(at).is_some_and(|it| it.bits & DOES != 0) {
            found.add(&BIRTH, Review, view.start(at), view.end(at));
        }
    } else if key == "geburtstag"
        && at >= 2
        && view.is_mark(at - 1, &['.'])
        && is_number(view, at - 2)
    {
        let possessive = at >= 3 && POSSESSIVES.contains(&view.key(at - 3));
        found.add(
            &AGE,
            if possessive { Reject } else { Review },
            view.start(at - 2),
            view.end(at),
        );
    }
}

const POSSESSIVES: &[&str] = &[
    "sein", "seinem", "seinen", "ihr", "ihrem", "ihren", "mein", "meinem", "dessen", "deren",
    "seines", "ihres",
];

/// "*1978".
fn born(view: &View<'_>, at: usize, found: &mut Found) {
    if is_number(view, at + 1) {
        let last = last_of_date(view, at + 1);
        if is_year(view, last) {
            found.add(&BIRTH, Reject, view.start(at), view.end(last));
        }
    }
}

/// "34-Jähriger", "16-jährige Schülerin", "Neunzehnjährigen", "sechs Jahre altes Mädchen".
fn years_old(view: &View<'_>, at: usize, found: &mut Found) {
    let Some(unit) = view.get(at) else { return };
    let key = view.key(at);
    // What "-jährig" ends in with its endings; nearly all words end otherwise.
    if !matches!(
        key.as_bytes(),
        [.., b'g'] | [.., b'g', b'e'] | [.., b'g', b'e', _]
    ) {
        return;
    }
    let stem = ["er", "en", "es", "em", "e"]
        .iter()
        .find_map(|it| key.strip_suffix(it))
        .unwrap_or(key);
    let Some(cut) = stem.strip_suffix("jaehrig").map(str::len) else {
        return;
    };
    let spoken = &key[..cut];
    let value = if unit.number != crate::view::NO_NUMBER {
        Some(unit.number)
    } else if spoken.is_empty() {
        at.checked_sub(1).and_then(|it| view.count(it))
    } else {
        numeral(spoken)
    };
    if value.is_none() {
        return;
    }
    let ending = &key[cut + "jaehrig".len()..];
    let noun = view.slice(at).starts_with(|c: char| c.is_uppercase())
        && (!unit.begins || view.get(at + 1).is_none_or(|next| next.case == Case::Small))
        || (unit.number != crate::view::NO_NUMBER && spoken.is_empty() && written_large(view, at));
    if noun {
        let plural = view.before(at).is_some_and(|it| it.bits & QUANTITY != 0)
            || at > 0 && view.key_in(at - 1, &["die", "der", "bis"]) && ending == "en"
            || at > 0 && view.count(at - 1).is_some_and(|it| it >= 5);
        found.add(
            &AGE,
            if plural { Review } else { Reject },
            view.start(at),
            view.end(at),
        );
    } else if of_person(view, at + 1) || view.small && !of_thing(view, at + 1) {
        found.add(&AGE, Reject, view.start(at), view.end(at));
    }
}

/// "34-Jähriger" and not "34-jährig".
fn written_large(view: &View<'_>, at: usize) -> bool {
    view.get(at).is_some_and(|unit| unit.case != Case::Small)
}

fn of_person(view: &View<'_>, from: usize) -> bool {
    (from..from + 3)
        .take_while(|it| view.is_word(*it))
        .any(|it| {
            view.is(it, ANYBODY)
                && view.is(
                    it,
                    ONE | crate::lexicon::bits::SINGULAR | KIN | SUSPECT | ADJECTIVAL | OF_ORIGIN,
                )
                && (view.is_capital(it) || view.small)
        })
}

fn of_thing(view: &View<'_>, at: usize) -> bool {
    view.key_in(at, THINGS) || view.is(at, crate::lexicon::bits::NOUN) && !view.is(at, ANYBODY)
}

/// "ca 35 Jahre alt", "34 Jahre alte Parkhaus" (no), "sechs Jahre altes Mädchen", "Vierundsechzig Jahre ist er alt".
fn years(view: &View<'_>, at: usize, found: &mut Found) {
    let Some(years) = age(view, at) else { return };
    if view.key_in(at + 1, &["jahre", "jahren", "j", "jahr"]) {
        aged(view, at, years, found);
    }
}

fn aged(view: &View<'_>, at: usize, _years: u32, found: &mut Found) {
    // "zwischen 25 und 40 Jahre alt" is said of many.
    let range = at >= 2 && view.key_in(at - 1, &["und", "bis"]) && age(view, at - 2).is_some()
        || at >= 2 && view.is_mark(at - 1, &['-', '–']) && age(view, at - 2).is_some();
    if range {
        return;
    }
    let sentence = view.get(at).map(|it| it.sentence);
    for next in at + 2..view.len().min(at + 6) {
        if view.get(next).map(|it| it.sentence) != sentence {
            break;
        }
        match view.key(next) {
            "alt" | "jung" => {
                // "ist 34 Jahre alt" of a building has the building before it.
                let thing = (at.saturating_sub(4)..at).any(|it| {
                    view.is_capital(it)
                        && !view
                            .get(it)
                            .is_some_and(|it| it.begins && it.bits & WORD_ONLY != 0)
                        && of_thing(view, it)
                });
                found.add(
                    &AGE,
                    if thing { Review } else { Reject },
                    view.start(at),
                    view.end(next),
                );
                return;
            }
            "alte" | "alter" | "altes" | "alten" => {
                if of_person(view, next + 1) || !view.is_capital(next + 1) {
                    found.add(&AGE, Reject, view.start(at), view.end(next));
                }
                return;
            }
            _ => {}
        }
    }
}

const WORD_ONLY: u64 = COMMON;

/// "83 J.", "22 J., w", and "Sie ist 52" are found from the word; this is the abbreviation.
fn abbreviated(view: &View<'_>, at: usize, found: &mut Found) {
    if age(view, at).is_some()
        && view.key_in(at + 1, &["j", "jhr", "lj"])
        && view.get(at + 1).is_some_and(|it| it.letters <= 3)
        && (view.is_mark(at + 2, &['.', ',']) || view.key_in(at + 1, &["lj"]))
    {
        found.add(&AGE, Reject, view.start(at), view.end(at + 1));
    }
}

/// "Minderjährigen (15)", "Klum (37)".
fn in_brackets(view: &View<'_>, at: usize, found: &mut Found) {
    if age(view, at + 1).is_some_and(|it| it >= 5)
        && view.is_mark(at + 2, &[')', ','])
        && view.before(at).is_some_and(|it| {
            it.sort == Sort::Word
                && (it.bits & ANYBODY != 0
                    && it.bits & (ONE | crate::lexicon::bits::SINGULAR | ADJECTIVAL | KIN) != 0
                    || it.bits & KNOWN == 0 && it.case == Case::Capital)
        })
    {
        found.add(&AGE, Reject, view.start(at), view.end(at + 2));
    }
}

const DECADES: &[&str] = &[
    "zwanzig",
    "dreissig",
    "vierzig",
    "fuenfzig",
    "sechzig",
    "siebzig",
    "achtzig",
    "neunzig",
    "zwanziger",
    "dreissiger",
];

fn spoken_age(view: &View<'_>, at: usize, found: &mut Found) {
    let key = view.key(at);
    // "Vierundsechzig Jahre ist er alt", "sechs Jahre altes Mädchen".
    if view.is_word(at + 1) && view.key_in(at + 1, &["jahre", "jahren"]) && numeral(key).is_some() {
        aged(view, at, 0, found);
        return;
    }
    match key {
        // "Wird im Mai volljährig".
        "volljaehrig" | "minderjaehrig" | "strafmuendig"
            if (at.saturating_sub(6)..at)
                .any(|it| view.key_in(it, &["wird", "ist", "war", "wurde", "sei", "noch"])) =>
        {
            found.add(&AGE, Review, view.start(at), view.end(at));
        }
        // "eine, noch keine sechzehn"; "mit ihren 71 Lenzen".
        "keine" | "lenze" | "lenzen" => {
            let years = if key == "keine" {
                at + 1
            } else {
                at.wrapping_sub(1)
            };
            let alone = key != "keine"
                || !view.is_word(years + 1)
                || view.key_in(years + 1, &["und", "jahre", "aber"]);
            if age(view, years).is_some_and(|it| it >= 8) && alone {
                found.add(
                    &AGE,
                    Review,
                    view.start(at.min(years)),
                    view.end(at.max(years)),
                );
            }
        }
        // "gab an, er werde im Mai 41".
        "werde" | "sei" if view.key_in(at.wrapping_sub(1), &["er", "sie"]) => {
            let number = (at + 1..view.len().min(at + 5)).find(|it| age(view, *it).is_some());
            if let Some(number) = number
                && !view.is_word(number + 1)
            {
                found.add(&AGE, Reject, view.start(at), view.end(number));
            }
        }
        // "Anfang dreißig", "Mitte 40".
        "anfang" | "mitte" | "ende" => {
            let decade = view.key_in(at + 1, DECADES)
                || view
                    .count(at + 1)
                    .is_some_and(|it| it % 10 == 0 && (20..=90).contains(&it));
            let date = view.is(at + 2, FAMILIAR) && view.is_capital(at + 2);
            if decade && !date {
                found.add(&AGE, Review, view.start(at), view.end(at + 1));
            }
        }
        // "Sie ist 52 und schläft …", "wird sie sechzehn", "Der Sohn wird im Herbst 14 und hängt …".
        "ist" | "wird" | "war" | "wurde" => {
            let sentence = view.get(at).map(|it| it.sentence);
            let person = |it: usize| {
                view.key_in(it, &["sie", "er", "ich"])
                    || view.is(it, KIN | ONE) && view.is_capital(it)
            };
            let near = (at.saturating_sub(4)..at + 2)
                .any(|it| person(it) && view.get(it).map(|it| it.sentence) == sentence);
            if !near {
                return;
            }
            let mut next = at + 1;
            while next < at + 6 && view.is_word(next) && numeral(view.key(next)).is_none() {
                next += 1;
            }
            let ends = !view.is_word(next + 1)
                || view.key_in(
                    next + 1,
                    &["und", "aber", "oder", "dann", "jahre", "geworden"],
                );
            if age(view, next).is_some_and(|it| it >= 3)
                && ends
                && !view.is_mark(next + 1, &['%', '€', ':', '.']) | view.is_mark(next + 1, &['.'])
                && !view.key_in(next + 1, &["uhr"])
            {
                found.add(&AGE, Reject, view.start(at), view.end(next));
            }
        }
        // "Alter: 41".
        "alter" | "lebensalter" if view.is_capital(at) || view.small => {
            let next = at + 1 + usize::from(view.is_mark(at + 1, &[':', '=']));
            let next = next
                + usize::from(
                    view.key_in(next, &["ca", "etwa", "von", "circa", "rund", "ungefaehr"]),
                );
            let next = next + usize::from(view.is_mark(next, &['.']));
            let value = age(view, next).or_else(|| {
                view.get(next)
                    .filter(|it| it.sort == Sort::Number && it.number <= 105)
                    .map(|it| it.number)
            });
            if value.is_some()
                && !view.key_in(next + 1, &["bis", "und"])
                && !view.is_mark(next + 1, &['-', '–'])
            {
                found.add(&AGE, Reject, view.start(at), view.end(next));
            }
        }
        _ => {
            // "Mittvierziger", "Endzwanzigerin", "Teenagerin"; "Junge, etwa zwölf"; "W, 22 J.".
            let decade = || {
                let rest = ["mitt", "end", "anfang"]
                    .iter()
                    .find_map(|it| key.strip_prefix(it));
                rest.is_some_and(|it| it.contains("ziger") || it.contains("ssiger"))
            };
            if key.len() >= 10 && key.starts_with(['m', 'e', 'a']) && decade() {
                found.add(&AGE, Reject, view.start(at), view.end(at));
            } else if view.is(at, ANYBODY) && view.is_mark(at + 1, &[',']) {
                let approximately = view.key_in(
                    at + 2,
                    &[
                        "ca",
                        "etwa",
                        "circa",
                        "ungefaehr",
                        "rund",
                        "gut",
                        "knapp",
                        "hoechstens",
                        "mindestens",
                        "maximal",
                        "wohl",
                        "erst",
                    ],
                );
                let next = at
                    + 2
                    + usize::from(approximately)
                    + usize::from(approximately && view.is_mark(at + 3, &['.']));
                if age(view, next).is_some_and(|it| it >= 5)
                    && (!view.is_word(next + 1) || view.key_in(next + 1, &["j", "jahre"]))
                    && view.is(at, ONE | crate::lexicon::bits::SINGULAR | KIN)
                {
                    found.add(
                        &AGE,
                        if approximately || view.key_in(next + 1, &["j", "jahre"]) {
                            Reject
                        } else {
                            Review
                        },
                        view.start(at),
                        view.end(next),
                    );
                }
            }
        }
    }
}
