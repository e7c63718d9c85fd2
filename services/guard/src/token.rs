//! A text as words, numbers, blanks and marks, cut once and read by all rules.
//!
//! Characters that nobody sees (zero-width, soft hyphen) are no tokens and end none, so that a number with one inside is
//! still a number. What the rules ask of each token again and again is answered here once.

use std::borrow::Cow;

use crate::words::spell;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters.
    Word,
    /// Digits.
    Number,
    /// White space.
    Space,
    /// One character of any other sort.
    Mark(char),
}

/// A part of the text.
#[derive(Debug, Clone, Copy)]
struct Token {
    kind: Kind,
    start: u32,
    end: u32,
    /// How many characters it has, without those that nobody sees.
    count: u32,
    /// Its place among the keys; empty if it is no word.
    key: (u32, u32),
    /// Traits of its first character, and of any of the others.
    first: u8,
    others: u8,
    /// How many tokens further on the next number is; [`FAR`] if it is further than that, or there is none.
    to_number: u8,
}

const FAR: u8 = u8::MAX;

/// A text with its tokens.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// Where the keys of words are.
    keys: String,
}

/// Longest key in bytes; no keyword of any rule is longer, and a longer word is none.
const KEY_MAX: usize = 40;

/// A word, or words joined by hyphens, in the form in which keywords are written: lower case, without hyphens, umlauts
/// written out.
#[derive(Debug, Clone)]
pub(crate) struct Key<'a>(Cow<'a, str>);

impl Key<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Token {
    /// Takes in what follows and is of its sort.
    #[inline]
    fn extend(&mut self, sort: Sort, text: &str, at: &mut usize, keys: &mut [u8]) {
        loop {
            let (from, mut others) = (*at, 0);
            while let Some(sign) = Sign::of_byte(text, *at)
                && sign.sort == sort
            {
                others |= sign.traits;
                *at += 1;
            }
            if *at > from {
                self.end = *at as u32;
                self.count += (*at - from) as u32;
                self.others |= others;
            }
            // It ends here, unless a character beyond ASCII goes on with it.
            if text.as_bytes().get(*at).is_none_or(u8::is_ascii) {
                return;
            }
            let mut next = *at;
            let (sign, _) = Sign::at(text, &mut next, keys);
            if sign.sort == sort {
                self.end = next as u32;
                self.count += 1;
            } else if sign.sort != Sort::Unseen {
                return;
            }
            self.others |= sign.traits;
            *at = next;
        }
    }
}

impl<'a> Text<'a> {
    /// Reads a text that is shorter than 4 GiB; longer ones never get here.
    pub(crate) fn new(text: &'a str) -> Self {
        let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 2 + 1);
        // The text in small letters. An umlaut is as long as the two letters that it is written out with, so that nearly every
        // word has its key here, and in the same place.
        let mut keys = text.as_bytes().to_ascii_lowercase();
        let mut apart = 0;
        let mut at = 0;
        while at < text.len() {
            let start = at;
            let (Sign { sort, traits }, c) = Sign::at(text, &mut at, &mut keys);
            if sort == Sort::Unseen {
                continue;
            }
            let mut token = Token {
                kind: sort.kind(c),
                start: start as u32,
                end: at as u32,
                count: 1,
                key: (0, 0),
                first: traits,
                others: 0,
                to_number: FAR,
            };
            if sort != Sort::Mark {
                token.extend(sort, text, &mut at, &mut keys);
            }
            if sort == Sort::Word {
                token.key = (token.start, token.end);
                apart |= (token.first | token.others) & APART;
            }
            tokens.push(token);
        }
        let mut keys = String::from_utf8(keys)
            .expect("two bytes of ASCII stand where the two bytes of one character stood");
        if apart != 0 {
            let words = tokens.iter_mut().filter(|it| it.kind == Kind::Word);
            for token in words.filter(|it| (it.first | it.others) & APART != 0) {
                let from = keys.len() as u32;
                spell(&text[token.start as usize..token.end as usize], &mut keys);
                token.key = (from, keys.len() as u32);
            }
        }
        let mut to_number = FAR;
        for token in tokens.iter_mut().rev() {
            to_number = match token.kind {
                Kind::Number => 0,
                _ => to_number.saturating_add(1),
            };
            token.to_number = to_number;
        }
        Self { text, tokens, keys }
    }

    fn token(&self, at: usize) -> Option<&Token> {
        #[cfg(test)]
        crate::work::looks(1);
        self.tokens.get(at)
    }

    /// The text itself.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    #[inline]
    pub(crate) fn kind(&self, at: usize) -> Option<Kind> {
        self.token(at).map(|token| token.kind)
    }

    /// The token before, if there is one.
    #[inline]
    pub(crate) fn before(&self, at: usize) -> Option<Kind> {
        at.checked_sub(1).and_then(|at| self.kind(at))
    }

    #[inline]
    pub(crate) fn is_word(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Word)
    }

    #[inline]
    pub(crate) fn is_number(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Number)
    }

    #[inline]
    pub(crate) fn is_space(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Space)
    }

    #[inline]
    pub(crate) fn is_mark(&self, at: usize, marks: &[char]) -> bool {
        matches!(self.kind(at), Some(Kind::Mark(c)) if marks.contains(&c))
    }

    /// A token's text; empty beyond the end.
    #[inline]
    pub(crate) fn slice(&self, at: usize) -> &'a str {
        self.token(at).map_or("", |token| {
            &self.text[token.start as usize..token.end as usize]
        })
    }

    /// First byte of a token; the end of the text beyond it.
    #[inline]
    pub(crate) fn start(&self, at: usize) -> usize {
        self.token(at)
            .map_or(self.text.len(), |token| token.start as usize)
    }

    /// The byte after a token; the end of the text beyond it.
    #[inline]
    pub(crate) fn end(&self, at: usize) -> usize {
        self.token(at)
            .map_or(self.text.len(), |token| token.end as usize)
    }

    /// The digits of a number.
    pub(crate) fn digits(&self, at: usize) -> impl Iterator<Item = u8> + use<'a> {
        self.slice(at).chars().filter_map(digit)
    }

    /// How many digits a token has; none when it is no number.
    #[inline]
    pub(crate) fn digit_count(&self, at: usize) -> usize {
        self.count(at, Kind::Number)
    }

    /// How many letters a token has; none when it is no word.
    #[inline]
    pub(crate) fn letter_count(&self, at: usize) -> usize {
        self.count(at, Kind::Word)
    }

    #[inline]
    fn count(&self, at: usize, kind: Kind) -> usize {
        self.token(at)
            .filter(|token| token.kind == kind)
            .map_or(0, |token| token.count as usize)
    }

    /// Whether this token or one of the next so many, fewer than 255, is a number. Most words of most texts have none near them,
    /// and a rule that needs one need not look at them.
    #[inline]
    pub(crate) fn number_within(&self, at: usize, reach: u8) -> bool {
        self.token(at).is_some_and(|it| it.to_number <= reach)
    }

    /// Whether any character of the token has one of these traits.
    #[inline]
    fn has(&self, at: usize, traits: u8) -> bool {
        self.token(at)
            .is_some_and(|token| (token.first | token.others) & traits != 0)
    }

    /// Whether a word has German letters only, or begins with a small one.
    pub(crate) fn is_plain(&self, at: usize) -> bool {
        !self.has(at, FOREIGN) || !self.is_capitalised(at)
    }

    /// Whether it is a word or number of ASCII letters and digits, with nothing unseen inside.
    #[inline]
    pub(crate) fn is_ascii(&self, at: usize) -> bool {
        self.token(at).is_some_and(|token| {
            matches!(token.kind, Kind::Word | Kind::Number)
                && token.end - token.start == token.count
        })
    }

    /// Whether it is a word or number of hex digits.
    #[inline]
    pub(crate) fn is_hex(&self, at: usize) -> bool {
        self.is_ascii(at) && !self.has(at, NO_HEX)
    }

    /// Whether all its letters are capitals; so are those of nothing.
    pub(crate) fn is_upper(&self, at: usize) -> bool {
        !self.has(at, NO_CAPITAL)
    }

    pub(crate) fn is_capitalised(&self, at: usize) -> bool {
        self.token(at)
            .is_some_and(|token| token.first & CAPITAL != 0)
    }

    /// Whether there is a capital behind the first character.
    pub(crate) fn has_inner_capital(&self, at: usize) -> bool {
        self.token(at)
            .is_some_and(|token| token.others & CAPITAL != 0)
    }

    pub(crate) fn has_small_letter(&self, at: usize) -> bool {
        self.has(at, SMALL)
    }

    /// Whether a line ends in these blanks.
    pub(crate) fn breaks_line(&self, at: usize) -> bool {
        self.has(at, BREAK)
    }

    /// A word in the guard's spelling, whatever its letters and its length; empty for all else.
    pub(crate) fn spelled(&self, at: usize) -> &str {
        self.token(at).map_or("", |token| self.between(token.key))
    }

    fn between(&self, (from, to): (u32, u32)) -> &str {
        &self.keys[from as usize..to as usize]
    }

    /// The key of one word; none when it is too long or has letters that no keyword has.
    pub(crate) fn key(&self, at: usize) -> Option<Key<'_>> {
        let fits = self.is_word(at) && !self.has(at, FOREIGN) && self.spelled(at).len() <= KEY_MAX;
        fits.then(|| Key(Cow::Borrowed(self.spelled(at))))
    }

    /// The key of up to three words joined by hyphens, and the token after them.
    pub(crate) fn joined_key(&self, at: usize) -> Option<(Key<'_>, usize)> {
        let mut key = self.key(at)?;
        let mut next = at + 1;
        for _ in 0..2 {
            if !self.is_mark(next, &['-', '‑']) || !self.is_word(next + 1) {
                break;
            }
            key.0 += self.key(next + 1)?.0;
            next += 2;
        }
        (key.0.len() <= KEY_MAX).then_some((key, next))
    }
}

/// Traits of a character.
const CAPITAL: u8 = 1;
const NO_CAPITAL: u8 = 1 << 1;
const SMALL: u8 = 1 << 2;
/// No letter that German words are written with.
const FOREIGN: u8 = 1 << 3;
const NO_HEX: u8 = 1 << 4;
/// Ends a line.
const BREAK: u8 = 1 << 5;
/// Has no letters of the same length that it is written out with, so that its word's key is kept apart.
const APART: u8 = 1 << 6;

/// What sort of token a character belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sort {
    Word,
    Number,
    Space,
    Mark,
    /// None: nobody sees it.
    Unseen,
}

impl Sort {
    fn kind(self, c: char) -> Kind {
        match self {
            Self::Word => Kind::Word,
            Self::Number => Kind::Number,
            Self::Space => Kind::Space,
            Self::Mark | Self::Unseen => Kind::Mark(c),
        }
    }
}

/// What a character is, for itself.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sign {
    sort: Sort,
    traits: u8,
}

/// The signs of ASCII: nearly all characters of nearly all texts.
static ASCII: [Sign; 128] = {
    let mut all = [Sign::of_ascii(0); 128];
    let mut byte = 1;
    while byte < 128 {
        all[byte as usize] = Sign::of_ascii(byte);
        byte += 1;
    }
    all
};

impl Sign {
    /// Reads the character here and goes on behind it; an umlaut is written out in the copy for the keys.
    #[inline]
    fn at(text: &str, at: &mut usize, keys: &mut [u8]) -> (Self, char) {
        match Self::of_byte(text, *at) {
            Some(sign) => {
                let c = char::from(text.as_bytes()[*at]);
                *at += 1;
                (sign, c)
            }
            None => Self::beyond_ascii(text, at, keys),
        }
    }

    /// None at the text's end and of a character beyond ASCII.
    #[inline]
    fn of_byte(text: &str, at: usize) -> Option<Self> {
        let byte = text.as_bytes().get(at)?;
        ASCII.get(*byte as usize).copied()
    }

    /// Apart from what is read often, so that that is read in place.
    #[inline(never)]
    fn beyond_ascii(text: &str, at: &mut usize, keys: &mut [u8]) -> (Self, char) {
        let start = *at;
        let c = text[start..].chars().next().unwrap_or(' ');
        *at += c.len_utf8();
        if let Some(letters) = written_out(c) {
            keys[start..*at].copy_from_slice(letters);
        }
        (Self::of_any(c), c)
    }

    const fn of_ascii(byte: u8) -> Self {
        let sort = match byte {
            b'0'..=b'9' => Sort::Number,
            b'A'..=b'Z' | b'a'..=b'z' => Sort::Word,
            b'\t'..=b'\r' | b' ' => Sort::Space,
            _ => Sort::Mark,
        };
        let case = match byte {
            b'A'..=b'Z' => CAPITAL,
            b'a'..=b'z' => NO_CAPITAL | SMALL,
            _ => NO_CAPITAL,
        };
        let hex = if byte.is_ascii_hexdigit() { 0 } else { NO_HEX };
        let line = if byte == b'\n' { BREAK } else { 0 };
        Self {
            sort,
            traits: case | hex | line,
        }
    }

    fn of_any(c: char) -> Self {
        if is_invisible(c) {
            return Self {
                sort: Sort::Unseen,
                traits: APART,
            };
        }
        let (sort, traits) = match c {
            'ä' | 'ö' | 'ü' | 'ß' => (Sort::Word, NO_CAPITAL | SMALL),
            'Ä' | 'Ö' | 'Ü' => (Sort::Word, CAPITAL),
            'ẞ' => (Sort::Word, CAPITAL | APART),
            _ if digit(c).is_some() => (Sort::Number, NO_CAPITAL),
            _ if c.is_alphabetic() => {
                let case = match (c.is_uppercase(), c.is_lowercase()) {
                    (true, _) => CAPITAL,
                    (_, true) => NO_CAPITAL | SMALL,
                    _ => NO_CAPITAL,
                };
                (Sort::Word, case | FOREIGN | APART)
            }
            _ if c.is_whitespace() => (Sort::Space, NO_CAPITAL),
            _ => (Sort::Mark, NO_CAPITAL),
        };
        Self {
            sort,
            traits: traits | NO_HEX,
        }
    }
}

/// The two letters for an umlaut or a sharp s of two bytes.
fn written_out(c: char) -> Option<&'static [u8; 2]> {
    match c {
        'ä' | 'Ä' => Some(b"ae"),
        'ö' | 'Ö' => Some(b"oe"),
        'ü' | 'Ü' => Some(b"ue"),
        'ß' => Some(b"ss"),
        _ => None,
    }
}

/// The value of a digit, of the usual ones and the full-width ones that some keyboards make.
fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => Some(c as u8 - b'0'),
        '０'..='９' => Some((c as u32 - '０' as u32) as u8),
        _ => None,
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_characters_are() {
        for c in '\0'..='\x7f' {
            let Sign { sort, traits } = ASCII[c as usize];
            assert_eq!(sort == Sort::Word, c.is_alphabetic(), "{c:?}");
            assert_eq!(sort == Sort::Number, c.is_numeric(), "{c:?}");
            assert_eq!(sort == Sort::Space, c.is_whitespace(), "{c:?}");
            assert_eq!(traits & CAPITAL != 0, c.is_uppercase(), "{c:?}");
            assert_eq!(traits & NO_CAPITAL == 0, c.is_uppercase(), "{c:?}");
            assert_eq!(traits & SMALL != 0, c.is_lowercase(), "{c:?}");
            assert_eq!(traits & NO_HEX == 0, c.is_ascii_hexdigit(), "{c:?}");
            assert_eq!(traits & FOREIGN, 0, "{c:?}");
        }
    }

    #[test]
    fn words_have_keys_wherever_they_are_kept() {
        let text = Text::new("Ärger STRAẞE Café – Fall-Nr. Über\u{ad}gabe");
        let keys: Vec<&str> = (0..text.len())
            .filter(|at| text.is_word(*at))
            .map(|at| text.spelled(at))
            .collect();
        assert_eq!(
            keys,
            ["aerger", "strasse", "cafe", "fall", "nr", "uebergabe"]
        );
        let joined = (0..text.len()).find_map(|at| {
            text.joined_key(at)
                .filter(|(key, _)| key.as_str() == "fallnr")
        });
        assert!(joined.is_some());
        assert!(text.key(4).is_none() && text.spelled(1).is_empty());
    }

    #[test]
    fn a_number_is_seen_from_afar() {
        let text = Text::new("vor dem 5. Mai");
        let near: Vec<bool> = (0..text.len())
            .map(|at| text.number_within(at, 2))
            .collect();
        assert_eq!(near, [false, false, true, true, true, false, false, false]);
    }
}
