//! The net behind the rules: a linear model that reads each sentence in which no rule found anything.
//!
//! The rules know the ways in which single persons are usually spoken of; there are always more. The net has learnt from labelled
//! texts how such sentences look: which words, endings and kinds of words stand beside each other. It says `review` and never
//! more, so it can hold a text up and never refuse one. It adds whole numbers from one table, so that every node gets the same
//! sum from the same text, in one pass over the words.

use crate::Found;
use crate::Outcome::Review;
use crate::lexicon::bits::*;
use crate::rule::LIKE_A_PERSON;
use crate::view::{Case, NO_NUMBER, Sort, View};
use crate::words::*;

/// Places in the table of weights, a power of two.
const WEIGHTS: usize = 1 << 16;
/// A sentence that weighs more is held. `training/train.py` printed 38 for three and 31 for four of a hundred harmless texts that a
/// net has not seen; a little less was chosen, since most of those that counted were one author's without capitals.
const THRESHOLD: i32 = 25;

/// Fewest words of a sentence that is weighed.
const WORDS_MIN: usize = 3;

/// One signed byte for each trait's place; made by `training/train.py`.
static TABLE: &[u8; WEIGHTS] = include_bytes!("../training/weights.bin");

/// What kinds of words tell apart.
const KINDS: u64 = TITLE
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
    | NUMERAL
    | PERSON
    | SINGULAR
    | PLURAL
    | FEMININE
    | FIRST
    | LAST
    | PLACE
    | NOUN;

pub(crate) fn scan(view: &View<'_>, found: &mut Found) {
    for (first, last) in &view.sentences {
        // Less is too little to tell anything from.
        let words = (*first..*last).filter(|at| view.is_word(*at)).count();
        if words < WORDS_MIN {
            continue;
        }
        let mut sum = 0;
        traits(view, *first, *last, &mut |it| {
            sum += i32::from(TABLE[it as usize] as i8);
        });
        if sum > THRESHOLD {
            found.add(
                &LIKE_A_PERSON,
                Review,
                view.start(*first),
                view.end(*last - 1),
            );
        }
    }
}

/// Calls with the place of each trait of a sentence, once for each time that it has it.
pub(crate) fn traits(view: &View<'_>, first: usize, last: usize, tell: &mut impl FnMut(u32)) {
    let edge = (mix(0, b"^"), mix(0, b"^"));
    let (mut before, mut second) = (edge, edge);
    for at in first..=last {
        let Some(unit) = view.get(at).filter(|_| at < last) else {
            let end = mix(0, b"$");
            tell(place(2, join(before.0, end)));
            tell(place(3, join(before.1, end)));
            break;
        };
        let (word, kind) = match unit.sort {
            Sort::Word => {
                let key = view.key(at).as_bytes();
                let case = match unit.case {
                    Case::Small => 0,
                    Case::Capital => 1 + u64::from(unit.begins),
                    Case::Upper => 3,
                    Case::Mixed => 4,
                };
                for length in [3, 4, 5] {
                    if key.len() > length {
                        tell(place(4, mix(0, &key[key.len() - length..])));
                        tell(place(5, mix(0, &key[..length])));
                    }
                }
                let kinds = unit.bits & KINDS;
                let numbered = u64::from(unit.number != NO_NUMBER);
                (
                    mix(0, key),
                    mix(kinds.rotate_left(7) ^ (case << 1) ^ numbered, b"kind"),
                )
            }
            Sort::Number => {
                let size = match unit.number {
                    0 => 0,
                    1..=4 => 1,
                    5..=23 => 2,
                    // Larger ones are files and telephones, which the rules know, or counts, which say nothing of anybody.
                    _ => 3,
                };
                let number = mix(size, b"number");
                (number, number)
            }
            Sort::Mark(mark) => {
                let mark = mix(u64::from(u32::from(mark)), b"mark");
                (mark, mark)
            }
        };
        tell(place(0, word));
        tell(place(1, kind));
        tell(place(2, join(before.0, word)));
        tell(place(3, join(before.1, kind)));
        tell(place(6, join(join(second.1, before.1), kind)));
        tell(place(7, join(before.1, word)));
        tell(place(8, join(before.0, kind)));
        second = before;
        before = (word, kind);
    }
}

fn place(sort: u64, hash: u64) -> u32 {
    let mixed =
        (hash ^ sort.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (mixed >> 48) as u32
}

fn join(one: u64, other: u64) -> u64 {
    (one.rotate_left(23) ^ other).wrapping_mul(0xf135_7aea_2e62_a9c5)
}

/// FNV-1a: the same on every machine and in every release.
fn mix(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(
        0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3),
    )
}
