//! German first, and English: the catalogues of all that people read, and how dates and numbers are written.
//!
//! A catalogue is in files by area, `locales/<language>/<area>.ftl` (Project Fluent), built in. Both languages have the same
//! keys, and every key that the code or a template names is there: tests compare them.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use unic_langid::LanguageIdentifier;

/// A language of the application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lang {
    /// German.
    #[default]
    De,
    /// English.
    En,
}

/// One name per area; a file of this name is in both folders.
macro_rules! catalogue {
    ($language:literal) => {
        &[
            include_str!(concat!("../locales/", $language, "/common.ftl")),
            include_str!(concat!("../locales/", $language, "/words.ftl")),
            include_str!(concat!("../locales/", $language, "/refusal.ftl")),
            include_str!(concat!("../locales/", $language, "/start.ftl")),
            include_str!(concat!("../locales/", $language, "/feed.ftl")),
            include_str!(concat!("../locales/", $language, "/update.ftl")),
            include_str!(concat!("../locales/", $language, "/picture.ftl")),
            include_str!(concat!("../locales/", $language, "/meeting.ftl")),
            include_str!(concat!("../locales/", $language, "/protocol.ftl")),
            include_str!(concat!("../locales/", $language, "/task.ftl")),
            include_str!(concat!("../locales/", $language, "/concept.ftl")),
            include_str!(concat!("../locales/", $language, "/report.ftl")),
            include_str!(concat!("../locales/", $language, "/operations.ftl")),
            include_str!(concat!("../locales/", $language, "/account.ftl")),
            include_str!(concat!("../locales/", $language, "/notify.ftl")),
        ]
    };
}

const GERMAN: &[&str] = catalogue!("de");
const ENGLISH: &[&str] = catalogue!("en");

static CATALOGUES: LazyLock<[FluentBundle<FluentResource>; 2]> =
    LazyLock::new(|| [bundle("de", GERMAN), bundle("en", ENGLISH)]);

/// The catalogues are built in, so that a mistake in them is one of this release; a test finds it first.
fn bundle(language: &str, files: &[&str]) -> FluentBundle<FluentResource> {
    let id: LanguageIdentifier = language.parse().expect("the language has a name");
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // The marks around what is put in are for mixed directions of writing; both languages are written from the left.
    bundle.set_use_isolating(false);
    for file in files {
        let resource = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(_, errors)| {
            panic!("a catalogue of {language} can't be read: {errors:?}")
        });
        bundle.add_resource(resource).unwrap_or_else(|errors| {
            panic!("a catalogue of {language} says something twice: {errors:?}")
        });
    }
    bundle
}

impl Lang {
    /// The languages.
    pub(crate) const ALL: [Self; 2] = [Self::De, Self::En];

    /// The language's tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// The language of a tag.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.tag() == tag)
    }

    /// What a browser asks for; German where it doesn't ask for English before all others.
    pub(crate) fn of_header(accept_language: &str) -> Self {
        let first = accept_language.split(',').next().unwrap_or_default();
        match first.trim().get(..2) {
            Some(tag) if tag.eq_ignore_ascii_case("en") => Self::En,
            _ => Self::De,
        }
    }

    /// A text.
    pub(crate) fn text(self, key: &str) -> Cow<'static, str> {
        self.fill(key, None)
    }

    /// A text with values in it. What depends on a number goes by it.
    pub(crate) fn text_with<'a, V: Into<FluentValue<'a>>>(
        self,
        key: &str,
        values: impl IntoIterator<Item = (&'a str, V)>,
    ) -> Cow<'static, str> {
        let args: FluentArgs<'a> = values.into_iter().collect();
        self.fill(key, Some(&args))
    }

    /// Whether the catalogue has a key; for what is named by something that may be newer than this release.
    pub(crate) fn has(self, key: &str) -> bool {
        self.bundle().has_message(key)
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        &CATALOGUES[self as usize]
    }

    fn fill(self, key: &str, args: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
        let Some(pattern) = self.bundle().get_message(key).and_then(|it| it.value()) else {
            debug_assert!(false, "the catalogue lacks {key}");
            tracing::error!(key, "the catalogue lacks a text");
            return Cow::Owned(key.to_owned());
        };
        let mut errors = Vec::new();
        let filled = self.bundle().format_pattern(pattern, args, &mut errors);
        debug_assert!(errors.is_empty(), "{key}: {errors:?}");
        Cow::Owned(filled.into_owned())
    }

    /// A whole number with its groups of digits: `12.345`, `12,345`.
    pub(crate) fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let group = match self {
            Self::De => '.',
            Self::En => ',',
        };
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        text
    }

    /// A day: `Fr., 27.11.2026`, `Fri 27 Nov 2026`.
    pub(crate) fn day(self, day: Date) -> String {
        let weekday = day.weekday().to_monday_zero_offset() as usize;
        match self {
            Self::De => format!(
                "{}., {:02}.{:02}.{}",
                GERMAN_WEEKDAYS[weekday],
                day.day(),
                day.month(),
                day.year()
            ),
            Self::En => day.strftime("%a %-d %b %Y").to_string(),
        }
    }

    /// A day without its year and weekday, for axes: `27.11.`, `27 Nov`.
    pub(crate) fn day_short(self, day: Date) -> String {
        match self {
            Self::De => format!("{:02}.{:02}.", day.day(), day.month()),
            Self::En => day.strftime("%-d %b").to_string(),
        }
    }

    /// A moment to the minute, in a time zone.
    pub(crate) fn moment(self, at: Timestamp, zone: &TimeZone) -> String {
        let at = at.to_zoned(zone.clone());
        format!(
            "{}, {:02}:{:02}",
            self.day(at.date()),
            at.hour(),
            at.minute()
        )
    }

    /// A length of time in its largest unit: `3 Minuten`, `2 days`.
    pub(crate) fn duration(self, seconds: u64) -> Cow<'static, str> {
        self.in_largest_unit("duration", seconds)
    }

    /// How long ago something was: `vor 3 Minuten`, `2 days ago`.
    pub(crate) fn ago(self, seconds: u64) -> Cow<'static, str> {
        self.in_largest_unit("ago", seconds)
    }

    fn in_largest_unit(self, prefix: &str, seconds: u64) -> Cow<'static, str> {
        let (unit, count) = match seconds {
            0..60 => ("seconds", seconds),
            60..3_600 => ("minutes", seconds / 60),
            3_600..172_800 => ("hours", seconds / 3_600),
            _ => ("days", seconds / 86_400),
        };
        self.text_with(&format!("{prefix}-{unit}"), [("count", count)])
    }
}

const GERMAN_WEEKDAYS: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];

#[cfg(test)]
mod tests;
