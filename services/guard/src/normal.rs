//! The text as a reader would read it, and where each byte of that came from.
//!
//! Compatibility letters become plain ones, invisible characters vanish, letters of other scripts that look like ours become
//! ours, and what is encoded character by character (entities, percent signs, escapes) is decoded, up to three times over.
//! What was disguised is reported; what can't be read is reported too. Most texts need nothing of this and are not copied.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How often what is decoded is looked at again.
pub(crate) const DEPTH_MAX: usize = 3;

/// Something in the text that hides letters, with its place in the text as it was given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Disguise {
    /// Letters that only look like ours, or letters in disguise.
    LookAlike,
    /// Characters inside a word that nobody sees.
    Invisible,
    /// Marks that turn the direction of reading.
    Direction,
    /// Letters written as codes.
    Encoded,
    /// A script that the guard does not read, or codes within codes.
    Unreadable,
}

/// A text in plain letters.
pub(crate) struct Normal<'a> {
    pub(crate) text: Cow<'a, str>,
    /// For each byte of `text`, where its character began and ended in the text as it was given. Empty if nothing changed.
    from: Vec<(u32, u32)>,
    pub(crate) disguises: Vec<(Disguise, usize, usize)>,
}

impl Normal<'_> {
    /// The place in the text as it was given.
    pub(crate) fn span(&self, start: usize, end: usize) -> (usize, usize) {
        if self.from.is_empty() || end <= start {
            return (start, end);
        }
        let last = self.from.len() - 1;
        let (first, _) = self.from[start.min(last)];
        let (_, after) = self.from[(end - 1).min(last)];
        (first as usize, (after as usize).max(first as usize))
    }
}

pub(crate) fn normal(text: &str) -> Normal<'_> {
    if is_plain(text) {
        return Normal {
            text: Cow::Borrowed(text),
            from: Vec::new(),
            disguises: Vec::new(),
        };
    }
    // Signs that begin codes may be in disguise themselves, and what they decode to may be too.
    let mut pass = Pass::of(text).in_plain_letters();
    for _ in 0..DEPTH_MAX {
        if !pass.has_codes() {
            break;
        }
        pass = pass.decoded().in_plain_letters();
    }
    if pass.has_codes() {
        pass.disguise(Disguise::Unreadable, 0, text.len());
    }
    let mut plain = String::with_capacity(text.len());
    let mut from = Vec::with_capacity(text.len());
    for it in &pass.chars {
        plain.push(it.c);
        from.extend(std::iter::repeat_n((it.start, it.end), it.c.len_utf8()));
    }
    Normal {
        text: Cow::Owned(plain),
        from,
        disguises: pass.disguises,
    }
}

/// Bytes that are asked at once whether they are plain.
const BLOCK: usize = 32;

/// Whether every character is one that notes ordinarily have.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut at = 0;
    // All texts come by here, and most are plain. What needs no second look is passed over in blocks, which are read at once.
    loop {
        while let Some(block) = bytes[at..].first_chunk::<BLOCK>()
            && block.iter().fold(true, |all, it| all & is_plain_byte(*it))
        {
            at += BLOCK;
        }
        let Some(next) = bytes[at..].iter().position(|it| !is_plain_byte(*it)) else {
            return true;
        };
        at += next;
        match bytes[at] {
            b'%' | b'=' if hex(at + 1) && hex(at + 2) => return false,
            b'&' if bytes
                .get(at + 1)
                .is_some_and(|it| *it == b'#' || it.is_ascii_alphabetic()) =>
            {
                return false;
            }
            b'\\' => return false,
            0..=0x7f => at += 1,
            _ => {
                let c = text[at..].chars().next().unwrap_or(' ');
                if !is_ordinary(c) {
                    return false;
                }
                at += c.len_utf8();
            }
        }
    }
}

/// ASCII but for the signs that begin codes, and what U+00C0 to U+017F are written with: the letters of the west of Europe begin
/// with one of three bytes, and bytes that go on a character are met here behind those alone.
fn is_plain_byte(byte: u8) -> bool {
    let code = (byte == b'%') | (byte == b'=') | (byte == b'&') | (byte == b'\\');
    !code & ((byte <= 0xbf) | (0xc3..=0xc5).contains(&byte))
}

fn is_ordinary(c: char) -> bool {
    matches!(c, 'À'..='ÿ' | 'Ā'..='ſ' | '§' | '€' | '–' | '—' | '…' | '„' | '“' | '”' | '‚' | '‘' | '’' | '»' | '«' | '›' | '‹'
        | '°' | '´' | '·' | '²' | '³' | '½' | '¼' | '¾' | '\u{a0}' | '\u{202f}' | '•' | '−' | '→' | '\u{fffd}')
}

#[derive(Clone, Copy)]
struct Char {
    c: char,
    start: u32,
    end: u32,
}

struct Pass {
    chars: Vec<Char>,
    disguises: Vec<(Disguise, usize, usize)>,
}

impl Pass {
    fn of(text: &str) -> Self {
        let mut chars = Vec::with_capacity(text.len());
        chars.extend(text.char_indices().map(|(start, c)| Char {
            c,
            start: start as u32,
            end: (start + c.len_utf8()) as u32,
        }));
        Self {
            chars,
            disguises: Vec::new(),
        }
    }

    /// Neighbouring disguises of one kind are told as one.
    fn disguise(&mut self, what: Disguise, start: usize, end: usize) {
        match self.disguises.last_mut() {
            Some((last, _, until)) if *last == what && start <= *until + 2 => {
                *until = (*until).max(end)
            }
            _ => self.disguises.push((what, start, end)),
        }
    }

    fn has_codes(&self) -> bool {
        let begins = |it: &Char| matches!(it.c, '&' | '%' | '=' | '\\');
        let mut all = self.chars.iter().enumerate();
        all.any(|(at, it)| begins(it) && self.code(at).is_some())
    }

    fn c(&self, at: usize) -> char {
        self.chars.get(at).map_or('\0', |it| it.c)
    }

    fn decoded(mut self) -> Self {
        let mut out = Vec::with_capacity(self.chars.len());
        let mut at = 0;
        while at < self.chars.len() {
            match self.code(at) {
                Some((decoded, count)) => {
                    let (start, end) = (self.chars[at].start, self.chars[at + count - 1].end);
                    if decoded.chars().any(char::is_alphanumeric)
                        && !is_umlaut_entity(&decoded, self.c(at + 1))
                    {
                        self.disguise(Disguise::Encoded, start as usize, end as usize);
                    }
                    out.extend(decoded.chars().map(|c| Char { c, start, end }));
                    at += count;
                }
                None => {
                    out.push(self.chars[at]);
                    at += 1;
                }
            }
        }
        self.chars = out;
        self
    }

    /// The characters that a code here stands for, and how many characters the code has.
    fn code(&self, at: usize) -> Option<(String, usize)> {
        match self.c(at) {
            '&' => self.entity(at),
            '%' => self.bytes(at, '%', 1),
            '=' => self.bytes(at, '=', 2),
            '\\' => self.escape(at),
            _ => None,
        }
    }

    fn number(&self, at: usize, radix: u32, most: usize) -> Option<(char, usize)> {
        let digits: String = (at..at + most)
            .map(|it| self.c(it))
            .take_while(|c| c.is_digit(radix))
            .collect();
        let c = char::from_u32(u32::from_str_radix(&digits, radix).ok()?)?;
        Some((c, digits.len()))
    }

    fn entity(&self, at: usize) -> Option<(String, usize)> {
        if self.c(at + 1) == '#' {
            let hex = matches!(self.c(at + 2), 'x' | 'X');
            let first = if hex { at + 3 } else { at + 2 };
            let (c, digits) = self.number(first, if hex { 16 } else { 10 }, 7)?;
            let closed = usize::from(self.c(first + digits) == ';');
            return Some((c.to_string(), first + digits + closed - at));
        }
        let name: String = (at + 1..at + 9)
            .map(|it| self.c(it))
            .take_while(char::is_ascii_alphabetic)
            .collect();
        let c = match name.as_str() {
            "auml" => "ä",
            "ouml" => "ö",
            "uuml" => "ü",
            "Auml" => "Ä",
            "Ouml" => "Ö",
            "Uuml" => "Ü",
            "szlig" => "ß",
            "eacute" => "é",
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            "nbsp" => " ",
            "ndash" => "–",
            _ => return None,
        };
        (self.c(at + 1 + name.len()) == ';').then(|| (c.to_owned(), name.len() + 2))
    }

    /// "%C3%BC": bytes in hex, as many as follow one another.
    fn bytes(&self, at: usize, sign: char, least: usize) -> Option<(String, usize)> {
        let mut bytes = Vec::new();
        let mut next = at;
        while self.c(next) == sign && bytes.len() < 4 {
            let (Some(high), Some(low)) =
                (self.c(next + 1).to_digit(16), self.c(next + 2).to_digit(16))
            else {
                break;
            };
            bytes.push((high * 16 + low) as u8);
            next += 3;
            if let Ok(text) = std::str::from_utf8(&bytes)
                && bytes.len() >= least
            {
                return (!text.chars().any(char::is_control)).then(|| (text.to_owned(), next - at));
            }
        }
        None
    }

    /// "\u00fc", "\u{fc}", "\xfc".
    fn escape(&self, at: usize) -> Option<(String, usize)> {
        let (first, most) = match (self.c(at + 1), self.c(at + 2)) {
            ('u' | 'U', '{') => (at + 3, 6),
            ('u', _) => (at + 2, 4),
            ('U', _) => (at + 2, 8),
            ('x', _) => (at + 2, 2),
            _ => return None,
        };
        let (c, digits) = self.number(first, 16, most)?;
        let closed = usize::from(first == at + 3 && self.c(first + digits) == '}');
        (digits >= 2).then(|| (c.to_string(), first + digits + closed - at))
    }

    fn in_plain_letters(mut self) -> Self {
        let plain = |c: char| c.is_ascii() || is_ordinary(c);
        if self.chars.iter().all(|it| plain(it.c)) {
            return self;
        }
        let mut out = Self {
            chars: Vec::with_capacity(self.chars.len()),
            disguises: std::mem::take(&mut self.disguises),
        };
        for (at, char) in self.chars.iter().enumerate() {
            let (c, start, end) = (char.c, char.start as usize, char.end as usize);
            if plain(c) {
                out.chars.push(*char);
            } else if is_direction(c) {
                out.disguise(Disguise::Direction, start, end);
            } else if is_invisible(c) {
                let inside =
                    at > 0 && self.c(at - 1).is_alphanumeric() && self.c(at + 1).is_alphanumeric();
                // A soft hyphen is what a word processor leaves behind.
                if inside && c != '\u{ad}' {
                    out.disguise(Disguise::Invisible, start, end);
                }
            } else if is_combining_mark(c) {
                out.combine(c, char.end);
            } else if let Some(like) = look_alike(c) {
                out.disguise(Disguise::LookAlike, start, end);
                out.chars.push(Char { c: like, ..*char });
            } else {
                out.compatible(*char);
            }
        }
        out
    }

    /// An accent that follows its letter.
    fn combine(&mut self, mark: char, end: u32) {
        let Some(last) = self.chars.last_mut() else {
            return;
        };
        last.end = end;
        if let Some(composed) = unicode_normalization::char::compose(last.c, mark) {
            last.c = composed;
        }
    }

    fn compatible(&mut self, char: Char) {
        let (start, end) = (char.start as usize, char.end as usize);
        let mut changed = false;
        let mut push = |c: char| {
            // "¨" is a blank and a mark on it.
            if is_combining_mark(c) {
                return self.combine(c, char.end);
            }
            let c = look_alike(c).unwrap_or(c);
            changed |= c != char.c && c.is_ascii_alphanumeric();
            let foreign = c.is_alphabetic() && !is_latin(c);
            if foreign {
                self.disguise(Disguise::Unreadable, start, end);
            }
            self.chars.push(Char { c, ..char });
        };
        // Most letters in disguise stand for one, and there is nothing to compose.
        let (mut first, mut count) = (None, 0);
        unicode_normalization::char::decompose_compatible(char.c, |c| {
            first = first.or(Some(c));
            count += 1;
        });
        match first {
            Some(c) if count == 1 => push(c),
            _ => std::iter::once(char.c).nfkc().for_each(push),
        }
        // Ligatures and fractions come out of word processors; whole alphabets in disguise don't.
        if changed
            && !matches!(char.c, '\u{fb00}'..='\u{fb06}' | '⅐'..='⅞' | 'ª' | 'º' | '¹' | '№' | '℃' | '™' | '㎡' | '㎥' | '²' | '³')
        {
            self.disguise(Disguise::LookAlike, start, end);
        }
    }
}

/// "&uuml;" is how some systems write an umlaut, and hides nothing.
fn is_umlaut_entity(decoded: &str, after: char) -> bool {
    after.is_ascii_alphabetic()
        && decoded
            .chars()
            .all(|c| matches!(c, 'ä' | 'ö' | 'ü' | 'Ä' | 'Ö' | 'Ü' | 'ß' | 'é'))
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | 'ª' | 'º' | 'µ' | 'À'..='ɏ' | 'Ḁ'..='ỿ')
}

/// The Latin letter that a letter of another script looks like.
fn look_alike(c: char) -> Option<char> {
    match c {
        'а' | 'α' | 'ɑ' => Some('a'),
        'А' | 'Α' | 'Ꭺ' => Some('A'),
        'В' | 'Β' | 'Ᏼ' => Some('B'),
        'в' | 'β' => Some('b'),
        'с' | 'ϲ' | 'ᴄ' => Some('c'),
        'С' | 'Ϲ' | 'Ꮯ' => Some('C'),
        'ԁ' => Some('d'),
        'е' | 'ε' | 'є' | 'ҽ' => Some('e'),
        'Е' | 'Ε' | 'Ꭼ' => Some('E'),
        'ɡ' | 'ց' => Some('g'),
        'Ԍ' | 'Ꮐ' => Some('G'),
        'һ' | 'հ' => Some('h'),
        'Н' | 'Η' | 'Ꮋ' => Some('H'),
        'і' | 'ι' | 'ɩ' => Some('i'),
        'І' | 'Ι' => Some('I'),
        'ј' | 'ϳ' => Some('j'),
        'Ј' => Some('J'),
        'к' | 'κ' => Some('k'),
        'К' | 'Κ' | 'Ꮶ' => Some('K'),
        'ӏ' => Some('l'),
        'Ꮮ' => Some('L'),
        'м' => Some('m'),
        'М' | 'Μ' | 'Ꮇ' => Some('M'),
        'п' | 'ո' | 'η' => Some('n'),
        'Ν' => Some('N'),
        'о' | 'ο' | 'σ' | 'օ' => Some('o'),
        'О' | 'Ο' | 'Օ' => Some('O'),
        'р' | 'ρ' => Some('p'),
        'Р' | 'Ρ' | 'Ꮲ' => Some('P'),
        'ԛ' => Some('q'),
        'г' => Some('r'),
        'ѕ' => Some('s'),
        'Ѕ' | 'Տ' | 'Ꮪ' => Some('S'),
        'т' | 'τ' => Some('t'),
        'Т' | 'Τ' | 'Ꭲ' => Some('T'),
        'υ' | 'ս' | 'ц' => Some('u'),
        'Ս' => Some('U'),
        'ν' | 'ѵ' => Some('v'),
        'Ѵ' => Some('V'),
        'ԝ' | 'ш' | 'ω' => Some('w'),
        'Ԝ' | 'Ꮃ' => Some('W'),
        'х' | 'χ' => Some('x'),
        'Х' | 'Χ' => Some('X'),
        'у' | 'γ' | 'ў' => Some('y'),
        'У' | 'Υ' | 'Ү' => Some('Y'),
        'ᴢ' => Some('z'),
        'Ζ' | 'Ꮓ' => Some('Z'),
        'З' => Some('3'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> String {
        normal(text).text.into_owned()
    }

    #[test]
    fn ordinary_notes_are_not_copied() {
        for text in [
            "Lage ruhig – „alles gut“, 71 % belegt, § 10a",
            "ÖPNV & Straße",
            "",
        ] {
            assert!(matches!(normal(text).text, Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn disguises_are_taken_off() {
        assert_eq!(of("H\u{200b}e\u{200b}rr"), "Herr");
        assert_eq!(of("Fr\u{430}u"), "Frau");
        assert_eq!(of("Ｈｅｒｒ"), "Herr");
        assert_eq!(of("&#70;&#x72;au Gr&uuml;n"), "Frau Grün");
        assert_eq!(of("Gr%C3%BCn%20Weg"), "Grün Weg");
        assert_eq!(of("\\u0046rau"), "Frau");
        assert_eq!(of("u\u{308}ber"), "über");
        assert_eq!(of("%25C3%25BC"), "ü");
        assert_eq!(of("％46rau"), "Frau");
        assert_eq!(of("%EF%BC%A6rau"), "Frau");
        assert_eq!(of("¨"), " ");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// What has been taken off is off: who reads the text again finds nothing more in it.
        #[test]
        fn disguises_are_taken_off_at_once(pieces in prop::collection::vec(prop::sample::select(&[
            "a", "H", "41", " ", "%", "％", "%C3%A4", "&", "&#70;", "&amp;", "＆", "#", "x46;", "&uuml;", "=", "＝", "\\", "＼", "u0041", "\\x41",
            "\u{200b}", "\u{ad}", "\u{301}", "\u{308}", "e", "е", "α", "Ｈ", "⓪", "𝐅", "ﬁ", "½", "ẞ", "İ", "ǆ", "Å", "\u{212b}", "\u{202e}",
            "㎏", "Ⅷ", "…", "–", "25", "%25", "ᵃ", "¨", "ͅ",
        ][..]), 0..12)) {
            let text = pieces.concat();
            let once = normal(&text);
            // What can't be read is told as that, and no more is said of it.
            if once.disguises.iter().any(|(what, ..)| *what == Disguise::Unreadable) {
                return Ok(());
            }
            let twice = normal(&once.text);
            prop_assert_eq!(&twice.text, &once.text);
            prop_assert!(twice.disguises.is_empty(), "{:?}", twice.disguises);
        }
    }

    #[test]
    fn places_are_those_of_the_text_as_given() {
        let text = "x &#70;rau";
        let plain = normal(text);
        let at = plain.text.find('F').unwrap();
        assert_eq!(plain.span(at, at + 4), (2, text.len()));
    }
}
