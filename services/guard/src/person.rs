//! Who is spoken of: for each noun of persons whether it means one, a few, many or anybody.
//!
//! German shows it by the article, the ending and the verb; where these leave it open, the reading that a note is more likely to
//! have is taken. The rules about single persons (P6 to P10, P12) stand on this.

use crate::lexicon::bits::*;
use crate::view::{Case, Sort, View};
use crate::words::*;

/// How many a noun of persons means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    One,
    /// Two to four, or a pair; the number's place.
    Few(usize),
    Many,
    /// Everybody, nobody, any.
    Any,
}

/// A noun of persons in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Somebody {
    pub(crate) at: usize,
    /// First word that belongs to it: the article, the number or an adjective.
    pub(crate) first: usize,
    pub(crate) number: Number,
    /// With an article, possessive or number.
    pub(crate) determined: bool,
    /// Possessive: "unser Klient".
    pub(crate) ours: bool,
    pub(crate) sentence: u32,
}

const INDEFINITE: &[&str] = &["ein", "eine", "einen", "einem", "einer", "eines"];
const POSSESSIVE: &[&str] = &["mein", "dein", "sein", "ihr", "unser", "euer"];
/// Articles and what is joined with one that stand before one only.
const OF_ONE: &[&str] = &[
    "das",
    "dem",
    "des",
    "vom",
    "beim",
    "im",
    "am",
    "dasselbe",
    "demselben",
    "desselben",
    "diesem",
    "dieses",
    "jenem",
    "jenes",
];
const DATIVE: &[&str] = &[
    "mit", "bei", "von", "unter", "zwischen", "zu", "nach", "aus", "an", "neben", "vor",
];

/// Adverbs and the like between an article and its noun, or before a number.
const BETWEEN: &[&str] = &[
    "etwa",
    "sehr",
    "meist",
    "nur",
    "noch",
    "rund",
    "ca",
    "circa",
    "mindestens",
    "hoechstens",
    "ungefaehr",
    "gut",
    "knapp",
    "ganz",
    "recht",
    "immer",
    "bereits",
    "schon",
    "fast",
];

/// Everybody who is spoken of.
pub(crate) fn everybody(view: &View<'_>) -> Vec<Somebody> {
    (0..view.len())
        .filter(|at| is_noun_of_persons(view, *at))
        .map(|at| somebody(view, at))
        .collect()
}

fn is_noun_of_persons(view: &View<'_>, at: usize) -> bool {
    let Some(unit) = view.get(at) else {
        return false;
    };
    if unit.sort != Sort::Word
        || unit.bits & ANYBODY == 0
        || unit.letters < 3
        || unit.bits & (OF_TOWN | NEW_STREET | STREET) != 0
    {
        return false;
    }
    // "Feuerzeuge" are no witnesses.
    let key = view.key(at);
    if key.ends_with("zeuge")
        && ["feuer", "fahr", "werk", "spiel", "flug", "schlag"]
            .iter()
            .any(|it| key.len() >= it.len() + 5 && key[..key.len() - 5].ends_with(it))
    {
        return false;
    }
    // "Gast- und Stadtmusikanten".
    let hanging = view.is_mark(at + 1, &['-']) && view.get(at + 1).is_some_and(|it| it.glued);
    if unit.bits & STATISTIC != 0 || hanging {
        return false;
    }
    let small = unit.case == Case::Small;
    if small && unit.bits & ADJECTIVAL != 0 && unit.bits & (ONE | SEVERAL | SUSPECT) == 0
        || matches!(key, "junge" | "jungen" | "typ" | "typen" | "alle") && small
    {
        // "der bekannte verteiler": an adjective, when a noun follows; "ein obdachloser schläft": a noun.
        return view.small
            && unit.bits & PERSON == 0
            && !view.is(at + 1, NOUN | ANYBODY | LOOKS)
            && !view.is(at + 1, ORIGIN)
            && view
                .before(at)
                .is_some_and(|it| it.bits & NUMERAL != 0 || it.sort == Sort::Number)
            || matches!(key, "typ" | "junge") && view.small && !view.is(at + 1, NOUN);
    }
    // "Deutsche Bahn", "Junge Erwachsene", "Alte Feuerwache": an adjective with a capital before a noun.
    if unit.bits & ADJECTIVAL != 0
        && view.is_capital(at + 1)
        && view.is(at + 1, NOUN | PLACE | FAMILIAR)
        && view.get(at + 1).is_some_and(|it| !it.glued)
    {
        return false;
    }
    // "Junge Erwachsene", "Gladbacher Straße": what stands before another noun is an adjective.
    let before_noun = view.is_capital(at + 1)
        && view
            .get(at + 1)
            .is_some_and(|it| !it.glued && it.sentence == unit.sentence);
    if before_noun
        && (matches!(key, "junge" | "alte" | "kleine") && view.is(at + 1, ANYBODY)
            || key.ends_with("er")
                && view.is(at + 1, STREET | INSTITUTION)
                && unit.bits & (ONE | TITLE) == 0)
    {
        return false;
    }
    if unit.bits & COMMON != 0 && unit.bits & (ONE | SEVERAL) == 0 {
        return false;
    }
    !small
        || view.small
        || unit.bits & (ONE | SEVERAL) != 0
            && matches!(
                key,
                "jemand"
                    | "jemandem"
                    | "jemanden"
                    | "derjenige"
                    | "diejenige"
                    | "irgendwer"
                    | "irgendjemand"
                    | "pers"
                    | "niemand"
            )
}

fn somebody(view: &View<'_>, at: usize) -> Somebody {
    let sentence = view.get(at).map_or(0, |it| it.sentence);
    let mut some = Somebody {
        at,
        first: at,
        number: Number::Many,
        determined: false,
        ours: false,
        sentence,
    };
    let key = view.key(at);
    // "Hat jemand die Schlüssel abgegeben?" asks for anybody.
    let asked = || {
        let last = (at..view.len())
            .take_while(|it| view.sentence(*it) == sentence)
            .last();
        last.is_some_and(|it| view.is_mark(it, &['?']))
    };
    if key == "niemand" || matches!(key, "jemand" | "jemanden" | "jemandem") && asked() {
        some.number = Number::Any;
        return some;
    }
    if matches!(
        key,
        "jemand"
            | "jemandem"
            | "jemanden"
            | "derjenige"
            | "diejenige"
            | "denjenigen"
            | "irgendwer"
            | "irgendjemand"
    ) {
        some.number = Number::One;
        some.determined = true;
        return some;
    }
    let bits = view.bits(at);
    let mut before = at;
    for _ in 0..5 {
        let Some(left) = view.before(before) else {
            break;
        };
        let next = before - 1;
        let word = view.key(next);
        if left.sort == Sort::Mark('.')
            && next > 0
            && view.key_in(next - 1, &["ca", "rd", "mind", "max"])
        {
            before = next;
            continue;
        }
        if left.bits & QUANTITY != 0 && !(left.bits & ADJECTIVAL != 0 && left.case != Case::Small) {
            some.first = next;
            some.number = Number::Any;
            some.determined = true;
            // "alle drei Besucher", "die beiden anderen Frauen" still tell how many.
            return some;
        }
        if let Some(count) = view.count(next)
            && !INDEFINITE.contains(&word)
        {
            some.first = next;
            some.determined = true;
            some.number = match count {
                0 => Number::Any,
                1..=4 if !counted_otherwise(view, next) => Number::Few(next),
                _ => Number::Many,
            };
            return some;
        }
        if INDEFINITE.contains(&word) {
            some.first = next;
            some.determined = true;
            let (one, several) = forms(view, at);
            // "ein Teil", "einer der Besucher": the noun itself may stand for several.
            some.number = if one || !several {
                Number::One
            } else {
                Number::Many
            };
            return some;
        }
        if let Some(number) = by_article(view, at, next) {
            some.first = next;
            some.determined = true;
            some.ours = POSSESSIVE.iter().any(|it| word.starts_with(it)) && word.len() <= 8;
            some.number = number;
            return some;
        }
        let adjective = left.sort == Sort::Word
            && (left.case == Case::Small
                && (!view.small
                    || left.bits & (WORD | LOOKS | ORIGIN | ILL | ADJECTIVAL | COMMON | ACTED)
                        != 0)
                && ["e", "en", "er", "es", "em"]
                    .iter()
                    .any(|end| word.ends_with(end))
                && !is_function(word)
                || left.bits & (OF_TOWN | ORIGIN) != 0
                || left.begins && left.bits & (LOOKS | ORIGIN | ILL | ADJECTIVAL) != 0
                || BETWEEN.contains(&word));
        let listed = left.sort == Sort::Mark(',') && next > 0 && view.is(next - 1, LOOKS);
        if !adjective && !listed {
            break;
        }
        before = next;
        some.first = next;
    }
    some.number = bare(view, at, bits);
    some
}

fn is_function(word: &str) -> bool {
    matches!(
        word,
        "wegen"
            | "gegen"
            | "ueber"
            | "unter"
            | "oder"
            | "aber"
            | "seiner"
            | "hier"
            | "wieder"
            | "bitte"
            | "waren"
            | "wurden"
            | "werden"
            | "haben"
            | "sollen"
            | "koennen"
            | "wenn"
            | "denn"
            | "heute"
            | "morgen"
            | "weiter"
            | "immer"
            | "ohne"
            | "keine"
            | "zwischen"
            | "neben"
            | "hinter"
            | "sowie"
            | "durch"
            | "wurde"
            | "sie"
            | "wie"
            | "der"
            | "die"
            | "gegenueber"
            | "sondern"
            | "bisher"
            | "daher"
    )
}

/// Hours, per cent and ordinals are no counts of persons.
fn counted_otherwise(view: &View<'_>, number: usize) -> bool {
    // "von 1 bis 12 Personen", "2-12 Personen": the last number counts.
    view.is_mark(number + 1, &['.', '%', '€']) && view.get(number + 1).is_none_or(|it| it.glued)
}

/// Whether the noun's form may mean one, and whether it may mean several.
fn forms(view: &View<'_>, at: usize) -> (bool, bool) {
    let bits = view.bits(at);
    let key = view.key(at);
    if key.ends_with("innen") {
        return (false, true);
    }
    if bits & ADJECTIVAL != 0 && bits & (SINGULAR | PLURAL) == 0 {
        return (true, key.ends_with('e') || key.ends_with("en"));
    }
    let one = bits & (SINGULAR | ONE | KIN) != 0;
    let several = bits & (PLURAL | SEVERAL) != 0;
    if one || several {
        (one, several)
    } else {
        (true, key.ends_with("en"))
    }
}

fn is_feminine(view: &View<'_>, at: usize) -> bool {
    let key = view.key(at);
    view.is(at, FEMININE)
        || (key.ends_with("in") && view.is(at, PERSON | ONE))
        || [
            "frau",
            "dame",
            "person",
            "mutter",
            "tochter",
            "schwester",
            "oma",
            "tante",
            "witwe",
            "nichte",
            "hebamme",
        ]
        .iter()
        .any(|it| key.ends_with(it))
}

fn by_article(view: &View<'_>, at: usize, article: usize) -> Option<Number> {
    let word = view.key(article);
    let (one, several) = forms(view, at);
    let adjectival = view.is(at, ADJECTIVAL) && !view.is(at, SINGULAR | PLURAL);
    let key = view.key(at);
    let feminine = is_feminine(view, at);
    let number = |is_one: bool| Some(if is_one { Number::One } else { Number::Many });
    if OF_ONE.contains(&word) {
        return number(one);
    }
    let noun_before = view.before(article).is_some_and(|it| {
        it.sort == Sort::Word
            && (it.case != Case::Small && !it.begins && it.bits & NOUN != 0
                || view.small && it.bits & NOUN != 0)
            || it.case != Case::Small && it.bits & (NOUN | STATISTIC) != 0 && it.bits & COMMON == 0
    });
    match word {
        "der" | "dieser" | "jener" | "derselbe" | "zur" => {
            if adjectival {
                return number(key.ends_with('e') || word == "zur");
            }
            if feminine || word == "zur" {
                return number(one);
            }
            // "die Hunde der Besucher": several, by the noun before it.
            number(one && !(several && noun_before))
        }
        "die" | "diese" | "jene" | "dieselbe" | "dieselben" => {
            if adjectival {
                return number(key.ends_with('e') && word != "dieselben");
            }
            number(one && (feminine || !several) && word != "dieselben")
        }
        "den" | "diesen" | "jenen" | "zum" => {
            if word == "zum" {
                return number(one);
            }
            if adjectival {
                return number(false);
            }
            let dative = view
                .before(article)
                .is_some_and(|it| DATIVE.contains(&view.key(article - 1)) && it.sort == Sort::Word);
            // "den Flaschensammler" is one; "den Klienten" may be both, and after "mit" it is several.
            number(one && !(several && (dative || key.ends_with("en"))))
        }
        _ if POSSESSIVE.contains(&word) => number(one || !several),
        _ if POSSESSIVE.iter().any(|it| word.starts_with(it))
            && word.len() <= 8
            && word.len() > 3 =>
        {
            if word.ends_with("em") || word.ends_with("es") {
                return number(one);
            }
            if adjectival {
                return number(key.ends_with('e') && word.ends_with('e'));
            }
            number(one && (feminine || !several || word.ends_with("en") && key.ends_with("er")))
        }
        _ => None,
    }
}

/// Without an article: by the form, and where it leaves the number open, by the verb.
fn bare(view: &View<'_>, at: usize, bits: u64) -> Number {
    let (one, several) = forms(view, at);
    if !one {
        return Number::Many;
    }
    let key = view.key(at);
    if bits & (ADJECTIVAL | SINGULAR | PLURAL) == ADJECTIVAL
        && !key.ends_with("er")
        && !key.ends_with("em")
    {
        return match view.before(at) {
            None => verb_number(view, at).unwrap_or(Number::Many),
            Some(_) => Number::Many,
        };
    }
    // "Zeuginnen und Zeugen".
    let pair =
        at >= 2 && view.key_in(at - 1, &["und", "oder"]) && view.key(at - 2).ends_with("innen")
            || view.key_in(at + 1, &["und", "oder"]) && view.key(at + 2).ends_with("innen");
    if pair {
        return Number::Many;
    }
    // The dative of several would end in n: "bei Stammbesucher".
    let dative =
        view.before(at).is_some() && ["bei", "mit", "von", "zu"].contains(&view.key(at - 1));
    if !several || dative && !key.ends_with('n') {
        return Number::One;
    }
    verb_number(view, at).unwrap_or(Number::Many)
}

/// By the first finite verb behind the noun in its sentence.
fn verb_number(view: &View<'_>, at: usize) -> Option<Number> {
    let sentence = view.get(at)?.sentence;
    for next in at + 1..view.len().min(at + 8) {
        let unit = view.get(next)?;
        if unit.sentence != sentence
            || matches!(unit.sort, Sort::Mark(',' | ':' | '–'))
            || view.key_in(next, &["und", "oder", "sowie"])
        {
            return None;
        }
        if unit.sort != Sort::Word || unit.case != Case::Small {
            continue;
        }
        if unit.bits & DOES != 0
            || unit.bits & SAYS != 0 && view.key(next).ends_with('t')
            || view.key_in(
                next,
                &[
                    "kann", "soll", "muss", "darf", "bekommt", "bekam", "wurde", "wird", "ist",
                    "hat",
                ],
            )
        {
            return Some(Number::One);
        }
        if unit.bits & WORD != 0
            && unit.letters >= 4
            && view.key(next).ends_with('t')
            && unit.bits & (ACTED | LOOKS | ILL) == 0
            && view.key_in(
                next,
                &[
                    "steht",
                    "liegt",
                    "haelt",
                    "macht",
                    "zeigt",
                    "bleibt",
                    "beginnt",
                    "faehrt",
                    "laesst",
                    "laeuft",
                    "nutzt",
                    "findet",
                    "verkauft",
                    "bekommt",
                    "erhaelt",
                    "nimmt",
                    "gibt",
                    "bietet",
                    "spricht",
                    "uebernimmt",
                ],
            )
        {
            return Some(Number::One);
        }
        if view.key_in(
            next,
            &[
                "sind",
                "haben",
                "werden",
                "wurden",
                "waren",
                "hatten",
                "koennen",
                "sollen",
                "muessen",
                "duerfen",
                "nutzen",
                "stehen",
                "sitzen",
                "kommen",
                "gehen",
                "melden",
                "wuenschen",
                "bleiben",
            ],
        ) {
            return Some(Number::Many);
        }
    }
    None
}
