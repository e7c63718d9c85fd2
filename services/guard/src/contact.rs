//! E-mail addresses, profiles and phone numbers.

use crate::Found;
use crate::Outcome::{Reject, Review};
use crate::rule::{EMAIL, PHONE, PROFILE};
use crate::token::{Kind, Text};
use crate::words::is_among;

/// Most tokens of a name, a mailbox or a domain that are looked at; a real one has fewer.
const NAME_TOKENS: usize = 24;

/// Services whose names come before a user name. `signal` is left out: it is a word of its own in German.
const SERVICES: &[&str] = &[
    "discord",
    "facebook",
    "insta",
    "instagram",
    "kik",
    "snap",
    "snapchat",
    "telegram",
    "threema",
    "tiktok",
    "twitch",
    "twitter",
    "youtube",
];

/// How long those names are; most words need not be looked up.
const SERVICE_LETTERS: std::ops::RangeInclusive<usize> = 3..=9;

/// What follows the service's name in "Insta-Account", "TikTok Profil".
const PROFILE_WORDS: &[&str] = &[
    "account", "acc", "name", "nick", "profil", "user", "username", "unter", "kanal",
];

pub(crate) fn scan(text: &Text<'_>, found: &mut Found) {
    for at in 0..text.len() {
        match text.kind(at) {
            Some(Kind::Mark('@' | '＠')) => at_sign(text, at, found),
            Some(Kind::Mark('(' | '[' | '{')) => {
                written_at(text, at, found);
                phone(text, at, found);
            }
            Some(Kind::Mark('+')) | Some(Kind::Number) => phone(text, at, found),
            Some(Kind::Word) => {
                profile_link(text, at, found);
                service(text, at, found);
            }
            _ => {}
        }
    }
}

/// Letters, digits and what joins them in a mailbox or user name.
fn is_name_part(text: &Text<'_>, at: usize) -> bool {
    match text.kind(at) {
        Some(Kind::Word | Kind::Number) => true,
        Some(Kind::Mark(c)) => matches!(c, '.' | '_' | '-' | '+' | '%'),
        _ => false,
    }
}

/// The first token of the name that ends before this one.
fn name_before(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut first = at;
    while first > 0 && at - first < NAME_TOKENS && is_name_part(text, first - 1) {
        first -= 1;
    }
    (first < at).then_some(first)
}

/// The token after the name that begins here, without joining marks at its end.
fn name_after(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut next = at;
    while next - at < NAME_TOKENS && is_name_part(text, next) {
        next += 1;
    }
    while next > at && matches!(text.kind(next - 1), Some(Kind::Mark(_))) {
        next -= 1;
    }
    (next > at).then_some(next)
}

/// Whether there is something in the name that a word of the language does not have.
fn looks_made_up(text: &Text<'_>, from: usize, to: usize) -> bool {
    to - from > 1 && text.is_word(from)
}

fn at_sign(text: &Text<'_>, at: usize, found: &mut Found) {
    let Some(after) = name_after(text, at + 1) else {
        return;
    };
    match name_before(text, at) {
        // Mailbox and domain; a domain has a dot inside, but a mistyped one is a mailbox still.
        Some(before) => found.add(&EMAIL, Reject, text.start(before), text.end(after - 1)),
        None => {
            // "@ostwall.queen" is a user; "@KOD" may be an agency that is called upon.
            let severity = if looks_made_up(text, at + 1, after) {
                Reject
            } else {
                Review
            };
            found.add(&PROFILE, severity, text.start(at), text.end(after - 1));
        }
    }
}

/// "name (at) example (punkt) org".
fn written_at(text: &Text<'_>, at: usize, found: &mut Found) {
    let Some(word) = text.key(at + 1) else { return };
    if !matches!(word.as_str(), "at" | "aet" | "klammeraffe")
        || !text.is_mark(at + 2, &[')', ']', '}'])
    {
        return;
    }
    let before = if text.before(at) == Some(Kind::Space) {
        at - 1
    } else {
        at
    };
    let next = if text.is_space(at + 3) {
        at + 4
    } else {
        at + 3
    };
    if let (Some(first), Some(after)) = (name_before(text, before), name_after(text, next)) {
        found.add(&EMAIL, Reject, text.start(first), text.end(after - 1));
    }
}

/// "t.me/name", "tiktok.com/@name", "wa.me/49171…".
fn profile_link(text: &Text<'_>, at: usize, found: &mut Found) {
    if !text.is_mark(at + 1, &['.']) || !text.is_mark(at + 3, &['/']) {
        return;
    }
    let (Some(host), Some(end)) = (text.key(at), text.key(at + 2)) else {
        return;
    };
    let short = matches!(
        (host.as_str(), end.as_str()),
        ("t" | "wa" | "m", "me") | ("fb", "com" | "me")
    );
    let service = end.as_str() == "com" && SERVICES.contains(&host.as_str());
    if !short && !service {
        return;
    }
    let name = if text.is_mark(at + 4, &['@', '+']) {
        at + 5
    } else {
        at + 4
    };
    if let Some(after) = name_after(text, name) {
        found.add(&PROFILE, Reject, text.start(at), text.end(after - 1));
    }
}

/// "Snapchat: lil.name47", "Discord: name#2281".
fn service(text: &Text<'_>, at: usize, found: &mut Found) {
    let initial = text
        .slice(at)
        .as_bytes()
        .first()
        .map(u8::to_ascii_lowercase);
    if !SERVICE_LETTERS.contains(&text.letter_count(at))
        || !matches!(
            initial,
            Some(b'd' | b'f' | b'i' | b'k' | b's' | b't' | b'y')
        )
    {
        return;
    }
    let Some(key) = text.key(at) else { return };
    if !is_among(key.as_str(), SERVICES) {
        return;
    }
    let mut next = at + 1;
    for _ in 0..4 {
        let filler = text.is_space(next)
            || text.is_mark(next, &[':', '-', '"', '„', '('])
            || text
                .key(next)
                .is_some_and(|key| PROFILE_WORDS.contains(&key.as_str()));
        if !filler {
            break;
        }
        next += 1;
    }
    // A word that belongs to the service's own name, as in "snapchat.com", was looked at as a link.
    if next == at + 1 || !text.is_word(next) {
        return;
    }
    let Some(mut after) = name_after(text, next) else {
        return;
    };
    let tagged = text.is_mark(after, &['#']) && text.is_number(after + 1);
    if tagged {
        after += 2;
    }
    // A hyphen alone joins words of the language, as in "Telegram-Gruppe".
    let made_up = (next..after).any(|it| text.is_number(it) || text.is_mark(it, &['_', '.']));
    if tagged || made_up {
        found.add(&PROFILE, Reject, text.start(next), text.end(after - 1));
    }
}

/// Most groups of digits in a phone number as people write it.
const GROUPS: usize = 8;
/// Most digits: fifteen, by E.164, and the two zeros or the "(0)" that people add.
const DIGITS: usize = 18;

/// A phone number while it is read.
struct Dialled {
    digits: [u8; DIGITS],
    count: usize,
    /// Digits of the first group: an area code, if it is one.
    first: usize,
    international: bool,
    /// How the first group is set apart from the rest.
    parted: Parted,
}

#[derive(Clone, Copy, PartialEq)]
enum Parted {
    Not,
    /// By a blank or a dot, as numbers of other kinds are too.
    Weakly,
    /// By a slash, a hyphen or a bracket, as area codes are.
    Firmly,
    /// By a dash between blanks, as figures in a list are too.
    Dashed,
}

/// Numbers that stand for a service and no person: the emergency calls have too few digits to be taken for more.
fn is_public(digits: &[u8]) -> bool {
    digits.starts_with(&[0, 8, 0, 0])
        || digits.starts_with(&[0, 1, 8, 0])
        || digits == [1, 1, 6, 1, 1, 7]
}

impl Dialled {
    /// What is said of the digits so far.
    fn judge(&self) -> Option<crate::Outcome> {
        let digits = &self.digits[..self.count];
        let n = self.count;
        if is_public(digits) {
            return None;
        }
        if self.international {
            return (digits[0] != 0 && (9..=16).contains(&n)).then_some(Reject);
        }
        match digits {
            [0, 0, 1..=9, ..] if (11..=17).contains(&n) => Some(Reject),
            // Mobile networks are 015, 016 and 017, with ten to twelve digits in all, however they are written.
            [0, 1, 5..=7, ..] if (10..=12).contains(&n) => Some(Reject),
            [0, 2..=9, ..] if self.parted == Parted::Not => {
                (10..=12).contains(&n).then_some(Review)
            }
            [0, 2..=9, ..] if (3..=6).contains(&self.first) && (8..=13).contains(&n) => {
                let rest = &digits[self.first..];
                let enough = match self.parted {
                    Parted::Firmly => rest.len() >= 4,
                    Parted::Weakly | Parted::Dashed | Parted::Not => rest.len() >= 5,
                };
                // A line's own number does not begin with 0; a column of figures with leading zeros does.
                if !enough || rest[0] == 0 {
                    return None;
                }
                // A short one with nothing but a blank may be a budget line: "0210 52910".
                let short = self.parted == Parted::Weakly && n < 10;
                Some(if short { Review } else { Reject })
            }
            _ => None,
        }
    }
}

/// Most tokens between two groups: blank, bracket, mark, blank.
const SEPARATOR_TOKENS: usize = 4;

/// What stands between two groups: how many tokens, and how it parts them.
fn separator(text: &Text<'_>, at: usize) -> Option<(usize, Parted)> {
    let (mut spaces, mut brackets, mut mark) = (0, 0, None);
    for tokens in 0..=SEPARATOR_TOKENS {
        match text.kind(at + tokens) {
            Some(Kind::Number) if tokens > 0 => {
                let parted = match mark {
                    _ if brackets > 0 => Parted::Firmly,
                    None => Parted::Weakly,
                    // "… 02151. 555 …" ends a sentence.
                    Some('.') if spaces > 0 => return None,
                    Some('.') => Parted::Weakly,
                    Some('/') => Parted::Firmly,
                    Some(_) if spaces == 0 => Parted::Firmly,
                    Some(_) => Parted::Dashed,
                };
                return Some((tokens, parted));
            }
            Some(Kind::Space) => spaces += 1,
            Some(Kind::Mark('(' | ')' | '[' | ']')) => brackets += 1,
            Some(Kind::Mark(c @ ('/' | '.' | '-' | '‑' | '–'))) if mark.is_none() => {
                mark = Some(c)
            }
            _ => return None,
        }
    }
    None
}

fn phone(text: &Text<'_>, at: usize, found: &mut Found) {
    // Only where a number begins: not within a longer reference, a date, a decimal or a word.
    let joined = match text.before(at) {
        None | Some(Kind::Space) => false,
        Some(Kind::Mark(c)) => {
            let after_number =
                at >= 2 && matches!(text.kind(at - 2), Some(Kind::Number | Kind::Word));
            matches!(c, '+' | '(' | '@' | '#' | '_')
                || (matches!(c, '-' | '/' | '.' | ',' | '–') && after_number)
        }
        Some(_) => true,
    };
    if joined {
        return;
    }
    let mut next = at;
    let bracket = text.is_mark(next, &['(', '[', '{']);
    next += usize::from(bracket);
    let international = text.is_mark(next, &['+']);
    next += usize::from(international);
    if international && text.is_space(next) {
        next += 1;
    }
    let mut dialled = Dialled {
        digits: [0; DIGITS],
        count: 0,
        first: 0,
        international,
        parted: Parted::Not,
    };
    let mut best = None;
    for group in 0..GROUPS {
        if !text.is_number(next) || dialled.count + text.digit_count(next) > DIGITS {
            break;
        }
        for digit in text.digits(next) {
            dialled.digits[dialled.count] = digit;
            dialled.count += 1;
        }
        if group == 0 {
            dialled.first = dialled.count;
        }
        // A clock time or a decimal that follows is no part of it.
        let goes_on = text.is_mark(next + 1, &[':', ',']) && text.is_number(next + 2);
        if !goes_on && !text.is_word(next + 1) {
            best = dialled.judge().map(|severity| (severity, next)).or(best);
        }
        let Some((tokens, parted)) = separator(text, next + 1) else {
            break;
        };
        // A dash between blanks sets an area code apart; further on it parts a list, unless a country was named.
        let country = international || dialled.digits[..2] == [0, 0];
        if parted == Parted::Dashed && group > 0 && !country {
            break;
        }
        if group == 0 {
            dialled.parted = parted;
        }
        next += 1 + tokens;
    }
    if let Some((severity, last)) = best {
        found.add(&PHONE, severity, text.start(at), text.end(last));
    }
}
