//! What a notification says: that something waits, and where. It is made of the catalogue's texts, of numbers and of this
//! application's own address, and of nothing else; no word of what the agencies tell each other can get in.

use std::collections::BTreeMap;

use super::matter::{Matter, Urgency};
use crate::lang::Lang;

/// What waits, and how many of each.
pub(crate) type Waiting = BTreeMap<Matter, u32>;

/// A notification, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// In one line.
    pub(crate) subject: String,
    /// The text of an e-mail.
    pub(crate) text: String,
    /// The text of a push, below its subject.
    pub(crate) short: String,
    /// The page to open.
    pub(crate) path: &'static str,
    /// How urgent the most urgent of it is.
    pub(crate) urgency: Urgency,
}

impl Message {
    /// Tells what waits; `None` where nothing does.
    pub(crate) fn waiting(waiting: &Waiting, lang: Lang, public_url: &str) -> Option<Self> {
        let (first, count) = waiting.first_key_value()?;
        let what = [("what", matter_text(*first, *count, lang))];
        let subject = if waiting.len() == 1 {
            lang.text_with("notify-subject", what)
        } else {
            lang.text_with("notify-subject-more", what)
        };
        let lines = waiting.iter().map(|(matter, count)| {
            format!(
                "– {}\n  {public_url}{}\n",
                matter_text(*matter, *count, lang),
                matter.path()
            )
        });
        let lines: String = lines.collect();
        let text = format!(
            "{}\n\n{lines}\n{}\n\n{}\n{public_url}{SETTINGS_PATH}\n",
            lang.text("notify-mail-begin"),
            lang.text("notify-mail-no-content"),
            lang.text("notify-mail-settings"),
        );
        Some(Self {
            subject: subject.into_owned(),
            text,
            short: lang.text("notify-push-text").into_owned(),
            path: first.path(),
            urgency: first.urgency(),
        })
    }

    /// Shows that a way works.
    pub(crate) fn probe(lang: Lang, public_url: &str) -> Self {
        let text = lang.text("notify-probe-text").into_owned();
        Self {
            subject: lang.text("notify-probe-subject").into_owned(),
            text: format!(
                "{text}\n\n{}\n{public_url}{SETTINGS_PATH}\n",
                lang.text("notify-mail-settings")
            ),
            short: text,
            path: SETTINGS_PATH,
            urgency: Urgency::Immediate,
        }
    }

    /// Asks whether an e-mail address belongs to who gave it. `link` leads to the page that says yes.
    pub(crate) fn confirmation(lang: Lang, link: &str) -> Self {
        Self {
            subject: lang.text("notify-confirm-subject").into_owned(),
            text: format!(
                "{}\n\n{link}\n\n{}\n",
                lang.text("notify-confirm-text"),
                lang.text("notify-confirm-otherwise")
            ),
            short: String::new(),
            path: SETTINGS_PATH,
            urgency: Urgency::Immediate,
        }
    }
}

/// The page on which somebody chooses what to hear of.
pub(crate) const SETTINGS_PATH: &str = "/konto/mitteilungen";

fn matter_text(matter: Matter, count: u32, lang: Lang) -> String {
    let key = format!("notify-matter-{}", matter.word());
    lang.text_with(&key, [("count", count)]).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const URL: &str = "https://verbund.stadt.example";

    fn without_numbers(text: &str) -> String {
        let text = text.replace(|it: char| it.is_ascii_digit(), "#");
        text.replace("##", "#").replace("##", "#")
    }

    #[test]
    fn a_message_says_that_something_waits_and_where() {
        let waiting = Waiting::from([(Matter::UpdateImmediate, 1)]);
        let message = Message::waiting(&waiting, Lang::De, URL).unwrap();
        assert_eq!(message.subject, "Verbund: eine dringende Meldung wartet");
        assert!(
            message
                .text
                .contains("https://verbund.stadt.example/feed\n")
        );
        assert_eq!(
            (message.path, message.urgency),
            ("/feed", Urgency::Immediate)
        );
        assert_eq!(Message::waiting(&Waiting::new(), Lang::De, URL), None);
    }

    #[test]
    fn the_most_urgent_comes_first() {
        let waiting = Waiting::from([(Matter::UpdateRoutine, 12), (Matter::TaskAsked, 2)]);
        let message = Message::waiting(&waiting, Lang::De, URL).unwrap();
        assert_eq!(
            message.subject,
            "Verbund: 2 Aufgaben warten auf Antwort, und mehr"
        );
        assert_eq!(message.path, "/aufgaben");
        let message = Message::waiting(&waiting, Lang::En, URL).unwrap();
        assert_eq!(
            message.subject,
            "Verbund: 2 tasks await an answer, and more"
        );
    }

    /// Each line of each message that there can be is one of a set that is known beforehand.
    #[test]
    fn messages_are_made_of_a_closed_set_of_texts() {
        for lang in Lang::ALL {
            let mut known: BTreeSet<String> = BTreeSet::from([String::new()]);
            for key in [
                "notify-mail-begin",
                "notify-mail-no-content",
                "notify-mail-settings",
            ] {
                known.extend(lang.text(key).lines().map(str::to_owned));
            }
            known.insert(format!("{URL}{SETTINGS_PATH}"));
            let mut subjects = BTreeSet::new();
            for matter in Matter::ALL {
                known.insert(format!("  {URL}{}", matter.path()));
                for count in [1, 7] {
                    let what = matter_text(matter, count, lang);
                    known.insert(without_numbers(&format!("– {what}")));
                    for key in ["notify-subject", "notify-subject-more"] {
                        let subject = lang.text_with(key, [("what", what.as_str())]);
                        subjects.insert(without_numbers(&subject));
                    }
                }
            }
            for chosen in 1_u32..1 << Matter::ALL.len() {
                let of = |(index, matter): (usize, Matter)| {
                    (chosen >> index & 1 == 1)
                        .then_some((matter, 1 + (chosen >> (index / 2)) % 1_200))
                };
                let waiting: Waiting = Matter::ALL.into_iter().enumerate().filter_map(of).collect();
                let message = Message::waiting(&waiting, lang, URL).unwrap();
                assert!(
                    subjects.contains(&without_numbers(&message.subject)),
                    "{}",
                    message.subject
                );
                assert_eq!(message.short, lang.text("notify-push-text"));
                for line in message.text.lines() {
                    assert!(known.contains(&without_numbers(line)), "{line}");
                }
            }
        }
    }
}
