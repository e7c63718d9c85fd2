//! What is stopped in plain letters is stopped in disguise, whatever the disguise, and in disguises inside disguises.

use proptest::prelude::*;
use verbund_guard::{Guard, GuardSettings, Outcome};

const TEXTS: &[&str] = &[
    "Herr Brinkhoff wohnt am Brunnen",
    "Rückruf unter 0171 5550123",
    "Bitte Frau Quirrenbach anrufen",
    "Klientin wartet seit gestern",
    "Verfahren 12 Js 3456/21 läuft",
    "geb. am 03.04.1987 in Moers",
];

fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let block = chunk
            .iter()
            .fold(0_u32, |block, byte| block << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for at in 0..4 {
            match at <= chunk.len() {
                true => out.push(char::from(LETTERS[(block >> (18 - 6 * at)) as usize & 63])),
                false => out.push('='),
            }
        }
    }
    out
}

fn of_bytes(text: &str, form: impl Fn(u8) -> String) -> String {
    text.bytes().map(form).collect()
}

fn of_letters(text: &str, form: impl Fn(char) -> String) -> String {
    text.chars().map(form).collect()
}

fn full_width(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap_or(c),
        _ => c,
    }
}

fn bold(c: char) -> char {
    match c {
        'A'..='Z' => char::from_u32(0x1d400 + (c as u32 - 'A' as u32)).unwrap_or(c),
        'a'..='z' => char::from_u32(0x1d41a + (c as u32 - 'a' as u32)).unwrap_or(c),
        _ => c,
    }
}

fn cyrillic(c: char) -> char {
    match c {
        'a' => 'а',
        'e' => 'е',
        'o' => 'о',
        'p' => 'р',
        'c' => 'с',
        'i' => 'і',
        'H' => 'Н',
        'B' => 'В',
        _ => c,
    }
}

type Disguise = (&'static str, fn(&str) -> String);

const DISGUISES: &[Disguise] = &[
    ("zero-width spaces", |it| {
        of_letters(it, |c| format!("{c}\u{200b}"))
    }),
    ("word joiners", |it| {
        of_letters(it, |c| format!("{c}\u{2060}"))
    }),
    ("soft hyphens", |it| {
        of_letters(it, |c| format!("{c}\u{ad}"))
    }),
    ("full width", |it| {
        of_letters(it, |c| full_width(c).to_string())
    }),
    ("mathematical letters", |it| {
        of_letters(it, |c| bold(c).to_string())
    }),
    ("look-alikes", |it| {
        of_letters(it, |c| cyrillic(c).to_string())
    }),
    ("blanks", |it| of_letters(it, |c| format!("{c} "))),
    ("full stops", |it| {
        of_letters(&it.replace(' ', "  "), |c| format!("{c}."))
    }),
    ("underscores", |it| of_letters(it, |c| format!("{c}_"))),
    ("base64", base64),
    ("hex", |it| of_bytes(it, |b| format!("{b:02x}"))),
    ("hex in pairs", |it| of_bytes(it, |b| format!("{b:02X} "))),
    ("percent signs", |it| of_bytes(it, |b| format!("%{b:02X}"))),
    ("entities", |it| {
        of_letters(it, |c| format!("&#{};", c as u32))
    }),
    ("hex entities", |it| {
        of_letters(it, |c| format!("&#x{:x};", c as u32))
    }),
    ("escapes", |it| {
        of_letters(it, |c| format!("\\u{:04x}", c as u32))
    }),
    ("reversed", |it| it.chars().rev().collect()),
    ("an overriding mark", |it| {
        format!("\u{202e}{}\u{202c}", it.chars().rev().collect::<String>())
    }),
];

fn stopped(text: &str) -> bool {
    Guard::new(GuardSettings::default()).check(text).outcome != Outcome::Pass
}

#[test]
fn no_disguise_lets_a_text_pass() {
    let mut missed = Vec::new();
    for text in TEXTS {
        assert!(stopped(text), "{text}");
        for (name, disguise) in DISGUISES {
            if !stopped(&disguise(text)) {
                missed.push((*text, *name));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn disguises_inside_disguises_are_taken_off_too() {
    for text in TEXTS {
        for (first, inner) in DISGUISES {
            for outer in [base64, |it: &str| of_bytes(it, |b| format!("%{b:02X}"))] {
                let twice = outer(&inner(text));
                assert!(stopped(&twice), "{text}, {first}");
            }
        }
        let thrice = base64(&base64(&base64(text)));
        assert!(stopped(&thrice), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Every name that is no word, behind every title.
    #[test]
    fn a_title_and_an_unknown_word_are_a_name(
        title in prop::sample::select(&["Herr", "Frau", "Herrn", "Hr.", "Fr.", "Dr.", "Familie", "PHK", "Kollege"][..]),
        name in "[A-Z][aeiou][bdfgklmnprst]{1,2}[aeiou][bdfgklmnprst]{2}",
    ) {
        let text = format!("Rücksprache mit {title} {name} ist erfolgt.");
        let outcome = Guard::new(GuardSettings::default()).check(&text).outcome;
        if stopped(&format!("{name} ist da.")) {
            prop_assert_eq!(outcome, Outcome::Reject, "{}", text);
        } else if title != "Familie" {
            // Some happen to be words ("Talent"); a family may be called by one, others are at least held.
            prop_assert_ne!(outcome, Outcome::Pass, "{}", text);
        }
    }

    /// One to four of any persons, in digits and words.
    #[test]
    fn few_persons_are_never_told(
        count in prop::sample::select(&["2", "3", "4", "zwei", "drei", "vier", "beide"][..]),
        how in prop::sample::select(&["", "ältere ", "junge ", "alkoholisierte "][..]),
        who in prop::sample::select(&["Personen", "Frauen", "Besucher", "Jugendliche", "Klientinnen", "Kinder", "Obdachlose"][..]),
    ) {
        let text = format!("Am Abend {count} {how}{who} am Brunnen.");
        prop_assert!(stopped(&text), "{}", text);
    }

    /// Places of findings are those of the text as it was given, also where characters vanish or are decoded.
    #[test]
    fn findings_lie_on_boundaries_of_the_text_as_given(
        pieces in prop::collection::vec(prop::sample::select(&[
            "Herr ", "Brinkhoff", "\u{200b}", "&#70;", "rau", "%C3%A4", "\\u0046", "Ｈ", "е", " ", "0171 5550123", "🚲", "\u{202e}", "M. ", "a\u{308}", "SGVyciBCcmlua2hvZmY=", "4865727220",
            "drei ", "Personen", "34-Jähriger", "\n", "е\u{301}", "ß", "%", "&", "\\",
        ][..]), 0..24)
    ) {
        let text = pieces.concat();
        for it in Guard::new(GuardSettings::default()).check(&text).findings {
            prop_assert!(it.start < it.end && text.get(it.start..it.end).is_some(), "{:?} {}..{}", text, it.start, it.end);
        }
    }
}
