//! The rules about single persons: one person described (P6), one act (P7), one person's health (P8),
//! origin and belief (P12). They read a text sentence by sentence; `count` goes on with numbers and times.

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::lexicon::bits::*;
use crate::person::{Number, Somebody, everybody};
use crate::rule::{ACT, DESCRIPTION, HEALTH, ONE_PERSON, ORIGIN_OF_ONE};
use crate::view::{Case, Sort, View};
use crate::words::*;

pub(crate) fn scan(view: &View<'_>, small_count: u32, found: &mut Found) {
    let all = everybody(view);
    let mut from = 0;
    for (first, last) in &view.sentences {
        let Some(number) = view.get(*first).map(|it| it.sentence) else {
            continue;
        };
        let until = from
            + all[from..]
                .iter()
                .take_while(|it| it.sentence <= number)
                .count();
        Sentence::new(view, *first, *last, &all[from..until]).read(small_count, found);
        from = until;
    }
}

pub(crate) struct Sentence<'s, 'v> {
    pub(crate) view: &'s View<'v>,
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) persons: &'s [Somebody],
    /// Bits of any of its words.
    pub(crate) bits: u64,
    /// Marks of all its words.
    marks: u64,
    /// Somebody alone is spoken of, by a noun.
    pub(crate) one: Option<Somebody>,
    /// Somebody alone is spoken of, by a pronoun.
    pub(crate) pronoun: Option<usize>,
    /// Somebody alone is spoken of, by neither.
    pub(crate) elliptic: Option<usize>,
    /// It begins with a verb and names nobody who does it, as notes about somebody do: "Hat wieder getrunken".
    pub(crate) headless: bool,
}

/// Where nobody in particular is sought or meant.
const SOUGHT: &[&str] = &[
    "gesucht",
    "beauftragt",
    "ausgeschrieben",
    "ausschreibung",
    "bewerbung",
    "bewerbungen",
    "innung",
    "gewerke",
    "theaterstueck",
    "puppe",
    "statue",
    "denkmal",
];

/// How the names of parties begin.
const PARTIES: &[&str] = &[
    "afd", "npd", "cdu", "spd", "fdp", "bsw", "partei", "linke", "grün", "heimat",
];

/// What nobody does in an office.
const PRIVATE: &[&str] = &[
    "wohnt",
    "wohnte",
    "schlaeft",
    "schlief",
    "lebt",
    "trinkt",
    "raucht",
    "weint",
    "ehemalige",
    "ehemaliger",
    "ehemaligen",
    "fruehere",
    "frueherer",
    "bekannter",
    "bekannte",
];

impl<'s, 'v> Sentence<'s, 'v> {
    fn new(view: &'s View<'v>, first: usize, last: usize, persons: &'s [Somebody]) -> Self {
        let bits = (first..last).fold(0, |bits, at| bits | view.bits(at));
        let mut sentence = Self {
            view,
            first,
            last,
            persons,
            bits,
            marks: view.marks(first..last),
            one: None,
            pronoun: None,
            elliptic: None,
            headless: false,
        };
        sentence.one = persons
            .iter()
            .find(|it| it.number == Number::One && sentence.is_meant(it))
            .copied();
        sentence.pronoun = sentence.find_pronoun();
        sentence.elliptic = sentence.find_elliptic();
        sentence.headless = sentence.is_headless();
        sentence
    }

    pub(crate) fn any(&self, words: &[&str]) -> bool {
        self.view.any(self.first..self.last, self.marks, words)
    }

    /// Not an office, not anybody, not somebody who is looked for.
    fn is_meant(&self, some: &Somebody) -> bool {
        let view = self.view;
        let bits = view.bits(some.at);
        if bits & OFFICE != 0 && !some.ours && self.is_office(some) {
            return false;
        }
        // "als Ansprechpartner", "pro Person", "je Besucher".
        let before = some.first.checked_sub(1);
        if !some.determined
            && before.is_some_and(|at| {
                view.before(some.first).is_some()
                    && view.key_in(at, &["als", "pro", "je", "jede", "jeder", "jeden", "ohne"])
            })
        {
            return false;
        }
        // "Sehr geehrte Damen und Herren", "Herr der Lage", "Bürgerinnen und Bürger".
        let key = view.key(some.at);
        if matches!(key, "herr" | "herrn" | "frau") && !some.determined && some.first == some.at {
            let next = view.get(some.at + 1);
            let alone = next.is_some_and(|it| {
                it.sort == Sort::Word && it.case == Case::Small && it.bits & DOES != 0
            }) || view.key_in(
                some.at + 1,
                &[
                    "mit", "ohne", "im", "am", "vor", "aus", "in", "auf", "ca", "etwa", "liegt",
                ],
            );
            if !alone || key == "herr" && view.key_in(some.at + 1, &["der", "des"]) {
                return false;
            }
        }
        let definite = view.key_in(some.first, &["der", "die", "das", "dem", "den", "des"]);
        if self.any(SOUGHT) && !some.ours && !definite {
            return false;
        }
        // A list of trades: "Maurer, Zimmermann und Schlosser".
        let beside = |at: usize| {
            view.is_mark(at, &[',']) || view.key_in(at, &["und", "oder", "sowie", "bzw"])
        };
        if !some.determined && bits & (KIN | SUSPECT) == 0 {
            let neighbour = |at: usize| view.is_capital(at) && view.is(at, ANYBODY | OFFICE);
            if beside(some.at + 1) && neighbour(some.at + 2)
                || some.at >= 2
                    && beside(some.at - 1)
                    && neighbour(some.at - 2)
                    && some.at > self.first
            {
                return false;
            }
        }
        true
    }

    /// Whether a word that may mean an office means one here: not if looks, origin or health are told, and not with an indefinite
    /// article, which no office has.
    fn is_office(&self, some: &Somebody) -> bool {
        let bits = self.view.bits(some.at);
        let indefinite = self.view.key_in(
            some.first,
            &["ein", "eine", "einen", "einem", "einer", "eines"],
        );
        let organisation = matches!(
            self.view.key(some.at),
            "vertreter"
                | "vertreterin"
                | "dienstleister"
                | "betreiber"
                | "traeger"
                | "anbieter"
                | "partner"
                | "gutachter"
                | "mensch"
        );
        let plain = bits & (KIN | SUSPECT) == 0 && self.bits & (LOOK | ORIGIN | ILL) == 0;
        let key = self.view.key(some.at);
        // Who keeps a snack bar is somebody; who keeps a grid is a firm.
        let shop = key.len() > 9
            && key.ends_with("betreiber")
            && ![
                "netz",
                "bahn",
                "bus",
                "strom",
                "anlagen",
                "park",
                "verkehrs",
                "einrichtungs",
                "platt",
                "heim",
            ]
            .iter()
            .any(|it| key.starts_with(it));
        if shop || self.any(PRIVATE) {
            return false;
        }
        let woman = bits & ONE != 0 && self.view.key(some.at).ends_with("in");
        plain
            && (!indefinite || organisation)
            && (!woman || built_in(self.view.key(some.at).as_bytes()) & OFFICE != 0)
    }

    fn statistical(&self) -> bool {
        let view = self.view;
        self.bits & STATISTIC != 0
            || (self.first..self.last).any(|at| {
                view.count(at).is_some_and(|it| it >= 5)
                    && !view.is_mark(at + 1, &[':', '.'])
                    && !view.key_in(at + 1, &["uhr", "h", "minuten", "min"])
            })
    }

    /// Whether five or more of anything but grams and euros are told.
    fn counted(&self) -> bool {
        let view = self.view;
        (self.first..self.last).any(|at| {
            view.count(at).is_some_and(|it| it >= 5)
                && !view.key_in(
                    at + 1,
                    &[
                        "gramm", "g", "kg", "kilo", "ml", "euro", "uhr", "h", "minuten", "jahre",
                        "jahren",
                    ],
                )
                && !view.is_mark(at + 1, &[':', '.', '€'])
        })
    }

    fn read(&self, small_count: u32, found: &mut Found) {
        self.counts(small_count, found);
        self.described(found);
        self.act(found);
        self.health(found);
        self.origin(found);
        self.clock(found);
    }

    fn described(&self, found: &mut Found) {
        let view = self.view;
        for some in self.persons {
            if some.number != Number::One || !self.is_meant(some) {
                continue;
            }
            let bits = view.bits(some.at);
            let (start, end) = (view.start(some.first), view.end(some.at));
            let near = (some.first..self.last.min(some.at + 8)).any(|at| {
                at != some.at
                    && view.is(at, LOOK | LOOKS)
                    && (view.is_capital(at) || view.is(at, LOOKS) || view.small)
            });
            let told = some.ours || bits & (SUSPECT | OF_ORIGIN) != 0;
            if near || told {
                found.add(
                    &DESCRIPTION,
                    if some.determined { Reject } else { Review },
                    start,
                    end,
                );
            } else {
                found.add(&ONE_PERSON, Review, start, end);
            }
        }
        if self.one.is_none() {
            if let Some(at) = self.elliptic {
                found.add(&ONE_PERSON, Review, view.start(at), view.end(at + 1));
            } else if let Some(at) = self.pronoun
                && (at == self.first && self.first == 0
                    || view.key_in(at, &["ihm", "ihn"])
                    || self.bits & (LOOK | KIN) != 0 && (at == self.first || view.key(at) == "er")
                    || view.key_in(at, &["derjenige", "diejenige"]))
            {
                found.add(&ONE_PERSON, Review, view.start(at), view.end(at));
            } else if self.does_as_somebody() && !self.statistical() {
                found.add(
                    &ONE_PERSON,
                    Review,
                    view.start(self.first),
                    view.end(self.first),
                );
            } else if self.persons.is_empty() {
                self.features(found);
            }
        }
    }

    /// "männlich, schlank, Vollbart, schwarzer Rucksack": features without a noun.
    fn features(&self, found: &mut Found) {
        let view = self.view;
        let features: Vec<usize> = (self.first..self.last)
            .filter(|at| view.is(*at, LOOK | LOOKS))
            .collect();
        let of_body = features.iter().any(|at| view.is(*at, LOOKS))
            && features.iter().any(|at| view.is(*at, LOOK));
        let verb = (self.first..self.last)
            .any(|at| view.is(at, DOES) && view.get(at).is_some_and(|it| it.case == Case::Small));
        if let (Some(first), Some(last)) = (features.first(), features.last())
            && (features.len() >= 3 && of_body
                || features.len() >= 2 && of_body && verb
                || view.is(self.first, DOES)
                    && self.bits & LOOK != 0
                    && view.key_in(
                        self.first,
                        &[
                            "traegt", "trug", "hat", "hinkt", "humpelt", "laeuft", "sitzt",
                        ],
                    ))
        {
            found.add(&DESCRIPTION, Review, view.start(*first), view.end(*last));
        }
    }

    fn act(&self, found: &mut Found) {
        let view = self.view;
        // Verbs that German takes apart: "nahm … fest", "stellten … sicher".
        for at in self.first..self.last {
            if let Some(rest) = taken_apart(view.key(at))
                && view.get(at).is_some_and(|it| it.case == Case::Small)
                && self.any(rest)
                && !self.statistical()
            {
                found.add(&ACT, Review, view.start(at), view.end(at));
                return;
            }
        }
        if self.bits & (INCIDENT | SUSPECT | ACTED) == 0 {
            return;
        }
        let person = self.one.is_some() || self.pronoun.is_some() || self.elliptic.is_some();
        let topic =
            self.bits & TOPIC != 0 || (self.first..self.last).any(|at| view.is_mark(at, &['§']));
        let many = self.statistical();
        for at in self.first..self.last {
            let bits = view.bits(at);
            if bits & (INCIDENT | SUSPECT | ACTED) == 0 {
                continue;
            }
            let noun = view.is_capital(at) || view.small;
            if bits & SUSPECT != 0 && noun {
                let some = self.persons.iter().find(|it| it.at == at);
                // Several of them are an act as well, unless it is spoken of many acts or of the matter.
                let several =
                    some.is_some_and(|it| matches!(it.number, Number::Many | Number::Few(_)));
                if several && !topic && !many && bits & OFFICE == 0 {
                    found.add(&ACT, Review, view.start(at), view.end(at));
                    return;
                }
                if some.is_some_and(|it| it.number == Number::One && self.is_meant(it)) {
                    found.add(
                        &ACT,
                        if topic { Review } else { Reject },
                        view.start(at),
                        view.end(at),
                    );
                    return;
                }
            }
            if bits & INCIDENT != 0 && noun && self.is_event(at, person, topic, many) {
                found.add(
                    &ACT,
                    if person && !topic { Reject } else { Review },
                    view.start(at),
                    view.end(at),
                );
                return;
            }
            // Some things are done to nobody but persons, or taken from nobody else.
            if is_personal(view.key(at)) && !topic && self.bits & STATISTIC == 0 && !self.counted()
            {
                found.add(
                    &ACT,
                    if person { Reject } else { Review },
                    view.start(at),
                    view.end(at),
                );
                return;
            }
            if bits & ACTED != 0
                && view.get(at).is_some_and(|it| it.case == Case::Small)
                && (person || self.headless && at > self.first && !topic && !many)
                && !(topic && many)
            {
                let severity = if person { Reject } else { Review };
                found.add(&ACT, severity, view.start(at), view.end(at));
                return;
            }
        }
    }

    /// Whether a noun of an act tells of one that happened.
    fn is_event(&self, at: usize, person: bool, topic: bool, many: bool) -> bool {
        let view = self.view;
        let key = view.key(at);
        // A plural speaks of many, and so does a number before it.
        let plural = key.ends_with("en") && !matches!(key, "leichen")
            || view
                .get(at)
                .is_some_and(|it| it.hyphens && it.bits & NOUN == 0);
        let against = view.key_in(at + 1, &["gegen", "wegen", "zwischen"])
            || view.key_in(at + 1, &["von", "bei"]) && person;
        // "Anzeige im Fahrgastunterstand", "Übergabe schriftlich", "Zugriff", "Streit um Parkplätze": words with other senses.
        let other = matches!(
            key,
            "anzeige"
                | "uebergabe"
                | "widerstand"
                | "streit"
                | "auseinandersetzung"
                | "unfall"
                | "anfall"
                | "sturz"
                | "schuss"
                | "verfolgung"
                | "raub"
                | "angriff"
                | "beute"
                | "beleidigung"
                | "hausverbot"
                | "platzverweis"
                | "durchsuchung"
                | "reanimation"
                | "ueberdosis"
                | "missbrauch"
                | "suizid"
                | "betretungsverbot"
                | "noetigung"
                | "belaestigung"
                | "bedrohung"
        );
        // "Einbruch der Dunkelheit".
        if key == "einbruch" && view.key_in(at + 1, &["der", "des"]) {
            return false;
        }
        if plural {
            return against && person && !many;
        }
        if many || topic && !person {
            return false;
        }
        if other {
            return against
                || person
                || self.bits & ACTED != 0
                || self.any(&[
                    "ausgesprochen",
                    "erteilt",
                    "verhaengt",
                    "gestern",
                    "heute",
                    "nacht",
                    "abend",
                    "gemeldet",
                    "ausgestellt",
                ]) && !matches!(
                    key,
                    "anzeige" | "uebergabe" | "widerstand" | "streit" | "auseinandersetzung"
                );
        }
        true
    }

    fn health(&self, found: &mut Found) {
        let view = self.view;
        if self.bits & (ILLNESS | ILL) == 0 {
            return;
        }
        let named = self.one.is_some() || self.pronoun.is_some() || self.elliptic.is_some();
        let person = named
            || self.headless
            || self.any(&[
                "sein", "seine", "seinen", "seinem", "seiner", "ihre", "ihren", "ihrem", "ihrer",
            ]) && self.persons.is_empty()
                && self.bits & DOES != 0;
        if !person {
            return;
        }
        // Without a subject only what the verb itself takes is said of somebody.
        let until = if named {
            self.last
        } else {
            (self.first..self.last)
                .find(|at| view.is_mark(*at, &[',']))
                .unwrap_or(self.last)
        };
        let found_at = (self.first..until).find(|at| {
            let Some(unit) = view.get(*at) else {
                return false;
            };
            unit.bits & ILLNESS != 0 && (unit.case != Case::Small || view.small)
                || unit.bits & ILL != 0
                    && (unit.case == Case::Small || unit.bits & ADJECTIVAL != 0)
                    && unit.bits & LOOKS == 0
        });
        if let Some(at) = found_at {
            let topic = self.bits & TOPIC != 0 || !named && self.headless;
            found.add(
                &HEALTH,
                if topic { Review } else { Reject },
                view.start(at),
                view.end(at),
            );
        }
    }

    fn origin(&self, found: &mut Found) {
        let view = self.view;
        for some in self.persons {
            let few = matches!(some.number, Number::One | Number::Few(_));
            let bits = view.bits(some.at);
            let adjective = (some.first..some.at).any(|at| view.is(at, ORIGIN));
            let of_origin = bits & OF_ORIGIN != 0;
            if !adjective && !of_origin {
                continue;
            }
            // "Zeugen" and "Christ" are more than that; the rest speaks for itself.
            let plain = matches!(view.key(some.at), "zeuge" | "christ");
            if few && !plain {
                found.add(
                    &ORIGIN_OF_ONE,
                    Reject,
                    view.start(some.first),
                    view.end(some.at),
                );
            } else if !plain && some.number != Number::Any {
                found.add(
                    &ORIGIN_OF_ONE,
                    Review,
                    view.start(some.first),
                    view.end(some.at),
                );
            }
        }
        for at in self.first..self.last {
            let bits = view.bits(at);
            // "die bulgarische Familie", "kleine Gruppe Jesiden".
            if bits & ORIGIN != 0
                && (at + 1..self.last.min(at + 3))
                    .any(|it| view.is(it, GROUP | ANYBODY) && (view.is_capital(it) || view.small))
            {
                let last = (at + 1..self.last.min(at + 3))
                    .rfind(|it| view.is(*it, GROUP | ANYBODY))
                    .unwrap_or(at);
                found.add(
                    &ORIGIN_OF_ONE,
                    if view.is(last, GROUP) { Reject } else { Review },
                    view.start(at),
                    view.end(last),
                );
            }
            if bits & OF_ORIGIN != 0
                && view.small
                && view.get(at).is_some_and(|it| it.letters >= 4)
                && !self.persons.iter().any(|it| it.at == at)
            {
                found.add(&ORIGIN_OF_ONE, Review, view.start(at), view.end(at));
            }
            // "AfD-Mitglied".
            let party = |word: &str| PARTIES.iter().any(|it| word.to_lowercase().starts_with(it));
            if view.get(at).is_some_and(|it| it.hyphens)
                && view.key_in(
                    at,
                    &[
                        "mitglied",
                        "anhaenger",
                        "waehler",
                        "funktionaer",
                        "sympathisant",
                    ],
                )
                && party(view.whole(at))
            {
                found.add(&ORIGIN_OF_ONE, Review, view.start(at), view.end(at));
            }
            if (self.one.is_some() || self.bits & PERSON != 0)
                && view.key_in(at, &["mitglied", "anhaenger", "funktionaer"])
                && (at..self.last).any(|it| {
                    view.key_in(
                        it,
                        &[
                            "partei",
                            "sekte",
                            "burschenschaft",
                            "gewerkschaft",
                            "afd",
                            "spd",
                            "cdu",
                            "fdp",
                            "gruenen",
                            "linken",
                        ],
                    )
                })
            {
                found.add(&ORIGIN_OF_ONE, Reject, view.start(at), view.end(at));
            }
        }
    }
}

/// What may stand at the end of a sentence with this verb and makes an act of it.
fn taken_apart(verb: &str) -> Option<&'static [&'static str]> {
    Some(match verb {
        "nahm" | "nahmen" | "nimmt" => &["fest", "gewahrsam"],
        "stellte" | "stellten" | "stellt" => &["sicher"],
        "griff" | "griffen" | "greift" => &["an"],
        "brach" | "brachen" => &["ein", "zusammen", "auf"],
        "schlug" | "schlugen" | "schlaegt" => &["ein", "zu", "nieder", "zusammen"],
        _ => return None,
    })
}

/// What is done to persons only, and seizures.
fn is_personal(key: &str) -> bool {
    matches!(
        key,
        "festgenommen"
            | "verhaftet"
            | "inhaftiert"
            | "angegriffen"
            | "niedergeschlagen"
            | "zusammengeschlagen"
            | "verpruegelt"
            | "niedergestochen"
            | "ausgeraubt"
            | "beraubt"
            | "bestohlen"
            | "bedroht"
            | "beleidigt"
            | "angespuckt"
            | "bespuckt"
            | "belaestigt"
            | "vergewaltigt"
            | "vernommen"
            | "angefahren"
            | "reanimiert"
            | "wiederbelebt"
            | "verpruegelte"
            | "sichergestellt"
            | "beschlagnahmt"
            | "attackierte"
            | "bespuckte"
            | "begrapscht"
            | "misshandelt"
            | "erwischt"
            | "ertappt"
            | "schwerverletzt"
            | "leichtverletzt"
            | "verunglueckt"
            | "verstorben"
    )
}
