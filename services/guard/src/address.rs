//! Where somebody lives (P4): a street with a house number, a flat, a room, a plot, coordinates. The facilities of the charter's
//! register of places may be named with their address.

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::rule::{ADDRESS, COORDINATES, DWELLING};
use crate::view::{Case, NO_NUMBER, Sort, View};
use crate::words::*;

/// The addresses of the charter's facilities: the street in the guard's spelling and the house number.
#[derive(Debug, Default)]
pub(crate) struct Register(Vec<(String, u32)>);

impl Register {
    /// Reads the addresses out of the places' names: "DHZ, Schwertstraße 80".
    pub(crate) fn of<'a>(places: impl Iterator<Item = &'a str>) -> Self {
        let mut found = Vec::new();
        for place in places {
            let mut before = "";
            for part in place.split([' ', ',', '(', ')']) {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                if let Ok(number) = digits.parse()
                    && !before.is_empty()
                {
                    found.push((spelling(before), number));
                }
                before = part;
            }
        }
        Self(found)
    }

    fn has(&self, street: &str, number: u32) -> bool {
        let street = street.strip_suffix("strasse").unwrap_or(street);
        let street = street.strip_suffix("str").unwrap_or(street);
        self.0.iter().any(|(name, it)| {
            *it == number && name.strip_suffix("strasse").unwrap_or(name) == street
        })
    }
}

/// Parts of a house in which somebody lives.
const DWELLINGS: &[&str] = &[
    "wohnung",
    "whg",
    "appartement",
    "apartment",
    "app",
    "zimmer",
    "zi",
    "bewohnerzimmer",
    "zelle",
    "haftraum",
    "bett",
    "parzelle",
    "stellplatz",
    "wohneinheit",
    "we",
    "hausnummer",
    "hausnr",
    "stube",
    "container",
    "wohncontainer",
    "schlafplatz",
    "garten",
    "kleingarten",
    "laube",
    "gartenlaube",
    "einzelzimmer",
    "doppelzimmer",
    "studio",
    "loft",
    "spind",
    "klingel",
    "briefkasten",
];

/// Where rooms are for meetings.
const MEETINGS: &[&str] = &[
    "sitzung",
    "rathaus",
    "stadthaus",
    "besprechung",
    "treffen",
    "termin",
    "schulung",
    "workshop",
    "tagung",
    "seminar",
    "kurs",
    "konferenz",
    "volkshochschule",
    "saal",
    "beamer",
    "ausschuss",
    "verlegt",
    "vortrag",
    "hoersaal",
    "sprechstunde",
    "buero",
];

const SIDES: &[&str] = &["links", "rechts", "mitte", "hinten", "vorne"];

const FLOORS: &[&str] = &[
    "og",
    "eg",
    "ug",
    "dg",
    "etage",
    "stock",
    "stockwerk",
    "obergeschoss",
    "erdgeschoss",
    "dachgeschoss",
    "hinterhaus",
    "vorderhaus",
    "souterrain",
];

pub(crate) fn scan(view: &View<'_>, register: &Register, found: &mut Found) {
    for at in 0..view.len() {
        let Some(unit) = view.get(at) else { continue };
        match unit.sort {
            Sort::Word => {
                // Most words have no number near them, and need not be looked at.
                if (at + 1..at + 5).any(|it| is_number(view, it)) {
                    street(view, at, register, found);
                    dwelling(view, at, found);
                } else if unit.letters <= 14 && view.key_in(at + 1, SIDES) {
                    dwelling(view, at, found);
                }
            }
            Sort::Number => {
                floor(view, at, found);
                coordinates(view, at, found);
            }
            Sort::Mark(_) => {}
        }
    }
}

fn is_number(view: &View<'_>, at: usize) -> bool {
    view.get(at).is_some_and(|it| it.sort == Sort::Number)
}

/// The number that follows, behind "Nr." and the like.
fn number_after(view: &View<'_>, at: usize) -> Option<usize> {
    let mut next = at;
    if view.is_mark(next, &['.']) {
        next += 1;
    }
    if view.is_mark(next, &[',']) && view.key_in(next + 1, &["nr", "hausnr", "hausnummer", "haus"])
    {
        next += 1;
    }
    for _ in 0..2 {
        if view.key_in(
            next,
            &["nr", "hausnr", "hausnummer", "no", "haus", "nummer"],
        ) {
            next += 1 + usize::from(view.is_mark(next + 1, &['.']));
        }
    }
    is_number(view, next).then_some(next)
}

fn street(view: &View<'_>, at: usize, register: &Register, found: &mut Found) {
    if !view.is(at, STREET) && !street_with_preposition(view, at) {
        unknown_street(view, at, found);
        return;
    }
    let Some(number) = number_after(view, at + 1) else {
        return;
    };
    let Some(unit) = view.get(number) else { return };
    let named = number > at + 1 + usize::from(view.is_mark(at + 1, &['.']));
    if unit.number == 0 || unit.number > 999 || register.has(view.key(at), unit.number) {
        return;
    }
    let key = view.key(at);
    // Platforms have numbers, and nobody lives there.
    if key.ends_with("bahnsteig") || key.ends_with("bussteig") {
        return;
    }
    let sure = [
        "strasse", "str", "allee", "gasse", "weg", "platz", "ring", "wall", "ufer", "damm",
        "chaussee", "pfad", "stieg", "steig",
    ]
    .iter()
    .any(|end| key.ends_with(end));
    // "Straße 5 Meter breit", "am Ostwall 30 Personen", "Neumarkt 14 Uhr", "Theaterplatz 3. Quartal".
    let mut after = number + 1;
    // "12 1/2", "3–5", "5a".
    let letter = view.get(after).is_some_and(|it| {
        it.sort == Sort::Word
            && it.letters == 1
            && (it.glued || view.is_mark(after + 1, &[',', '.', ' ']))
    });
    if letter {
        after += 1;
    }
    let range = view.is_mark(after, &['-', '–', '/']) && is_number(view, after + 1);
    if range {
        after += 2;
    }
    // "45 bis 47".
    if view.key_in(after, &["bis", "und"])
        && is_number(view, after + 1)
        && !view.key_in(after + 2, &["uhr"])
        && !view.is_mark(after + 2, &[':'])
    {
        after += 2;
    }
    let next = view.get(after);
    let counted = !letter
        && next.is_some_and(|it| match it.sort {
            Sort::Word => {
                it.case != Case::Small && !FLOORS.contains(&view.key(after))
                    || view.key_in(
                        after,
                        &[
                            "uhr", "h", "m", "km", "meter", "min", "bis", "von", "euro", "mal",
                            "prozent", "grad", "stunden", "personen", "leute",
                        ],
                    )
            }
            Sort::Mark(':') => {
                is_number(view, after + 1) && view.get(after + 1).is_some_and(|it| it.glued)
            }
            Sort::Mark(c) => {
                matches!(c, '%' | '€' | '°')
                    || c == '.'
                        && view
                            .get(after + 1)
                            .is_some_and(|it| it.glued || view.is_capital(after + 1))
            }
            Sort::Number => !view.is_mark(after + 1, &['/']),
        });
    if counted && !named {
        return;
    }
    // "Tor 3", "Halle 2": a part of a place, and nobody's address.
    const PARTS: &[&str] = &[
        "tor",
        "turm",
        "park",
        "hof",
        "rampe",
        "treppe",
        "tunnel",
        "haltestelle",
        "bahnhof",
        "stadion",
        "bad",
        "passage",
        "unterfuehrung",
        "bruecke",
        "feld",
        "quartier",
        "viertel",
        "wiese",
        "siedlung",
        "zeile",
    ];
    if PARTS.contains(&key)
        && !named
        && !letter
        && view.before(at).is_none_or(|it| it.bits & OF_TOWN == 0)
    {
        return;
    }
    let small = unit.number < 5 && !letter && !sure;
    if sure || named || letter {
        found.add(
            &ADDRESS,
            if small { Review } else { Reject },
            view.start(at),
            view.end(after - 1),
        );
    } else {
        found.add(&ADDRESS, Review, view.start(at), view.end(after - 1));
    }
}

/// "Dahlerdyk 9, siebter Stock": whatever it is, somebody lives there.
fn unknown_street(view: &View<'_>, at: usize, found: &mut Found) {
    let house = view
        .get(at + 1)
        .is_some_and(|it| it.sort == Sort::Number && (1..1000).contains(&it.number));
    if house && view.is_capital(at) && !view.is(at, FAMILIAR | ANYBODY) {
        let floor = (at + 2..at + 6).find(|it| view.key_in(*it, FLOORS));
        if let Some(floor) = floor {
            found.add(&ADDRESS, Review, view.start(at), view.end(floor));
        }
    }
}

/// "Am Samtweberhof 6b", "Im Winkel 3": a street whose name begins with a preposition.
fn street_with_preposition(view: &View<'_>, at: usize) -> bool {
    let preposition = |at: usize| {
        view.get(at).is_some_and(|it| it.case == Case::Capital)
            && view.key_in(
                at,
                &[
                    "am", "an", "auf", "im", "in", "zum", "zur", "unter", "hinter", "vor", "bei",
                ],
            )
    };
    view.is_capital(at)
        && !view.is(at, ANYBODY)
        && (1..=3).any(|back| at >= back && preposition(at - back))
        && view
            .get(at + 1)
            .is_some_and(|it| it.sort == Sort::Number && it.number < 1000)
        && view.get(at + 2).is_none_or(|it| {
            it.glued && it.letters <= 1 && it.sort == Sort::Word || it.sort == Sort::Mark(',')
        })
}

fn dwelling(view: &View<'_>, at: usize, found: &mut Found) {
    let key = view.key(at);
    let room = matches!(key, "raum" | "haus" | "flur" | "eingang" | "aufgang");
    if !room && !DWELLINGS.contains(&key) {
        if view.key_in(at, FLOORS) && view.key_in(at + 1, SIDES) {
            found.add(&DWELLING, Reject, view.start(at), view.end(at + 1));
        }
        return;
    }
    let Some(number) = number_after(view, at + 1) else {
        return;
    };
    let named =
        number > at + 1 && view.key_in(number - 1, &["nr"]) || view.is_mark(number - 1, &['.']);
    if key == "container" && !named || view.get(number).is_some_and(|it| it.number > 9999) {
        return;
    }
    let sentence = view.get(at).map(|it| it.sentence);
    let meeting = (at.saturating_sub(40)..view.len().min(at + 40))
        .any(|it| view.key_in(it, MEETINGS) && view.get(it).map(|it| it.sentence) == sentence);
    let counted = view.is_capital(number + 1)
        && !view.is(number + 1, INSTITUTION)
        && !view.key_in(number + 1, FLOORS)
        && !view.key_in(number + 1, DWELLINGS);
    if meeting || counted {
        return;
    }
    if room && !named {
        if key == "raum" || key == "haus" {
            found.add(&DWELLING, Review, view.start(at), view.end(number));
        }
        return;
    }
    found.add(&DWELLING, Reject, view.start(at), view.end(number));
}

/// "3. OG links", "2. Etage"; a floor alone may be one of an office.
fn floor(view: &View<'_>, at: usize, found: &mut Found) {
    let dot = usize::from(view.is_mark(at + 1, &['.']));
    let floor = at + 1 + dot;
    if dot == 0 || !view.key_in(floor, FLOORS) {
        return;
    }
    let side = floor + 1 + usize::from(view.is_mark(floor + 1, &[',']));
    if view.key_in(
        side,
        &[
            "links",
            "rechts",
            "mitte",
            "hinten",
            "vorne",
            "hinterhaus",
            "wohnung",
            "whg",
        ],
    ) {
        found.add(&DWELLING, Reject, view.start(at), view.end(side));
    }
}

/// "51.33120, 6.56480".
fn coordinates(view: &View<'_>, at: usize, found: &mut Found) {
    let degrees = |at: usize, low: u32, high: u32| {
        is_number(view, at)
            && view
                .get(at)
                .is_some_and(|it| (low..=high).contains(&it.number))
            && view.is_mark(at + 1, &['.', ',', '°'])
            && view.get(at + 2).is_some_and(|it| {
                it.glued
                    && it.sort == Sort::Number
                    && it.number != NO_NUMBER
                    && view.end(at + 2) - view.start(at + 2) >= 3
            })
    };
    if !degrees(at, 46, 56) {
        return;
    }
    let mut next = at + 3;
    while next < at + 8 && !is_number(view, next) {
        next += 1;
    }
    if degrees(next, 5, 16) {
        found.add(&COORDINATES, Reject, view.start(at), view.end(next + 2));
    }
}
