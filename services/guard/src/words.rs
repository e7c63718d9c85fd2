//! What is known of a word: by the vocabulary of the rules, by the charter, by the lexicon.
//!
//! Looking a word up costs up to a microsecond when it has to be taken apart; the same few thousand words come again and
//! again, so the answers are kept in a table of fixed size. The table holds no words, only their hashes under a key that is
//! drawn anew for each guard, and what is known of them.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::lexicon::{self, WORD_MAX, bits::*};

macro_rules! categories {
    ($($name:ident = $bit:literal $how:ident $file:literal)+) => {
        $(pub(crate) const $name: u64 = 1 << $bit;)+

        static FILES: &[(u64, How, &str)] = &[
            $((1 << $bit, How::$how, include_str!(concat!("../vocabulary/", $file, ".txt"))),)+
        ];
    };
}

/// How the words of a file are meant.
#[derive(Clone, Copy, PartialEq)]
enum How {
    /// As they stand; with `-` before them also as the last part of compounds, with `~` behind them with endings.
    Words,
    /// As stems of adjectives.
    Adjectives,
    /// As stems of adjectives that stand for persons.
    Persons,
    /// Words, each with its value.
    Numbers,
}

categories! {
    COMMON = 12 Words "common"
    TITLE = 13 Words "titles"
    SAYS = 14 Words "verbs_saying"
    DOES = 15 Words "humans"
    ONE = 16 Words "persons_singular"
    SEVERAL = 17 Words "persons_plural"
    ADJECTIVAL = 18 Persons "persons_adjectival"
    OFFICE = 19 Words "offices"
    KIN = 20 Words "kin"
    GROUP = 21 Words "groups"
    SUSPECT = 22 Words "suspects"
    INCIDENT = 23 Words "incidents"
    ACTED = 24 Words "act_participles"
    ILLNESS = 25 Words "health_nouns"
    ILL = 26 Adjectives "health_adjectives"
    ORIGIN = 27 Adjectives "origins"
    OF_ORIGIN = 28 Words "origin_persons"
    LOOK = 29 Words "looks"
    LOOKS = 30 Adjectives "looks_adjectives"
    STREET = 31 Words "streets"
    INSTITUTION = 32 Words "institutions"
    STATISTIC = 33 Words "statistics"
    TOPIC = 34 Words "topics"
    QUANTITY = 35 Words "quantities"
    FAMILIAR = 36 Words "known"
    SURNAME = 37 Words "surnames"
        NUMERAL = 38 Numbers "numbers"
        NAMELY = 39 Words "surnames_only"
    CALLED = 40 Words "first_names"
}

/// A compound that the lexicon does not have as a whole.
pub(crate) const COMPOUND: u64 = 1 << 50;
/// An adjective made of a town's name.
pub(crate) const OF_TOWN: u64 = 1 << 51;
/// A noun of the charter.
pub(crate) const CHARTER: u64 = 1 << 52;
/// A word that ends in the name of a street or square without being a word that the lexicon knows.
pub(crate) const NEW_STREET: u64 = 1 << 53;
/// Looked up before; a word of which nothing is known has this bit alone.
const SEEN: u64 = 1 << 63;

/// Words that mean themselves, whoever else is called so.
pub(crate) const MEANT: u64 = COMMON | FAMILIAR | CHARTER | NUMERAL;
/// What makes a word a known one.
pub(crate) const KNOWN: u64 = NOUN
    | WORD
    | PLACE
    | PROPER
    | COMMON
    | TITLE
    | SAYS
    | DOES
    | ONE
    | SEVERAL
    | ADJECTIVAL
    | OFFICE
    | KIN
    | GROUP
    | SUSPECT
    | INCIDENT
    | ACTED
    | ILLNESS
    | ILL
    | ORIGIN
    | OF_ORIGIN
    | LOOK
    | LOOKS
    | STREET
    | INSTITUTION
    | STATISTIC
    | TOPIC
    | QUANTITY
    | FAMILIAR
    | NUMERAL
    | CHARTER
    | OF_TOWN
    | NEW_STREET;
/// What makes a word somebody's name.
pub(crate) const NAME: u64 = FIRST | LAST;
/// What makes a word one of persons.
pub(crate) const ANYBODY: u64 = PERSON | ONE | SEVERAL | ADJECTIVAL | KIN | SUSPECT | OF_ORIGIN;
/// What the last part of a compound says of the whole.
const INHERITED: u64 = ONE
    | SEVERAL
    | OFFICE
    | GROUP
    | SUSPECT
    | INCIDENT
    | ILLNESS
    | LOOK
    | STREET
    | INSTITUTION
    | ADJECTIVAL;

const ENDINGS: &[&str] = &["e", "en", "er", "es", "em"];
/// Endings of words that are not in the lexicon with all their forms; longer ones first.
const INFLECTIONS: &[&str] = &[
    "enden", "ender", "endes", "ende", "esten", "erer", "eren", "eres", "sten", "ster", "stes",
    "este", "end", "ere", "ste", "ten", "tes", "ter", "tem", "en", "er", "es", "em", "te", "st",
    "e", "t", "s", "n",
];
/// What stands before verbs.
const VERB_PREFIXES: &[&str] = &[
    "zusammen", "entgegen", "weiter", "zurueck", "wieder", "heraus", "herein", "hinaus", "hinein",
    "vorbei", "durch", "unter", "ueber", "hinter", "nach", "fort", "fest", "frei", "statt", "teil",
    "auf", "aus", "ein", "her", "hin", "los", "mit", "vor", "weg", "ent", "ver", "zer", "ab", "an",
    "be", "er", "ge", "um", "un", "zu",
];

#[derive(Clone, Copy, Default)]
struct Meaning {
    word: u64,
    /// As the last part of a compound.
    tail: u64,
}

#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    /// In blocks of eight bytes, the last of which may overlap the one before; who adds the length tells such words apart.
    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk() {
            let (blocks, rest) = bytes.as_chunks();
            for block in blocks {
                self.add(u64::from_le_bytes(*block));
            }
            if !rest.is_empty() {
                self.add(u64::from_le_bytes(*last));
            }
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            self.add(u64::from(first) << 32 | u64::from(last));
        } else {
            let block = bytes
                .iter()
                .fold(0, |block, it| block << 8 | u64::from(*it));
            self.add(block);
        }
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }
}

impl Mix {
    fn add(&mut self, block: u64) {
        // A multiplication with a large odd number (that of FxHash), folded so that high bits reach the low ones.
        let wide = u128::from(self.0 ^ block) * 0xf135_7aea_2e62_a9c5_u128;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64).rotate_left(23);
    }
}

type Table = HashMap<Box<[u8]>, Meaning, BuildHasherDefault<Mix>>;

type Values = HashMap<Box<[u8]>, u8, BuildHasherDefault<Mix>>;

static VOCABULARY: LazyLock<(Table, Values)> = LazyLock::new(vocabulary);

fn vocabulary() -> (Table, Values) {
    let mut table = Table::default();
    let mut values = Values::default();
    for (bit, how, file) in FILES {
        let words = file
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(str::split_whitespace);
        let mut before = String::new();
        for entry in words {
            let (tail, word) = match entry.strip_prefix('-') {
                Some(word) => (true, word),
                None => (false, entry),
            };
            let (adjective, word) = match word.strip_suffix('~') {
                Some(word) => (true, word),
                None => (matches!(how, How::Adjectives | How::Persons), word),
            };
            if *how == How::Numbers
                && let Ok(value) = word.parse()
            {
                values.insert(before.clone().into_bytes().into(), value);
                continue;
            }
            let stem = spelling(word);
            let mut enter = |key: String| {
                let meaning: &mut Meaning = table.entry(key.into_bytes().into()).or_default();
                meaning.word |= bit;
                meaning.tail |= if tail { *bit } else { 0 };
            };
            if adjective {
                for ending in ENDINGS {
                    enter(format!("{stem}{ending}"));
                }
            }
            if *how != How::Persons {
                enter(stem.clone());
            }
            before = stem;
        }
    }
    (table, values)
}

/// The guard's spelling of a word: small letters, umlauts and sharp s written out, other accents dropped.
pub(crate) fn spelling(word: &str) -> String {
    let mut key = String::with_capacity(word.len() + 4);
    spell(word, &mut key);
    key
}

/// Appends a word in the guard's spelling; letters that are none of ours are left out.
pub(crate) fn spell(word: &str, key: &mut String) {
    // Most words have no other letters than these, and are copied at once.
    if word.bytes().all(|it| it.is_ascii_alphabetic()) {
        let from = key.len();
        key.push_str(word);
        key[from..].make_ascii_lowercase();
        return;
    }
    for c in word.chars() {
        match c {
            'a'..='z' => key.push(c),
            'A'..='Z' => key.push(c.to_ascii_lowercase()),
            'ä' | 'Ä' | 'æ' | 'Æ' => key.push_str("ae"),
            'ö' | 'Ö' | 'œ' | 'Œ' => key.push_str("oe"),
            'ü' | 'Ü' => key.push_str("ue"),
            'ß' | 'ẞ' => key.push_str("ss"),
            'ø' | 'Ø' => key.push('o'),
            'đ' | 'Đ' | 'ð' | 'Ð' => key.push('d'),
            'ł' | 'Ł' => key.push('l'),
            'ı' => key.push('i'),
            'þ' | 'Þ' => key.push_str("th"),
            _ if c.is_ascii() => {}
            _ => unicode_normalization::char::decompose_compatible(c, |part| {
                if part.is_ascii_alphabetic() {
                    key.push(part.to_ascii_lowercase());
                }
            }),
        }
    }
}

/// Whether the key is one of these words. Nearly all words differ in length or first letter: only where they don't are they
/// compared.
pub(crate) fn is_among(key: &str, words: &[&str]) -> bool {
    let key = key.as_bytes();
    let Some(first) = key.first() else {
        return false;
    };
    words
        .iter()
        .map(|it| it.as_bytes())
        .any(|word| word.len() == key.len() && word[0] == *first && word == key)
}

/// The value of a number word.
pub(crate) fn value(key: &[u8]) -> Option<u32> {
    VOCABULARY.1.get(key).copied().map(u32::from)
}

/// What the built-in vocabulary says of a word.
pub(crate) fn built_in(key: &[u8]) -> u64 {
    VOCABULARY.0.get(key).map_or(0, |it| it.word)
}

/// Rows of the table of answers. With four slots of 16 bytes, a row is as long as what a processor fetches at once, and words
/// that share one seldom drive each other out.
const ROWS: usize = 1 << 13;
const ROW: usize = 4;

/// An answer is kept as two words, the first of which is the hash combined with the second: a reader that meets a half-written
/// slot finds that they do not fit, and looks the word up again.
#[derive(Default)]
struct Slot {
    mixed: AtomicU64,
    bits: AtomicU64,
}

/// What one guard knows.
pub(crate) struct Words {
    charter: Table,
    /// Drawn anew for each guard, so that nobody can make words that share a slot.
    seed: u64,
    rows: Box<[[Slot; ROW]]>,
}

impl Words {
    /// With these words besides the built-in ones.
    pub(crate) fn new<'a>(charter: impl Iterator<Item = &'a str>) -> Self {
        // Both are read now, so that the first text does not wait for them.
        LazyLock::force(&VOCABULARY);
        let mut table = Table::default();
        for word in charter {
            let key = spelling(word).into_bytes().into();
            table.insert(
                key,
                Meaning {
                    word: CHARTER,
                    tail: 0,
                },
            );
        }
        Self {
            charter: table,
            seed: RandomState::new().hash_one(0),
            rows: (0..ROWS).map(|_| Default::default()).collect(),
        }
    }

    /// What is known of a word in the guard's spelling.
    pub(crate) fn look(&self, key: &[u8]) -> u64 {
        let hash = self.hash(key, 0);
        self.kept(hash).unwrap_or_else(|| {
            let found = self.study(key);
            self.keep(hash, found);
            found
        })
    }

    /// The question is mixed in behind the word: before it, it would change the first letter, and what was asked of "brown" would
    /// be answered with what is known of "crown".
    fn hash(&self, key: &[u8], question: u64) -> u64 {
        let mut mix = Mix(self.seed);
        mix.write(key);
        mix.add(key.len() as u64 | question << 32);
        mix.finish()
    }

    /// What was kept under this hash.
    fn kept(&self, hash: u64) -> Option<u64> {
        self.row(hash).iter().find_map(|slot| {
            let (mixed, bits) = (slot.mixed.load(Relaxed), slot.bits.load(Relaxed));
            (mixed ^ bits == hash && bits & SEEN != 0).then_some(bits & !SEEN)
        })
    }

    /// In a free slot of the row; if none is left, another word gives way, whichever the hash points at.
    fn keep(&self, hash: u64, bits: u64) {
        let row = self.row(hash);
        let free = row.iter().find(|slot| slot.bits.load(Relaxed) == 0);
        let slot = free.unwrap_or(&row[(hash >> 32) as usize % ROW]);
        slot.bits.store(bits | SEEN, Relaxed);
        slot.mixed.store(hash ^ (bits | SEEN), Relaxed);
    }

    fn row(&self, hash: u64) -> &[Slot; ROW] {
        &self.rows[hash as usize % ROWS]
    }

    /// Whether a test holds of a word, asked once and kept like what is known of it.
    pub(crate) fn once(&self, key: &[u8], test: impl FnOnce() -> bool) -> bool {
        let hash = self.hash(key, 1);
        self.kept(hash).unwrap_or_else(|| {
            let holds = u64::from(test());
            self.keep(hash, holds);
            holds
        }) != 0
    }

    fn study(&self, key: &[u8]) -> u64 {
        let vocabulary = &VOCABULARY.0;
        let mut found = lexicon::whole(key);
        if let Some(meaning) = vocabulary.get(key) {
            found |= meaning.word;
        }
        if let Some(meaning) = self.charter.get(key) {
            found |= meaning.word;
        }
        // Dictionaries know "Huber" and "Schulze" as words; nobody means them.
        if found & NAMELY != 0 && found & (COMMON | FAMILIAR | CHARTER) == 0 {
            return LAST | SURNAME | NAMELY;
        }
        if found & CALLED != 0 && found & (COMMON | CHARTER) == 0 {
            return FIRST | CALLED;
        }
        // A street of the charter is a street still.
        if found & KNOWN & !CHARTER == 0 && key.len() <= WORD_MAX {
            found |= self.derive(key);
        }
        if found & CHARTER != 0 {
            found |= tail(key, COMPOUND) & STREET;
        }
        if found & NOUN != 0 && found & COMMON == 0 {
            found |= tail(key, found);
        }
        // "Ein Gewerbetreibender": participles that stand for persons when they are written with a capital.
        if found & WORD != 0 && found & (NOUN | COMMON) == 0 && key.len() >= 9 {
            let participle: [&[u8]; 4] = [b"ender", b"ende", b"enden", b"endem"];
            if participle.iter().any(|it| key.ends_with(it)) {
                found |= ADJECTIVAL;
            }
        }
        // Of these the lexicon tells no number.
        if found & PERSON != 0 && found & (SINGULAR | PLURAL) == 0 {
            found |= ADJECTIVAL;
        }
        found
    }

    /// What follows from a word's parts when it is not known as a whole.
    fn derive(&self, key: &[u8]) -> u64 {
        if let Some(town) = key.strip_suffix(b"er") {
            let mut stem = town.to_vec();
            for ending in ["", "e", "en", "n"] {
                stem.truncate(town.len());
                stem.extend_from_slice(ending.as_bytes());
                let town = town.len() >= 4
                    && (lexicon::whole(&stem) & PLACE != 0 || built_in(&stem) & FAMILIAR != 0);
                if town {
                    return OF_TOWN;
                }
            }
        }
        if let Some(last) = lexicon::compound(key) {
            return COMPOUND | NOUN | last & (PERSON | SINGULAR | PLURAL | FEMININE);
        }
        if inflected(key, 0) || adjective(key) {
            return WORD;
        }
        if let Some(base) = key.strip_suffix(b"s")
            && let Some(last) = lexicon::compound(base)
        {
            return COMPOUND | NOUN | last & (PERSON | SINGULAR | FEMININE);
        }
        street(key)
    }
}

/// A new name that ends as those of streets do: "Voltaplatz". Endings that surnames have too need a known word before them.
pub(crate) fn street(key: &[u8]) -> u64 {
    const SURE: &[&[u8]] = &[
        b"strasse",
        b"strassen",
        b"str",
        b"platz",
        b"platzes",
        b"plaetze",
        b"allee",
        b"gasse",
        b"viertel",
        b"bruecke",
        b"chaussee",
        b"promenade",
        b"siedlung",
        b"schule",
        b"gymnasium",
        b"bahnhof",
        b"friedhof",
    ];
    const WITH_WORD: &[&[u8]] = &[
        b"weg",
        b"ring",
        b"wall",
        b"ufer",
        b"damm",
        b"markt",
        b"park",
        b"garten",
        b"hain",
        b"graben",
        b"pfad",
        b"steig",
        b"tor",
        b"deich",
        b"haus",
        b"zentrum",
        b"halle",
        b"kirche",
        b"stadion",
        b"bad",
        b"quartier",
    ];
    let sure = SURE
        .iter()
        .any(|tail| key.len() >= tail.len() + 2 && key.ends_with(tail));
    let with_word = || {
        WITH_WORD.iter().any(|tail| {
            key.strip_suffix(*tail).is_some_and(|name| {
                let plain = |name: &[u8]| {
                    name.len() >= 4 && lexicon::whole(name) & (NOUN | WORD | FIRST | PLACE) != 0
                };
                plain(name) || name.strip_suffix(b"s").is_some_and(plain)
            })
        })
    };
    if sure || with_word() {
        NEW_STREET | STREET
    } else {
        0
    }
}

/// A long word that ends as compound adjectives do: "ordnungsbehördliche", "vergaberechtlich".
fn adjective(key: &[u8]) -> bool {
    const ENDS: &[&[u8]] = &[
        b"lich",
        b"isch",
        b"bar",
        b"frei",
        b"los",
        b"voll",
        b"arm",
        b"reich",
        b"maessig",
        b"faehig",
        b"bezogen",
        b"gebunden",
        b"fest",
        b"wert",
        b"weise",
        b"pflichtig",
        b"seitig",
        b"artig",
        b"haltig",
        b"tauglich",
        b"gerecht",
        b"relevant",
        b"orientiert",
        b"bedingt",
        b"basiert",
        b"nah",
        b"nahe",
        b"haft",
    ];
    let stem = ENDINGS
        .iter()
        .find_map(|it| key.strip_suffix(it.as_bytes()))
        .unwrap_or(key);
    ENDS.iter().any(|end| {
        [stem, key].iter().any(|it| {
            it.strip_suffix(*end).is_some_and(|first| {
                first.len() >= 5
                    && (lexicon::whole(first) & (NOUN | WORD) != 0
                        || first
                            .strip_suffix(b"s")
                            .is_some_and(|it| lexicon::whole(it) & NOUN != 0)
                        || first.len() >= 9)
            })
        })
    })
}

/// Whether the word is a form of a word that is no noun: "öffentlichen", "fortzuführen".
fn inflected(key: &[u8], depth: usize) -> bool {
    let known = |stem: &[u8]| {
        stem.len() >= 3
            && (lexicon::whole(stem) & WORD != 0
                || VOCABULARY
                    .0
                    .get(stem)
                    .is_some_and(|it| it.word & (COMMON | ACTED | SAYS | DOES) != 0))
    };
    let stems = INFLECTIONS
        .iter()
        .filter_map(|ending| key.strip_suffix(ending.as_bytes()))
        .filter(|stem| stem.len() >= 4);
    if stems.into_iter().any(known) {
        return true;
    }
    if depth > 0 {
        return known(key);
    }
    VERB_PREFIXES
        .iter()
        .filter_map(|prefix| key.strip_prefix(prefix.as_bytes()))
        .filter(|rest| rest.len() >= 4)
        .any(|rest| {
            known(rest)
                || rest.strip_prefix(b"zu").is_some_and(known)
                || rest.strip_prefix(b"ge").is_some_and(|it| inflected(it, 1))
        })
}

/// What the end of a noun says of it: "Kioskbetreiberin", "Wohnungsdurchsuchung".
fn tail(key: &[u8], known: u64) -> u64 {
    for from in 2..key.len().saturating_sub(2) {
        if let Some(meaning) = VOCABULARY.0.get(&key[from..])
            && meaning.tail != 0
        {
            let found = meaning.tail & INHERITED;
            // "Automann" and "German" end alike: a noun of which the lexicon knows that it is no person is none.
            let whole = known & (COMPOUND | PERSON) == 0 && from < 3;
            return if whole {
                found & !(ONE | SEVERAL)
            } else {
                found
            };
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(word: &str) -> u64 {
        Words::new(std::iter::empty()).look(spelling(word).as_bytes())
    }

    #[test]
    fn words_are_known() {
        for word in [
            "Haus",
            "öffentlichen",
            "vorgesehen",
            "fortzuführen",
            "Beratungsbus",
            "Voltaplatz",
            "Krefelder",
            "Linner",
            "und",
            "Schachpavillon",
            "Rückgang",
            "Rueckgang",
            "Ersatzwagens",
            "Frankenring",
        ] {
            assert!(look(word) & KNOWN != 0, "{word}");
        }
        for name in [
            "Tappeser", "Pietrzak", "Kevin", "Yasmin", "Göring", "Drewniok",
        ] {
            assert_eq!(look(name) & KNOWN, 0, "{name}");
        }
    }

    #[test]
    fn persons_are_known_as_such() {
        for word in [
            "Lehrer",
            "Kioskbetreiberin",
            "Stammgast",
            "Flaschensammler",
            "Jugendlicher",
            "Ärztin",
        ] {
            assert!(look(word) & ANYBODY != 0, "{word}");
        }
        for word in ["Container", "Parkplatz", "Automat"] {
            assert_eq!(look(word) & ANYBODY, 0, "{word}");
        }
    }

    #[test]
    fn an_answer_that_was_kept_is_the_one_that_was_given() {
        let words = Words::new(["Girmesgath"].into_iter());
        for _ in 0..2 {
            assert!(words.look(b"girmesgath") & CHARTER != 0);
            assert_eq!(words.look(b"haus"), look("Haus"));
            assert_eq!(words.look(b"xqz"), 0);
        }
    }

    #[test]
    fn what_is_known_of_one_word_answers_no_question_about_another() {
        let words = Words::new(std::iter::empty());
        for first in b'a'..=b'z' {
            words.look(&[first, b'r', b'o', b'w', b'n']);
        }
        for first in b'a'..=b'z' {
            assert!(!words.once(&[first, b'r', b'o', b'w', b'n'], || false));
        }
    }
}
