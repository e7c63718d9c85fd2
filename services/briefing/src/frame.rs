//! What every page has: who looks at it, in which language and theme, the names of the vocabulary, and the way around.
//!
//! A template has its frame as the field `frame`, and says everything through it: `{{ frame.t("feed-title") }}`,
//! `{{ frame.place(id) }}`, `{{ frame.urgency(number) }}`. What comes out of it is text; the template escapes it.

mod words;

use std::borrow::{Borrow, Cow};
use std::sync::Arc;

use fluent_bundle::FluentValue;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::app::App;
use crate::concept::{Concept, name};
use crate::lang::Lang;
use crate::page::assets;
use crate::role::{Role, Roles};
use crate::security::form_token;
use crate::session::Visitor;

/// Where a page is in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nav {
    /// What is new, what is asked, who is behind.
    Start,
    /// The feed.
    Feed,
    /// The picture of the situation.
    Picture,
    /// Meetings and the running briefing.
    Meetings,
    /// Protocols.
    Protocols,
    /// Tasks.
    Tasks,
    /// The concept's measures.
    Concept,
    /// The committee's report.
    Report,
    /// Partners, certificates, evidence.
    Operations,
    /// All accounts.
    Accounts,
    /// The own account.
    Account,
    /// In none of them.
    None,
}

impl Nav {
    /// The entries of the navigation: which, where it leads, and what it is called.
    const ENTRIES: [(Self, &'static str, &'static str); 10] = [
        (Self::Start, "/", "nav-start"),
        (Self::Feed, "/feed", "nav-feed"),
        (Self::Picture, "/lage", "nav-picture"),
        (Self::Meetings, "/besprechung", "nav-meetings"),
        (Self::Protocols, "/protokolle", "nav-protocols"),
        (Self::Tasks, "/aufgaben", "nav-tasks"),
        (Self::Concept, "/konzept", "nav-concept"),
        (Self::Report, "/bericht", "nav-report"),
        (Self::Operations, "/betrieb", "nav-operations"),
        (Self::Accounts, "/konten", "nav-accounts"),
    ];
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word for it in the cookie and on the page.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }
}

/// An entry of the navigation as it is shown.
#[derive(Debug)]
pub(crate) struct NavEntry {
    pub(crate) href: &'static str,
    pub(crate) text: Cow<'static, str>,
    pub(crate) is_here: bool,
}

/// What every page has.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The language.
    pub(crate) lang: Lang,
    /// The theme.
    pub(crate) theme: Theme,
    /// The vocabulary; none until the node has told it.
    pub(crate) concept: Option<Arc<Concept>>,
    /// What the visitor may do.
    pub(crate) roles: Roles,
    /// The name of who is signed in; empty where nobody is.
    pub(crate) person: String,
    /// The own agency's id.
    pub(crate) own: String,
    /// The token of each form on the page.
    pub(crate) form_token: String,
    /// Where the live events stood when the page was made.
    pub(crate) live_at: String,
    /// Path and query of the page.
    pub(crate) asked: String,
    /// What was just done, told once at the top of the page.
    pub(crate) notice: Option<Cow<'static, str>>,
    nav: Nav,
}

impl Frame {
    /// The frame of a page. Made before the page asks the node for anything, so that no change falls between.
    pub(crate) fn new(app: &App, visitor: &Visitor, nav: Nav) -> Self {
        let lang = visitor.lang();
        Self {
            lang,
            theme: visitor.theme(),
            concept: app.concept(),
            roles: visitor.roles(),
            person: visitor
                .session()
                .map_or_else(String::new, |session| session.person.name.clone()),
            own: app.node().agency().to_owned(),
            form_token: form_token(visitor.form_secret()),
            live_at: app.live().position(),
            asked: visitor.asked().to_owned(),
            notice: notice_in(visitor.asked()).and_then(|word| {
                let key = format!("notice-{word}");
                lang.has(&key).then(|| lang.text(&key))
            }),
            nav,
        }
    }

    /// A text of the catalogue.
    pub(crate) fn t(&self, key: &str) -> Cow<'static, str> {
        self.lang.text(key)
    }

    /// A text with one value.
    pub(crate) fn t1<'a>(
        &self,
        key: &str,
        name: &'a str,
        value: impl Into<FluentValue<'a>>,
    ) -> Cow<'static, str> {
        self.lang.text_with(key, [(name, value.into())])
    }

    /// A text with two values.
    pub(crate) fn t2<'a>(
        &self,
        key: &str,
        name: &'a str,
        value: impl Into<FluentValue<'a>>,
        other: &'a str,
        other_value: impl Into<FluentValue<'a>>,
    ) -> Cow<'static, str> {
        let values = [(name, value.into()), (other, other_value.into())];
        self.lang.text_with(key, values)
    }

    /// Path and query of the page without what was just done: where to come back to after the next thing.
    pub(crate) fn here(&self) -> String {
        let Some((path, query)) = self.asked.split_once('?') else {
            return self.asked.clone();
        };
        let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "notice");
        let kept = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .finish();
        if kept.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{kept}")
        }
    }

    /// The navigation, as far as the visitor may go.
    pub(crate) fn navigation(&self) -> Vec<NavEntry> {
        Nav::ENTRIES
            .iter()
            .filter(|(nav, ..)| match nav {
                Nav::Operations => self.roles.operates() || self.roles.reads(),
                Nav::Accounts => self.roles.operates(),
                Nav::Start => true,
                _ => self.roles.reads(),
            })
            .map(|(nav, href, key)| NavEntry {
                href,
                text: self.t(key),
                is_here: *nav == self.nav,
            })
            .collect()
    }

    /// The address of an asset, which changes with its content.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::href(name)
    }

    /// The other language.
    pub(crate) fn other_lang(&self) -> &'static str {
        match self.lang {
            Lang::De => "en",
            Lang::En => "de",
        }
    }

    /// The federation's id, in capitals where there is no name.
    pub(crate) fn federation(&self) -> String {
        let told = self.concept.as_ref().map(|it| it.told.federation.as_str());
        told.unwrap_or_default().to_owned()
    }

    /// The own agency's name.
    pub(crate) fn own_name(&self) -> String {
        self.agency(&self.own)
    }

    /// An agency's name.
    pub(crate) fn agency(&self, id: &str) -> String {
        self.named(id, |concept| concept.agency_name(id, self.lang))
    }

    /// Agencies' names in a row.
    pub(crate) fn agencies(&self, ids: &[String]) -> String {
        let names: Vec<String> = ids.iter().map(|id| self.agency(id)).collect();
        names.join(", ")
    }

    /// A place's name.
    pub(crate) fn place(&self, id: &str) -> String {
        self.named(id, |concept| concept.place_name(id))
    }

    /// A category's name.
    pub(crate) fn category(&self, id: &str) -> String {
        self.named(id, |concept| concept.category_name(id, self.lang))
    }

    /// A measure's number and name.
    pub(crate) fn measure(&self, id: &str) -> String {
        self.named(id, |concept| concept.measure_name(id, self.lang))
    }

    /// A meeting type's name.
    pub(crate) fn meeting_type(&self, id: &str) -> String {
        self.named(id, |concept| concept.meeting_type_name(id, self.lang))
    }

    /// An indicator's name.
    pub(crate) fn indicator(&self, id: &str) -> String {
        self.named(id, |concept| concept.indicator_name(id, self.lang))
    }

    /// A term's name.
    pub(crate) fn term(&self, term: &verbund_wire::agency::Term) -> String {
        name(Some(term), &term.id, self.lang)
    }

    fn named(&self, id: &str, find: impl FnOnce(&Concept) -> String) -> String {
        match &self.concept {
            Some(concept) => find(concept),
            None => id.to_owned(),
        }
    }

    /// What a role is called.
    pub(crate) fn role(&self, role: impl Borrow<Role>) -> Cow<'static, str> {
        self.t(&format!("role-{}", role.borrow()))
    }

    /// What a role lets somebody do.
    pub(crate) fn role_text(&self, role: impl Borrow<Role>) -> Cow<'static, str> {
        self.t(&format!("role-{}-text", role.borrow()))
    }

    /// A text as a value in an address.
    pub(crate) fn encoded(&self, text: &str) -> String {
        form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    /// Today in the charter's time zone.
    pub(crate) fn today(&self) -> Date {
        let now = Timestamp::now();
        match &self.concept {
            Some(concept) => concept.today(now),
            None => now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        }
    }

    /// A day such as `2026-11-27`, as people write it.
    pub(crate) fn day(&self, day: &str) -> String {
        match day.parse::<Date>() {
            Ok(day) => self.lang.day(day),
            Err(_) => day.to_owned(),
        }
    }

    /// A day without its year and weekday, for axes.
    pub(crate) fn day_short(&self, day: &str) -> String {
        match day.parse::<Date>() {
            Ok(day) => self.lang.day_short(day),
            Err(_) => day.to_owned(),
        }
    }

    /// A window such as `14-18`: `14–18 Uhr`; the whole day for none.
    pub(crate) fn window(&self, window: &str) -> Cow<'static, str> {
        match window.split_once('-') {
            Some((from, to)) => self.t2("window", "from", from.to_owned(), "to", to.to_owned()),
            None => self.t("window-whole-day"),
        }
    }

    /// A moment, in milliseconds since 1970-01-01T00:00:00Z, in the charter's time zone.
    pub(crate) fn moment(&self, milliseconds: impl Borrow<i64>) -> String {
        let at =
            Timestamp::from_millisecond(*milliseconds.borrow()).unwrap_or(Timestamp::UNIX_EPOCH);
        match &self.concept {
            Some(concept) => self.lang.moment(at, &concept.zone),
            None => self.lang.moment(at, &jiff::tz::TimeZone::UTC),
        }
    }

    /// How long ago a moment was, in its largest unit; nothing of the future.
    pub(crate) fn ago(&self, milliseconds: impl Borrow<i64>) -> Cow<'static, str> {
        let passed = Timestamp::now().as_millisecond() - *milliseconds.borrow();
        self.lang.ago(u64::try_from(passed / 1_000).unwrap_or(0))
    }

    /// What is wrong with a field, in the user's words.
    pub(crate) fn violation(&self, reason: &str) -> Cow<'static, str> {
        if reason.starts_with("GUARD_") {
            return self.t("violation-guard");
        }
        let key = format!(
            "violation-{}",
            reason.to_ascii_lowercase().replace('_', "-")
        );
        if self.lang.has(&key) {
            self.t(&key)
        } else {
            self.t("violation-other")
        }
    }

    /// A number with its groups of digits.
    pub(crate) fn number(&self, number: impl TryInto<u64>) -> String {
        self.lang.number(number.try_into().unwrap_or(0))
    }
}

#[cfg(test)]
impl Frame {
    /// A frame without a node, for what is rendered in tests.
    pub(crate) fn sample(lang: Lang) -> Self {
        Self {
            lang,
            theme: Theme::System,
            concept: None,
            roles: [Role::Coordinator].into_iter().collect(),
            person: "koordination".to_owned(),
            own: "kod".to_owned(),
            form_token: "token".to_owned(),
            live_at: String::new(),
            asked: "/".to_owned(),
            notice: None,
            nav: Nav::None,
        }
    }
}

/// The word after `notice=` of an address.
fn notice_in(asked: &str) -> Option<String> {
    let (_, query) = asked.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "notice")
        .map(|(_, value)| value.into_owned())
        .filter(|word| word.bytes().all(|it| it.is_ascii_lowercase() || it == b'-'))
}
