//! A text as the rules about persons read it: words with what is known of them, numbers and marks, without blanks, cut into
//! sentences. Words joined by hyphens are one, named by their last part.

use std::ops::Range;

use crate::lexicon::bits::*;
use crate::token::{Kind, Text};
use crate::words::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Word,
    Number,
    Mark(char),
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Small,
    Capital,
    /// All letters, of which there are several, are capitals.
    Upper,
    /// Capitals inside, as in "PolG" and "BesucherInnen".
    Mixed,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit<'a> {
    pub(crate) sort: Sort,
    pub(crate) bits: u64,
    pub(crate) case: Case,
    /// First and last token.
    first: u32,
    last: u32,
    key: &'a str,
    /// The key's mark, by which words that are not in a sentence are told from those that may be.
    mark: u64,
    /// The number, or that before the hyphen in "16-jährig"; [`NO_NUMBER`] if there is none.
    pub(crate) number: u32,
    /// Letters without hyphens, of the last part.
    pub(crate) letters: u32,
    /// Begins a sentence, so that its capital says nothing.
    pub(crate) begins: bool,
    /// Follows the unit before without a blank.
    pub(crate) glued: bool,
    /// Has a hyphen in it.
    pub(crate) hyphens: bool,
    /// The sentence it belongs to.
    pub(crate) sentence: u32,
}

pub(crate) const NO_NUMBER: u32 = u32::MAX;

pub(crate) struct View<'a> {
    text: &'a Text<'a>,
    units: Vec<Unit<'a>>,
    /// First and last unit of each sentence, the latter excluded.
    pub(crate) sentences: Vec<(usize, usize)>,
    /// Written without capitals, as hasty notes are.
    pub(crate) small: bool,
    /// Written in capitals throughout.
    pub(crate) loud: bool,
}

/// Longest sentence. The rules look through sentences more than once; bounded, the work grows with the text and no faster.
const SENTENCE_MAX: usize = 160;

/// Words that are written with an accent in German.
const LOAN_WORDS: &[&str] = &[
    "cafe",
    "cafes",
    "frauencafe",
    "internetcafe",
    "nachbarschaftscafe",
    "elterncafe",
    "coupe",
    "variete",
    "entree",
    "cliche",
    "clichees",
    "apres",
    "creme",
    "crepe",
    "crepes",
    "depot",
    "attache",
    "soiree",
    "matinee",
    "resume",
    "a",
    "voila",
    "senora",
    "senor",
    "francais",
    "facon",
    "garcon",
    "communique",
    "expose",
    "aperos",
    "apero",
    "passe",
    "rapport",
    "tete",
    "ole",
    "drogencafe",
    "repaircafe",
    "kontaktcafe",
    "sprachcafe",
    "begegnungscafe",
    "strassencafe",
    "eiscafe",
    "stehcafe",
    "expose",
    "exposes",
];

impl<'a> View<'a> {
    pub(crate) fn new(text: &'a Text<'a>, words: &Words) -> Self {
        let mut view = Self {
            text,
            units: Vec::with_capacity(text.len()),
            sentences: Vec::new(),
            small: false,
            loud: false,
        };
        view.read(words);
        view.cut();
        view
    }

    fn read(&mut self, words: &Words) {
        let text = self.text;
        let mut at = 0;
        let mut glued = false;
        while let Some(kind) = text.kind(at) {
            let (unit, next) = match kind {
                Kind::Word => self.word(words, at, at, NO_NUMBER),
                Kind::Number => {
                    let number = number(text, at);
                    if text.is_mark(at + 1, &['-', '‑'])
                        && text.is_word(at + 2)
                        && !text.is_upper(at + 2)
                    {
                        self.word(words, at, at + 2, number)
                    } else {
                        (Unit::plain(Sort::Number, at, number), at + 1)
                    }
                }
                Kind::Mark(c) => (Unit::plain(Sort::Mark(c), at, NO_NUMBER), at + 1),
                Kind::Space => {
                    glued = false;
                    at += 1;
                    continue;
                }
            };
            self.units.push(Unit { glued, ..unit });
            glued = true;
            at = next;
        }
    }

    /// A word, or words joined by hyphens; or the several forms of one, as in "Besucher*innen".
    fn word(&self, words: &Words, first: usize, at: usize, number: u32) -> (Unit<'a>, usize) {
        let text = self.text;
        let (mut part, mut last, mut hyphens) = (at, at, at > first);
        let mut strange = 0;
        let mut named = 0;
        let (mut key, mut bits) = self.part(words, at);
        let leading = bits;
        while let Some(Kind::Mark(mark)) = text.kind(last + 1) {
            if matches!(mark, '-' | '‑') && text.is_word(last + 2) {
                if bits & KNOWN == 0 && text.letter_count(last) > 2 {
                    strange += 1;
                }
                if bits & (NAME | SURNAME) != 0 && bits & MEANT == 0 {
                    named += 1;
                }
                hyphens = true;
                part = last + 2;
                last = part;
                (key, bits) = self.part(words, part);
                continue;
            }
            // "Besucher*innen", "Nutzer:innen", "Teilnehmer/-innen", "Minderjährige/r".
            if matches!(mark, '*' | ':' | '_' | '/' | '(') {
                let next = if text.is_mark(last + 2, &['-']) {
                    last + 3
                } else {
                    last + 2
                };
                let ending = text.slice(next);
                if matches!(ending, "innen" | "in" | "n")
                    || matches!(ending, "r" | "e") && bits & ADJECTIVAL != 0
                {
                    let several = if ending == "innen" {
                        SEVERAL | PLURAL
                    } else {
                        ONE
                    };
                    bits = bits & !(SINGULAR | ONE) | several | PERSON;
                    last = next + usize::from(text.is_mark(next + 1, &[')']));
                }
            }
            break;
        }
        if hyphens && strange + named > 0 {
            // "Max-Planck-Institut" is the institute; "Rademakers-Pohl" is somebody, and so is whose clique the "Marvin-Clique" is.
            let institution = bits & (STREET | INSTITUTION) != 0;
            let noun = bits & (NOUN | FAMILIAR) != 0
                && bits & NAME == 0
                && (named == 0 || leading & NOUN != 0 && named == 1);
            if !institution && !noun {
                bits = leading & NAME | if bits & NAME != 0 { bits & NAME } else { 0 };
            }
        }
        let unit = Unit {
            bits,
            number,
            key,
            mark: mark(key),
            last: last as u32,
            hyphens,
            letters: text.letter_count(part) as u32,
            case: case(text, if number == NO_NUMBER { first } else { at }),
            ..Unit::plain(Sort::Word, first, number)
        };
        (unit, last + 1)
    }

    fn part(&self, words: &Words, at: usize) -> (&'a str, u64) {
        let key = self.text.spelled(at);
        let mut bits = words.look(key.as_bytes());
        // The lexicon has no accents; a capitalised word with one that is no loan word is a name from elsewhere.
        if !self.text.is_plain(at) && bits & (CHARTER | FAMILIAR) == 0 && !LOAN_WORDS.contains(&key)
        {
            bits &= NAME;
        }
        (key, bits)
    }

    /// Finds where sentences begin.
    fn cut(&mut self) {
        let mut from = 0;
        let mut begins = true;
        let (mut words, mut capitals, mut upper) = (0, 0, 0);
        for at in 0..self.units.len() {
            let unit = &mut self.units[at];
            let line = unit.first > 0 && self.text.breaks_line(unit.first as usize - 1);
            if at >= from + SENTENCE_MAX {
                self.sentences.push((from, at));
                from = at;
            }
            if line && at > from {
                self.sentences.push((from, at));
                from = at;
                begins = true;
            }
            unit.begins = begins;
            unit.sentence = self.sentences.len() as u32;
            match unit.sort {
                Sort::Word => {
                    begins = false;
                    if unit.letters > 1 {
                        words += 1;
                        capitals += usize::from(unit.case != Case::Small);
                        upper += usize::from(unit.case == Case::Upper);
                    }
                }
                Sort::Number => begins = false,
                // A colon announces; what it announces belongs to it.
                Sort::Mark(':') => begins = true,
                Sort::Mark(mark @ ('.' | '!' | '?' | ';')) => {
                    if mark != '.' || self.ends_sentence(at) {
                        begins = true;
                        self.sentences.push((from, at + 1));
                        from = at + 1;
                    }
                }
                Sort::Mark('-' | '–' | '—' | '•' | '*' | '·') if !unit.glued => {
                    begins = true
                }
                Sort::Mark('„' | '"' | '»' | '«' | '“' | '‚' | '(') => begins |= at == from,
                Sort::Mark(_) => {}
            }
        }
        if from < self.units.len() {
            self.sentences.push((from, self.units.len()));
        }
        self.small = words >= 2 && capitals * 8 <= words;
        self.loud = words >= 2 && upper * 10 >= words * 7;
    }

    /// Whether this full stop ends a sentence.
    fn ends_sentence(&self, at: usize) -> bool {
        if self.get(at + 1).is_some_and(|next| next.glued) {
            return false;
        }
        let Some(before) = at.checked_sub(1) else {
            return true;
        };
        let unit = self.units[before];
        match unit.sort {
            Sort::Number => self.get(at + 1).is_none_or(|next| {
                next.sort == Sort::Word
                    && next.case != Case::Small
                    && next.bits & (FAMILIAR | NOUN) == 0
            }),
            Sort::Word => unit.letters > 1 && !is_abbreviation(unit.key),
            Sort::Mark(_) => true,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.units.len()
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<&Unit<'a>> {
        #[cfg(test)]
        crate::work::looks(1);
        self.units.get(at)
    }

    /// The unit before, if it is in the same sentence.
    #[inline]
    pub(crate) fn before(&self, at: usize) -> Option<&Unit<'a>> {
        let unit = self.get(at.checked_sub(1)?)?;
        (Some(unit.sentence) == self.get(at).map(|it| it.sentence)).then_some(unit)
    }

    #[inline]
    pub(crate) fn bits(&self, at: usize) -> u64 {
        self.get(at).map_or(0, |it| it.bits)
    }

    #[inline]
    pub(crate) fn is(&self, at: usize, bits: u64) -> bool {
        self.bits(at) & bits != 0
    }

    #[inline]
    pub(crate) fn is_word(&self, at: usize) -> bool {
        self.get(at).is_some_and(|it| it.sort == Sort::Word)
    }

    #[inline]
    pub(crate) fn is_mark(&self, at: usize, marks: &[char]) -> bool {
        self.get(at)
            .is_some_and(|it| matches!(it.sort, Sort::Mark(c) if marks.contains(&c)))
    }

    /// The word in the guard's spelling; of a compound with hyphens its last part; empty for all else.
    #[inline]
    pub(crate) fn key(&self, at: usize) -> &'a str {
        self.get(at).map_or("", |unit| unit.key)
    }

    /// Whether it is one of these words.
    pub(crate) fn key_in(&self, at: usize, words: &[&str]) -> bool {
        is_among(self.key(at), words)
    }

    /// The marks of the words in this range, for [`View::any`].
    pub(crate) fn marks(&self, range: Range<usize>) -> u64 {
        #[cfg(test)]
        crate::work::looks(range.len());
        let units = self.units.get(range).unwrap_or_default();
        units.iter().fold(0, |marks, it| marks | it.mark)
    }

    /// Whether any word in a range with these marks is one of these words. Of most words the marks say that they are not there.
    pub(crate) fn any(&self, range: Range<usize>, marks: u64, words: &[&str]) -> bool {
        #[cfg(test)]
        crate::work::looks(range.len());
        let units = self.units.get(range).unwrap_or_default();
        words
            .iter()
            .any(|word| marks & mark(word) != 0 && units.iter().any(|it| it.key == *word))
    }

    /// Written with a capital.
    #[inline]
    pub(crate) fn is_capital(&self, at: usize) -> bool {
        self.get(at)
            .is_some_and(|it| it.sort == Sort::Word && it.case != Case::Small)
    }

    /// A number in digits or words, not one with a fraction and not an ordinal.
    #[inline]
    pub(crate) fn count(&self, at: usize) -> Option<u32> {
        let unit = self.get(at)?;
        match unit.sort {
            Sort::Number => self.whole_number(at),
            Sort::Word if unit.bits & NUMERAL != 0 && !unit.hyphens => numeral(unit.key),
            _ => None,
        }
    }

    /// The number here, unless it is a part of one.
    fn whole_number(&self, at: usize) -> Option<u32> {
        let unit = self.get(at)?;
        let fraction = |mark: usize, other: usize| {
            self.is_mark(mark, &['.', ',', ':', '/'])
                && self.get(other).is_some_and(|it| it.sort == Sort::Number)
        };
        let after = self.get(at + 1).is_some_and(|it| it.glued)
            && (fraction(at + 1, at + 2) && self.units[at + 2].glued
                || self.is_mark(at + 1, &['.']) && self.is_word(at + 2));
        let before = unit.glued && at >= 2 && fraction(at - 1, at - 2);
        (!after && !before).then_some(unit.number)
    }

    #[inline]
    pub(crate) fn start(&self, at: usize) -> usize {
        self.get(at)
            .map_or(usize::MAX, |it| self.text.start(it.first as usize))
    }

    #[inline]
    pub(crate) fn end(&self, at: usize) -> usize {
        self.get(at).map_or(0, |it| self.text.end(it.last as usize))
    }

    /// The sentence that it belongs to.
    #[inline]
    pub(crate) fn sentence(&self, at: usize) -> u32 {
        self.get(at).map_or(u32::MAX, |it| it.sentence)
    }

    /// The word with all its parts.
    pub(crate) fn whole(&self, at: usize) -> &'a str {
        self.get(at).map_or("", |it| {
            &self.text.text()[self.text.start(it.first as usize)..self.text.end(it.last as usize)]
        })
    }

    pub(crate) fn slice(&self, at: usize) -> &str {
        self.get(at)
            .map_or("", |it| self.text.slice(it.first as usize))
    }
}

impl Unit<'_> {
    fn plain(sort: Sort, at: usize, number: u32) -> Self {
        Self {
            sort,
            bits: 0,
            case: Case::Small,
            first: at as u32,
            last: at as u32,
            key: "",
            mark: 0,
            number,
            letters: 0,
            begins: false,
            glued: false,
            hyphens: false,
            sentence: 0,
        }
    }
}

/// Whether a full stop behind it ends no sentence.
fn is_abbreviation(key: &str) -> bool {
    matches!(
        key,
        "abb"
            | "abs"
            | "abt"
            | "anl"
            | "art"
            | "az"
            | "bes"
            | "betr"
            | "bzgl"
            | "bzw"
            | "ca"
            | "dr"
            | "ebd"
            | "einschl"
            | "etc"
            | "evtl"
            | "ff"
            | "fr"
            | "geb"
            | "gem"
            | "gez"
            | "ggf"
            | "ggfs"
            | "hr"
            | "hrn"
            | "hbf"
            | "hl"
            | "inkl"
            | "insb"
            | "jgdl"
            | "kap"
            | "lfd"
            | "lt"
            | "max"
            | "mind"
            | "min"
            | "mio"
            | "mrd"
            | "nr"
            | "nrn"
            | "pers"
            | "pol"
            | "prof"
            | "rd"
            | "rs"
            | "sog"
            | "st"
            | "std"
            | "stv"
            | "str"
            | "tel"
            | "telef"
            | "ul"
            | "usw"
            | "verd"
            | "vgl"
            | "vorl"
            | "wg"
            | "whg"
            | "zi"
            | "ziff"
            | "zw"
            | "zzgl"
            | "mobil"
            | "sept"
            | "okt"
            | "nov"
            | "dez"
            | "aug"
            | "jan"
            | "feb"
            | "apr"
            | "mo"
            | "di"
            | "mi"
            | "do"
            | "sa"
            | "so"
            | "bay"
            | "dipl"
            | "ing"
            | "med"
            | "jur"
            | "phil"
    )
}

/// One bit of 64, by the word's length, first and last letter.
fn mark(key: &str) -> u64 {
    let (Some(first), Some(last)) = (key.as_bytes().first(), key.as_bytes().last()) else {
        return 0;
    };
    1 << ((usize::from(*first) * 5 + usize::from(*last) * 11 + key.len() * 3) % 64)
}

fn number(text: &Text<'_>, at: usize) -> u32 {
    text.digits(at).fold(0_u32, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(u32::from(digit))
            .min(NO_NUMBER - 1)
    })
}

fn case(text: &Text<'_>, at: usize) -> Case {
    let (first, inner) = (text.is_capitalised(at), text.has_inner_capital(at));
    match (first, inner, text.has_small_letter(at)) {
        (true, true, false) => Case::Upper,
        (_, true, _) => Case::Mixed,
        (true, false, _) => Case::Capital,
        (false, false, _) => Case::Small,
    }
}

/// The value of a number word: "drei", "vierunddreißig".
pub(crate) fn numeral(key: &str) -> Option<u32> {
    if let Some(value) = value(key.as_bytes()) {
        return Some(value);
    }
    let (ones, tens) = key.split_once("und")?;
    let (ones, tens) = (value(ones.as_bytes())?, value(tens.as_bytes())?);
    (ones < 10 && tens >= 20).then_some(ones + tens)
}
