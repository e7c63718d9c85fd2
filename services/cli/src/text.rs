//! Everything that people read, German and English side by side. Data for machines never passes here.

pub(crate) mod advice;
mod application;
mod backup;
mod health;
mod help;
mod meetings;
mod messages;
mod protocols;
pub(crate) mod reasons;
mod reports;
mod review;
mod sitting;
mod steps;
mod store;
mod verify;
pub(crate) mod words;

use std::fmt;
use std::sync::OnceLock;

use clap::ValueEnum;
use clap::builder::StyledStr;

pub(crate) use application::*;
pub(crate) use backup::*;
pub(crate) use health::*;
pub(crate) use help::*;
pub(crate) use meetings::*;
pub(crate) use messages::*;
pub(crate) use protocols::*;
pub(crate) use reports::*;
pub(crate) use review::*;
pub(crate) use sitting::*;
pub(crate) use steps::*;
pub(crate) use store::*;
pub(crate) use verify::*;

/// The reader's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// German, since the agencies are.
    #[default]
    De,
    /// English.
    En,
}

static LANG: OnceLock<Lang> = OnceLock::new();

/// Sets the language, once, before anything is said. A process speaks one language.
pub(crate) fn speak(lang: Lang) {
    // Set already in a test, whose texts are compared in both languages anyway.
    let _ = LANG.set(lang);
}

/// The language in use.
pub(crate) fn lang() -> Lang {
    LANG.get().copied().unwrap_or_default()
}

/// One of two texts, by the language in use.
pub(crate) fn either<'a>(de: &'a str, en: &'a str) -> &'a str {
    match lang() {
        Lang::De => de,
        Lang::En => en,
    }
}

/// A text in both languages. `{0}`, `{1}` … stand for values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    de: &'static str,
    en: &'static str,
}

impl Text {
    pub(crate) const fn new(de: &'static str, en: &'static str) -> Self {
        Self { de, en }
    }

    /// The text in the language in use.
    pub(crate) fn now(self) -> &'static str {
        either(self.de, self.en)
    }

    /// The text with its values. A value is never looked at for places of others.
    pub(crate) fn fill(self, values: &[&dyn fmt::Display]) -> String {
        let mut filled = String::new();
        let mut rest = self.now();
        while let Some(begin) = rest.find('{') {
            filled.push_str(&rest[..begin]);
            let end = rest[begin..]
                .find('}')
                .map_or(rest.len(), |end| begin + end);
            let place = rest[begin + 1..end].parse::<usize>().ok();
            if let Some(value) = place.and_then(|place| values.get(place)) {
                filled.push_str(&value.to_string());
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        filled.push_str(rest);
        filled
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.now())
    }
}

impl From<Text> for StyledStr {
    fn from(text: Text) -> Self {
        text.now().into()
    }
}

/// Names texts, and lists them for the test that holds both languages together.
macro_rules! texts {
    ($all:ident: $($name:ident = $de:literal, $en:literal;)+) => {
        $(pub(crate) const $name: $crate::text::Text = $crate::text::Text::new($de, $en);)+

        #[cfg(test)]
        pub(super) const $all: &[(&str, $crate::text::Text)] = &[$((stringify!($name), $name),)+];
    };
}
use texts;

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let groups = [
            APPLICATION,
            HEALTH,
            BACKUP,
            HELP,
            MESSAGES,
            REVIEWS,
            STORE,
            STEPS,
            MEETINGS,
            PROTOCOLS,
            REPORTS,
            SITTING,
            VERIFY,
        ];
        for (name, text) in groups.into_iter().flatten() {
            assert!(!text.de.is_empty() && !text.en.is_empty(), "{name}");
            assert_eq!(places(text.de), places(text.en), "{name}");
        }
    }

    #[test]
    fn values_are_put_in_once() {
        let text = Text::new("{1} und {0}.", "{1} and {0}.");
        let filled = text.fill(&[&"{1}", &"b"]);
        assert!(filled == "b und {1}." || filled == "b and {1}.", "{filled}");
    }
}
