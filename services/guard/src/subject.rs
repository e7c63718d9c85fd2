//! Whether a sentence speaks of somebody without naming anybody: by a pronoun, by an adjective or article that stands for somebody,
//! or by a verb whose subject is left out.

use crate::lexicon::bits::*;
use crate::person::Number;
use crate::single::Sentence;
use crate::view::{Case, Sort};
use crate::words::*;

/// Verbs that begin a note about somebody as well as one about something.
const AUXILIARIES: &[&str] = &[
    "muss", "musste", "soll", "sollte", "kann", "konnte", "darf", "durfte", "bleibt", "blieb",
    "kommt", "geht", "wirkt", "wirkte", "scheint",
];

/// What only somebody does, said in the third person.
const HUMAN_ONLY: &[&str] = &[
    "traegt",
    "trug",
    "sitzt",
    "sass",
    "schlaeft",
    "schlief",
    "wohnt",
    "wohnte",
    "raucht",
    "trinkt",
    "bettelt",
    "dealt",
    "redet",
    "spricht",
    "bittet",
    "weint",
    "lacht",
    "schreit",
    "bruellt",
    "poebelt",
    "hinkt",
    "humpelt",
    "lungert",
    "kifft",
    "spritzt",
    "klaut",
    "stiehlt",
    "uebernachtet",
    "campiert",
    "zeltet",
    "lebt",
    "hoert",
    "isst",
    "zittert",
    "torkelt",
    "schwankt",
    "taumelt",
    "leidet",
    "stirbt",
    "starb",
    "hustet",
    "schimpft",
    "flucht",
    "beleidigte",
    "spuckt",
    "kennt",
    "moechte",
    "will",
    "wollte",
    "weigert",
    "verweigert",
    "fuehlt",
    "wuenscht",
    "betet",
    "grinst",
    "wartet",
    "arbeitet",
    "jobbt",
    "haust",
    "nennt",
    "heisst",
    "kratzt",
    "ritzt",
];

const PRONOUNS: &[&str] = &["er", "ihn", "ihm", "sie", "derjenige", "diejenige"];

impl Sentence<'_, '_> {
    pub(crate) fn find_pronoun(&self) -> Option<usize> {
        let view = self.view;
        (self.first..self.last).find(|at| {
            let Some(unit) = view.get(*at) else {
                return false;
            };
            if unit.bits & (COMMON | ONE) == 0 || !view.key_in(*at, PRONOUNS) {
                return false;
            }
            let verb = |at: usize| {
                at < self.last
                    && view.get(at).is_some_and(|it| {
                        it.sort == Sort::Word
                            && it.case == Case::Small
                            && it.bits & (DOES | SAYS) != 0
                    })
            };
            let first = *at == self.first;
            let told = self.bits & (INCIDENT | ACTED | ILLNESS | ILL | LOOK | KIN) != 0;
            match view.key(*at) {
                // A text that begins with "er" speaks of somebody; further on it may be the bench.
                "er" if first && self.first == 0 || told => true,
                // "sie" is also they; one has a verb in the singular beside it.
                "sie" | "er" => verb(*at + 1) || !first && verb(*at - 1),
                "ihm" | "ihn" => {
                    self.first == 0
                        && !(self.first..*at).any(|it| {
                            view.is_capital(it) && view.is(it, NOUN) && !view.is(it, COMMON)
                        })
                        || self.bits & (ACTED | ILL | LOOK | KIN) != 0
                }
                _ => true,
            }
        })
    }

    /// "einer liegt", "der mit der Glatze", "die Blonde vom Bahnhof", "seine Wunde".
    pub(crate) fn find_elliptic(&self) -> Option<usize> {
        let view = self.view;
        (self.first..self.last).find(|at| {
            if !view.is(*at, COMMON | NUMERAL) {
                return false;
            }
            let next_small = view
                .get(*at + 1)
                .is_some_and(|it| it.sort == Sort::Word && it.case == Case::Small);
            match view.key(*at) {
                "der" | "die" | "den" | "dem" if view.key_in(*at + 1, &["mit", "ohne"]) => {
                    (*at..self.last).any(|it| view.is(it, LOOK))
                }
                "der" | "die" | "den" | "dem" | "ein" | "eine" if self.is_nominal(*at + 1) => true,
                "einer" | "eine" | "einen" => {
                    let of_several = view
                        .key_in(*at + 1, &["der", "von", "unserer", "aus", "davon"])
                        && (self
                            .persons
                            .iter()
                            .any(|it| it.at > *at && it.at <= *at + 4)
                            || (*at + 2..*at + 5).any(|it| {
                                view.key_in(
                                    it,
                                    &[
                                        "gruppe",
                                        "runde",
                                        "clique",
                                        "szene",
                                        "truppe",
                                        "nachbarschaft",
                                        "klasse",
                                        "mannschaft",
                                    ],
                                )
                            }));
                    let acts = next_small
                        && view.is(*at + 1, DOES)
                        && view
                            .before(*at)
                            .is_none_or(|it| it.bits & (NOUN | STREET) == 0);
                    let lies = view.before(*at).is_some_and(|it| it.bits & DOES != 0)
                        && view.key_in(
                            *at + 1,
                            &[
                                "reglos",
                                "bewusstlos",
                                "regungslos",
                                "auf",
                                "im",
                                "am",
                                "vor",
                                "neben",
                                "hinter",
                            ],
                        );
                    let done = self.bits & ACTED != 0
                        && view.key_in(
                            *at + 1,
                            &[
                                "beim", "mit", "auf", "im", "am", "vor", "aus", "gestern", "heute",
                                "davon",
                            ],
                        );
                    of_several || acts || lies || done
                }
                "sein" | "seine" | "seinem" | "seinen" | "seiner" | "ihre" | "ihrem" | "ihren" => {
                    let of_body = (*at + 1..self.last.min(*at + 3)).any(|it| {
                        (view.is_capital(it) || view.small) && view.is(it, LOOK | KIN | ILLNESS)
                    });
                    let theirs = view.key(*at).starts_with("ihr")
                        && self.persons.iter().any(|it| it.number == Number::Many);
                    of_body && !theirs
                }
                _ => false,
            }
        })
    }

    /// "der Neue am Brunnen", "die blonde vom bahnhof": an adjective that stands for somebody.
    fn is_nominal(&self, at: usize) -> bool {
        let view = self.view;
        let Some(unit) = view.get(at) else {
            return false;
        };
        let ending = ["e", "er", "en"]
            .iter()
            .any(|it| view.key(at).ends_with(it));
        let of_somebody = unit.bits & (LOOKS | ORIGIN) != 0
            || matches!(
                view.key(at),
                "neue"
                    | "neuer"
                    | "neuen"
                    | "alte"
                    | "alten"
                    | "lange"
                    | "langen"
                    | "dicke"
                    | "dicken"
                    | "letzte"
                    | "einzige"
                    | "kahle"
                    | "verrueckte"
                    | "stille"
                    | "wilde"
            );
        let written =
            unit.sort == Sort::Word && (unit.case == Case::Capital || view.small) && !unit.begins;
        let alone = view.get(at + 1).is_none_or(|next| {
            next.sort == Sort::Word
                && next.case == Case::Small
                && (next.bits & DOES != 0
                    || view.key_in(
                        at + 1,
                        &[
                            "vom", "von", "am", "im", "mit", "aus", "beim", "auf", "in", "an",
                            "hinter", "vor",
                        ],
                    ))
        });
        written && ending && of_somebody && alone
    }

    /// Whether it begins with a finite verb that persons do, and is neither a question nor a condition.
    pub(crate) fn is_headless(&self) -> bool {
        let view = self.view;
        let finite = view.is(self.first, DOES) || view.key_in(self.first, AUXILIARIES);
        finite
            && view.is_word(self.first)
            && !view.is_mark(self.last - 1, &['?'])
            && !view.key_in(
                self.first + 1,
                &["es", "man", "wir", "ihr", "ich", "sie", "er", "bitte"],
            )
    }

    /// Whether its first verb is one that nothing but somebody does.
    pub(crate) fn does_as_somebody(&self) -> bool {
        self.headless && self.view.key_in(self.first, HUMAN_ONLY)
    }
}
