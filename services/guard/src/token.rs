//! A text as words, numbers, blanks and marks, cut once and read by all rules.
//!
//! Characters that nobody sees (zero-width, soft hyphen) are no tokens and end none, so that a number with one inside is
//! still a number.

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
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// How many characters it has, without those that nobody sees.
    pub(crate) count: usize,
}

/// A text with its tokens.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

/// Longest key in bytes; no keyword of any rule is longer, and a longer word is none.
const KEY_MAX: usize = 40;

/// A word, or words joined by hyphens, in the form in which keywords are written: lower case, without hyphens, umlauts
/// written out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    bytes: [u8; KEY_MAX],
    len: usize,
}

impl Key {
    pub(crate) fn as_str(&self) -> &str {
        // Only whole ASCII letters are ever pushed.
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or("")
    }

    /// False when the word is too long or has letters that no keyword has.
    fn push(&mut self, word: &str) -> bool {
        for c in word.chars().filter(|c| !is_invisible(*c)) {
            let folded = match c {
                'ä' | 'Ä' => "ae",
                'ö' | 'Ö' => "oe",
                'ü' | 'Ü' => "ue",
                'ß' | 'ẞ' => "ss",
                _ if c.is_ascii_alphabetic() => {
                    if !self.push_byte(c.to_ascii_lowercase() as u8) {
                        return false;
                    }
                    continue;
                }
                _ => return false,
            };
            if !folded.bytes().all(|b| self.push_byte(b)) {
                return false;
            }
        }
        true
    }

    fn push_byte(&mut self, byte: u8) -> bool {
        if self.len == KEY_MAX {
            return false;
        }
        self.bytes[self.len] = byte;
        self.len += 1;
        true
    }
}

impl<'a> Text<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 4 + 4);
        for (start, c) in text.char_indices() {
            if is_invisible(c) {
                continue;
            }
            let kind = kind_of(c);
            let end = start + c.len_utf8();
            match tokens.last_mut() {
                Some(last) if last.kind == kind && !matches!(kind, Kind::Mark(_)) => {
                    last.end = end;
                    last.count += 1;
                }
                _ => tokens.push(Token {
                    kind,
                    start,
                    end,
                    count: 1,
                }),
            }
        }
        Self { text, tokens }
    }

    /// The text itself.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// The token before, if there is one.
    pub(crate) fn before(&self, at: usize) -> Option<Kind> {
        at.checked_sub(1).and_then(|at| self.kind(at))
    }

    pub(crate) fn is_word(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Word)
    }

    pub(crate) fn is_number(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Number)
    }

    pub(crate) fn is_space(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Space)
    }

    pub(crate) fn is_mark(&self, at: usize, marks: &[char]) -> bool {
        matches!(self.kind(at), Some(Kind::Mark(c)) if marks.contains(&c))
    }

    /// A token's text; empty beyond the end.
    pub(crate) fn slice(&self, at: usize) -> &'a str {
        self.tokens
            .get(at)
            .map_or("", |token| &self.text[token.start..token.end])
    }

    /// First byte of a token; the end of the text beyond it.
    pub(crate) fn start(&self, at: usize) -> usize {
        self.tokens
            .get(at)
            .map_or(self.text.len(), |token| token.start)
    }

    /// The byte after a token; the end of the text beyond it.
    pub(crate) fn end(&self, at: usize) -> usize {
        self.tokens
            .get(at)
            .map_or(self.text.len(), |token| token.end)
    }

    /// The digits of a number.
    pub(crate) fn digits(&self, at: usize) -> impl Iterator<Item = u8> + use<'a> {
        self.slice(at).chars().filter_map(digit)
    }

    /// How many digits a token has; none when it is no number.
    pub(crate) fn digit_count(&self, at: usize) -> usize {
        self.count(at, Kind::Number)
    }

    /// How many letters a token has; none when it is no word.
    pub(crate) fn letter_count(&self, at: usize) -> usize {
        self.count(at, Kind::Word)
    }

    fn count(&self, at: usize, kind: Kind) -> usize {
        self.tokens
            .get(at)
            .filter(|token| token.kind == kind)
            .map_or(0, |token| token.count)
    }

    /// Whether a word has German letters only, or begins with a small one.
    pub(crate) fn is_plain(&self, at: usize) -> bool {
        let word = self.slice(at);
        word.is_ascii()
            || word.chars().all(|c| {
                c.is_ascii()
                    || matches!(c, 'ä' | 'ö' | 'ü' | 'Ä' | 'Ö' | 'Ü' | 'ß' | 'ẞ')
                    || is_invisible(c)
            })
            || !word.starts_with(|c: char| c.is_uppercase())
    }

    pub(crate) fn is_upper(&self, at: usize) -> bool {
        self.slice(at)
            .chars()
            .all(|c| c.is_uppercase() || is_invisible(c))
    }

    pub(crate) fn is_capitalised(&self, at: usize) -> bool {
        self.slice(at)
            .chars()
            .next()
            .is_some_and(char::is_uppercase)
    }

    /// The key of one word.
    pub(crate) fn key(&self, at: usize) -> Option<Key> {
        let mut key = Key {
            bytes: [0; KEY_MAX],
            len: 0,
        };
        (self.is_word(at) && key.push(self.slice(at))).then_some(key)
    }

    /// The key of up to three words joined by hyphens, and the token after them.
    pub(crate) fn joined_key(&self, at: usize) -> Option<(Key, usize)> {
        let mut key = self.key(at)?;
        let mut next = at + 1;
        for _ in 0..2 {
            if !self.is_mark(next, &['-', '‑']) || !self.is_word(next + 1) {
                break;
            }
            if !key.push(self.slice(next + 1)) {
                return None;
            }
            next += 2;
        }
        Some((key, next))
    }
}

fn kind_of(c: char) -> Kind {
    if digit(c).is_some() {
        Kind::Number
    } else if c.is_alphabetic() {
        Kind::Word
    } else if c.is_whitespace() {
        Kind::Space
    } else {
        Kind::Mark(c)
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
