//! Numbers that carry their own proof: IBANs, identity cards, health and pension insurance numbers.
//!
//! A check digit makes a find nearly certain, so these need no word beside them that says what they are.

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::rule::{IBAN, IDENTITY};
use crate::token::{Kind, Text};

/// Lengths of IBANs by country; sorted. Those of the single euro payments area and Turkey.
const COUNTRIES: &[([u8; 2], usize)] = &[
    (*b"AD", 24),
    (*b"AT", 20),
    (*b"BE", 16),
    (*b"BG", 22),
    (*b"CH", 21),
    (*b"CY", 28),
    (*b"CZ", 24),
    (*b"DE", 22),
    (*b"DK", 18),
    (*b"EE", 20),
    (*b"ES", 24),
    (*b"FI", 18),
    (*b"FR", 27),
    (*b"GB", 22),
    (*b"GI", 23),
    (*b"GR", 27),
    (*b"HR", 21),
    (*b"HU", 28),
    (*b"IE", 22),
    (*b"IS", 26),
    (*b"IT", 27),
    (*b"LI", 21),
    (*b"LT", 20),
    (*b"LU", 20),
    (*b"LV", 21),
    (*b"MC", 27),
    (*b"MT", 31),
    (*b"NL", 18),
    (*b"NO", 15),
    (*b"PL", 28),
    (*b"PT", 25),
    (*b"RO", 24),
    (*b"SE", 24),
    (*b"SI", 19),
    (*b"SK", 24),
    (*b"SM", 27),
    (*b"TR", 26),
    (*b"VA", 22),
];

/// Longest number of this module, in characters.
const LONGEST: usize = 34;

pub(crate) fn scan(text: &Text<'_>, found: &mut Found) {
    for at in 0..text.len() {
        // All these begin with a number or with letters joined to one.
        if !text.number_within(at, 1) {
            continue;
        }
        let joined = matches!(text.before(at), Some(Kind::Word | Kind::Number));
        if joined {
            continue;
        }
        match text.kind(at) {
            Some(Kind::Word) => {
                iban(text, at, found);
                card(text, at, found);
            }
            Some(Kind::Number) => pension(text, at, found),
            _ => {}
        }
    }
}

/// Letters and digits, in capitals, without what stands between them.
struct Run {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Run {
    const EMPTY: Self = Self {
        bytes: [0; LONGEST],
        len: 0,
    };

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Adds a word or number; false when it does not fit or has letters of other alphabets.
    fn push(&mut self, text: &Text<'_>, at: usize) -> bool {
        let mut push = |byte: u8| {
            let fits = self.len < LONGEST;
            if fits {
                self.bytes[self.len] = byte;
                self.len += 1;
            }
            fits
        };
        match text.kind(at) {
            Some(Kind::Number) => text.digits(at).all(|digit| push(b'0' + digit)),
            Some(Kind::Word) => text
                .slice(at)
                .bytes()
                .all(|b| b.is_ascii_alphabetic() && push(b.to_ascii_uppercase())),
            _ => false,
        }
    }
}

fn iban(text: &Text<'_>, at: usize, found: &mut Found) {
    if text.letter_count(at) != 2 || !text.is_number(at + 1) || text.digit_count(at + 1) < 2 {
        return;
    }
    let mut run = Run::EMPTY;
    if !run.push(text, at) {
        return;
    }
    let country = [run.bytes[0], run.bytes[1]];
    let Ok(entry) = COUNTRIES.binary_search_by_key(&country, |entry| entry.0) else {
        return;
    };
    let length = COUNTRIES[entry].1;
    let mut next = at + 1;
    loop {
        if !run.push(text, next) || run.len > length {
            return;
        }
        if run.len == length {
            break;
        }
        next += 1;
        let parted = text.is_space(next) || text.is_mark(next, &['-', '.', '‑']);
        next += usize::from(parted);
    }
    if matches!(text.kind(next + 1), Some(Kind::Word | Kind::Number)) {
        return;
    }
    if is_iban(run.as_bytes()) {
        found.add(&IBAN, Reject, text.start(at), text.end(next));
    } else if country == *b"DE" && run.as_bytes()[2..].iter().all(u8::is_ascii_digit) {
        // Twenty digits behind DE are an account, mistyped or not.
        found.add(&IBAN, Review, text.start(at), text.end(next));
    }
}

/// ISO 13616: the first four characters at the end, letters as 10 to 35, the whole modulo 97 is 1.
fn is_iban(run: &[u8]) -> bool {
    let rotated = run[4..].iter().chain(&run[..4]);
    let rest = rotated.fold(0u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    rest == 1
}

/// Ten characters: a letter and digits, as on identity cards, passports and insurance cards.
fn card(text: &Text<'_>, at: usize, found: &mut Found) {
    if text.letter_count(at) != 1 || !text.is_number(at + 1) {
        return;
    }
    let mut run = Run::EMPTY;
    let mut next = at;
    while matches!(text.kind(next), Some(Kind::Word | Kind::Number)) {
        if !run.push(text, next) || run.len > 10 {
            return;
        }
        next += 1;
    }
    if run.len != 10 {
        return;
    }
    let run = run.as_bytes();
    let severity = if is_insured(run) || is_document(run) {
        Reject
    } else if run[1..].iter().all(u8::is_ascii_digit) {
        Review
    } else {
        return;
    };
    found.add(&IDENTITY, severity, text.start(at), text.end(next - 1));
}

/// A health insurance number (§ 290 SGB V): a letter, eight digits and a check digit.
fn is_insured(run: &[u8]) -> bool {
    if !run[1..].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let letter = run[0] - b'A' + 1;
    let digits = [letter / 10, letter % 10]
        .into_iter()
        .chain(run[1..9].iter().map(|byte| byte - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(index, digit)| {
            let product = u32::from(digit) * (1 + index as u32 % 2);
            product / 10 + product % 10
        })
        .sum();
    sum % 10 == u32::from(run[9] - b'0')
}

/// The serial number of an identity card or passport with its check digit (ICAO 9303: weights 7, 3, 1).
fn is_document(run: &[u8]) -> bool {
    const SERIAL: &[u8] = b"CFGHJKLMNPRTVWXYZ0123456789";
    if !run[..9].iter().all(|byte| SERIAL.contains(byte)) || !run[9].is_ascii_digit() {
        return false;
    }
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte - b'A') + 10,
    };
    let sum: u32 = run[..9]
        .iter()
        .zip([7, 3, 1].into_iter().cycle())
        .map(|(byte, weight)| value(byte) * weight)
        .sum();
    sum % 10 == u32::from(run[9] - b'0')
}

/// A pension insurance number: area, birth date, initial, serial and check digit, as in "15 070649 C 103".
fn pension(text: &Text<'_>, at: usize, found: &mut Found) {
    let skip = |at: usize| if text.is_space(at) { at + 1 } else { at };
    let (date, letter) = match text.digit_count(at) {
        2 if text.is_space(at + 1) => (at + 2, skip(at + 3)),
        8 => (at, skip(at + 1)),
        _ => return,
    };
    let serial = skip(letter + 1);
    let shape = matches!(text.digit_count(date), 6 | 8)
        && text.letter_count(letter) == 1
        && text.digit_count(serial) == 3;
    if !shape || !text.is_upper(letter) || text.is_word(serial + 1) {
        return;
    }
    let mut digits = [0; 6];
    let last_six = text.digits(date).skip(text.digit_count(date) - 6);
    for (digit, value) in digits.iter_mut().zip(last_six) {
        *digit = value;
    }
    let day = digits[0] * 10 + digits[1];
    let month = digits[2] * 10 + digits[3];
    if (1..=31).contains(&day) && (1..=12).contains(&month) {
        found.add(&IDENTITY, Reject, text.start(at), text.end(serial));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_countries_are_sorted() {
        assert!(COUNTRIES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn published_samples_hold_and_one_wrong_digit_does_not() {
        for good in [
            "DE89370400440532013000",
            "AT611904300234573201",
            "GB29NWBK60161331926819",
        ] {
            assert!(is_iban(good.as_bytes()), "{good}");
            let mut wrong = good.as_bytes().to_vec();
            let last = wrong.len() - 1;
            wrong[last] = if wrong[last] == b'9' {
                b'0'
            } else {
                wrong[last] + 1
            };
            assert!(!is_iban(&wrong), "{good}");
        }
        assert!(is_insured(b"A123456780") && !is_insured(b"A123456781"));
        assert!(is_document(b"L01X00T471") && !is_document(b"L01X00T472"));
        assert!(is_document(b"C01X00T478"));
    }
}
