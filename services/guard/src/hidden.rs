//! Texts inside the text (P11): spaced and reversed letters, letters written as digits, base64, hex, spelled-out digits.
//!
//! What can be read that way is read and checked like any text. It counts when something is found in it; what hides without
//! anything to find, or can't be read at all, is for review.

use crate::token::{Kind, Text};
use crate::view::{Case, Sort, View};
use crate::words::*;

/// How it was hidden.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// Encoded as a whole: nobody writes so by accident.
    Encoded,
    /// Letters apart, reversed or replaced.
    Disguised,
    /// Encoded, and it can't be read.
    Unreadable,
    /// Digits in words.
    SpelledDigits,
}

/// A text inside the text.
pub(crate) struct Hidden {
    pub(crate) way: Way,
    /// What it says; empty if it can't be read.
    pub(crate) text: String,
    /// Its place in the normalised text.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Most hidden texts that are read of one text.
const HIDDEN_MAX: usize = 16;

pub(crate) fn scan(text: &Text<'_>, view: &View<'_>, words: &Words) -> Vec<Hidden> {
    let mut found = Vec::new();
    encoded(text, &mut found);
    spaced(text, words, &mut found);
    reversed(view, words, &mut found);
    leet(text, words, &mut found);
    spelled_digits(view, &mut found);
    found.truncate(HIDDEN_MAX);
    found
}

/// Whether decoded bytes are something that people write.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let (mut good, mut letters, mut all) = (0, 0, 0);
    for c in text.chars() {
        all += 1;
        letters += usize::from(c.is_alphabetic());
        good += usize::from(c.is_alphanumeric() || c == ' ' || c.is_ascii_punctuation());
    }
    (all >= 4 && good * 20 >= all * 19 && letters * 2 >= all
        || all >= 8 && good == all && letters * 4 >= all)
        .then_some(text)
}

/// Base64 and hex.
fn encoded(text: &Text<'_>, found: &mut Vec<Hidden>) {
    let mut at = 0;
    while at < text.len() {
        let first = at;
        while in_code(text, at) {
            at += 1;
        }
        if at == first {
            at += 1;
            continue;
        }
        let (start, end) = (text.start(first), text.end(at - 1));
        if end - start >= CODE_MIN
            && let Some(hidden) = base64(&text.text()[start..end])
        {
            found.push(Hidden {
                start,
                end,
                ..hidden
            });
        }
    }
    hex(text, found);
}

fn in_code(text: &Text<'_>, at: usize) -> bool {
    match text.kind(at) {
        Some(Kind::Word | Kind::Number) => text.is_ascii(at),
        Some(Kind::Mark(c)) => matches!(c, '+' | '/' | '=' | '_' | '-'),
        _ => false,
    }
}

/// Fewest characters of a code in base64 or hex; shorter ones are words and numbers.
const CODE_MIN: usize = 12;

fn base64(run: &str) -> Option<Hidden> {
    let code = run.trim_matches(['-', '_', '/', '+']).trim_end_matches('=');
    if code.len() < CODE_MIN || code.len() % 4 == 1 {
        return None;
    }
    let has = |test: fn(&u8) -> bool| code.bytes().any(|it| test(&it));
    let (lower, upper, digit) = (
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
        has(u8::is_ascii_digit),
    );
    let padded = run.ends_with('=');
    // Capitals in the middle of a word, which no word and no file name has in such number.
    let mixed = code
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        .count();
    if !(lower && upper) || mixed < 2 && !padded {
        return None;
    }
    let mut bytes = Vec::with_capacity(code.len());
    let (mut block, mut bits) = (0_u32, 0);
    for byte in code.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        block = block << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((block >> bits) as u8);
        }
    }
    let hidden = |way, text| {
        Some(Hidden {
            way,
            text,
            start: 0,
            end: 0,
        })
    };
    match readable(bytes) {
        Some(text) => hidden(Way::Encoded, text),
        // A key, a token, something compressed: no place in a note.
        None if padded && code.len() >= 16
            || code.len() >= 20 && digit && mixed >= 2 && !run.contains(['-', '/', '_']) =>
        {
            hidden(Way::Unreadable, String::new())
        }
        None => None,
    }
}

/// Groups of hex digits: "46726175 2042", "48 65 72 72", "48:65:72:72".
fn hex(text: &Text<'_>, found: &mut Vec<Hidden>) {
    let mut at = 0;
    while at < text.len() {
        if !text.is_hex(at) {
            at += 1;
            continue;
        }
        let first = at;
        let mut last = at;
        let mut count = 0;
        loop {
            while text.is_hex(at) {
                count += text.slice(at).len();
                last = at;
                at += 1;
            }
            if count.is_multiple_of(2)
                && (text.is_space(at) || text.is_mark(at, &[':', '-', ',']))
                && text.is_hex(at + 1)
            {
                at += 1;
            } else {
                break;
            }
        }
        if count < CODE_MIN || !count.is_multiple_of(2) {
            continue;
        }
        let digits: String = (first..=last)
            .filter(|at| text.is_hex(*at))
            .map(|at| text.slice(at))
            .collect();
        let bytes = (0..digits.len())
            .step_by(2)
            .filter_map(|it| u8::from_str_radix(&digits[it..it + 2], 16).ok())
            .collect();
        if let Some(said) = readable(bytes) {
            found.push(Hidden {
                way: Way::Encoded,
                text: said,
                start: text.start(first),
                end: text.end(last),
            });
        }
    }
}

/// "H e r r  B r i n k h o f f", "K.R.-.T.L.-.3.0.7", "e_i_n 2 9 - J_ä_h_r_i_g_e_r": single letters and what parts them.
fn spaced(text: &Text<'_>, words: &Words, found: &mut Vec<Hidden>) {
    let single = |at: usize| text.letter_count(at) + text.digit_count(at) == 1;
    let (mut said, mut gap) = (String::new(), String::new());
    let mut at = 0;
    while at < text.len() {
        if !single(at) {
            at += 1;
            continue;
        }
        let first = at;
        let (mut letters, mut singles) = (0, 0);
        said.clear();
        let mut separator = None;
        let mut last = at;
        loop {
            said.push_str(text.slice(at));
            letters += text.letter_count(at);
            singles += 1;
            last = at.max(last);
            // One separator joins, two or a wide blank part words; a hyphen between separators is one.
            let mut next = at + 1;
            gap.clear();
            while next < at + 8
                && (text.is_space(next)
                    || text.is_mark(
                        next,
                        &['.', '-', '_', '*', '·', '|', '/', '~', '•', '‑', '–'],
                    ))
            {
                gap.push_str(text.slice(next));
                next += 1;
            }
            if gap.is_empty() || !single(next) {
                break;
            }
            separator = separator.or(gap.chars().next());
            let both_digits = text.digit_count(at) == 1 && text.digit_count(next) == 1;
            let blanks = gap.chars().filter(|c| c.is_whitespace()).count();
            let turn = text.slice(next).starts_with(|c: char| c.is_uppercase())
                && said.ends_with(|c: char| c.is_lowercase());
            let long = gap.chars().count();
            // Of "./." the middle was there before somebody put full stops between.
            let middle = gap
                .chars()
                .nth(long / 2)
                .filter(|_| long == 3 && blanks == 0 && gap.chars().next() == gap.chars().last());
            if let Some(middle @ ('-' | '/' | '.')) = middle {
                said.push(middle);
            } else if gap == " " && separator != Some(' ') && !both_digits
                || blanks >= 2
                || long >= 2
                || turn
            {
                said.push(' ');
            }
            at = next;
        }
        at = last + 1;
        if letters >= 4 && singles >= 5 || singles >= 9 && letters >= 1 {
            // "W I C H T I G" is a word that somebody wants read.
            let plain = |word: &str| {
                let bits = words.look(spelling(word).as_bytes());
                word.chars().count() >= 3
                    && bits & KNOWN != 0
                    && bits & (ANYBODY | TITLE | NAME | SURNAME | INCIDENT) == 0
            };
            let known = said.split([' ', '-']).all(plain);
            if !known {
                found.push(Hidden {
                    way: Way::Disguised,
                    text: said.clone(),
                    start: text.start(first),
                    end: text.end(last),
                });
            }
        }
    }
}

/// "rhednewtlA rreH": words that end with a capital.
fn reversed(view: &View<'_>, words: &Words, found: &mut Vec<Hidden>) {
    let turned = |at: usize| {
        view.is_word(at)
            .then(|| view.whole(at).chars().rev().collect::<String>())
    };
    let mut at = 0;
    while at < view.len() {
        let looks_turned = |at: usize| {
            let Some(unit) = view.get(at) else {
                return false;
            };
            if unit.sort != Sort::Word
                || unit.letters < 4
                || unit.bits & KNOWN != 0 && unit.case != Case::Mixed
            {
                return false;
            }
            let last_is_large = view
                .whole(at)
                .as_bytes()
                .last()
                .is_some_and(|it| it.is_ascii_uppercase() || !it.is_ascii());
            if !last_is_large && unit.bits & KNOWN != 0 {
                return false;
            }
            let word = view.whole(at);
            let ends_large = word.ends_with(|c: char| c.is_uppercase())
                && word.starts_with(|c: char| c.is_lowercase());
            if ends_large && unit.case == Case::Mixed {
                return true;
            }
            // Without capitals only what is unknown, and known the other way round.
            let key: Vec<u8> = view.key(at).bytes().rev().collect();
            unit.bits & KNOWN == 0
                && (matches!(key.as_slice(), b"herr" | b"frau" | b"herrn")
                    || unit.letters >= 6 && words.look(&key) & (KNOWN | NAME) != 0)
        };
        if !looks_turned(at) {
            at += 1;
            continue;
        }
        let first = at;
        let mut last = at;
        while view.is_word(at + 1)
            && (looks_turned(at + 1) || view.get(at + 1).is_some_and(|it| it.bits & KNOWN == 0))
        {
            at += 1;
            last = at;
        }
        at += 1;
        let said: Vec<String> = (first..=last).rev().filter_map(turned).collect();
        found.push(Hidden {
            way: Way::Disguised,
            text: said.join(" "),
            start: view.start(first),
            end: view.end(last),
        });
    }
}

/// "F3stn4hm3 31n3r P3r50n": words with digits for letters.
fn leet(text: &Text<'_>, words: &Words, found: &mut Vec<Hidden>) {
    let source = text.text();
    let joins = |at: usize| matches!(text.kind(at), Some(Kind::Word | Kind::Number));
    let mut read: Vec<(usize, usize, String)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let first = at;
        while joins(at) || text.is_mark(at, &['@', '$', '!', '|', '€']) && joins(at + 1) {
            at += 1;
        }
        // A word alone, as nearly all are, has no digits.
        if at - first < 2 {
            at = at.max(first + 1);
            continue;
        }
        let (start, end) = (text.start(first), text.end(at - 1));
        let word = &source[start..end];
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        let digits = word
            .chars()
            .filter(|c| matches!(c, '0'..='9' | '@' | '$' | '!' | '|' | '€'))
            .count();
        // A letter, a digit and another letter, or at least two of each in turns; "V3", "U76" and "3-MMC" are none.
        if letters >= 1
            && digits >= 1
            && (at - first >= 3 || letters >= 3)
            && let Some(plain) = in_letters(word, words)
        {
            read.push((start, end, plain));
        }
    }
    let (Some((start, ..)), Some((_, end, _))) = (read.first(), read.last()) else {
        return;
    };
    let (start, end) = (*start, *end);
    // The words that are left as they are say what the others mean.
    let mut said = String::with_capacity(source.len());
    let mut from = 0;
    for (start, end, plain) in &read {
        said.push_str(&source[from..*start]);
        said.push_str(plain);
        from = *end;
    }
    said.push_str(&source[from..]);
    found.push(Hidden {
        way: Way::Disguised,
        text: said,
        start,
        end,
    });
}

/// The word with letters for its digits, if that makes one.
fn in_letters(word: &str, words: &Words) -> Option<String> {
    let read = |one: char| -> String {
        word.chars()
            .map(|c| match c {
                '0' => 'o',
                '1' | '!' | '|' => one,
                '2' => 'z',
                '3' | '€' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '6' | '9' => 'g',
                '7' => 't',
                '8' => 'b',
                c => c,
            })
            .collect()
    };
    ['i', 'l'].into_iter().map(read).find(|plain| {
        plain.chars().count() >= 4 && words.look(spelling(plain).as_bytes()) & (KNOWN | NAME) != 0
    })
}

/// Fewest digits in words that are no count.
const DIGITS_MIN: usize = 5;

/// "null eins sieben sechs …": five digits in words or more.
fn spelled_digits(view: &View<'_>, found: &mut Vec<Hidden>) {
    let digit = |at: usize| {
        view.is_word(at)
            && view.is(at, NUMERAL)
            && value(view.key(at).as_bytes()).is_some_and(|it| it < 10)
            && !matches!(
                view.key(at),
                "ein" | "eine" | "einen" | "einem" | "einer" | "beide"
            )
    };
    if (0..view.len()).filter(|at| view.is(*at, NUMERAL)).count() < DIGITS_MIN {
        return;
    }
    let mut at = 0;
    while at < view.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        let first = at;
        let mut last = at;
        let mut count = 0;
        while digit(at)
            || count > 0 && view.is_mark(at, &[',', '-', '/', '.', '–']) && digit(at + 1)
            || count > 0 && view.key_in(at, &["mal"])
        {
            if digit(at) {
                count += 1;
                last = at;
            }
            at += 1;
        }
        if count >= DIGITS_MIN {
            found.push(Hidden {
                way: Way::SpelledDigits,
                text: String::new(),
                start: view.start(first),
                end: view.end(last),
            });
        }
    }
}
