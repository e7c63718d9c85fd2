//! Names of persons (P1), denied by default: a word with a capital passes when it is known as something else.
//!
//! Where a name is expected (behind a title, a function or a first name, before a verb of saying) an unknown word is rejected;
//! elsewhere it is for review. A word that is a name and a noun ("Koch", "Stein") is one or the other by what stands beside it.

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::lexicon::bits::*;
use crate::rule::{FIRST_NAME, INITIALS, NAME as A_NAME, NAME_OR_WORD, UNKNOWN_WORD};
use crate::view::{Case, Sort, View};
use crate::words::*;

/// Words between a title and a name.
const BETWEEN: &[&str] = &[
    "dr", "prof", "med", "dipl", "ing", "von", "van", "de", "der", "den", "zu", "zur", "vom", "el",
    "al", "ben", "bin", "abu", "di", "da", "del", "ten", "ter", "und",
];

/// Titles that are nothing else; what follows them with a capital is a name, whatever else it may be.
const SURE: &[&str] = &[
    "herr",
    "herrn",
    "hr",
    "hrn",
    "frau",
    "fr",
    "fraeulein",
    "dr",
    "prof",
    "mr",
    "mrs",
    "ms",
    "phk",
    "phkin",
    "pok",
    "pokin",
    "pk",
    "pkin",
    "pom",
    "pomin",
    "khk",
    "khkin",
    "kok",
    "kokin",
    "kk",
    "kkin",
    "ekhk",
    "ephk",
    "eheleute",
    "ehepaar",
    "gez",
    "alias",
    "namens",
    "opa",
    "oma",
    "onkel",
    "tante",
    "ra",
];

/// What introduces a name.
const NAMED: &[&str] = &[
    "namens",
    "alias",
    "genannt",
    "gewisser",
    "gewisse",
    "gewissen",
    "heisst",
    "hiess",
    "gez",
    "spitzname",
    "vorname",
    "nachname",
    "name",
    "rufname",
];

pub(crate) fn scan(view: &View<'_>, words: &Words, found: &mut Found) {
    let mut at = 0;
    while at < view.len() {
        if !view.is_word(at) {
            at += 1;
            continue;
        }
        at = match behind_title(view, at, found) {
            Some(next) => next,
            None => {
                word(view, words, at, found);
                at + 1
            }
        };
    }
}

/// Nothing is known of it but perhaps that it is a name.
fn is_unknown(view: &View<'_>, at: usize) -> bool {
    view.get(at)
        .is_some_and(|unit| unit.sort == Sort::Word && unit.letters >= 2 && unit.bits & KNOWN == 0)
}

fn is_name(view: &View<'_>, at: usize) -> bool {
    view.is(at, NAME | SURNAME)
}

/// Could be a name, for what its letters are: written with a capital, or anything in a text without capitals.
fn may_be_name(view: &View<'_>, at: usize) -> bool {
    view.is_capital(at) || view.small && view.is_word(at)
}

/// An initial: one letter, a capital where the text has any.
fn is_initial(view: &View<'_>, at: usize) -> bool {
    view.get(at).is_some_and(|unit| {
        unit.sort == Sort::Word && unit.letters == 1 && !unit.hyphens && unit.case != Case::Small
    })
}

/// "Herrn Dr. Koch", "Hausmeister Lüdicke", "POK'in Siebenlist", "Familie Rademakers-Pohl". Gives where to go on.
fn behind_title(view: &View<'_>, at: usize, found: &mut Found) -> Option<usize> {
    let key = view.key(at);
    let title = view.is(at, TITLE);
    let introduces = title && NAMED.contains(&key);
    let person = view.is(at, ANYBODY) && view.is_capital(at);
    if !title && !person {
        return None;
    }
    let sure = introduces || title && SURE.contains(&key);
    let abbreviated = view.get(at).is_some_and(|it| it.letters <= 3);
    let mut next = at + 1;
    // "POK'in", "StA'in".
    if view.is_mark(next, &['\'', '’', '‘', '´', '`']) && view.key_in(next + 1, &["in"]) {
        next += 2;
    }
    if view.is_mark(next, &['.']) && (sure || abbreviated) {
        next += 1;
    }
    if introduces && view.is_mark(next, &[':', '„', '"', '“', '‚']) {
        next += 1;
    }
    let mut noble = false;
    for step in 0..5 {
        let key = view.key(next);
        // "Herr der Lage" is nobody; "van der Houwen" is somebody.
        if step == 0 && matches!(key, "der" | "den" | "und" | "zur" | "zu" | "vom") {
            break;
        }
        if sure && view.is(next, TITLE) && SURE.contains(&key)
            || BETWEEN.contains(&key)
                && (sure || next > at + 1 || view.key_in(next, &["van", "von"]))
        {
            noble |= matches!(key, "von" | "van" | "de" | "zu");
            next += 1 + usize::from(view.is_mark(next + 1, &['.']));
        } else {
            break;
        }
    }
    let unit = view.get(next)?;
    if unit.sort != Sort::Word || unit.sentence != view.get(at)?.sentence {
        return None;
    }
    let plain = view.small || view.loud;
    let names = if is_initial(view, next) && view.is_mark(next + 1, &['.']) {
        sure || view.is(at, TITLE)
    } else if unit.letters < 2 {
        false
    } else if sure {
        // "Frau mit Kinderwagen", "Herr der Lage", "frau steht am kiosk".
        // In a text with capitals, what has one behind "Frau" is a name, also "Lange" and "Kurz".
        let salutes = matches!(key, "herr" | "herrn" | "hr" | "hrn" | "frau" | "fr");
        let word =
            unit.bits & (COMMON | QUANTITY | NUMERAL) != 0 && !(salutes && !plain && !unit.begins);
        match plain {
            true => {
                !word
                    && (unit.bits & KNOWN == 0
                        || is_name(view, next)
                        || unit.bits & NOUN != 0
                            && unit.bits & (SAYS | DOES | LOOK | STREET | INSTITUTION) == 0)
            }
            false => {
                view.is_capital(next)
                    && !word
                    && !(noble && next == at + 2 && unit.bits & KNOWN != 0 && unit.bits & NAME == 0)
                    && unit.case != Case::Mixed
            }
        }
    } else if introduces {
        view.is_capital(next) && !unit.begins
    } else {
        may_be_name(view, next)
            && (is_unknown(view, next) && unit.case != Case::Upper
                || unit.bits & (NAME | SURNAME) != 0
                    && unit.bits & (MEANT | STREET) == 0
                    && !(unit.bits & ANYBODY != 0 && view.small)
                    && (unit.bits & KNOWN == 0 || view.is(at, TITLE)))
    };
    let institution = view
        .before(at)
        .is_some_and(|it| it.bits & INSTITUTION != 0 && it.bits & ANYBODY == 0);
    if !names || institution || leads_to_place(view, next) {
        return None;
    }
    // A plural before a name says less: "die Anwohner Nord".
    let one = title || view.is(at, ONE | SINGULAR | KIN | SUSPECT);
    let mut last = next;
    while (view.is_capital(last + 1) && (is_unknown(view, last + 1) || is_name(view, last + 1)))
        && last - next < 3
    {
        last += 1;
    }
    let severity = if one || is_unknown(view, next) {
        Reject
    } else {
        Review
    };
    found.add(&A_NAME, severity, view.start(at), view.end(last));
    Some(last + 1)
}

/// Before a word that makes a place or an institution of it: "Linner Straße", "Karl Schule".
fn leads_to_place(view: &View<'_>, at: usize) -> bool {
    // Words that make nothing of what stands before them without a hyphen: "Laut Joachim Fest".
    const LOOSE: &[&str] = &[
        "fest", "tag", "woche", "plan", "bau", "preis", "test", "gesetz", "linie", "bund", "orden",
        "kreuz", "burg", "programm", "projekt",
    ];
    let place = |next: usize| {
        let key = view.key(next);
        view.is_capital(next)
            && built_in(key.as_bytes()) & (STREET | INSTITUTION) != 0
            && !LOOSE.contains(&key)
            && !view.is(next, ANYBODY)
            || view.is_capital(next)
                && view.is(next, INSTITUTION)
                && !view.is(next, NAME | ANYBODY)
                && view.is(next, COMPOUND)
    };
    (place(at + 1) && !view.is(at + 1, NAME))
        || (view.is_capital(at + 1) && is_name(view, at + 1) && place(at + 2))
        || view.is_mark(at + 1, &['-'])
}

fn word(view: &View<'_>, words: &Words, at: usize, found: &mut Found) {
    let Some(unit) = view.get(at) else { return };
    if is_initial(view, at) {
        initials(view, at, found);
        return;
    }
    if unit.letters < 2 || unit.bits & CHARTER != 0 {
        return;
    }
    let capital = unit.case != Case::Small;
    // ", sagte Alt."
    let said = !unit.begins
        && view
            .before(at)
            .is_some_and(|it| it.case == Case::Small && it.bits & SAYS != 0);
    if capital
        && said
        && unit.bits & LAST != 0
        && unit.bits & NOUN == 0
        && view.is_mark(at + 1, &['.', ',', ':', '"', '“'])
    {
        found.add(&NAME_OR_WORD, Review, view.start(at), view.end(at));
        return;
    }
    if capital
        && is_name(view, at)
        && unit.bits & (MEANT | STREET | INSTITUTION) == 0
        && full_name(view, at, found)
    {
        return;
    }
    if unit.bits & KNOWN == 0 {
        unknown(view, words, at, found);
    } else if unit.bits & (NAME | SURNAME) != 0 && unit.bits & (MEANT | STREET) == 0 {
        name_or_word(view, at, found);
    } else if capital && unit.bits & MEANT == 0 {
        quoted(view, at, found);
    }
}

/// A first name or surname and another one: "Wiebke Tannhausen", "Zimmermann, Lea".
fn full_name(view: &View<'_>, at: usize, found: &mut Found) -> bool {
    let comma = view.is_mark(at + 1, &[',']);
    let next = if comma { at + 2 } else { at + 1 };
    let Some(after) = view.get(next) else {
        return false;
    };
    if after.sentence != view.sentence(at)
        || !view.is_capital(next)
        || leads_to_place(view, next)
        || leads_to_place(view, at)
    {
        return false;
    }
    if institution_before(view, at) {
        return false;
    }
    let first = view.is(at, FIRST);
    let pure = view.bits(at) & KNOWN == 0 || first && view.bits(at) & NOUN == 0;
    let fits = if comma {
        after.bits & FIRST != 0 && after.bits & KNOWN == 0 && view.is(at, LAST | SURNAME)
    } else if is_initial(view, next) {
        view.is_mark(next + 1, &['.']) && first
    } else {
        first
            && after.letters > 1
            && after.bits & MEANT == 0
            && (pure && (after.bits & (STREET | INSTITUTION) == 0) || after.bits & KNOWN == 0)
            && (after.bits & KNOWN == 0 || after.bits & (LAST | SURNAME) != 0)
    };
    if fits {
        found.add(&A_NAME, Reject, view.start(at), view.end(next));
    }
    fits
}

/// Institutions that are named after persons, by a name that follows: "Am Berufskolleg Vera Beckers".
const NAMED_AFTER: &[&str] = &[
    "schule",
    "grundschule",
    "hauptschule",
    "realschule",
    "gesamtschule",
    "gymnasium",
    "berufskolleg",
    "kolleg",
    "stiftung",
    "museum",
    "theater",
    "klinik",
    "klinikum",
    "krankenhaus",
    "apotheke",
    "hotel",
    "pension",
    "kita",
    "kindergarten",
    "stadion",
    "pfarrei",
    "gemeinde",
    "kirche",
    "kapelle",
    "institut",
    "verlag",
    "galerie",
    "brauerei",
    "firma",
    "cafe",
    "restaurant",
    "gaststaette",
    "discounter",
    "supermarkt",
    "kolpinghaus",
    "seniorenheim",
    "park",
    "platz",
    "siedlung",
    "anlage",
    "haltestelle",
    "kinderheim",
    "haus",
];

fn institution_before(view: &View<'_>, at: usize) -> bool {
    let named = |at: usize| view.is_capital(at) && view.key_in(at, NAMED_AFTER);
    view.before(at).is_some() && named(at - 1)
        || at >= 2 && view.is_capital(at - 1) && is_name(view, at - 1) && named(at - 2)
}

/// "M. Oyelaran", "Thomas M.", "D. B. und R. T.", "S. aus der Marktstraße".
fn initials(view: &View<'_>, at: usize, found: &mut Found) {
    if !view.is_mark(at + 1, &['.']) || !view.get(at + 1).is_some_and(|it| it.glued) {
        return;
    }
    let Some(unit) = view.get(at) else { return };
    let next = at + 2;
    let number = view.get(next).is_some_and(|it| it.sort == Sort::Number);
    let key = view.key(at);
    // "S. 14", "z. B.", "i. V. m.", "e. V.", "A. Allgemeines" and list labels.
    let small_before = at >= 2
        && view.is_mark(at - 1, &['.'])
        && view
            .get(at - 2)
            .is_some_and(|it| it.letters == 1 && it.case == Case::Small);
    let dotted = view.get(at).is_some_and(|it| it.glued);
    if number
        || small_before
        || dotted && at >= 2 && view.is_mark(at - 1, &['.']) && !is_initial(view, at - 2)
    {
        return;
    }
    let pair = is_initial(view, next) && view.is_mark(next + 1, &['.']);
    if is_unknown(view, next) && view.is_capital(next)
        || view.is_capital(next)
            && view.is(next, LAST | SURNAME)
            && !view.is(next, MEANT | STREET)
            && view
                .get(next)
                .is_some_and(|it| it.sentence == unit.sentence)
    {
        if !leads_to_place(view, next) {
            found.add(&A_NAME, Reject, view.start(at), view.end(next));
        }
        return;
    }
    let label = unit.begins && view.is_capital(next) && !pair;
    let roman = matches!(key, "i" | "v" | "x");
    let before_pair = at >= 2 && is_initial(view, at - 2) && view.is_mark(at - 1, &['.']);
    if label || roman && !pair && !before_pair {
        return;
    }
    found.add(&INITIALS, Review, view.start(at), view.end(at + 1));
}

/// Is something said, done or owned by it.
fn acts(view: &View<'_>, at: usize) -> bool {
    let next = at + 1;
    let verb = view.get(next).is_some_and(|it| {
        it.sort == Sort::Word
            && it.case == Case::Small
            && it.bits & (SAYS | DOES) != 0
            && Some(it.sentence) == view.get(at).map(|it| it.sentence)
    });
    let said = view
        .before(at)
        .is_some_and(|it| it.sort == Sort::Word && it.case == Case::Small && it.bits & SAYS != 0)
        || view
            .before(at)
            .is_some_and(|_| view.key_in(at - 1, &["laut", "so"]));
    verb || said
}

fn unknown(view: &View<'_>, words: &Words, at: usize, found: &mut Found) {
    let Some(unit) = view.get(at) else { return };
    let name = unit.bits & NAME != 0;
    let small = unit.case == Case::Small;
    if leads_to_place(view, at) || institution_before(view, at) {
        return;
    }
    if small && !view.small {
        // In a text with capitals a small unknown word is a mistyped one, unless it is a first name and nothing else.
        if unit.bits & FIRST != 0 && unit.letters >= 4 {
            found.add(&FIRST_NAME, Review, view.start(at), view.end(at));
        }
        return;
    }
    // Abbreviations: "GSAK", "SWK", "PolG"; and what has a number joined to it is a thing's name: "V3", "U76".
    let short =
        matches!(unit.case, Case::Upper | Case::Mixed) && unit.letters <= 5 && !view.loud && !name;
    let numbered = view
        .get(at + 1)
        .is_some_and(|it| it.glued && it.sort == Sort::Number)
        || unit.glued && at > 0 && view.get(at - 1).is_some_and(|it| it.sort == Sort::Number);
    if short || numbered || unit.letters == 2 && !name {
        return;
    }
    // "max. 20", "St. Anton".
    if view.is_mark(at + 1, &['.'])
        && view.get(at + 1).is_some_and(|it| it.glued)
        && view.key_in(at, &["max", "st"])
        || view.key_in(at, &["sankt", "st"])
        || saint(view, at) && is_church(view, at)
    {
        return;
    }
    let first = unit.bits & FIRST != 0;
    if !small && acts(view, at) {
        found.add(
            &A_NAME,
            if first || name || view.get(at + 1).is_some_and(|it| it.bits & SAYS != 0) {
                Reject
            } else {
                Review
            },
            view.start(at),
            view.end(at),
        );
    } else if first {
        found.add(&FIRST_NAME, Review, view.start(at), view.end(at));
    } else if small {
        if name || unit.letters >= 5 && !words.once(view.key(at).as_bytes(), || mistyped(view, at))
        {
            found.add(&UNKNOWN_WORD, Review, view.start(at), view.end(at));
        }
    } else {
        found.add(&UNKNOWN_WORD, Review, view.start(at), view.end(at));
    }
}

/// "Sankt Dionysius", "St. Anton".
fn saint(view: &View<'_>, at: usize) -> bool {
    let back = if at > 0 && view.is_mark(at - 1, &['.']) {
        at.wrapping_sub(2)
    } else {
        at.wrapping_sub(1)
    };
    view.key_in(back, &["sankt", "st", "mariae", "hl"])
}

/// Whether a church or another house is meant: at the sentence's beginning, or where an institution is named.
fn is_church(view: &View<'_>, at: usize) -> bool {
    let sentence = view.sentence(at);
    let back = if at > 0 && view.is_mark(at - 1, &['.']) {
        2
    } else {
        1
    };
    view.get(at.wrapping_sub(back)).is_some_and(|it| it.begins)
        || (at.saturating_sub(6)..at + 6)
            .any(|it| view.sentence(it) == sentence && view.is(it, INSTITUTION | STREET))
}

/// One letter too few, too many, wrong or swapped: hasty typing, if what results is a word.
fn mistyped(view: &View<'_>, at: usize) -> bool {
    let key = view.key(at).as_bytes();
    if !(4..=24).contains(&key.len()) {
        return false;
    }
    let known = |word: &[u8]| {
        crate::lexicon::whole(word) & (NOUN | WORD) != 0
            || built_in(word) & (COMMON | STREET | FAMILIAR) != 0
    };
    let mut word = key.to_vec();
    for at in 0..key.len() - 1 {
        word.swap(at, at + 1);
        let fits = known(&word) || street(&word) != 0;
        word.swap(at, at + 1);
        if fits {
            return true;
        }
    }
    for at in 1..key.len() {
        let mut less = key.to_vec();
        less.remove(at);
        if known(&less) {
            return true;
        }
        for letter in b"enirstadhulgcmobkf" {
            word[at] = *letter;
            if known(&word) {
                return true;
            }
        }
        word[at] = key[at];
    }
    (1..=key.len()).any(|at| {
        b"enirstadhulgcmobkf".iter().any(|letter| {
            let mut more = key.to_vec();
            more.insert(at, *letter);
            known(&more)
        })
    })
}

const ARTICLES: &[&str] = &[
    "der", "die", "das", "dem", "den", "des", "ein", "eine", "einen", "einem", "einer", "eines",
    "im", "am", "zum", "zur", "vom", "beim", "ins", "ans", "kein", "keine", "keinen",
];

/// A word that is a name too: somebody's, if it stands as a name does.
fn name_or_word(view: &View<'_>, at: usize, found: &mut Found) {
    let Some(unit) = view.get(at) else { return };
    if unit.case == Case::Small
        || view.small
        || leads_to_place(view, at)
        || institution_before(view, at)
    {
        return;
    }
    let before = at.checked_sub(1).filter(|_| view.before(at).is_some());
    // An article, an adjective or a number before it makes a noun of it, and so does another noun.
    let noun = before.is_some_and(|at| {
        view.key_in(at, ARTICLES)
            || view.count(at).is_some()
            || view.is(at, QUANTITY)
            || view.get(at).is_some_and(|it| {
                it.case == Case::Small
                    && it.bits & WORD != 0
                    && it.bits & (COMMON | SAYS) == 0
                    && !is_past(view.key(at))
                    && ["e", "er", "es", "en", "em"]
                        .iter()
                        .any(|end| view.key(at).ends_with(end))
            })
    });
    if noun {
        return;
    }
    if saint(view, at) {
        if !is_church(view, at) {
            found.add(&NAME_OR_WORD, Review, view.start(at), view.end(at));
        }
        return;
    }
    let noun = unit.bits & NOUN != 0;
    let strong = unit.bits & SURNAME != 0 || !noun && unit.bits & PLACE == 0;
    let next = view.get(at + 1).filter(|it| it.sentence == unit.sentence);
    let verb_before = before.is_some_and(|at| {
        view.get(at).is_some_and(|it| {
            it.sort == Sort::Word && it.case == Case::Small && it.bits & (WORD | SAYS | DOES) != 0
        }) && (view.is(at, SAYS) || is_past(view.key(at)))
    }) || before.is_some_and(|it| view.key_in(it, &["so", "laut"]));
    let says =
        next.is_some_and(|it| it.bits & SAYS != 0 && it.case == Case::Small) && acts(view, at);
    let pronoun = (at + 1..view.len().min(at + 8))
        .any(|it| view.key_in(it, &["er", "ihm", "ihn"]) && view.sentence(it) == unit.sentence);
    let hands = before
        .is_some_and(|at| view.key_in(at, &["an", "mit", "bei", "von", "fuer", "laut", "durch"]));
    // "mit Fischer, Gärtner und Müller": trades, unless the others can be nothing but names.
    let list = |at: usize| view.is_mark(at, &[',']) || view.key_in(at, &["und", "oder", "sowie"]);
    let beside = [
        at.checked_sub(2).filter(|it| list(it + 1)),
        Some(at + 2).filter(|_| list(at + 1)),
    ];
    let among_nouns = beside
        .iter()
        .flatten()
        .any(|it| view.is_capital(*it) && view.is(*it, NOUN));
    let among_names = beside
        .iter()
        .flatten()
        .any(|it| view.is_capital(*it) && view.bits(*it) & KNOWN == 0);
    let noun_before = before.is_some_and(|it| {
        view.is_capital(it)
            && view.is(it, NOUN)
            && !view.is(it, NAME | STREET | INSTITUTION | ANYBODY)
            && !view.get(it).is_some_and(|it| it.begins)
    });
    // "Grüße, Lena".
    let signs = at >= 2
        && view.is_mark(at - 1, &[','])
        && view.key_in(
            at - 2,
            &[
                "gruesse", "gruss", "gruessen", "vg", "lg", "mfg", "dank", "danke", "hallo",
                "moin", "liebe", "lieber",
            ],
        );
    let announced = !unit.begins && before.is_some_and(|it| view.is_mark(it, &[':', '(']));
    let past = next.is_some_and(|it| it.case == Case::Small && it.bits & WORD != 0)
        && is_past(view.key(at + 1));
    if says && !among_nouns || pronoun && (hands || says) {
        found.add(
            &NAME_OR_WORD,
            if strong && says { Reject } else { Review },
            view.start(at),
            view.end(at),
        );
    } else if verb_before && (unit.bits & PLACE == 0 || unit.bits & NAME != 0) && !among_nouns
        || (strong || unit.bits & FIRST != 0 && unit.bits & PLACE == 0)
            && !among_nouns
            && (hands || announced && strong || past && strong)
        || noun_before && unit.bits & SURNAME != 0
        || signs
        || among_names
        || unit.bits & SURNAME != 0 && !noun
    {
        found.add(&NAME_OR_WORD, Review, view.start(at), view.end(at));
    }
}

/// A verb's form that tells of what was: "agierte", "erklärte".
fn is_past(key: &str) -> bool {
    key.len() >= 6
        && key.ends_with("te")
        && !matches!(
            key,
            "heute"
                | "konnte"
                | "sollte"
                | "musste"
                | "mussten"
                | "breite"
                | "letzte"
                | "erste"
                | "rechte"
                | "weite"
                | "bitte"
                | "beste"
                | "gesamte"
        )
        || matches!(
            key,
            "stieg"
                | "schrieb"
                | "wurde"
                | "konnte"
                | "gelang"
                | "trat"
                | "erhielt"
                | "begann"
                | "gewann"
                | "verlor"
                | "blieb"
                | "stand"
                | "liess"
        )
}

/// A single word in quotation marks behind "von", "mit" and their like is what somebody is called.
fn quoted(view: &View<'_>, at: usize, found: &mut Found) {
    let quotes = at >= 2
        && view.is_mark(at - 1, &['„', '"', '“', '‚', '»', '\''])
        && view.is_mark(at + 1, &['“', '"', '”', '‘', '«', '\'']);
    if quotes
        && view.key_in(
            at - 2,
            &[
                "von", "mit", "durch", "an", "bei", "und", "genannt", "alias", "heisst", "namens",
                "er", "sie", "ist", "fuer", "der", "die", "den", "dem",
            ],
        )
    {
        found.add(&FIRST_NAME, Review, view.start(at), view.end(at));
    }
}
