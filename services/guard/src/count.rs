//! Small counts of persons (P9) and clock times beside somebody (P10), sentence by sentence.

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::lexicon::bits::*;
use crate::person::Number;
use crate::rule::{CLOCK, DIFFERENCE, SMALL_COUNT};
use crate::single::Sentence;
use crate::view::{Sort, View};
use crate::words::*;

impl Sentence<'_, '_> {
    pub(crate) fn counts(&self, least: u32, found: &mut Found) {
        let view = self.view;
        for some in self.persons {
            if let Number::Few(number) = some.number {
                let limit = view.key_in(number.wrapping_sub(1), &["unter", "als"])
                    && number > 0
                    && view.count(number).is_some_and(|it| it >= least);
                let office = view.is(some.at, OFFICE) && !view.is(some.at, ONE | SEVERAL);
                if !limit && !office {
                    found.add(&SMALL_COUNT, Review, view.start(number), view.end(some.at));
                }
            } else if view
                .count(some.first)
                .is_some_and(|it| (5..least).contains(&it))
                && some.first != some.at
            {
                found.add(
                    &SMALL_COUNT,
                    Review,
                    view.start(some.first),
                    view.end(some.at),
                );
            }
        }
        let spoken = |at: usize| self.persons.iter().any(|it| it.at == at);
        let of_persons = !self.persons.is_empty()
            || self.any(&[
                "kontakte",
                "kontakten",
                "vermittelt",
                "aufgenommen",
                "abgelehnt",
                "entlassen",
                "angetroffen",
                "vermittlungen",
                "personenzahl",
                "teilnehmerzahl",
                "besucherzahl",
                "gaestezahl",
                "anwesend",
            ]);
        // Asked of the sentence once, for of each word they would nearly always be asked in vain.
        let exceptions = self.any(&["ausser", "ausnahme", "ausnahmen"]);
        let each = self.any(&["jeder", "jede", "jeden"]);
        for at in self.first..self.last {
            let bits = view.bits(at);
            if bits & GROUP != 0 && (view.is_capital(at) || view.small) && !spoken(at) {
                // "ein paar Meter", "Familienfest", "die Familie" as a household of many.
                let pair = !matches!(
                    view.key(at),
                    "familie" | "familien" | "paar" | "wg" | "wohngemeinschaft"
                ) || view.key_in(at.wrapping_sub(1), &["eine", "die", "der", "einer"])
                    && matches!(view.key(at), "familie")
                    || view.key(at) == "paar" && view.is_capital(at);
                if pair {
                    found.add(&SMALL_COUNT, Review, view.start(at), view.end(at));
                }
            }
            match view.key(at) {
                // "gekommen ist nur ein einziger", "nur noch eine einzige".
                "einziger" | "einzige" | "einzigen"
                    if view.key_in(at.wrapping_sub(1), &["ein", "eine", "einen"])
                        && !(view.is_capital(at + 1) && view.is(at + 1, NOUN)) =>
                {
                    found.add(&SMALL_COUNT, Review, view.start(at - 1), view.end(at))
                }
                // "Beide nehmen nicht mehr teil": two, unless things have been spoken of.
                "beide" | "beiden"
                    if !view.is(at + 1, NOUN)
                        && !(self.first..at)
                            .any(|it| view.is(it, NOUN) && !view.is(it, ANYBODY))
                        && (at == self.first || view.is_mark(at - 1, &[':'])) =>
                {
                    found.add(&SMALL_COUNT, Review, view.start(at), view.end(at))
                }
                // "die Hälfte der acht Anwesenden", "ein Drittel der sechs".
                "haelfte" | "drittel" | "viertel" | "fuenftel" => {
                    let base = (at + 1..self.last.min(at + 4))
                        .find(|it| view.count(*it).is_some_and(|it| (2..=14).contains(&it)));
                    if let Some(base) = base.filter(|it| !self.counts_things(*it)) {
                        found.add(&DIFFERENCE, Review, view.start(at), view.end(base));
                    }
                }
                // "zu zweit", "zu viert".
                "zweit" | "dritt" | "viert" if at > 0 && view.key_in(at - 1, &["zu"]) => {
                    found.add(&SMALL_COUNT, Review, view.start(at - 1), view.end(at))
                }
                // "alle bis auf einen", "bis auf drei Frauen".
                "bis"
                    if view.key_in(at + 1, &["auf"])
                        && view.count(at + 2).is_some_and(|it| it < least)
                        && of_persons_or_all(self) =>
                {
                    found.add(&DIFFERENCE, Review, view.start(at), view.end(at + 2))
                }
                // "davon 2", "einer davon".
                "davon" | "darunter" if of_persons => {
                    let next = at
                        + 1
                        + usize::from(view.is(at + 1, COMMON) && view.count(at + 1).is_none());
                    for number in [Some(next), at.checked_sub(1)].into_iter().flatten() {
                        if view
                            .count(number)
                            .is_some_and(|it| (1..least).contains(&it))
                            && !self.counts_things(number)
                        {
                            found.add(
                                &SMALL_COUNT,
                                Review,
                                view.start(number.min(at)),
                                view.end(number.max(at)),
                            );
                        }
                    }
                }
                _ => {}
            }
            // "Personenzahl am Dienstag: 4", "Frauen: 2".
            if of_persons
                && view.is_mark(at, &[':', '='])
                && view
                    .count(at + 1)
                    .is_some_and(|it| (1..least).contains(&it))
                && !view.key_in(at + 2, &["uhr"])
                && !view.get(at + 1).is_some_and(|it| it.glued)
                && !view.is_mark(at + 2, &[':'])
                && !self.counts_things(at + 1)
                && !view.is_mark(at + 2, &['.'])
                    | view.is_mark(at + 2, &['.']) & (at + 3 >= self.last)
            {
                found.add(&SMALL_COUNT, Review, view.start(at + 1), view.end(at + 1));
            }
            // "Zwei Platzverweise", "2 Überdosierungen": what one person does is one person.
            if view.count(at).is_some_and(|it| (2..least).contains(&it))
                && self.counts_acts(at + 1)
                && !view.is_mark(at + 1, &['.', ':', '-', '–'])
            {
                found.add(&SMALL_COUNT, Review, view.start(at), view.end(at + 1));
            }
            // "Platzverweise: 2".
            if view.is_mark(at + 1, &[':', '='])
                && self.is_act(at)
                && view
                    .count(at + 2)
                    .is_some_and(|it| (1..least).contains(&it))
                && (at + 3 >= self.last || view.is_mark(at + 3, &[',', '.', ';']))
            {
                found.add(&SMALL_COUNT, Review, view.start(at), view.end(at + 2));
            }
            // "Alle außer einem", "mit zwei Ausnahmen alle Besucher".
            let but = || {
                view.key_in(at, &["ausser"]) && view.count(at + 1).is_some_and(|it| it < least)
                    || view.key_in(at, &["ausnahme", "ausnahmen"])
                        && at > self.first
                        && view.count(at - 1).is_some_and(|it| it < least)
            };
            if exceptions && but() && of_persons_or_all(self) && !self.speaks_of_things(at) {
                found.add(&DIFFERENCE, Review, view.start(at), view.end(at + 1));
            }
            // "Jeder Fünfte von 15".
            if each
                && view.key_in(at, &["jeder", "jede", "jeden"])
                && view.key_in(at + 2, &["von", "der"])
                && (at + 3..self.last.min(at + 6))
                    .any(|it| view.count(it).is_some_and(|it| it < 50))
            {
                found.add(&DIFFERENCE, Review, view.start(at), view.end(at + 3));
            }
            if self.stands_for_persons(at) {
                found.add(&SMALL_COUNT, Review, view.start(at), view.end(at));
            }
            // "Frauenbereich 1, Männerbereich 19".
            if view.is_capital(at)
                && view.is(at, NOUN)
                && view
                    .count(at + 1)
                    .is_some_and(|it| (1..least).contains(&it))
                && OF_PERSONS.iter().any(|it| view.key(at).starts_with(it))
                && (at + 2 >= self.last || view.is_mark(at + 2, &[',', '.', ';', ')']))
            {
                found.add(&SMALL_COUNT, Review, view.start(at), view.end(at + 1));
            }
            // "93 Prozent der 14 Teilnehmenden".
            if !self.persons.is_empty()
                && (view.key_in(at, &["prozent", "v"]) || view.is_mark(at, &['%']))
            {
                let base = self.persons.iter().find(|it| {
                    it.at > at
                        && it.at < at + 8
                        && view
                            .count(it.first)
                            .is_some_and(|base| (5..50).contains(&base))
                });
                if let Some(base) = base {
                    found.add(&DIFFERENCE, Review, view.start(at), view.end(base.at));
                }
            }
            // "3 von 9 Gästen".
            if at > self.first
                && view
                    .count(at - 1)
                    .is_some_and(|it| (1..least).contains(&it))
                && view.key_in(at, &["von", "der", "unter"])
                && view
                    .count(at + 1 + usize::from(view.key_in(at + 1, &["den", "insgesamt", "rund"])))
                    .is_some()
                && !self.persons.is_empty()
            {
                found.add(&SMALL_COUNT, Review, view.start(at - 1), view.end(at + 1));
            }
        }
        self.differences(least, found);
    }

    /// A noun of an act, in which each is one person.
    fn is_act(&self, at: usize) -> bool {
        let view = self.view;
        (view.is_capital(at) || view.small) && ACTS.iter().any(|it| view.key(at).ends_with(it))
    }

    fn counts_acts(&self, at: usize) -> bool {
        self.is_act(at) || self.view.is(at, LOOKS | COMMON) && self.is_act(at + 1)
    }

    fn speaks_of_things(&self, until: usize) -> bool {
        let view = self.view;
        (self.first..self.last).any(|it| {
            it != until
                && view.is_capital(it)
                && view.is(it, NOUN | FAMILIAR)
                && !view.is(it, ANYBODY | COMMON)
        })
    }

    /// "Vier haben zugesagt", "lediglich vier ohne Wohnsitz": a small number without a noun, where no thing has been spoken of.
    fn stands_for_persons(&self, at: usize) -> bool {
        let view = self.view;
        let Some(unit) = view.get(at) else {
            return false;
        };
        let small = view.count(at).is_some_and(|it| (2..5).contains(&it))
            && matches!(unit.sort, Sort::Number | Sort::Word)
            && !unit.glued;
        small
            && (view.key_in(
                at + 1,
                &[
                    "haben",
                    "hatten",
                    "sind",
                    "waren",
                    "kamen",
                    "kommen",
                    "blieben",
                    "bleiben",
                    "wollten",
                    "wollen",
                    "sassen",
                    "sitzen",
                    "standen",
                    "stehen",
                    "schliefen",
                    "schlafen",
                    "gingen",
                    "gehen",
                    "wurden",
                    "nahmen",
                    "nehmen",
                    "leben",
                    "lebten",
                    "wohnen",
                ],
            ) || self.any(&["lediglich", "nur", "bloss"])
                && (at + 1 >= self.last
                    || view.is_mark(at + 1, &[',', '.', '!'])
                    || view.key_in(at + 1, &["ohne", "mit", "aus", "davon", "von", "blieben"]))
                && self.bits & (DOES | SEVERAL) != 0)
            && !(self.first..at).any(|it| {
                view.is_capital(it) && view.is(it, NOUN | FAMILIAR) && !view.is(it, ANYBODY)
            })
    }

    fn counts_things(&self, number: usize) -> bool {
        let view = self.view;
        if view.key_in(
            number + 1,
            &[
                "in", "aus", "von", "mit", "im", "am", "zu", "zum", "zur", "beim", "bei", "nach",
                "auf", "an", "fuer", "das", "die", "der", "den", "dem",
            ],
        ) {
            return false;
        }
        (number + 1..self.last.min(number + 3))
            .any(|at| view.is_capital(at) && view.is(at, NOUN) && !view.is(at, ANYBODY))
    }

    /// "Unter den 18 Angetroffenen waren 17 Erwachsene", "12 Personen, 11 davon aus Krefeld".
    fn differences(&self, least: u32, found: &mut Found) {
        let view = self.view;
        if self.persons.is_empty() || !(self.any(&["davon", "darunter", "unter", "von", "waren"])) {
            return;
        }
        let counts: Vec<(usize, u32)> = (self.first..self.last)
            .filter_map(|at| view.count(at).filter(|it| *it >= least).map(|it| (at, it)))
            .filter(|(at, _)| {
                !view.key_in(at.wrapping_sub(1), &["unter", "ueber", "bis", "mindestens"])
                    && !self.counts_things(*at)
                    && !view.is_mark(*at + 1, &['%', ':', '€'])
                    && !view.key_in(*at + 1, &["uhr", "prozent", "bis"])
            })
            .collect();
        for pair in counts.windows(2) {
            let (first, last) = (pair[0], pair[1]);
            if last.1 < first.1 && first.1 - last.1 < least {
                found.add(&DIFFERENCE, Review, view.start(first.0), view.end(last.0));
            }
        }
    }

    pub(crate) fn clock(&self, found: &mut Found) {
        let view = self.view;
        for at in self.first..self.last {
            let Some((last, odd)) = clock_time(view, at) else {
                continue;
            };
            let planned = (self.first..self.last).any(|it| {
                let key = view.key(it);
                [
                    "beginn", "wechsel", "sitzung", "termin", "dienst", "schicht", "oeffnung",
                    "ende",
                ]
                .iter()
                .any(|end| key.ends_with(end))
            });
            let person = self.one.is_some()
                || self.pronoun.is_some()
                || self.elliptic.is_some()
                || self.headless
                || self.bits & (SUSPECT | INCIDENT | KIN) != 0 && !planned;
            let moved = (self.first..self.last)
                .any(|it| view.is(it, DOES) && view.key_in(it, MOVES))
                || !self.any(&["linie", "ersatzverkehr", "zug", "fahrplan", "takt"])
                    && self.any(&[
                        "abfahrt",
                        "abgeholt",
                        "eintreffen",
                        "betritt",
                        "eingetroffen",
                        "gesichtet",
                        "angetroffen",
                    ])
                    && odd;
            if person
                || moved && (odd || self.persons.is_empty()) && self.bits & FAMILIAR == 0
                || odd
                    && self
                        .persons
                        .iter()
                        .any(|it| it.number != Number::Any && it.number != Number::Many)
            {
                found.add(
                    &CLOCK,
                    if person { Reject } else { Review },
                    view.start(at),
                    view.end(last),
                );
            } else if odd
                && !self.any(&["linie", "ersatzverkehr", "zug", "fahrplan", "takt"])
                && !view.key_in(at.wrapping_sub(1), &["ab", "bis", "von"])
                && self.bits & (DOES | ACTED) != 0
            {
                found.add(&CLOCK, Review, view.start(at), view.end(last));
            }
        }
    }
}

/// Acts, each of one person.
const ACTS: &[&str] = &[
    "platzverweis",
    "platzverweise",
    "vermittlungen",
    "hausverbote",
    "aufenthaltsverbote",
    "strafanzeigen",
    "festnahmen",
    "ingewahrsamnahmen",
    "notfaelle",
    "ueberdosen",
    "ueberdosierungen",
    "reanimationen",
    "konsumvorgaenge",
    "drogennotfaelle",
    "suizidversuche",
    "koerperverletzungen",
];

/// How words begin that count persons.
const OF_PERSONS: &[&str] = &[
    "frauen",
    "maenner",
    "jugend",
    "kinder",
    "maedchen",
    "jungen",
    "senioren",
    "gaeste",
    "klient",
    "besuch",
    "bewohn",
    "teilnehm",
    "personen",
    "erwachsene",
    "minderjaehrige",
    "paare",
];

/// What persons do and things don't.
const MOVES: &[&str] = &[
    "betrat",
    "betritt",
    "verliess",
    "verlaesst",
    "kletterte",
    "klettert",
    "stieg",
    "steigt",
    "kam",
    "ging",
    "rannte",
    "rennt",
    "kehrte",
    "verschwand",
    "fluechtete",
    "lief",
    "trat",
    "holt",
    "holte",
    "nahm",
    "warf",
];

fn of_persons_or_all(sentence: &Sentence<'_, '_>) -> bool {
    !sentence.persons.is_empty() || sentence.any(&["alle", "allen"])
}

/// "14:42", "22.17 Uhr", "0835h", "Viertel vor sieben", "drei Minuten nach 9". Gives its last unit and whether the minute is none
/// that one plans with.
fn clock_time(view: &View<'_>, at: usize) -> Option<(usize, bool)> {
    let unit = view.get(at)?;
    if unit.sort == Sort::Number {
        let minutes = |at: usize| {
            view.get(at)
                .filter(|it| {
                    it.glued
                        && it.sort == Sort::Number
                        && it.number < 60
                        && view.end(at) - view.start(at) == 2
                })
                .map(|it| it.number)
        };
        if unit.number < 24
            && !(unit.glued && at > 0 && view.is_mark(at - 1, &['.', ':', ',', '/', '-']))
        {
            let colon = view.is_mark(at + 1, &[':']);
            let dot = view.is_mark(at + 1, &['.']) && view.key_in(at + 3, &["uhr", "h"]);
            if (colon || dot)
                && let Some(minute) = minutes(at + 2)
            {
                let uhr = usize::from(view.key_in(at + 3, &["uhr", "h"]));
                return Some((at + 2 + uhr, minute % 5 != 0));
            }
        }
        let digits = view.end(at) - view.start(at);
        if digits == 4 && unit.number < 2400 && unit.number % 100 < 60 {
            let hour = view.get(at + 1).is_some_and(|it| it.glued)
                && view.key_in(at + 1, &["h", "uhr"])
                || view.key_in(at + 1, &["uhr"]);
            let bare = view.small
                && view.key_in(
                    at + 1,
                    &[
                        "abgeholt",
                        "zurueck",
                        "raus",
                        "rein",
                        "wieder",
                        "weg",
                        "da",
                        "los",
                        "angekommen",
                    ],
                );
            if hour || bare {
                return Some((at + usize::from(hour), unit.number % 5 != 0 || bare));
            }
        }
    }
    // "16 Uhr 35", "6 h 20".
    if unit.sort == Sort::Number
        && unit.number <= 24
        && view.key_in(at + 1, &["uhr", "h"])
        && view
            .get(at + 2)
            .is_some_and(|it| it.sort == Sort::Number && it.number < 60)
        && view.end(at + 2) - view.start(at + 2) == 2
    {
        return Some((
            at + 2,
            view.get(at + 2).is_some_and(|it| it.number % 5 != 0),
        ));
    }
    // None of the words below is another.
    if !matches!(
        view.key(at),
        "halb" | "punkt" | "viertel" | "minuten" | "minute"
    ) {
        return None;
    }
    // "halb elf", "kurz nach sieben".
    if view.key_in(at, &["halb", "punkt"])
        && view.is_word(at + 1)
        && view.count(at + 1).is_some_and(|it| (1..=12).contains(&it))
    {
        return Some((at + 1, false));
    }
    if view.key_in(at, &["viertel", "halb"])
        && (view.key_in(at + 1, &["vor", "nach"]) && view.count(at + 2).is_some_and(|it| it <= 12))
    {
        return Some((at + 2, false));
    }
    if view.key_in(at, &["minuten", "minute"])
        && view.key_in(at + 1, &["nach", "vor"])
        && view.count(at + 2).is_some_and(|it| it <= 24)
    {
        return Some((at + 2, true));
    }
    None
}
