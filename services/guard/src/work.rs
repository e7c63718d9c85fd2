//! What the rules look at, counted in tests alone: the promise of linear work is held against a count, which no busy machine changes.
//!
//! Each token and unit that a rule asks for is a look, and so is each letter of a word that the lexicon is asked for.

use std::cell::Cell;

use proptest::prelude::*;

use crate::{Guard, GuardSettings};

thread_local! {
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

pub(crate) fn looks(count: usize) {
    LOOKS.set(LOOKS.get() + count as u64);
}

/// How many looks a guard that knows no word from before takes at a text.
fn of(text: &str) -> u64 {
    let guard = Guard::new(GuardSettings::default());
    let before = LOOKS.get();
    guard.check(text);
    LOOKS.get() - before
}

/// Most looks for each byte. The worst that is known takes two hundred; ordinary notes take about twenty.
const LOOKS_PER_BYTE: u64 = 1000;

/// What makes the rules look around, or read again what is hidden.
pub(crate) const PIECES: &[&str] = &[
    "0",
    "0 ",
    "0171 ",
    "0171-",
    "a.",
    "a-",
    "@",
    "a@",
    "(",
    "(at)",
    "+",
    "Fall ",
    "fall-",
    "fallnr ",
    "A1",
    "DE12 ",
    "kr-",
    "KR QX 1 ",
    "auto ",
    "12 Js ",
    "1/",
    "/",
    "nr ",
    "\u{200b}",
    "ä",
    "Snapchat: ",
    "t.me/",
    "eins ",
    "H e r r ",
    "rreH ",
    "Klient ",
    "klient ",
    "14:42 ",
    "14:42 Dieb ",
    "Zimmer 5 ",
    "davon 2 ",
    "zwei davon ",
    "er ",
    "Dieb ",
    "%25",
    "&amp;",
    "SGVyciBC",
    "SGVyciBC ",
    "Dieb, ",
    "einer ",
    "Mitglied ",
    "Koch ",
    "Koch, ",
    "2 Personen ",
    "5 von 9 Gästen ",
    "ein Bart ",
    "seine Wunde ",
    "nahm ",
    "der mit Bart ",
    "bis auf einen ",
    "prozent ",
    "Überfall ",
    "krank ",
    "xqzwvkj ",
    "Xqzwvkjr ",
    "Xq-",
    "Herr Xq ",
    "P3r50n ",
    "ein Syrer ",
    "Beschwerde 2 ",
    "jeder dritte von ",
    "alle außer einem ",
    "geb. ",
    "geboren ",
    "ist 5 ",
    "wird sie ",
    "14 Uhr ",
    "St. ",
    "Dr. ",
    "M. ",
    "4865 ",
    "e_",
    "null ",
    "wurde ",
    "Abfahrt 14:42 ",
    "Raum 1 ",
    "5 Jahre alt ",
    "drei ",
    "Platzverweis: 2 ",
    "haelfte der 3 ",
    "beide ",
    "12345/20 ",
    "\\u0041",
    "=41=42",
    "\u{202e}",
    "е",
    "Ａ",
    "é",
    "é ",
    "Éx ",
];

#[test]
fn twice_the_text_is_twice_the_work() {
    for piece in PIECES {
        let of_times = |times: usize| of(&piece.repeat(times));
        let (one, two) = (of_times(500), of_times(1000));
        assert!(two <= one * 21 / 10 + 1000, "{piece}: {one}, {two}");
        let most = LOOKS_PER_BYTE * 1000 * piece.len() as u64;
        assert!(two <= most, "{piece}: {two} of {most}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_takes_more_than_its_length_allows(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..200),
        other in any::<String>(),
    ) {
        for text in [pieces.concat(), pieces.concat() + &other, other] {
            let most = LOOKS_PER_BYTE * (text.len() as u64 + 1);
            prop_assert!(of(&text) <= most, "{} of {}", of(&text), most);
        }
    }
}
